using Tongban.Rules.Syntax;

namespace Tongban.Rules.Types;

/// <summary>The named types of a model, on top of FEEL's own.</summary>
sealed class TypeSet
{
    readonly Dictionary<string, FeelType> named = new(StringComparer.Ordinal);

    public static readonly TypeSet BuiltIn = new();

    public IEnumerable<string> Names => named.Keys;

    public void Add(string name, FeelType type) => named[name] = type;

    public FeelType? Find(string name) => named.TryGetValue(name, out var t) ? t : FeelType.ByName(name);

    /// <summary>A type as written in FEEL or in a typeRef; null when a name in it is unknown.</summary>
    public FeelType? Resolve(TypeSyntax syntax)
    {
        switch (syntax.Name)
        {
            case "list" when syntax.Arguments.Length == 1:
                return Resolve(syntax.Arguments[0]) is { } item ? FeelType.ListOf(item) : null;
            case "range" when syntax.Arguments.Length == 1:
                return Resolve(syntax.Arguments[0]) is { } end
                    ? new FeelType { Form = FeelType.Shape.Range, Name = $"range<{end.Name}>", Element = end } : null;
            case "context" when syntax.Members.Length > 0:
                var members = new List<(string, FeelType)>();
                foreach (var (name, type) in syntax.Members)
                {
                    if (Resolve(type) is not { } resolved)
                        return null;
                    members.Add((name, resolved));
                }
                return new FeelType { Form = FeelType.Shape.Context, Name = "context", Members = members };
            case "function" when syntax.Result is not null:
                var parameters = syntax.Arguments.Select(Resolve).ToArray();
                var result = Resolve(syntax.Result);
                return result is null || parameters.Contains(null)
                    ? null : new FeelType { Form = FeelType.Shape.Function, Name = "function", Parameters = parameters!, Result = result };
            default:
                return Find(syntax.Name);
        }
    }
}
