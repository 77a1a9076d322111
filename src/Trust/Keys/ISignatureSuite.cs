using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// One way to sign. Implementations are stateless and safe for concurrent use; so are the keys they make.
/// </summary>
public interface ISignatureSuite
{
    /// <summary>The name in RFC 9421's <c>alg</c> parameter.</summary>
    string Name { get; }

    /// <summary>The name in a JWS header's <c>alg</c>.</summary>
    string JwsAlgorithm { get; }

    /// <summary>Bytes; every signature of a suite has the same length.</summary>
    int SignatureLength { get; }

    /// <summary>Whether a JWK is of this suite's kind (it may still be malformed).</summary>
    bool Handles(Jwk jwk);

    NodeKey Generate();

    /// <summary>Reads a key with its private part. Fails with <c>key.malformed</c>.</summary>
    Result<NodeKey> ReadPrivate(Jwk jwk);

    /// <summary>Reads a public key; a point off the curve is refused. Fails with <c>key.malformed</c>.</summary>
    Result<PublicKey> ReadPublic(Jwk jwk);

    /// <param name="signature">At least <see cref="SignatureLength"/> bytes; filled with exactly that many.</param>
    void Sign(NodeKey key, ReadOnlySpan<byte> data, Span<byte> signature);

    bool Verify(PublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);
}

/// <summary>The suites this build knows.</summary>
public static class SignatureSuites
{
    public static readonly ISignatureSuite EcdsaP256 = new EcdsaP256Suite();
    public static readonly ISignatureSuite Ed25519 = new Ed25519Suite();

    public static readonly ISignatureSuite Sm2 = new Sm2Suite();

    public static IReadOnlyList<ISignatureSuite> All { get; } = [EcdsaP256, Ed25519, Sm2];

    public static ISignatureSuite? ByName(string name) => All.FirstOrDefault(suite => suite.Name == name);

    internal static Result<ISignatureSuite> For(Jwk jwk)
    {
        var suite = All.FirstOrDefault(s => s.Handles(jwk));
        return suite is null
            ? Error.Unsupported("key.unsupported", $"不支持的密钥类型 {jwk.Kty}/{jwk.Crv}", $"Key type {jwk.Kty}/{jwk.Crv} is not supported", "jwk")
            : Result.Of(suite);
    }

    internal static Error Malformed(string why, string whyEn) =>
        Error.Invalid("key.malformed", $"密钥格式错误：{why}", $"Malformed key: {whyEn}", "jwk", "请核对 JWK 是否完整", "Check that the JWK is complete");
}

static class Result
{
    /// <summary>An interface has no implicit conversion; this is the way in.</summary>
    public static Result<T> Of<T>(T value) => value;
}
