using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;

namespace Tongban.Trust;

/// <summary>
/// Reads the two signature headers in the one form in which this system writes them, without the general parser of structured
/// fields: the same result for a fraction of the cost. Anything else, right or wrong, is left to the general parser.
/// </summary>
static class PlainForm
{
    /// <summary>Nodes sign few different lists of components; more means that somebody makes them up.</summary>
    const int MostLists = 64;

    static readonly ConcurrentDictionary<string, IReadOnlyList<Component>> Lists = new(StringComparer.Ordinal);
    static readonly ConcurrentDictionary<string, IReadOnlyList<Component>>.AlternateLookup<ReadOnlySpan<char>> ListsBySpan = Lists.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Printable ASCII without quotation mark and backslash: a string that means itself.</summary>
    static readonly SearchValues<char> Plain = SearchValues.Create(
        " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>Keeps the components of a list that the general parser has read, so that the next message of its kind is read here.</summary>
    public static void Learn(string field, IReadOnlyList<Component> components)
    {
        var end = field.IndexOf(')');
        // A second bracket may mean that the first stood inside a parameter's text.
        if (end <= 0 || field.LastIndexOf(')') != end || ListsBySpan.ContainsKey(field.AsSpan(0, end + 1)) || Lists.Count >= MostLists)
            return;
        Lists.TryAdd(field[..(end + 1)], components);
    }

    /// <returns>Null when the headers are not in the plain form or the list is not known yet.</returns>
    public static (SignatureParameters Parameters, string Field, byte[] Signature)? Read(string input, string signature, string label)
    {
        if (!input.StartsWith(label, StringComparison.Ordinal) || input.Length < label.Length + 3 || input[label.Length] != '=' || input[label.Length + 1] != '(')
            return null;
        var field = input[(label.Length + 1)..];
        var end = field.IndexOf(')');
        if (end < 0 || !ListsBySpan.TryGetValue(field.AsSpan(0, end + 1), out var components) || Bytes(signature, label) is not { } bytes)
            return null;
        return Parameters(new SignatureParameters(label, components), field.AsSpan(end + 1)) is { } parameters ? (parameters, field, bytes) : null;
    }

    static SignatureParameters? Parameters(SignatureParameters parameters, ReadOnlySpan<char> rest)
    {
        while (rest.Length > 0)
        {
            var equals = rest.IndexOf('=');
            if (rest[0] != ';' || equals < 0)
                return null;
            var name = rest[1..equals];
            rest = rest[(equals + 1)..];
            if (name is "created" or "expires")
            {
                if (Number(ref rest) is not { } number || (name is "created" ? parameters.Created : parameters.Expires) is not null)
                    return null;
                parameters = name is "created" ? parameters with { Created = number } : parameters with { Expires = number };
                continue;
            }
            if (Text(ref rest) is not { } text)
                return null;
            switch (name)
            {
                case "nonce" when parameters.Nonce is null:
                    parameters = parameters with { Nonce = text };
                    break;
                case "alg" when parameters.Algorithm is null:
                    parameters = parameters with { Algorithm = text };
                    break;
                case "keyid" when parameters.KeyId is null:
                    parameters = parameters with { KeyId = text };
                    break;
                case "tag" when parameters.Tag is null:
                    parameters = parameters with { Tag = text };
                    break;
                default:
                    return null;
            }
        }
        return parameters;
    }

    /// <summary>A positive integer in its one form: at most 15 digits, none of them a leading zero.</summary>
    static long? Number(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf(';');
        var digits = end < 0 ? rest : rest[..end];
        if (digits.Length is 0 or > 15 || digits[0] == '0' || digits.ContainsAnyExceptInRange('0', '9') || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        rest = rest[digits.Length..];
        return number;
    }

    static string? Text(ref ReadOnlySpan<char> rest)
    {
        if (rest.Length < 2 || rest[0] != '"')
            return null;
        var end = rest[1..].IndexOf('"');
        if (end < 0 || rest.Slice(1, end).ContainsAnyExcept(Plain))
            return null;
        var text = rest.Slice(1, end).ToString();
        rest = rest[(end + 2)..];
        return text;
    }

    /// <summary><c>label=:base64:</c>; one label, padded base64 in its one form.</summary>
    static byte[]? Bytes(string signature, string label)
    {
        var text = signature.AsSpan();
        if (!text.StartsWith(label, StringComparison.Ordinal) || text.Length < label.Length + 4 || text[label.Length] != '=' || text[label.Length + 1] != ':' || text[^1] != ':')
            return null;
        text = text[(label.Length + 2)..^1];
        var bytes = new byte[text.Length / 4 * 3];
        if (!Convert.TryFromBase64Chars(text, bytes, out var written))
            return null;
        Span<char> again = stackalloc char[256];
        return text.Length <= again.Length && Convert.TryToBase64Chars(bytes.AsSpan(0, written), again, out var length) && again[..length].SequenceEqual(text)
            ? bytes[..written]
            : null;
    }
}
