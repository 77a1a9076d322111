using System.Globalization;
using System.Xml.Linq;
using Tongban.Rules;

namespace Tongban.Tests.Conformance.Dmn;

/// <summary>One case of the kit: inputs and what each result node must be.</summary>
sealed record TckCase(string Id, string? Invocable, FeelContext Inputs, IReadOnlyList<(string Node, XElement Expected)> Results);

/// <summary>A folder of the DMN TCK: models (*.dmn) and cases (*-test-*.xml).</summary>
static class TckFolder
{
    static readonly XNamespace Xsi = "http://www.w3.org/2001/XMLSchema-instance";

    public static IEnumerable<(string ModelFile, TckCase Case)> Cases(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.xml").Order(StringComparer.Ordinal))
        {
            var root = XDocument.Load(file, LoadOptions.PreserveWhitespace).Root!;
            var model = Children(root, "modelName").First().Value.Trim();
            foreach (var c in Children(root, "testCase"))
                yield return (model, new TckCase(
                    c.Attribute("id")?.Value ?? "",
                    c.Attribute("invocableName")?.Value,
                    new FeelContext(Children(c, "inputNode").Select(i => KeyValuePair.Create(i.Attribute("name")!.Value, Value(i)))),
                    [.. Children(c, "resultNode").Select(r => (r.Attribute("name")!.Value, Children(r, "expected").First()))]));
        }
    }

    static IEnumerable<XElement> Children(XElement e, string name) => e.Elements().Where(c => c.Name.LocalName == name);

    /// <summary>The value that an inputNode, item, component or expected element holds.</summary>
    public static FeelValue Value(XElement e)
    {
        if (Children(e, "list").FirstOrDefault() is { } list)
            return Nil(list) ? FeelValue.Null : FeelValue.Of(Children(list, "item").Select(Value));
        if (Children(e, "component").Any())
            return FeelValue.Of(new FeelContext(Children(e, "component").Select(c => KeyValuePair.Create(c.Attribute("name")!.Value, Value(c)))));
        if (Children(e, "value").FirstOrDefault() is not { } value || Nil(value))
            return FeelValue.Null;
        var type = value.Attribute(Xsi + "type")?.Value.Split(':')[^1];
        var text = value.Value;
        return type switch
        {
            "boolean" => FeelValue.Of(text.Trim() is "true" or "1"),
            "decimal" or "double" or "integer" or "int" or "long" or "float" => FeelValue.Of(Number.Parse(text.Trim())),
            "date" => FeelValue.Of(FeelDate.Parse(text.Trim())),
            "time" => FeelValue.Of(FeelTime.Parse(text.Trim())),
            "dateTime" => FeelValue.Of(FeelDateTime.Parse(text.Trim())),
            "duration" => YearsMonthsDuration.Parse(text.Trim()) is { } months ? FeelValue.Of(months) : FeelValue.Of(DaysTimeDuration.Parse(text.Trim())),
            _ => FeelValue.Of(text),
        };
    }

    static bool Nil(XElement e) => e.Attribute(Xsi + "nil")?.Value is "true" or "1";

    /// <summary>
    /// Same kind and content. A number may differ from the expected one in the eighth significant digit after the
    /// point, because the kit gives irrational results with as many digits as its authors' doubles had.
    /// </summary>
    public static bool Same(in FeelValue actual, in FeelValue expected)
    {
        if (expected.AsNumber is { } e && actual.AsNumber is { } a)
            return Math.Abs(a.Value - e.Value) <= 1e-8m * Math.Max(1m, Math.Abs(e.Value));
        if (expected.AsList is { } wanted)
        {
            var list = actual.AsList;
            return list?.Count == wanted.Count && wanted.Zip(list, (w, g) => Same(g, w)).All(same => same);
        }
        if (expected.AsContext is { } context)
        {
            var given = actual.AsContext;
            return given?.Count == context.Count && context.All(c => given.TryGet(c.Key, out var v) && Same(v, c.Value));
        }
        return actual.Equals(expected);
    }

    public static string Describe(in FeelValue v) => string.Create(CultureInfo.InvariantCulture, $"{v.Kind} {v}");
}
