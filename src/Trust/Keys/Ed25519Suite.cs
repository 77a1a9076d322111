using System.Buffers.Text;
using System.Security.Cryptography;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// Ed25519 (RFC 8032) through the system's libcrypto: .NET has none. Used for checkpoints, so that standard
/// transparency-log tools verify them, and wherever a peer signs with it.
/// </summary>
sealed class Ed25519Suite : ISignatureSuite
{
    const int KeyLength = 32;

    public string Name => "ed25519";

    public string JwsAlgorithm => "EdDSA";

    public int SignatureLength => 64;

    public bool Handles(Jwk jwk) => jwk is { Kty: "OKP", Crv: "Ed25519" };

    public NodeKey Generate() => FromSeed(RandomNumberGenerator.GetBytes(KeyLength));

    public Result<NodeKey> ReadPrivate(Jwk jwk)
    {
        if (Jwk.Coordinate(jwk.D, KeyLength) is not { } seed)
            return SignatureSuites.Malformed("缺少私钥部分 d", "the private member d is missing");
        var key = FromSeed(seed);
        return key.Public.Jwk.X == jwk.X
            ? key
            : SignatureSuites.Malformed("私钥与公钥不匹配", "the private part does not belong to the public part");
    }

    public Result<PublicKey> ReadPublic(Jwk jwk)
    {
        if (!Handles(jwk) || Jwk.Coordinate(jwk.X, KeyLength) is not { } raw)
            return SignatureSuites.Malformed("x 应为 32 字节的 base64url", "x must be base64url of 32 bytes");
        return FromRaw(raw);
    }

    public void Sign(NodeKey key, ReadOnlySpan<byte> data, Span<byte> signature) =>
        LibCrypto.Sign((EvpKey)key.Handle, data, signature[..SignatureLength]);

    public bool Verify(PublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureLength && LibCrypto.Verify((EvpKey)key.Handle, data, signature);

    internal NodeKey FromSeed(ReadOnlySpan<byte> seed)
    {
        var handle = LibCrypto.PrivateKey(LibCrypto.Ed25519, seed);
        var open = FromRaw(LibCrypto.RawPublic(handle, KeyLength));
        return new NodeKey(open, open.Jwk with { D = Base64Url.EncodeToString(seed) }, handle);
    }

    internal PublicKey FromRaw(ReadOnlySpan<byte> raw) =>
        new(this, new Jwk("OKP", "Ed25519", Base64Url.EncodeToString(raw)), LibCrypto.PublicKey(LibCrypto.Ed25519, raw));

    internal static byte[] Raw(PublicKey key) => Base64Url.DecodeFromChars(key.Jwk.X);
}
