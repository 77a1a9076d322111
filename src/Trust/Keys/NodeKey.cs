using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// A public key with its id. Keep and reuse the object: importing costs about three verifications.
/// Safe for concurrent use.
/// </summary>
public sealed class PublicKey
{
    internal PublicKey(ISignatureSuite suite, Jwk jwk, object handle)
    {
        Suite = suite;
        Jwk = jwk.WithoutSecret() with { Kid = null, Use = null, Alg = null };
        Kid = Jwk.Thumbprint();
        Handle = handle;
    }

    public ISignatureSuite Suite { get; }

    /// <summary>RFC 7638 thumbprint, base64url, 43 characters.</summary>
    public string Kid { get; }

    /// <summary>The public members only.</summary>
    public Jwk Jwk { get; }

    /// <summary>What the suite keeps with the key.</summary>
    internal object Handle { get; }

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => Suite.Verify(this, data, signature);

    /// <summary>Reads a JWK of any suite this build knows; private members are ignored.</summary>
    public static Result<PublicKey> Read(Jwk jwk) => SignatureSuites.For(jwk).Then(suite => suite.ReadPublic(jwk));

    public override string ToString() => $"{Suite.Name} {Kid}";
}

/// <summary>A private signing key with its public part. Safe for concurrent use; its secret leaves only into the keystore.</summary>
public sealed class NodeKey
{
    readonly Jwk secret;

    internal NodeKey(PublicKey @public, Jwk secret, object handle)
    {
        Public = @public;
        this.secret = secret with { Kid = null, Use = null, Alg = null };
        Handle = handle;
    }

    public PublicKey Public { get; }

    public string Kid => Public.Kid;

    public ISignatureSuite Suite => Public.Suite;

    internal object Handle { get; }

    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        var signature = new byte[Suite.SignatureLength];
        Suite.Sign(this, data, signature);
        return signature;
    }

    /// <inheritdoc cref="ISignatureSuite.Sign"/>
    public void Sign(ReadOnlySpan<byte> data, Span<byte> signature) => Suite.Sign(this, data, signature);

    public static Result<NodeKey> Read(Jwk jwk) => SignatureSuites.For(jwk).Then(suite => suite.ReadPrivate(jwk));

    internal Jwk Secret => secret;

    public override string ToString() => Public.ToString();
}
