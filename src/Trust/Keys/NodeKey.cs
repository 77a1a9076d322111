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

/// <summary>A private signing key with its public part. Safe for concurrent use; its secret leaves only into the keystore, or is in a token.</summary>
public sealed class NodeKey
{
    readonly Jwk? secret;
    readonly ISigner? elsewhere;

    /// <summary>A key whose private part is in a token.</summary>
    internal NodeKey(PublicKey @public, ISigner elsewhere)
    {
        Public = @public;
        this.elsewhere = elsewhere;
        Handle = elsewhere;
    }

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
        Sign(data, signature);
        return signature;
    }

    /// <inheritdoc cref="ISignatureSuite.Sign"/>
    public void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
    {
        if (elsewhere is null)
            Suite.Sign(this, data, signature);
        else
            elsewhere.Sign(data, signature);
    }

    /// <summary>Whether the private part lies in a token and never was in this process.</summary>
    public bool InToken => elsewhere is not null;

    public static Result<NodeKey> Read(Jwk jwk) => SignatureSuites.For(jwk).Then(suite => suite.ReadPrivate(jwk));

    internal Jwk Secret => secret ?? throw new InvalidOperationException("The private part of this key lies in a token");

    public override string ToString() => Public.ToString();
}
