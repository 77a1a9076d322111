using System.Globalization;
using System.Text;

namespace Tongban.Trust;

/// <summary>RFC 9651, section 4.1: values to text. Each returns false when the value has no text form (out of range, wrong characters).</summary>
static class FieldText
{
    const long MaxInteger = 999_999_999_999_999;

    static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool IsKeyCharacter(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-' or '.' or '*';

    public static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c)
        || c is '!' or '#' or '$' or '%' or '&' or '\'' or '*' or '+' or '-' or '.' or '^' or '_' or '`' or '|' or '~' or ':' or '/';

    public static bool TryDecode(byte[] bytes, out string text)
    {
        try
        {
            text = StrictUtf8.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }
    }

    public static bool Member(StringBuilder to, FieldMember member) => member switch
    {
        FieldItem item => Item(to, item),
        FieldInnerList inner => InnerList(to, inner),
        _ => false,
    };

    public static bool Item(StringBuilder to, FieldItem item) => Bare(to, item.Value) && Parameters(to, item.Parameters);

    public static bool InnerList(StringBuilder to, FieldInnerList inner)
    {
        to.Append('(');
        for (var i = 0; i < inner.Items.Count; i++)
        {
            if (i > 0)
                to.Append(' ');
            if (!Item(to, inner.Items[i]))
                return false;
        }
        to.Append(')');
        return Parameters(to, inner.Parameters);
    }

    public static bool Dictionary(StringBuilder to, FieldDictionary dictionary)
    {
        var first = true;
        foreach (var (key, member) in dictionary)
        {
            if (!first)
                to.Append(", ");
            first = false;
            if (!Key(to, key))
                return false;
            if (member is FieldItem { Value.AsBoolean: true } flag)
            {
                if (!Parameters(to, flag.Parameters))
                    return false;
                continue;
            }
            to.Append('=');
            if (!Member(to, member))
                return false;
        }
        return true;
    }

    public static bool Parameters(StringBuilder to, FieldParameters parameters)
    {
        foreach (var (key, value) in parameters)
        {
            to.Append(';');
            if (!Key(to, key))
                return false;
            if (value.AsBoolean is true)
                continue;
            to.Append('=');
            if (!Bare(to, value))
                return false;
        }
        return true;
    }

    static bool Key(StringBuilder to, string key)
    {
        if (key.Length == 0 || !(char.IsAsciiLetterLower(key[0]) || key[0] == '*') || key.Any(c => !IsKeyCharacter(c)))
            return false;
        to.Append(key);
        return true;
    }

    public static bool Bare(StringBuilder to, FieldValue value) => value.Type switch
    {
        FieldType.Integer => Integer(to, value.AsInteger!.Value),
        FieldType.Decimal => Decimal(to, value.AsDecimal!.Value),
        FieldType.String => String(to, value.AsText!),
        FieldType.Token => Token(to, value.AsText!),
        FieldType.Binary => Put(to.Append(':').Append(Convert.ToBase64String(value.AsBinary!)).Append(':')),
        FieldType.Boolean => Put(to.Append(value.AsBoolean!.Value ? "?1" : "?0")),
        FieldType.Date => Integer(to.Append('@'), value.AsInteger!.Value),
        FieldType.DisplayString => DisplayString(to, value.AsText!),
        _ => false,
    };

    static bool Put(StringBuilder _) => true;

    static bool Integer(StringBuilder to, long value)
    {
        to.Append(CultureInfo.InvariantCulture, $"{value}");
        return value is >= -MaxInteger and <= MaxInteger;
    }

    static bool Decimal(StringBuilder to, decimal value)
    {
        var rounded = Math.Round(value, 3, MidpointRounding.ToEven);
        if (Math.Abs(decimal.Truncate(rounded)) > 999_999_999_999)
            return false;
        to.Append(rounded.ToString("0.0##", CultureInfo.InvariantCulture));
        return true;
    }

    static bool String(StringBuilder to, string value)
    {
        to.Append('"');
        foreach (var c in value)
        {
            if (c is < ' ' or > '~')
                return false;
            if (c is '"' or '\\')
                to.Append('\\');
            to.Append(c);
        }
        to.Append('"');
        return true;
    }

    static bool Token(StringBuilder to, string value)
    {
        to.Append(value);
        return value.Length > 0 && (char.IsAsciiLetter(value[0]) || value[0] == '*') && value.All(IsTokenCharacter);
    }

    static bool DisplayString(StringBuilder to, string value)
    {
        byte[] bytes;
        try
        {
            bytes = StrictUtf8.GetBytes(value);
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
        to.Append("%\"");
        foreach (var b in bytes)
        {
            if (b is (byte)'%' or (byte)'"' or < 0x20 or > 0x7E)
                to.Append(CultureInfo.InvariantCulture, $"%{b:x2}");
            else
                to.Append((char)b);
        }
        to.Append('"');
        return true;
    }
}
