using System.Text.Json;
using Tongban.Rules.Evaluation;
using Tongban.Rules.Model;

namespace Tongban.Rules;

/// <param name="Inputs">Names of the input data the decision needs, directly or through other decisions, with their types ("Any" when none is declared).</param>
/// <param name="OutputType">Name of the declared type, or "Any".</param>
public sealed record DecisionInfo(string Id, string Name, IReadOnlyList<(string Name, string Type)> Inputs, string OutputType);

/// <param name="Value">Null when there is no result; the diagnostics say why.</param>
/// <param name="Trace">The rules that fired, in the order in which tables were decided.</param>
public sealed record DecisionResult(FeelValue Value, IReadOnlyList<Diagnostic> Diagnostics, IReadOnlyList<FiredRule> Trace);

/// <summary>A model ready to run. Immutable; any number of threads may evaluate it at once.</summary>
public sealed class CompiledModel
{
    readonly IReadOnlyList<CompiledElement> elements;
    readonly IReadOnlyList<CompiledElement> own;

    internal CompiledModel(DmnModel model, IReadOnlyList<CompiledElement> elements, IReadOnlyList<CompiledElement> own, IReadOnlyList<Diagnostic> diagnostics)
    {
        Model = model;
        this.elements = elements;
        this.own = own;
        Diagnostics = diagnostics;
        Decisions = [.. own.OfType<CompiledDecision>().Select(Info)];
    }

    public DmnModel Model { get; }

    /// <summary>What was found wrong while binding and compiling.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    public IReadOnlyList<DecisionInfo> Decisions { get; }

    static DecisionInfo Info(CompiledDecision d)
    {
        var inputs = new List<(string, string)>();
        var seen = new HashSet<CompiledElement>();
        Gather(d);
        return new(d.Element.Id, d.Element.Name, inputs, d.Type?.Name ?? "Any");

        void Gather(CompiledElement e)
        {
            if (!seen.Add(e))
                return;
            if (e is CompiledInput)
                inputs.Add((e.Element.Name, e.Type?.Name ?? "Any"));
            foreach (var need in e.Needs)
                foreach (var target in need.Element is { } one ? [one] : need.Imported)
                    Gather(target);
        }
    }

    /// <summary>Reads inputs from JSON; strings become dates, times and durations where the input's type asks for them.</summary>
    public FeelContext ReadInputs(JsonElement json)
    {
        var raw = FeelJson.ReadContext(json);
        var typed = new FeelContext();
        foreach (var (name, value) in raw)
        {
            var input = elements.FirstOrDefault(e => e is CompiledInput && (e.Element.Name == name || e.Element.Variable == name));
            typed.Put(name, input?.Type?.FromText(value) ?? value);
        }
        return typed;
    }

    /// <summary>Evaluates a decision, or calls a decision service or knowledge model with its parameters taken from the inputs by name.</summary>
    public DecisionResult Evaluate(string idOrName, FeelContext inputs, EvaluationOptions? options = null)
    {
        var state = new EvaluationState(options ?? EvaluationOptions.Default);
        var element = own.FirstOrDefault(e => e.Element.Id == idOrName) ?? own.FirstOrDefault(e => e.Element.Name == idOrName)
            ?? own.FirstOrDefault(e => e.Element.Variable == idOrName);
        if (element is null)
            return new(FeelValue.Null, [Diagnostic.Error("dmn.no-such-decision", $"没有决策“{idOrName}”", $"no decision '{idOrName}'")], []);
        var decided = new Decided(elements.Count, inputs);
        var value = Run.Guarded(state, s =>
        {
            var v = element.Value(s, decided);
            return element is CompiledService or CompiledKnowledge && v.AsFunction is { } function ? CallWith(s, function, inputs) : v;
        });
        return new(value, state.Diagnostics, state.Fired);
    }

    static FeelValue CallWith(EvaluationState state, FeelFunction function, FeelContext inputs)
    {
        var parameters = function.Parameters ?? [];
        var arguments = new FeelValue[parameters.Count];
        for (var i = 0; i < arguments.Length; i++)
            if (!inputs.TryGet(parameters[i], out arguments[i]))
                return state.Fail("feel.arguments", $"缺少参数“{parameters[i]}”", $"parameter '{parameters[i]}' is missing");
        return function.Call(state, arguments);
    }
}
