using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Primitives;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>Builds the signature base (RFC 9421, section 2.5): one line per covered component, then the parameters.</summary>
static class SignatureBase
{
    [ThreadStatic]
    static ArrayBufferWriter<byte>? buffer;

    /// <param name="parameters">The text of the inner list with its parameters, exactly as it stands in Signature-Input.</param>
    /// <returns>UTF-8, to be used before this thread builds another.</returns>
    public static Result<ReadOnlyMemory<byte>> Build(MessageView message, IReadOnlyList<Component> components, string parameters)
    {
        var text = buffer ??= new(1024);
        text.ResetWrittenCount();
        for (var i = 0; i < components.Count; i++)
        {
            if (Append(text, message, components[i]) is { } error)
                return error;
        }
        text.Write("\"@signature-params\": "u8);
        Encoding.UTF8.GetBytes(parameters, text);
        return text.WrittenMemory;
    }

    static void Line(ArrayBufferWriter<byte> text, Component component, string value)
    {
        Encoding.UTF8.GetBytes(component.Text, text);
        text.Write(": "u8);
        Encoding.UTF8.GetBytes(value, text);
        text.Write("\n"u8);
    }

    static Error? Append(ArrayBufferWriter<byte> text, MessageView message, Component component)
    {
        // Trailers are not buffered by this system; RFC 9421 2.1 then asks to fail.
        if (component.Parameters.Has("tr"))
            return Unavailable(component);
        var source = component.OfRequest ? message.Request : message;
        if (source is null || (component.OfRequest && message.Status is null))
            return Unavailable(component);
        if (component.Name == "@query-param")
            return QueryParameter(text, source, component);
        var value = component.Name[0] == '@' ? Derived(source, component) : Field(source, component);
        // A line break inside a value would let one component imitate another (RFC 9421, 7.5.6).
        if (value is null || value.AsSpan().ContainsAny('\r', '\n'))
            return Unavailable(component);
        Line(text, component, value);
        return null;
    }

    static string? Derived(MessageView source, Component component)
    {
        foreach (var (key, _) in component.Parameters)
        {
            if (key != "req")
                return null;
        }
        return component.Name switch
        {
            "@method" => source.Method,
            "@target-uri" => source.Target?.Uri,
            "@authority" => source.Target?.Authority,
            "@scheme" => source.Target?.Scheme,
            "@request-target" => source.Target is { } target ? target.Path + target.Query : null,
            "@path" => source.Target?.Path,
            "@query" => source.Target is { } target ? target.Query.Length == 0 ? "?" : target.Query : null,
            "@status" => source.Status?.ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
    }

    static string? Field(MessageView source, Component component)
    {
        var lines = source.Header(component.Name);
        if (lines.Count == 0)
            return null;
        var parameters = component.Parameters;
        if (parameters.Has("bs"))
            return parameters.Has("sf") || parameters.Has("key") ? null : string.Join(", ", lines.Select(line => $":{Convert.ToBase64String(Encoding.Latin1.GetBytes(Trimmed(line)))}:"));
        var combined = Combined(lines);
        if (parameters["key"] is { AsText: { } key })
        {
            var dictionary = StructuredField.ParseDictionary(combined);
            return dictionary.Ok && dictionary.Value.TryGet(key, out var member) && StructuredField.Write(member) is { Ok: true } written ? written.Value : null;
        }
        return parameters.Has("sf") ? Strict(component.Name, combined) : combined;
    }

    /// <summary>Writes a field again in its canonical form; which type a field has is known only for those registered here.</summary>
    static string? Strict(string name, string combined)
    {
        Result<string> written = name switch
        {
            "content-digest" or "repr-digest" or "want-content-digest" or "signature" or "signature-input" or "cache-control" or "priority" =>
                StructuredField.ParseDictionary(combined).Then(StructuredField.Write),
            "accept-ch" or "cache-status" or "proxy-status" or "accept" or "accept-encoding" or "accept-language" or "vary" =>
                StructuredField.ParseList(combined).Then(list => StructuredField.Write(list)),
            _ => StructuredField.ParseItem(combined).Then(item => StructuredField.Write(item)),
        };
        return written.Ok ? written.Value : null;
    }

    static Error? QueryParameter(ArrayBufferWriter<byte> text, MessageView source, Component component)
    {
        if (source.Target is not { } target || component.Parameters["name"] is not { AsText: { } name })
            return Unavailable(component);
        string? found = null;
        foreach (var pair in target.Query.TrimStart('?').Split('&'))
        {
            var equals = pair.IndexOf('=');
            var key = equals < 0 ? pair : pair[..equals];
            if (Reencoded(key) != name)
                continue;
            // RFC 9421 2.2.8: a name that occurs twice must not be covered, for the copies could be exchanged.
            if (found is not null)
                return Unavailable(component);
            found = equals < 0 ? "" : pair[(equals + 1)..];
        }
        if (found is null)
            return Unavailable(component);
        Line(text, component, Reencoded(found));
        return null;
    }

    /// <summary>Decoded as a form is (plus is a space) and encoded again with the percent-encode set of application/x-www-form-urlencoded, spaces as %20 (RFC 9421, 2.2.8).</summary>
    static string Reencoded(string part)
    {
        var encoded = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(Uri.UnescapeDataString(part.Replace('+', ' '))))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'*' or (byte)'-' or (byte)'.' or (byte)'_')
                encoded.Append((char)b);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        return encoded.ToString();
    }

    static string Combined(StringValues lines) => lines.Count == 1 ? Trimmed(lines[0]) : string.Join(", ", lines.Select(Trimmed));

    static string Trimmed(string? line) => line is null ? "" : line.Trim(' ', '\t');

    static Error Unavailable(Component component) => Error.Invalid(
        "signature.component-unavailable",
        $"签名覆盖了报文中没有或无法取得的部分 {component.Text}",
        $"The signature covers {component.Text}, which this message does not have or which cannot be taken unambiguously",
        component.Text, "请核对被签名的部分与实际发送的报文一致", "Check that what was signed is what was sent");
}
