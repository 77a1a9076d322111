using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tongban.Rules.Functions;

/// <summary>Strings (DMN 1.5 table 75). Positions and lengths count characters as code points.</summary>
static class StringFunctions
{
    static readonly TimeSpan MatchTime = TimeSpan.FromMilliseconds(250);

    public static void Register(BuiltinSet set)
    {
        set.Add("string length", (_, a) => Arg.Text(a[0]) is { } s ? Length(s) : null, "string");
        set.Add("upper case", (_, a) => FeelOf(Arg.Text(a[0])?.ToUpperInvariant()), "string");
        set.Add("lower case", (_, a) => FeelOf(Arg.Text(a[0])?.ToLowerInvariant()), "string");
        set.Add("substring", (_, a) => Substring(a), "string, start position, length?");
        set.Add("substring before", (_, a) => Arg.Text(a[0]) is { } s && Arg.Text(a[1]) is { } m
            ? s.IndexOf(m, StringComparison.Ordinal) is > 0 and var at ? s[..at] : "" : null, "string, match");
        set.Add("substring after", (_, a) => Arg.Text(a[0]) is { } s && Arg.Text(a[1]) is { } m
            ? s.IndexOf(m, StringComparison.Ordinal) is >= 0 and var at ? s[(at + m.Length)..] : "" : null, "string, match");
        set.Add("contains", (_, a) => Two(a, (s, m) => s.Contains(m, StringComparison.Ordinal)), "string, match");
        set.Add("starts with", (_, a) => Two(a, (s, m) => s.StartsWith(m, StringComparison.Ordinal)), "string, match");
        set.Add("ends with", (_, a) => Two(a, (s, m) => s.EndsWith(m, StringComparison.Ordinal)), "string, match");
        set.Add("matches", (_, a) => Arg.Text(a[0]) is { } s && Pattern(a, 1, 2) is { } p ? Guarded(() => FeelValue.Of(p.IsMatch(s))) : null,
            "input, pattern, flags?");
        set.Add("replace", (_, a) => Arg.Text(a[0]) is { } s && Arg.Text(a[2]) is { } r && Pattern(a, 1, 3) is { } p
            ? Guarded(() => FeelValue.Of(p.Replace(s, Replacement(r)))) : null, "input, pattern, replacement, flags?");
        set.Add("split", (_, a) => Arg.Text(a[0]) is { } s && Pattern(a, 1, 9) is { } p
            ? Guarded(() => FeelValue.Of(Pieces(p, s))) : null, "string, delimiter");
        set.Add("string join", (_, a) => Join(a), "list, delimiter?");
    }

    static FeelValue? FeelOf(string? s) => s is null ? null : FeelValue.Of(s);

    static FeelValue? Two(FeelValue[] a, Func<string, string, bool> test) =>
        Arg.Text(a[0]) is { } s && Arg.Text(a[1]) is { } m ? FeelValue.Of(test(s, m)) : null;

    public static int Length(string s)
    {
        var n = s.Length;
        for (var i = 1; i < s.Length; i++)
            if (char.IsSurrogatePair(s[i - 1], s[i]))
                n--;
        return n;
    }

    static FeelValue? Substring(FeelValue[] a)
    {
        if (Arg.Text(a[0]) is not { } s || Arg.Int(a[1]) is not { } start)
            return null;
        var length = Length(s);
        if (start == 0 || Math.Abs((long)start) > length)
            return null;
        var from = start > 0 ? start - 1 : length + start;
        var count = length - from;
        if (a.Length > 2)
        {
            if (Arg.Int(a[2]) is not { } wanted || wanted < 1)
                return null;
            count = Math.Min(count, wanted);
        }
        if (length == s.Length)
            return s.Substring(from, count);
        var text = new StringBuilder();
        foreach (var rune in s.EnumerateRunes().Skip(from).Take(count))
            text.Append(rune.ToString());
        return text.ToString();
    }

    /// <summary>
    /// An XPath 2.0 regular expression as .NET runs it: flags s, m, i, x, q. Null when pattern or flags are wrong.
    /// Time is bounded, so a pattern that backtracks without end gives null.
    /// </summary>
    static Regex? Pattern(FeelValue[] a, int pattern, int flags)
    {
        if (Arg.Text(a[pattern]) is not { } text)
            return null;
        var options = RegexOptions.CultureInvariant;
        if (a.Length > flags)
        {
            if (!a[flags].IsNull && Arg.Text(a[flags]) is null)
                return null;
            foreach (var flag in Arg.Text(a[flags]) ?? "")
            {
                switch (flag)
                {
                    case 's': options |= RegexOptions.Singleline; break;
                    case 'm': options |= RegexOptions.Multiline; break;
                    case 'i': options |= RegexOptions.IgnoreCase; break;
                    case 'x':
                        options |= RegexOptions.IgnorePatternWhitespace;
                        text = text.Replace("#", "\\#", StringComparison.Ordinal); // XPath's x knows no comments
                        break;
                    case 'q': text = Regex.Escape(text); break;
                    default: return null;
                }
            }
        }
        try
        {
            return new Regex(text, options, MatchTime);
        }
        catch (ArgumentException)
        {
            return null; // not a regular expression: FEEL's answer is null
        }
    }

    static FeelValue? Guarded(Func<FeelValue> run)
    {
        try
        {
            return run();
        }
        catch (RegexMatchTimeoutException)
        {
            return null; // a pattern that does not end in time has no answer
        }
    }

    /// <summary>XPath writes a group as $1 and a sign as \$ or \\; .NET needs ${1} and $$.</summary>
    static string Replacement(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is '$' or '\\')
                result.Append(text[++i] == '$' ? "$$" : "\\");
            else if (text[i] == '$' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]))
                result.Append(CultureInfo.InvariantCulture, $"${{{text[++i]}}}");
            else if (text[i] == '$')
                result.Append("$$");
            else
                result.Append(text[i]);
        }
        return result.ToString();
    }

    static IEnumerable<FeelValue> Pieces(Regex delimiter, string s)
    {
        var from = 0;
        foreach (Match m in delimiter.Matches(s))
        {
            if (m.Length == 0)
                continue;
            yield return s[from..m.Index];
            from = m.Index + m.Length;
        }
        yield return s[from..];
    }

    static FeelValue? Join(FeelValue[] a)
    {
        if (Arg.List(a[0]) is not { } list || (a.Length > 1 && !a[1].IsNull && Arg.Text(a[1]) is null))
            return null;
        var parts = new List<string>();
        foreach (var item in list)
        {
            if (item.IsNull)
                continue;
            if (item.AsString is not { } s)
                return null;
            parts.Add(s);
        }
        return string.Join(a.Length > 1 ? Arg.Text(a[1]) ?? "" : "", parts);
    }
}
