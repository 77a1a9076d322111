using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Tongban.Rules.Authoring;

/// <summary>
/// Writes a table as DMN 1.3 XML with a diagram (DMNDI), the form dmn-js opens and edits. The same table gives the
/// same bytes, so files can be compared and signed.
/// </summary>
public static class DmnWriter
{
    static readonly XNamespace Dmn = "https://www.omg.org/spec/DMN/20191111/MODEL/";
    static readonly XNamespace Dmndi = "https://www.omg.org/spec/DMN/20191111/DMNDI/";
    static readonly XNamespace Dc = "http://www.omg.org/spec/DMN/20180521/DC/";
    static readonly XNamespace Di = "http://www.omg.org/spec/DMN/20180521/DI/";

    /// <exception cref="ArgumentException">A rule has not as many cells as the table has columns, or the id is no XML name.</exception>
    public static string Write(DecisionTableModel table)
    {
        XmlConvert.VerifyNCName(table.Id);
        foreach (var (rule, i) in table.Rules.Select((r, i) => (r, i)))
            if (rule.Inputs.Count != table.Inputs.Count || rule.Outputs.Count != table.Outputs.Count || rule.Annotations.Count > table.Annotations.Count)
                throw new ArgumentException($"Rule {i + 1} has not as many cells as the table has columns.", nameof(table));
        var variables = table.Inputs.Select(i => (Name: i.Variable ?? i.Expression, i.Type, Own: i.Variable is null)).GroupBy(v => v.Name)
            .Select((g, i) => (Id: $"{table.Id}_in{i + 1}", Name: g.Key, Type: g.Where(v => v.Own).Select(v => v.Type).FirstOrDefault() ?? "Any")).ToList();
        var root = new XElement(Dmn + "definitions",
            new XAttribute("xmlns", Dmn.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "dmndi", Dmndi.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "dc", Dc.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "di", Di.NamespaceName),
            new XAttribute("id", $"{table.Id}_definitions"),
            new XAttribute("name", table.Name),
            new XAttribute("namespace", table.Namespace),
            table.Description is null ? null : new XElement(Dmn + "description", table.Description),
            variables.Select(v => new XElement(Dmn + "inputData", new XAttribute("id", v.Id), new XAttribute("name", v.Name),
                new XElement(Dmn + "variable", new XAttribute("id", $"{v.Id}_variable"), new XAttribute("name", v.Name), new XAttribute("typeRef", v.Type)))),
            Decision(table, variables.Select(v => v.Id)),
            Diagram(table, variables.Select(v => v.Id).ToList()));
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true, NewLineChars = "\n" }))
            root.Save(writer);
        return $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n";
    }

    static XElement Text(string name, string id, string text) =>
        new(Dmn + name, new XAttribute("id", id), new XElement(Dmn + "text", text));

    static XElement Decision(DecisionTableModel table, IEnumerable<string> inputIds)
    {
        var single = table.Outputs.Count == 1;
        return new XElement(Dmn + "decision", new XAttribute("id", table.Id), new XAttribute("name", table.Name),
            new XElement(Dmn + "variable", new XAttribute("id", $"{table.Id}_variable"), new XAttribute("name", table.Name),
                single && IsSingleHit(table) ? new XAttribute("typeRef", table.Outputs[0].Type) : null),
            inputIds.Select(id => new XElement(Dmn + "informationRequirement", new XAttribute("id", $"{id}_requirement"),
                new XElement(Dmn + "requiredInput", new XAttribute("href", $"#{id}")))),
            new XElement(Dmn + "decisionTable", new XAttribute("id", $"{table.Id}_table"),
                new XAttribute("hitPolicy", Policy(table.HitPolicy)),
                table.Aggregation is { } a ? new XAttribute("aggregation", a.ToString().ToUpperInvariant()) : null,
                table.Inputs.Select((c, i) => new XElement(Dmn + "input", new XAttribute("id", $"{table.Id}_i{i + 1}"), new XAttribute("label", c.Label),
                    new XElement(Dmn + "inputExpression", new XAttribute("id", $"{table.Id}_i{i + 1}_expression"), new XAttribute("typeRef", c.Type),
                        new XElement(Dmn + "text", c.Expression)),
                    c.AllowedValues is null ? null : Text("inputValues", $"{table.Id}_i{i + 1}_values", c.AllowedValues))),
                table.Outputs.Select((c, i) => new XElement(Dmn + "output", new XAttribute("id", $"{table.Id}_o{i + 1}"),
                    c.Label is null ? null : new XAttribute("label", c.Label), new XAttribute("name", c.Name), new XAttribute("typeRef", c.Type),
                    c.Values is null ? null : Text("outputValues", $"{table.Id}_o{i + 1}_values", c.Values),
                    c.Default is null ? null : Text("defaultOutputEntry", $"{table.Id}_o{i + 1}_default", c.Default))),
                table.Annotations.Select(a => new XElement(Dmn + "annotation", new XAttribute("name", a))),
                table.Rules.Select((r, i) =>
                {
                    var id = r.Id ?? $"{table.Id}_r{i + 1}";
                    return new XElement(Dmn + "rule", new XAttribute("id", id),
                        r.Inputs.Select((cell, c) => Text("inputEntry", $"{id}_i{c + 1}", cell)),
                        r.Outputs.Select((cell, c) => Text("outputEntry", $"{id}_o{c + 1}", cell)),
                        table.Annotations.Select((_, c) => new XElement(Dmn + "annotationEntry", new XElement(Dmn + "text", c < r.Annotations.Count ? r.Annotations[c] : ""))));
                })));
    }

    static bool IsSingleHit(DecisionTableModel t) =>
        t.HitPolicy is HitPolicy.Unique or HitPolicy.Any or HitPolicy.Priority or HitPolicy.First;

    static string Policy(HitPolicy p) => p switch
    {
        HitPolicy.RuleOrder => "RULE ORDER",
        HitPolicy.OutputOrder => "OUTPUT ORDER",
        _ => p.ToString().ToUpperInvariant(),
    };

    // The decision above, its inputs in a row below, an arrow from each.
    static XElement Diagram(DecisionTableModel table, List<string> inputs)
    {
        const int width = 180, gap = 40, top = 80, below = 260;
        var total = Math.Max(inputs.Count * (width + gap) - gap, width);
        var middle = 160 + total / 2;
        XElement Bounds(int x, int y, int w, int h) => new(Dc + "Bounds", At("x", x), At("y", y), At("width", w), At("height", h));
        XElement Point(int x, int y) => new(Di + "waypoint", At("x", x), At("y", y));
        XElement Shape(string id, XElement bounds) => new(Dmndi + "DMNShape", new XAttribute("id", $"{id}_shape"), new XAttribute("dmnElementRef", id), bounds);
        return new XElement(Dmndi + "DMNDI", new XElement(Dmndi + "DMNDiagram", new XAttribute("id", $"{table.Id}_diagram"),
            Shape(table.Id, Bounds(middle - width / 2, top, width, 80)),
            inputs.Select((id, i) => Shape(id, Bounds(160 + i * (width + gap), below, width, 45))),
            inputs.Select((id, i) => new XElement(Dmndi + "DMNEdge", new XAttribute("id", $"{id}_edge"), new XAttribute("dmnElementRef", $"{id}_requirement"),
                Point(160 + i * (width + gap) + width / 2, below), Point(middle, top + 80)))));
    }

    static XAttribute At(string name, int value) => new(name, value.ToString(CultureInfo.InvariantCulture));
}
