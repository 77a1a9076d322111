using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Tongban.Trust;

/// <summary>
/// A JSON Web Key (RFC 7517) of the kinds this system uses: EC on P-256 and on SM2's curve, OKP on Ed25519 (RFC 8037).
/// Coordinates are unpadded base64url. <see cref="D"/> is present only inside the keystore.
/// </summary>
public sealed record Jwk(
    [property: JsonPropertyName("kty")] string Kty,
    [property: JsonPropertyName("crv")] string Crv,
    [property: JsonPropertyName("x")] string X,
    [property: JsonPropertyName("y"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Y = null)
{
    [JsonPropertyName("d"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? D { get; init; }

    /// <summary>Optional members other software expects; they are no part of the thumbprint.</summary>
    [JsonPropertyName("kid"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Kid { get; init; }

    [JsonPropertyName("use"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Use { get; init; }

    [JsonPropertyName("alg"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Alg { get; init; }

    /// <summary>RFC 7638: SHA-256 over the required members in lexical order, base64url.</summary>
    public string Thumbprint()
    {
        var required = Y is null
            ? $$"""{"crv":"{{Crv}}","kty":"{{Kty}}","x":"{{X}}"}"""
            : $$"""{"crv":"{{Crv}}","kty":"{{Kty}}","x":"{{X}}","y":"{{Y}}"}""";
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(required)));
    }

    /// <summary>The same key without what must stay secret.</summary>
    public Jwk WithoutSecret() => this with { D = null };

    // A record prints all its members; a private key must never reach a log line that way.
    public override string ToString() => $"Jwk {Kty}/{Crv} {Thumbprint()}";

    /// <summary>Decodes one coordinate; null when it is not base64url of exactly <paramref name="size"/> bytes.</summary>
    internal static byte[]? Coordinate(string? text, int size)
    {
        if (text is null || !Base64Url.IsValid(text))
            return null;
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.TryDecodeFromChars(text, bytes, out var written) && written == size && Base64Url.EncodeToString(bytes.AsSpan(0, size)) == text
            ? bytes[..size]
            : null;
    }
}
