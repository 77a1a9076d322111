using System.Globalization;
using System.Text;

namespace Tongban.Rules.Syntax;

enum TokenKind : byte { Name, Number, String, Symbol, End }

/// <param name="Text">A name, symbol or number as written; a string decoded.</param>
/// <param name="At">Index of the first character in the source.</param>
readonly record struct Token(TokenKind Kind, string Text, int At)
{
    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;
    public bool IsWord(string word) => Kind == TokenKind.Name && Text == word;
}

/// <summary>Text that is not FEEL; caught where parsing starts and turned into a diagnostic.</summary>
sealed class FeelSyntaxException(string zh, string en, int at) : Exception(en)
{
    public string Zh { get; } = zh;
    public int At { get; } = at;
}

/// <summary>
/// Cuts FEEL text into tokens. Names are cut into their parts ("Loan-2" is three tokens): only the parser knows which
/// parts in a row make one name, because that depends on the names in scope (DMN 1.5 §10.3.1.5).
/// </summary>
static class Lexer
{
    /// <summary>Characters; longer texts are refused, so that a hostile model cannot hold a thread.</summary>
    public const int MaxLength = 200_000;

    static readonly string[] TwoCharacter = ["**", "..", "!=", "<=", ">=", "->"];

    public static Token[] Cut(string text)
    {
        if (text.Length > MaxLength)
            throw new FeelSyntaxException("表达式太长", "expression too long", 0);
        var tokens = new List<Token>();
        var i = 0;
        while (true)
        {
            i = SkipBlanks(text, i);
            if (i >= text.Length)
                break;
            var c = text[i];
            if (c == '"')
                tokens.Add(String(text, ref i));
            else if (char.IsAsciiDigit(c) || (c == '.' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]) && !(i > 0 && text[i - 1] == '.')))
                tokens.Add(NumberAt(text, ref i));
            else if (c == '?')
                tokens.Add(new(TokenKind.Name, "?", i++));
            else if (IsNameStart(text, i, out _))
                tokens.Add(NamePart(text, ref i));
            else
            {
                var two = TwoCharacter.FirstOrDefault(s => string.CompareOrdinal(text, i, s, 0, 2) == 0);
                tokens.Add(new(TokenKind.Symbol, two ?? c.ToString(), i));
                i += two is null ? 1 : 2;
            }
        }
        tokens.Add(new(TokenKind.End, "", text.Length));
        return [.. tokens];
    }

    static int SkipBlanks(string text, int i)
    {
        while (i < text.Length)
        {
            if (char.IsWhiteSpace(text[i]) || text[i] is '\uFEFF' or '\u180E')
                i++;
            else if (string.CompareOrdinal(text, i, "//", 0, 2) == 0)
                i = text.IndexOf('\n', i) is >= 0 and var end ? end : text.Length;
            else if (string.CompareOrdinal(text, i, "/*", 0, 2) == 0)
                i = text.IndexOf("*/", i + 2, StringComparison.Ordinal) is >= 0 and var end
                    ? end + 2 : throw new FeelSyntaxException("注释没有结束", "comment without end", i);
            else
                break;
        }
        return i;
    }

    static Token NumberAt(string text, ref int i)
    {
        var start = i;
        while (i < text.Length && char.IsAsciiDigit(text[i]))
            i++;
        if (i + 1 < text.Length && text[i] == '.' && char.IsAsciiDigit(text[i + 1]))
        {
            i++;
            while (i < text.Length && char.IsAsciiDigit(text[i]))
                i++;
        }
        if (i < text.Length && text[i] is 'e' or 'E')
        {
            var j = i + 1;
            if (j < text.Length && text[j] is '+' or '-')
                j++;
            if (j < text.Length && char.IsAsciiDigit(text[j]))
            {
                while (j < text.Length && char.IsAsciiDigit(text[j]))
                    j++;
                i = j;
            }
        }
        return new(TokenKind.Number, text[start..i], start);
    }

    static Token NamePart(string text, ref int i)
    {
        var start = i;
        while (i < text.Length && (IsNameStart(text, i, out var width) || IsNameOnlyPart(text, i, out width)) && text[i] != '?')
            i += width;
        return new(TokenKind.Name, text[start..i], start);
    }

    static Token String(string text, ref int i)
    {
        var start = i++;
        var value = new StringBuilder();
        while (true)
        {
            if (i >= text.Length)
                throw new FeelSyntaxException("字符串没有结束引号", "string without closing quote", start);
            var c = text[i++];
            if (c == '"')
                return new(TokenKind.String, value.ToString(), start);
            if (c != '\\' || i >= text.Length)
            {
                value.Append(c);
                continue;
            }
            var escape = text[i++];
            switch (escape)
            {
                case 'n': value.Append('\n'); break;
                case 't': value.Append('\t'); break;
                case 'r': value.Append('\r'); break;
                case '"' or '\'' or '\\': value.Append(escape); break;
                case 'u' when Hex(text, i, 4) is { } unit:
                    value.Append((char)unit);
                    i += 4;
                    break;
                case 'U' when Hex(text, i, 6) is { } point && Rune.IsValid(point):
                    value.Append(new Rune(point).ToString());
                    i += 6;
                    break;
                default: value.Append('\\').Append(escape); break; // such as \s: part of a regular expression
            }
        }
    }

    static int? Hex(string text, int at, int digits) =>
        at + digits <= text.Length && int.TryParse(text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var v) ? v : null;

    /// <summary>Rule 28 of the FEEL grammar, by code point.</summary>
    static bool IsNameStart(string text, int at, out int width)
    {
        width = 1;
        if (Rune.TryGetRuneAt(text, at, out var rune))
            width = rune.Utf16SequenceLength;
        else
            return false;
        var c = rune.Value;
        return c is '?' or '_' or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z')
            or (>= 0xC0 and <= 0xD6) or (>= 0xD8 and <= 0xF6) or (>= 0xF8 and <= 0x2FF) or (>= 0x370 and <= 0x37D)
            or (>= 0x37F and <= 0x1FFF and not 0x180E and not 0x1680) or (>= 0x200C and <= 0x200D) or (>= 0x2070 and <= 0x218F)
            or (>= 0x2C00 and <= 0x2FEF) or (>= 0x3001 and <= 0xD7FF) or (>= 0xF900 and <= 0xFDCF)
            or (>= 0xFDF0 and <= 0xFEFE) or (>= 0xFF00 and <= 0xFFFD) or (>= 0x10000 and <= 0xEFFFF);
    }

    static bool IsNameOnlyPart(string text, int at, out int width)
    {
        width = 1;
        return text[at] is (>= '0' and <= '9') or '\u00B7' or (>= '\u0300' and <= '\u036F') or '\u203F' or '\u2040';
    }
}
