using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>One claim that its holder may show or keep (RFC 9901, Selective Disclosure for JWTs): salt, name, value.</summary>
/// <param name="Encoded">As it stands in the token; its SHA-256 is what the issuer signed.</param>
sealed record Disclosure(string Name, JsonNode? Value, string Encoded)
{
    public string Digest => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Encoded)));

    public static Disclosure Make(string name, JsonNode value)
    {
        var salt = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        var json = JsonSerializer.SerializeToUtf8Bytes(new JsonArray(salt, name, value.DeepClone()), EventTypes.Json);
        return new Disclosure(name, value, Base64Url.EncodeToString(json));
    }

    /// <summary>Null when it is not a disclosure of an object member.</summary>
    public static Disclosure? Read(string encoded)
    {
        if (!Base64Url.IsValid(encoded))
            return null;
        return StrictJson.Node(Base64Url.DecodeFromChars(encoded)) is JsonArray { Count: 3 } parts
            && parts[0] is JsonValue salt && salt.TryGetValue<string>(out _)
            && parts[1] is JsonValue label && label.TryGetValue<string>(out var name) && name is not ("_sd" or "...")
            ? new Disclosure(name, parts[2]?.DeepClone(), encoded)
            : null;
    }
}
