using Tongban.Rules.Evaluation;
using Tongban.Rules.Syntax;
using Tongban.Rules.Types;

namespace Tongban.Rules.Model;

/// <summary>Item definitions (DMN 1.5 §7.3.2) to types; allowed values become predicates.</summary>
sealed class TypeBuilder(IReadOnlyList<ItemDefinition> definitions, TypeSet types, Func<Compiler> compiler, List<Diagnostic> diagnostics)
{
    readonly Dictionary<string, ItemDefinition> byName =
        definitions.GroupBy(d => d.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);

    readonly HashSet<string> building = new(StringComparer.Ordinal);

    public void Build()
    {
        foreach (var name in byName.Keys)
            Named(name, 0);
    }

    FeelType Named(string name, int line)
    {
        if (types.Find(name) is { } done)
            return done;
        if (!byName.TryGetValue(name, out var definition))
        {
            if (Written(name) is { } written)
                return written;
            diagnostics.Add(Diagnostic.Warning("dmn.unknown-type", $"没有类型“{name}”", $"unknown type '{name}'", null, line));
            return FeelType.Any;
        }
        if (!building.Add(name))
        {
            diagnostics.Add(Diagnostic.Error("dmn.type-cycle", $"类型“{name}”引用自身", $"type '{name}' refers to itself", null, definition.Line));
            return FeelType.Any;
        }
        var type = Of(definition, name);
        building.Remove(name);
        types.Add(name, type);
        return type;
    }

    FeelType? Written(string text)
    {
        try
        {
            return types.Resolve(Parser.Type(text));
        }
        catch (FeelSyntaxException)
        {
            return null; // reported as an unknown type by the caller
        }
    }

    FeelType Of(ItemDefinition d, string name)
    {
        FeelType type;
        if (d.Function is { } function)
            type = new FeelType
            {
                Form = FeelType.Shape.Function,
                Name = name,
                Parameters = [.. function.Parameters.Select(p => p.TypeRef is null ? FeelType.Any : Named(p.TypeRef, d.Line))],
                Result = function.OutputTypeRef is null ? FeelType.Any : Named(function.OutputTypeRef, d.Line),
            };
        else if (d.Components.Count > 0)
            type = new FeelType { Form = FeelType.Shape.Context, Name = name, Members = [.. d.Components.Select(c => (c.Name, Of(c, c.Name)))] };
        else
        {
            var based = string.IsNullOrEmpty(d.TypeRef) ? FeelType.Any : Named(d.TypeRef, d.Line);
            type = new FeelType
            {
                Form = based.Form,
                Name = name,
                Kind = based.Kind,
                Element = based.Element,
                Members = based.Members,
                Parameters = based.Parameters,
                Result = based.Result,
                Allowed = based.Allowed,
            };
        }
        Constrain(type, d.AllowedValues, d.Line);
        if (d.IsCollection)
            type = new FeelType { Form = FeelType.Shape.List, Name = name, Element = type };
        Constrain(type, d.TypeConstraint, d.Line);
        return type;
    }

    void Constrain(FeelType type, string? tests, int line)
    {
        if (string.IsNullOrWhiteSpace(tests))
            return;
        var scope = Scope.Root();
        var test = compiler().UnaryTests(tests, scope, line);
        var before = type.Allowed;
        type.Allowed = value =>
        {
            if (before is not null && !before(value))
                return false;
            var state = new EvaluationState(EvaluationOptions.Default with { Trace = false });
            return test(new Frame(state, new FeelValue[scope.Layout.Size]), value) is true;
        };
    }
}
