namespace Tongban.Rules.Authoring;

/// <summary>A decision table as people write it: one decision, its input data, columns and rules. All cells hold FEEL text.</summary>
/// <param name="Id">An XML name; also the id of the decision.</param>
/// <param name="Name">What people call it; also the decision's name.</param>
public sealed record DecisionTableModel(string Id, string Name, HitPolicy HitPolicy, IReadOnlyList<InputColumn> Inputs, IReadOnlyList<OutputColumn> Outputs, IReadOnlyList<RuleRow> Rules)
{
    public Aggregation? Aggregation { get; init; }

    /// <summary>Heads of the annotation columns, such as the clause a rule rests on.</summary>
    public IReadOnlyList<string> Annotations { get; init; } = [];

    public string? Description { get; init; }

    public string Namespace { get; init; } = "https://tongban.example/rules";
}

/// <param name="Expression">Usually the name of an input; may be any FEEL over the inputs.</param>
/// <param name="Type">A FEEL type name.</param>
/// <param name="AllowedValues">Unary tests, or null for any value.</param>
/// <param name="Variable">The input data the expression reads; null when it is the expression itself.</param>
public sealed record InputColumn(string Label, string Expression, string Type, string? AllowedValues = null, string? Variable = null);

/// <param name="Values">Unary tests; for policies P and O their order is the priority.</param>
/// <param name="Default">FEEL taken when no rule matches.</param>
public sealed record OutputColumn(string Name, string Type, string? Label = null, string? Values = null, string? Default = null);

/// <param name="Inputs">A unary test for each input; "-" for any.</param>
/// <param name="Outputs">An expression for each output.</param>
public sealed record RuleRow(IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, params IReadOnlyList<string> Annotations)
{
    /// <summary>Stable id of the rule; given by place when null.</summary>
    public string? Id { get; init; }
}

/// <summary>Takes the first decision table out of a model as people see it; the way back from <see cref="DmnWriter"/>.</summary>
public static class DecisionTables
{
    /// <summary>Every decision of the model that is a table, in the order of the file.</summary>
    public static IReadOnlyList<DecisionTableModel> In(DmnModel model)
    {
        var inputs = model.Elements.OfType<Model.InputDataElement>().ToList();
        return [.. model.Elements.OfType<Model.DecisionElement>().Where(d => d.Logic is Model.BoxedTable).Select(d => Of(model, d, (Model.BoxedTable)d.Logic!, inputs))];
    }

    static DecisionTableModel Of(DmnModel model, Model.DecisionElement d, Model.BoxedTable t, List<Model.InputDataElement> inputs) =>
        new(d.Id, d.Name, t.HitPolicy,
            [.. t.Inputs.Select(i => new InputColumn(i.Label ?? i.Expression, i.Expression, i.TypeRef ?? "Any", Empty(i.AllowedValues),
                inputs.FirstOrDefault(x => x.Variable != i.Expression && i.Expression.Contains(x.Variable, StringComparison.Ordinal))?.Variable))],
            [.. t.Outputs.Select(o => new OutputColumn(o.Name ?? d.Name, o.TypeRef ?? d.TypeRef ?? "Any", o.Label, Empty(o.Values), Empty(o.Default)))],
            [.. t.Rules.Select(r => new RuleRow(r.Inputs, r.Outputs, r.Annotations) { Id = r.Id })])
        {
            Aggregation = t.Aggregation,
            Annotations = t.Annotations,
            Namespace = model.Namespace,
        };

    static string? Empty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
