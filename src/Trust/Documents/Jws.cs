using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>A token that held.</summary>
/// <param name="Header">All header members.</param>
public sealed record JwsContent(PublicKey Key, JsonObject Header, byte[] Payload);

/// <summary>
/// Compact JSON Web Signatures (RFC 7515) with a key id, under this build's suites (ES256, EdDSA). Used for consent and
/// other small artefacts that travel.
/// </summary>
public static class Jws
{
    const int Longest = 1_000_000;

    /// <param name="type">The <c>typ</c> of the header, such as <c>tb-consent+jws</c>: what keeps one kind of token from passing for another.</param>
    public static string Sign(NodeKey key, ReadOnlySpan<byte> payload, string type, JsonObject? header = null)
    {
        var input = $"{Protected(key, type, header)}.{Base64Url.EncodeToString(payload)}";
        return $"{input}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(input)))}";
    }

    /// <summary>Fails with <c>token.malformed</c>, <c>token.type</c>, <c>token.unknown-key</c>, <c>token.algorithm</c> or <c>token.wrong</c>; never throws.</summary>
    /// <param name="keys">The key of a key id, or null when it is not trusted now.</param>
    public static Result<JwsContent> Verify(string token, string type, Func<string, PublicKey?> keys)
    {
        var parts = token.Length <= Longest ? token.Split('.') : [];
        return parts.Length == 3 ? VerifyParts(parts[0], parts[1], parts[2], type, keys) : Malformed();
    }

    internal static Result<JwsContent> VerifyParts(string @protected, string payload, string signature, string type, Func<string, PublicKey?> keys)
    {
        if (Decode(@protected) is not { } header || Decode(payload) is not { } content || Decode(signature) is not { } made || StrictJson.Object(header) is not { } members)
            return Malformed();
        // Extensions one must understand, and unencoded payloads (RFC 7797), are not understood.
        if (members.ContainsKey("crit") || members.ContainsKey("b64"))
            return Malformed();
        if (Text(members, "typ") != type)
            return Error.Invalid("token.type", $"令牌类型应为 {type}", $"The token's type must be {type}", "typ");
        if (Text(members, "kid") is not { } kid || keys(kid) is not { } key)
            return Error.Forbidden("token.unknown-key", "签名所用密钥不受信任", "The signing key is not trusted");
        if (Text(members, "alg") != key.Suite.JwsAlgorithm)
            return Error.Forbidden("token.algorithm", "声明的算法与密钥不符", "The stated algorithm is not that of the key");
        return key.Verify(Encoding.ASCII.GetBytes($"{@protected}.{payload}"), made)
            ? new JwsContent(key, members, content)
            : Error.Forbidden("token.wrong", "签名不正确，内容被改动", "The signature is wrong: the content was changed");
    }

    internal static string Protected(NodeKey key, string type, JsonObject? header)
    {
        var members = header is null ? [] : (JsonObject)header.DeepClone();
        members["alg"] = key.Suite.JwsAlgorithm;
        members["kid"] = key.Kid;
        members["typ"] = type;
        return Base64Url.EncodeToString(CanonicalJson.Write(members));
    }

    /// <summary>Null unless it is base64url in its one form, without padding or white space.</summary>
    internal static byte[]? Decode(string text) =>
        Base64Url.IsValid(text) && Base64Url.DecodeFromChars(text) is var bytes && Base64Url.EncodeToString(bytes) == text ? bytes : null;

    internal static string? Text(JsonObject members, string name) =>
        members[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    static Error Malformed() => Error.Invalid("token.malformed", "令牌格式错误", "The token is malformed");
}
