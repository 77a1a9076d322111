using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;

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
        return Parameters(label, components, field.AsSpan(end + 1)) is { } parameters ? (parameters, field, bytes) : null;
    }

    static SignatureParameters? Parameters(string label, IReadOnlyList<Component> components, ReadOnlySpan<char> rest)
    {
        long? created = null, expires = null;
        string? nonce = null, alg = null, keyId = null, tag = null;
        while (rest.Length > 0)
        {
            var equals = rest.IndexOf('=');
            if (rest[0] != ';' || equals < 0)
                return null;
            var name = rest[1..equals];
            rest = rest[(equals + 1)..];
            var known = name switch
            {
                "created" => Number(ref rest, ref created),
                "expires" => Number(ref rest, ref expires),
                "nonce" => Text(ref rest, ref nonce),
                "alg" => Text(ref rest, ref alg),
                "keyid" => Text(ref rest, ref keyId),
                "tag" => Text(ref rest, ref tag),
                _ => false,
            };
            if (!known)
                return null;
        }
        return new(label, components) { Created = created, Expires = expires, Nonce = nonce, Algorithm = alg, KeyId = keyId, Tag = tag };
    }

    /// <summary>What <see cref="Read"/> reads, and byte for byte what the general writer of structured fields writes; null where that one is needed.</summary>
    public static string? Write(SignatureParameters parameters)
    {
        if (!IsPlain(parameters.Nonce) || !IsPlain(parameters.Algorithm) || !IsPlain(parameters.KeyId) || !IsPlain(parameters.Tag)
            || parameters.Created is < 0 or > 999_999_999_999_999 || parameters.Expires is < 0 or > 999_999_999_999_999)
            return null;
        var text = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[512]);
        text.AppendLiteral("(");
        for (var i = 0; i < parameters.Components.Count; i++)
        {
            if (i > 0)
                text.AppendLiteral(" ");
            text.AppendLiteral(parameters.Components[i].Text);
        }
        text.AppendLiteral(")");
        Add(ref text, ";created=", parameters.Created);
        Add(ref text, ";expires=", parameters.Expires);
        Add(ref text, ";nonce=", parameters.Nonce);
        Add(ref text, ";alg=", parameters.Algorithm);
        Add(ref text, ";keyid=", parameters.KeyId);
        Add(ref text, ";tag=", parameters.Tag);
        return text.ToStringAndClear();
    }

    static bool IsPlain(string? text) => text is null || !text.AsSpan().ContainsAnyExcept(Plain);

    static void Add(ref DefaultInterpolatedStringHandler text, string name, long? value)
    {
        if (value is not { } number)
            return;
        text.AppendLiteral(name);
        text.AppendFormatted(number);
    }

    static void Add(ref DefaultInterpolatedStringHandler text, string name, string? value)
    {
        if (value is null)
            return;
        text.AppendLiteral(name);
        text.AppendLiteral("\"");
        text.AppendLiteral(value);
        text.AppendLiteral("\"");
    }

    /// <summary>A positive integer in its one form: at most 15 digits, none of them a leading zero.</summary>
    static bool Number(ref ReadOnlySpan<char> rest, ref long? into)
    {
        var end = rest.IndexOf(';');
        var digits = end < 0 ? rest : rest[..end];
        if (into is not null || digits.Length is 0 or > 15 || digits[0] == '0' || digits.ContainsAnyExceptInRange('0', '9') || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        rest = rest[digits.Length..];
        into = number;
        return true;
    }

    static bool Text(ref ReadOnlySpan<char> rest, ref string? into)
    {
        if (into is not null || rest.Length < 2 || rest[0] != '"')
            return false;
        var end = rest[1..].IndexOf('"');
        if (end < 0 || rest.Slice(1, end).ContainsAnyExcept(Plain))
            return false;
        into = rest.Slice(1, end).ToString();
        rest = rest[(end + 2)..];
        return true;
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
