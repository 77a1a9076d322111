using System.Buffers.Text;
using System.Security.Cryptography;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>ECDSA on P-256 with SHA-256; signatures are r‖s, 64 bytes (RFC 9421 3.3.4, RFC 7518 3.4).</summary>
sealed class EcdsaP256Suite : ISignatureSuite
{
    const int Coordinate = 32;

    public string Name => "ecdsa-p256-sha256";

    public string JwsAlgorithm => "ES256";

    public int SignatureLength => 64;

    public bool Handles(Jwk jwk) => jwk is { Kty: "EC", Crv: "P-256" };

    public NodeKey Generate()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Of(ecdsa.ExportParameters(includePrivateParameters: true));
    }

    public Result<NodeKey> ReadPrivate(Jwk jwk)
    {
        if (Jwk.Coordinate(jwk.D, Coordinate) is not { } d)
            return SignatureSuites.Malformed("缺少私钥部分 d", "the private member d is missing");
        if (ReadPublic(jwk) is { Ok: false } wrong)
            return wrong.Error;
        var parameters = Parameters(jwk)!.Value with { D = d };
        return TryImport(parameters) is { } error ? error : Of(parameters);
    }

    public Result<PublicKey> ReadPublic(Jwk jwk)
    {
        if (!Handles(jwk) || Parameters(jwk) is not { } parameters)
            return SignatureSuites.Malformed("x、y 应为 32 字节的 base64url", "x and y must be base64url of 32 bytes");
        return TryImport(parameters) is { } error ? error : PublicOf(parameters);
    }

    public void Sign(NodeKey key, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        var pool = (Pool<ECDsa>)key.Handle;
        var ecdsa = pool.Rent();
        ecdsa.SignData(data, signature[..SignatureLength], HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        pool.Return(ecdsa);
    }

    public bool Verify(PublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureLength)
            return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(data, hash);
        return ((OpenKey)key.Handle).Verify(hash, signature);
    }

    NodeKey Of(ECParameters parameters) =>
        new(PublicOf(parameters), JwkOf(parameters) with { D = Base64Url.EncodeToString(parameters.D) }, new Pool<ECDsa>(() => ECDsa.Create(parameters)));

    PublicKey PublicOf(ECParameters parameters)
    {
        var open = new ECParameters { Curve = parameters.Curve, Q = parameters.Q };
        return new(this, JwkOf(parameters), new OpenKey(open));
    }

    static Jwk JwkOf(ECParameters parameters) =>
        new("EC", "P-256", Base64Url.EncodeToString(parameters.Q.X), Base64Url.EncodeToString(parameters.Q.Y));

    static ECParameters? Parameters(Jwk jwk) =>
        Jwk.Coordinate(jwk.X, Coordinate) is { } x && Jwk.Coordinate(jwk.Y, Coordinate) is { } y
            ? new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } }
            : null;

    /// <summary>The import checks that the point lies on the curve and that d belongs to it.</summary>
    static Error? TryImport(ECParameters parameters)
    {
        try
        {
            using var ecdsa = ECDsa.Create(parameters);
            if (parameters.D is not null)
            {
                using var open = ECDsa.Create(new ECParameters { Curve = parameters.Curve, Q = parameters.Q });
                byte[] probe = [1];
                if (!open.VerifyData(probe, ecdsa.SignData(probe, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256))
                    return SignatureSuites.Malformed("私钥与公钥不匹配", "the private part does not belong to the public part");
            }
            return null;
        }
        catch (CryptographicException)
        {
            return SignatureSuites.Malformed("不是 P-256 曲线上的点", "not a point on P-256");
        }
    }

    /// <summary>
    /// A public key. OpenSSL verifies for it; once it has signed often it is given tables (<see cref="P256Verifier"/>), made aside while
    /// OpenSSL goes on. Only signatures that held are counted, so nobody else can have tables made.
    /// </summary>
    internal sealed class OpenKey(ECParameters parameters)
    {
        public bool HasTables => tables is not null;

        const int Often = 64;

        readonly Pool<ECDsa> pool = new(() => ECDsa.Create(parameters));
        volatile P256Verifier? tables;
        int held;

        public bool Verify(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
        {
            if (tables is { } fast)
                return fast.Verify(hash, signature);
            var ecdsa = pool.Rent();
            var right = ecdsa.VerifyHash(hash, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            pool.Return(ecdsa);
            if (right && Interlocked.Increment(ref held) == Often)
                ThreadPool.UnsafeQueueUserWorkItem(static key => key.tables = P256Verifier.Make(key.X, key.Y), this, preferLocal: false);
            return right;
        }

        byte[] X => parameters.Q.X!;

        byte[] Y => parameters.Q.Y!;
    }
}
