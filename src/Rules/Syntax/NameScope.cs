namespace Tongban.Rules.Syntax;

/// <summary>
/// The names known at a place in the text, innermost first. FEEL names may hold blanks and the signs . / - ' + *, so
/// only these names decide where a name ends; the longest one wins.
/// </summary>
sealed class NameScope(NameScope? parent)
{
    readonly Dictionary<string, List<(string[] Parts, string Name)>> byFirstPart = new(StringComparer.Ordinal);

    public NameScope? Parent { get; } = parent;

    public void Add(string name)
    {
        var parts = Parts(name);
        if (parts.Length == 0)
            return;
        if (!byFirstPart.TryGetValue(parts[0], out var list))
            byFirstPart[parts[0]] = list = [];
        list.Add((parts, name));
    }

    static string[] Parts(string name)
    {
        try
        {
            return [.. Lexer.Cut(name).Where(t => t.Kind != TokenKind.End).Select(t => t.Text)];
        }
        catch (FeelSyntaxException)
        {
            return []; // a name with a quote in it can only be reached through get value()
        }
    }

    /// <summary>The longest known name that starts at a token: its text and how many tokens it takes (0 for none).</summary>
    public (string? Name, int Length) Match(Token[] tokens, int at)
    {
        (string? Name, int Length) best = (null, 0);
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (!scope.byFirstPart.TryGetValue(tokens[at].Text, out var candidates))
                continue;
            foreach (var (parts, name) in candidates)
                if (parts.Length > best.Length && Starts(tokens, at, parts))
                    best = (name, parts.Length);
        }
        return best;
    }

    static bool Starts(Token[] tokens, int at, string[] parts)
    {
        if (at + parts.Length > tokens.Length)
            return false;
        for (var i = 0; i < parts.Length; i++)
            if (tokens[at + i].Kind is TokenKind.String or TokenKind.End || tokens[at + i].Text != parts[i])
                return false;
        return true;
    }
}
