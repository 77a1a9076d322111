using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>A signature of a document: the general JSON serialization of RFC 7515, 7.2.1.</summary>
public sealed record DocumentSignature(
    [property: JsonPropertyName("protected")] string Protected,
    [property: JsonPropertyName("signature")] string Signature);

/// <summary>A key and whose it is: a quorum counts signers, not keys.</summary>
public sealed record SignerKey(string Signer, PublicKey Key);

/// <summary>
/// A document that several sign: a directory by a quorum of members, an agreement by both sides. The payload is
/// canonical JSON (RFC 8785), base64url; the whole is a JWS in general JSON serialization, which other tools read.
/// </summary>
public sealed record SignedDocument(
    [property: JsonPropertyName("payload")] string Payload,
    [property: JsonPropertyName("signatures")] IReadOnlyList<DocumentSignature> Signatures)
{
    /// <summary>An unsigned document.</summary>
    public static SignedDocument Of(JsonNode content) => new(Base64Url.EncodeToString(CanonicalJson.Write(content)), []);

    public static SignedDocument Of<T>(T content) => new(Base64Url.EncodeToString(CanonicalJson.Of(content)), []);

    /// <summary>Adds a signature. Signing twice with one key gives two signatures, which still count once.</summary>
    /// <param name="type">What kind of document this is, such as <c>tb-directory+jws</c>.</param>
    public SignedDocument Sign(NodeKey key, string type)
    {
        var header = Jws.Protected(key, type, null);
        var signature = key.Sign(Encoding.ASCII.GetBytes($"{header}.{Payload}"));
        return this with { Signatures = [.. Signatures, new(header, Base64Url.EncodeToString(signature))] };
    }

    /// <summary>
    /// The payload, if at least <paramref name="quorum"/> different signers signed it. Signatures of unknown keys are passed over;
    /// a wrong one of a known key is an error, for it means that the document was changed after it was signed.
    /// Fails with <c>document.malformed</c>, <c>document.quorum</c>, or an error of <see cref="Jws.Verify"/>.
    /// </summary>
    public Result<VerifiedDocument> Verify(string type, Func<string, SignerKey?> signers, int quorum)
    {
        if (Payload is null || Signatures is null || Signatures.Any(signature => signature is null) || Jws.Decode(Payload) is not { } content)
            return Error.Invalid("document.malformed", "签名文件格式错误", "The signed document is malformed");
        var signed = new Dictionary<string, PublicKey>();
        foreach (var signature in Signatures)
        {
            SignerKey? signer = null;
            var verified = Jws.VerifyParts(signature.Protected, Payload, signature.Signature, type, kid => (signer = signers(kid))?.Key);
            if (verified.Ok)
                signed[signer!.Signer] = verified.Value.Key;
            else if (verified.Error.Code != "token.unknown-key")
                return verified.Error;
        }
        return signed.Count >= quorum
            ? new VerifiedDocument(content, signed)
            : Error.Forbidden("document.quorum", $"需要 {quorum} 方签名，有效的只有 {signed.Count} 方", $"{quorum} signers are needed, {signed.Count} signed", "请向其余各方取得签名", "Obtain the signatures of the others");
    }

    /// <summary>The key ids its signatures name, unchecked.</summary>
    public IEnumerable<string> SignerIds() =>
        Signatures.Select(s => Jws.Decode(s.Protected) is { } header ? StrictJson.Object(header)?["kid"]?.ToString() : null).OfType<string>();

    /// <summary>The payload without any check: to show a document that is still being signed.</summary>
    [JsonIgnore]
    public byte[] UnverifiedPayload => Jws.Decode(Payload) ?? [];
}

/// <summary>A document whose quorum held.</summary>
/// <param name="Payload">Canonical JSON.</param>
/// <param name="Signers">Who signed, with which key.</param>
public sealed record VerifiedDocument(byte[] Payload, IReadOnlyDictionary<string, PublicKey> Signers)
{
    /// <summary>Reads the payload with web naming (camel case).</summary>
    public T? Read<T>() => System.Text.Json.JsonSerializer.Deserialize<T>(Payload, System.Text.Json.JsonSerializerOptions.Web);
}
