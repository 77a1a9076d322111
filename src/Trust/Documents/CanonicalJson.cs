using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tongban.Trust;

/// <summary>
/// JSON in the one form of RFC 8785 (JCS): members sorted by UTF-16 code units, no white space, shortest numbers.
/// What is hashed or signed is written by this and never by a serializer's defaults.
/// </summary>
public static class CanonicalJson
{
    const long SafeInteger = 9_007_199_254_740_991;

    public static byte[] Write(JsonNode? node)
    {
        var text = new StringBuilder();
        Append(text, node);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Serializes with web naming (camel case), then canonicalises.</summary>
    public static byte[] Of<T>(T value) => Write(JsonSerializer.SerializeToNode(value, JsonSerializerOptions.Web));

    static void Append(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject @object:
                var first = true;
                text.Append('{');
                foreach (var (name, value) in @object.OrderBy(member => member.Key, StringComparer.Ordinal))
                {
                    if (!first)
                        text.Append(',');
                    first = false;
                    AppendText(text, name);
                    text.Append(':');
                    Append(text, value);
                }
                text.Append('}');
                break;
            case JsonArray array:
                text.Append('[');
                for (var i = 0; i < array.Count; i++)
                {
                    if (i > 0)
                        text.Append(',');
                    Append(text, array[i]);
                }
                text.Append(']');
                break;
            default:
                AppendValue(text, JsonSerializer.SerializeToElement(node));
                break;
        }
    }

    static void AppendValue(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                AppendText(text, value.GetString()!);
                break;
            case JsonValueKind.Number:
                text.Append(Number(value));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    static void AppendText(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }
        text.Append('"');
    }

    static string Number(JsonElement value)
    {
        if (value.TryGetInt64(out var integer))
        {
            return integer is >= -SafeInteger and <= SafeInteger
                ? integer.ToString(CultureInfo.InvariantCulture)
                : throw new ArgumentException("An integer beyond 2^53 has no canonical form (RFC 8785, 3.2.2.3): write it as text");
        }
        return Number(value.GetDouble());
    }

    /// <summary>The form of ECMAScript's Number::toString, from the shortest digits that read back the same.</summary>
    internal static string Number(double value)
    {
        if (!double.IsFinite(value))
            throw new ArgumentException("Neither infinity nor NaN is JSON");
        if (value == 0)
            return "0";
        var round = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var dot = round[0].IndexOf('.');
        var all = round[0].Replace(".", "");
        var digits = all.TrimStart('0');
        // After how many of the significant digits the decimal point stands; 0 or less means zeros come first.
        var point = (dot < 0 ? all.Length : dot) - (all.Length - digits.Length)
            + (round.Length > 1 ? int.Parse(round[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0);
        digits = digits.TrimEnd('0');
        var sign = value < 0 ? "-" : "";
        if (digits.Length <= point && point <= 21)
            return sign + digits.PadRight(point, '0');
        if (point is > 0 and <= 21)
            return $"{sign}{digits[..point]}.{digits[point..]}";
        if (point is > -6 and <= 0)
            return $"{sign}0.{new string('0', -point)}{digits}";
        var exponent = $"e{(point > 0 ? "+" : "-")}{Math.Abs(point - 1)}";
        return digits.Length == 1 ? sign + digits + exponent : $"{sign}{digits[0]}.{digits[1..]}{exponent}";
    }
}
