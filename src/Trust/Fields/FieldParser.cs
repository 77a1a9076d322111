using System.Globalization;
using System.Text;

namespace Tongban.Trust;

/// <summary>
/// RFC 9651, section 4.2, as a cursor over the text. Strict where the RFC leaves a choice: base64 must be padded
/// and canonical. Every method returns false at the first character that does not fit; none throws.
/// </summary>
ref struct FieldParser(ReadOnlySpan<char> text)
{
    readonly ReadOnlySpan<char> text = text;

    /// <summary>Where parsing stands, or stopped.</summary>
    public int Position { get; private set; }

    readonly bool AtEnd => Position >= text.Length;

    readonly char Now => Position < text.Length ? text[Position] : '\0';

    public bool Item(out FieldItem item)
    {
        SkipSpaces();
        if (!ItemBody(out item))
            return false;
        SkipSpaces();
        return AtEnd;
    }

    public bool List(out List<FieldMember> members)
    {
        members = [];
        SkipSpaces();
        while (!AtEnd)
        {
            if (!Member(out var member))
                return false;
            members.Add(member);
            if (!NextOfMany(out var more))
                return false;
            if (!more)
                return true;
        }
        return true;
    }

    public bool Dictionary(out FieldDictionary dictionary)
    {
        dictionary = [];
        SkipSpaces();
        while (!AtEnd)
        {
            if (!Key(out var key))
                return false;
            FieldMember? member;
            if (Now == '=')
            {
                Position++;
                if (!Member(out member))
                    return false;
            }
            else
            {
                if (!Parameters(out var parameters))
                    return false;
                member = new FieldItem(FieldValue.Boolean(true), parameters);
            }
            dictionary.Add(key, member);
            if (!NextOfMany(out var more))
                return false;
            if (!more)
                return true;
        }
        return true;
    }

    /// <summary>After a member: the end, or a comma with something behind it (a trailing comma is an error).</summary>
    bool NextOfMany(out bool more)
    {
        more = false;
        SkipOptionalWhitespace();
        if (AtEnd)
            return true;
        if (Now != ',')
            return false;
        Position++;
        SkipOptionalWhitespace();
        more = !AtEnd;
        return more;
    }

    bool Member(out FieldMember member)
    {
        if (Now == '(')
        {
            var right = InnerList(out var inner);
            member = inner;
            return right;
        }
        var fits = ItemBody(out var item);
        member = item;
        return fits;
    }

    bool InnerList(out FieldInnerList inner)
    {
        inner = null!;
        Position++;
        var items = new List<FieldItem>();
        while (!AtEnd)
        {
            SkipSpaces();
            if (Now == ')')
            {
                Position++;
                if (!Parameters(out var parameters))
                    return false;
                inner = new(items, parameters);
                return true;
            }
            if (!ItemBody(out var item))
                return false;
            items.Add(item);
            if (Now is not (' ' or ')'))
                return false;
        }
        return false;
    }

    bool ItemBody(out FieldItem item)
    {
        item = null!;
        if (!Bare(out var value) || !Parameters(out var parameters))
            return false;
        item = new(value, parameters);
        return true;
    }

    bool Parameters(out FieldParameters parameters)
    {
        parameters = FieldParameters.None;
        while (Now == ';')
        {
            Position++;
            SkipSpaces();
            if (!Key(out var key))
                return false;
            var value = FieldValue.Boolean(true);
            if (Now == '=')
            {
                Position++;
                if (!Bare(out value))
                    return false;
            }
            if (parameters.Count == 0)
                parameters = [];
            parameters.Add(key, value);
        }
        return true;
    }

    bool Key(out string key)
    {
        key = "";
        var start = Position;
        if (!(char.IsAsciiLetterLower(Now) || Now == '*'))
            return false;
        while (FieldText.IsKeyCharacter(Now))
            Position++;
        key = text[start..Position].ToString();
        return true;
    }

    bool Bare(out FieldValue value)
    {
        value = default;
        return Now switch
        {
            '"' => String(out value),
            ':' => Binary(out value),
            '?' => Boolean(out value),
            '@' => Date(out value),
            '%' => DisplayString(out value),
            '-' => Number(out value),
            var c when char.IsAsciiDigit(c) => Number(out value),
            var c when char.IsAsciiLetter(c) || c == '*' => Token(out value),
            _ => false,
        };
    }

    bool Number(out FieldValue value)
    {
        value = default;
        var start = Position;
        if (Now == '-')
            Position++;
        var digits = Position;
        while (char.IsAsciiDigit(Now))
            Position++;
        var whole = Position - digits;
        if (whole == 0)
            return false;
        if (Now != '.')
        {
            if (whole > 15)
                return false;
            value = FieldValue.Integer(long.Parse(text[start..Position], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
            return true;
        }
        Position++;
        var fraction = Position;
        while (char.IsAsciiDigit(Now))
            Position++;
        if (whole > 12 || Position - fraction is < 1 or > 3)
            return false;
        value = FieldValue.Decimal(decimal.Parse(text[start..Position], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));
        return true;
    }

    bool String(out FieldValue value)
    {
        value = default;
        Position++;
        var start = Position;
        StringBuilder? unescaped = null;
        while (!AtEnd)
        {
            var c = text[Position++];
            if (c == '"')
            {
                value = FieldValue.String(unescaped?.ToString() ?? text[start..(Position - 1)].ToString());
                return true;
            }
            if (c is < ' ' or > '~')
                return false;
            if (c == '\\')
            {
                unescaped ??= new StringBuilder().Append(text[start..(Position - 1)]);
                if (Now is not ('"' or '\\'))
                    return false;
                c = text[Position++];
            }
            unescaped?.Append(c);
        }
        return false;
    }

    bool Token(out FieldValue value)
    {
        var start = Position++;
        while (FieldText.IsTokenCharacter(Now))
            Position++;
        value = FieldValue.Token(text[start..Position].ToString());
        return true;
    }

    bool Binary(out FieldValue value)
    {
        value = default;
        Position++;
        var length = text[Position..].IndexOf(':');
        if (length < 0)
            return false;
        var encoded = text.Slice(Position, length);
        // Convert skips white space and ignores stray bits, so the canonical form is compared.
        var bytes = new byte[length / 4 * 3];
        if (length % 4 != 0 || !Convert.TryFromBase64Chars(encoded, bytes, out var written) || !Canonical(encoded, bytes.AsSpan(0, written)))
            return false;
        Position += length + 1;
        value = FieldValue.Binary(written == bytes.Length ? bytes : bytes[..written]);
        return true;
    }

    static bool Canonical(ReadOnlySpan<char> encoded, ReadOnlySpan<byte> bytes)
    {
        const int small = 512;
        var again = encoded.Length <= small ? stackalloc char[small] : new char[encoded.Length];
        return Convert.TryToBase64Chars(bytes, again, out var written) && encoded.SequenceEqual(again[..written]);
    }

    bool Boolean(out FieldValue value)
    {
        Position++;
        value = FieldValue.Boolean(Now == '1');
        if (Now is not ('0' or '1'))
            return false;
        Position++;
        return true;
    }

    bool Date(out FieldValue value)
    {
        value = default;
        Position++;
        if (!(Now == '-' || char.IsAsciiDigit(Now)) || !Number(out var number) || number.Type != FieldType.Integer)
            return false;
        value = FieldValue.Date(number.AsInteger!.Value);
        return true;
    }

    bool DisplayString(out FieldValue value)
    {
        value = default;
        Position++;
        if (Now != '"')
            return false;
        Position++;
        var bytes = new List<byte>();
        while (!AtEnd)
        {
            var c = text[Position++];
            if (c is < ' ' or > '~')
                return false;
            if (c == '"')
            {
                if (!FieldText.TryDecode([.. bytes], out var decoded))
                    return false;
                value = FieldValue.DisplayString(decoded);
                return true;
            }
            if (c == '%')
            {
                if (Position + 2 > text.Length || LowerHex(text[Position]) is not (>= 0 and var high) || LowerHex(text[Position + 1]) is not (>= 0 and var low))
                    return false;
                Position += 2;
                bytes.Add((byte)((high << 4) | low));
            }
            else
            {
                bytes.Add((byte)c);
            }
        }
        return false;
    }

    static int LowerHex(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'f' => c - 'a' + 10,
        _ => -1,
    };

    void SkipSpaces()
    {
        while (Now == ' ')
            Position++;
    }

    void SkipOptionalWhitespace()
    {
        while (Now is ' ' or '\t')
            Position++;
    }
}
