using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Tongban.Rules.Model;

/// <summary>DMN XML to elements. Knows the namespaces of DMN 1.1 to 1.5 and reads them alike.</summary>
static class DmnReader
{
    /// <summary>Boxed expressions nested deeper than this are refused.</summary>
    const int MaxDepth = 100;

    static readonly HashSet<string> Namespaces =
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ];

    public static ReadResult Read(Stream xml, DmnImports? imports, Encoding? encoding = null)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = DmnModel.MaxCharacters,
        };
        XDocument document;
        try
        {
            using var text = encoding is null ? null : new StreamReader(xml, encoding);
            using var reader = text is null ? XmlReader.Create(xml, settings) : XmlReader.Create(text, settings);
            document = XDocument.Load(reader, LoadOptions.SetLineInfo | LoadOptions.PreserveWhitespace);
        }
        catch (XmlException e)
        {
            return new(null, [Diagnostic.Error("dmn.xml", "不是可接受的 XML", $"not acceptable XML: {e.Message}", null, e.LineNumber)]);
        }
        var root = document.Root!;
        if (root.Name.LocalName != "definitions" || !Namespaces.Contains(root.Name.NamespaceName))
            return new(null, [Diagnostic.Error("dmn.not-dmn", "不是 DMN 1.1–1.5 模型", "not a model of DMN 1.1 to 1.5", null, Line(root))]);
        var diagnostics = new List<Diagnostic>();
        var elements = new List<DrgElement>();
        foreach (var e in root.Elements())
            if (Element(e, diagnostics) is { } element)
                elements.Add(element);
        foreach (var twice in elements.GroupBy(e => e.Id).Where(g => g.Count() > 1))
            diagnostics.Add(Diagnostic.Error("dmn.duplicate-id", $"标识 {twice.Key} 重复", $"id {twice.Key} is used twice", twice.Key, twice.Last().Line));
        var model = new DmnModel(Id(root), Attribute(root, "name") ?? "", Attribute(root, "namespace") ?? "", imports)
        {
            Imports = [.. Children(root, "import").Select(i => new ImportElement(Attribute(i, "name") ?? "", Attribute(i, "namespace") ?? "", Line(i)))],
            Types = [.. Children(root, "itemDefinition").Select(t => Type(t, 0))],
            Elements = elements,
        };
        return new(diagnostics.Any(d => d.Severity == Severity.Error) ? null : model, diagnostics);
    }

    static int Line(XElement e) => ((IXmlLineInfo)e).LineNumber;

    static string? Attribute(XElement e, string name) => e.Attribute(name)?.Value.Trim();

    static string Id(XElement e) => Attribute(e, "id") ?? Attribute(e, "name") ?? "";

    static IEnumerable<XElement> Children(XElement e, string name) => e.Elements().Where(c => c.Name.LocalName == name && Namespaces.Contains(c.Name.NamespaceName));

    static XElement? Child(XElement e, string name) => Children(e, name).FirstOrDefault();

    static string? Text(XElement? e) => e is null ? null : (Child(e, "text")?.Value ?? "").Trim();

    static string? Href(XElement? e) => e is null ? null : Attribute(e, "href");

    static IReadOnlyList<string> Hrefs(XElement e, string name) => [.. Children(e, name).Select(Href).OfType<string>()];

    static string? TypeRefOf(XElement e) => Attribute(e, "typeRef") ?? Child(e, "typeRef")?.Value.Trim();

    static ItemDefinition Type(XElement e, int depth) => new(
        Attribute(e, "name") ?? "",
        TypeRefOf(e),
        Attribute(e, "isCollection") == "true",
        Text(Child(e, "allowedValues")),
        Text(Child(e, "typeConstraint")),
        depth > MaxDepth ? [] : [.. Children(e, "itemComponent").Select(c => Type(c, depth + 1))],
        Child(e, "functionItem") is { } f
            ? new FunctionItem(Attribute(f, "outputTypeRef"), [.. Children(f, "parameters").Select(p => (Attribute(p, "name") ?? "", TypeRefOf(p)))])
            : null,
        Line(e));

    static DrgElement? Element(XElement e, List<Diagnostic> diagnostics)
    {
        if (!Namespaces.Contains(e.Name.NamespaceName))
            return null;
        var (id, name) = (Id(e), Attribute(e, "name") ?? "");
        var variable = Child(e, "variable");
        var seenAs = variable is null ? name : Attribute(variable, "name") is { Length: > 0 } v ? v : name;
        var typeRef = variable is null ? null : TypeRefOf(variable);
        switch (e.Name.LocalName)
        {
            case "inputData":
                return new InputDataElement(id, name, seenAs, typeRef, Line(e));
            case "decision":
                return new DecisionElement(id, name, seenAs, typeRef, Line(e), Requires(e), Logic(e, id, diagnostics));
            case "businessKnowledgeModel":
                var logic = Child(e, "encapsulatedLogic");
                return new KnowledgeElement(id, name, seenAs, typeRef, Line(e), Requires(e), logic is null ? null : Function(logic, id, diagnostics, 0));
            case "decisionService":
                return new ServiceElement(id, name, seenAs, typeRef, Line(e),
                    Hrefs(e, "outputDecision"), Hrefs(e, "inputDecision"), Hrefs(e, "inputData"));
            default:
                return null;
        }
    }

    static IReadOnlyList<string> Requires(XElement e) =>
        [.. e.Elements().Where(c => c.Name.LocalName is "informationRequirement" or "knowledgeRequirement")
            .Select(r => Href(Child(r, "requiredDecision") ?? Child(r, "requiredInput") ?? Child(r, "requiredKnowledge"))).OfType<string>()];

    /// <summary>The first child that is an expression.</summary>
    static BoxedExpression? Logic(XElement parent, string id, List<Diagnostic> diagnostics, int depth = 0)
    {
        foreach (var e in parent.Elements())
            if (Namespaces.Contains(e.Name.NamespaceName) && Expression(e, id, diagnostics, depth) is { } found)
                return found;
        return null;
    }

    static BoxedExpression? Expression(XElement e, string id, List<Diagnostic> diagnostics, int depth)
    {
        if (depth > MaxDepth)
        {
            diagnostics.Add(Diagnostic.Error("dmn.depth", "表达式嵌套太深", "expressions nested too deeply", id, Line(e)));
            return null;
        }
        var (typeRef, line) = (TypeRefOf(e), Line(e));
        BoxedExpression? Of(string child) => Child(e, child) is { } c ? Logic(c, id, diagnostics, depth + 1) : null;
        switch (e.Name.LocalName)
        {
            case "literalExpression":
                if (Child(e, "importedValues") is not null)
                    diagnostics.Add(Diagnostic.Warning("dmn.imported-values", "不支持外部取值", "imported values are not supported", id, line));
                return new BoxedLiteral(Text(e) ?? "", typeRef, line);
            case "context":
                return new BoxedContext([.. Children(e, "contextEntry").Select(entry =>
                {
                    var variable = Child(entry, "variable");
                    return (variable is null ? null : Attribute(variable, "name"), variable is null ? null : TypeRefOf(variable), Logic(entry, id, diagnostics, depth + 1));
                })], typeRef, line);
            case "invocation":
                return new BoxedInvocation(Logic(e, id, diagnostics, depth + 1),
                    [.. Children(e, "binding").Select(b => (Child(b, "parameter") is { } p ? Attribute(p, "name") ?? "" : "", Logic(b, id, diagnostics, depth + 1)))], typeRef, line);
            case "functionDefinition":
                return Function(e, id, diagnostics, depth);
            case "relation":
                return new BoxedRelation([.. Children(e, "column").Select(c => Attribute(c, "name") ?? "")],
                    [.. Children(e, "row").Select(r => Items(r, id, diagnostics, depth))], typeRef, line);
            case "list":
                return new BoxedList(Items(e, id, diagnostics, depth), typeRef, line);
            case "conditional":
                return new BoxedConditional(Of("if"), Of("then"), Of("else"), typeRef, line);
            case "filter":
                return new BoxedFilter(Of("in"), Of("match"), typeRef, line);
            case "for":
                return new BoxedIterator("for", Attribute(e, "iteratorVariable") ?? "", Of("in"), Of("return"), typeRef, line);
            case "some" or "every":
                return new BoxedIterator(e.Name.LocalName, Attribute(e, "iteratorVariable") ?? "", Of("in"), Of("satisfies"), typeRef, line);
            case "decisionTable":
                return Table(e, id, diagnostics);
            default:
                return null;
        }
    }

    static IReadOnlyList<BoxedExpression?> Items(XElement e, string id, List<Diagnostic> diagnostics, int depth) =>
        [.. e.Elements().Where(c => Namespaces.Contains(c.Name.NamespaceName) && c.Name.LocalName is not ("description" or "extensionElements" or "typeRef"))
            .Select(c => Expression(c, id, diagnostics, depth + 1))];

    static BoxedFunction Function(XElement e, string id, List<Diagnostic> diagnostics, int depth) => new(
        Attribute(e, "kind") ?? "FEEL",
        [.. Children(e, "formalParameter").Select(p => (Attribute(p, "name") ?? "", TypeRefOf(p)))],
        Logic(e, id, diagnostics, depth + 1), TypeRefOf(e), Line(e));

    static BoxedTable Table(XElement e, string id, List<Diagnostic> diagnostics)
    {
        HitPolicy Policy(string? name)
        {
            switch (name)
            {
                case null or "UNIQUE": return HitPolicy.Unique;
                case "ANY": return HitPolicy.Any;
                case "PRIORITY": return HitPolicy.Priority;
                case "FIRST": return HitPolicy.First;
                case "RULE ORDER": return HitPolicy.RuleOrder;
                case "OUTPUT ORDER": return HitPolicy.OutputOrder;
                case "COLLECT": return HitPolicy.Collect;
                default:
                    diagnostics.Add(Diagnostic.Error("dmn.hit-policy", $"命中策略“{name}”未知", $"unknown hit policy '{name}'", id, Line(e)));
                    return HitPolicy.Unique;
            }
        }
        var inputs = Children(e, "input").Select(i =>
        {
            var expression = Child(i, "inputExpression");
            return new TableInput(Attribute(i, "label"), Text(expression) ?? "", expression is null ? null : TypeRefOf(expression), Text(Child(i, "inputValues")), Line(i));
        }).ToList();
        var outputs = Children(e, "output").Select(o => new TableOutput(
            Attribute(o, "name"), Attribute(o, "label"), TypeRefOf(o), Text(Child(o, "outputValues")), Text(Child(o, "defaultOutputEntry")), Line(o))).ToList();
        var rules = Children(e, "rule").Select(r => new TableRule(Attribute(r, "id"),
            [.. Children(r, "inputEntry").Select(x => Text(x) ?? "")],
            [.. Children(r, "outputEntry").Select(x => Text(x) ?? "")],
            [.. Children(r, "annotationEntry").Select(x => Text(x) ?? "")], Line(r))).ToList();
        foreach (var rule in rules.Where(r => r.Inputs.Count != inputs.Count || r.Outputs.Count != outputs.Count))
            diagnostics.Add(Diagnostic.Error("dmn.rule-cells", "规则的格数与表头不符", "a rule has not as many cells as the table has columns", id, rule.Line));
        return new BoxedTable(Policy(Attribute(e, "hitPolicy")),
            Attribute(e, "aggregation") switch { "SUM" => Aggregation.Sum, "MIN" => Aggregation.Min, "MAX" => Aggregation.Max, "COUNT" => Aggregation.Count, _ => null },
            inputs, outputs, rules, [.. Children(e, "annotation").Select(a => Attribute(a, "name") ?? "")], TypeRefOf(e), Line(e));
    }
}
