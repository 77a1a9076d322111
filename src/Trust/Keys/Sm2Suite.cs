using System.Buffers.Text;
using System.Formats.Asn1;
using System.Security.Cryptography;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// SM2 signatures with SM3 (GM/T 0003.2, GM/T 0009) through the system's libcrypto: .NET has none. The signer's identity is the
/// usual <c>1234567812345678</c>. On the wire a signature is r‖s, 64 bytes, as with ECDSA; a JWK has <c>crv</c> <c>SM2</c>.
/// </summary>
sealed class Sm2Suite : ISignatureSuite
{
    const int Coordinate = 32;
    const string EcPublicKey = "1.2.840.10045.2.1";
    const string Curve = "1.2.156.10197.1.301";

    static readonly byte[] Identity = "1234567812345678"u8.ToArray();

    /// <summary>a, b and the base point (GM/T 0003.5), as they are hashed with the identity.</summary>
    static readonly byte[] CurveAndBase = Convert.FromHexString(
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC" +
        "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93" +
        "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7" +
        "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0");

    /// <summary>The largest secret, n − 2: with n − 1 the signing equation has no solution.</summary>
    static readonly U256 Largest = new(0x53BBF40939D54121, 0x7203DF6B21C6052B, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFEFFFFFFFF);

    public string Name => "sm2-sm3";

    public string JwsAlgorithm => "SM2SM3";

    public int SignatureLength => 2 * Coordinate;

    public bool Handles(Jwk jwk) => jwk is { Kty: "EC", Crv: "SM2" };

    public NodeKey Generate()
    {
        var d = new byte[Coordinate];
        do
            RandomNumberGenerator.Fill(d);
        while (!IsSecret(d));
        return FromSecret(d);
    }

    public Result<NodeKey> ReadPrivate(Jwk jwk)
    {
        if (Jwk.Coordinate(jwk.D, Coordinate) is not { } d || !IsSecret(d))
            return SignatureSuites.Malformed("缺少私钥部分 d，或其值超出范围", "the private member d is missing or out of range");
        var key = FromSecret(d);
        return key.Public.Jwk.X == jwk.X && key.Public.Jwk.Y == jwk.Y
            ? key
            : SignatureSuites.Malformed("私钥与公钥不匹配", "the private part does not belong to the public part");
    }

    public Result<PublicKey> ReadPublic(Jwk jwk)
    {
        if (!Handles(jwk) || Jwk.Coordinate(jwk.X, Coordinate) is not { } x || Jwk.Coordinate(jwk.Y, Coordinate) is not { } y)
            return SignatureSuites.Malformed("x、y 应为 32 字节的 base64url", "x and y must be base64url of 32 bytes");
        return LibCrypto.ReadPublicKey(PublicDer(x, y)) is { } handle
            ? Of(x, y, handle)
            : SignatureSuites.Malformed("不是 SM2 曲线上的点", "not a point on the curve of SM2");
    }

    /// <summary>x ‖ y.</summary>
    internal static byte[] Raw(PublicKey key) => [.. Base64Url.DecodeFromChars(key.Jwk.X), .. Base64Url.DecodeFromChars(key.Jwk.Y)];

    /// <summary>Null when that is no point on the curve.</summary>
    internal static PublicKey? FromRaw(ReadOnlySpan<byte> raw) =>
        SignatureSuites.Sm2.ReadPublic(new Jwk("EC", "SM2", Base64Url.EncodeToString(raw[..Coordinate]), Base64Url.EncodeToString(raw[Coordinate..]))) is { Ok: true, Value: var key } ? key : null;

    public void Sign(NodeKey key, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        var (r, s) = Integers(LibCrypto.SignSm2((EvpKey)key.Handle, Identity, data));
        signature[..SignatureLength].Clear();
        r.CopyTo(signature[(Coordinate - r.Length)..]);
        s.CopyTo(signature[(SignatureLength - s.Length)..]);
    }

    public bool Verify(PublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureLength && ((OpenKey)key.Handle).Verify(data, signature);

    static bool IsSecret(ReadOnlySpan<byte> d) => U256.Read(d) is var number && !number.IsZero && !U256.Less(Largest, number);

    internal NodeKey FromSecret(ReadOnlySpan<byte> d)
    {
        var handle = LibCrypto.ReadPrivateKey(PrivateDer(d));
        // SubjectPublicKeyInfo ends with the point: 04 ‖ x ‖ y.
        var point = LibCrypto.PublicKeyDer(handle).AsSpan()[^(2 * Coordinate)..];
        var (x, y) = (point[..Coordinate].ToArray(), point[Coordinate..].ToArray());
        var open = Of(x, y, LibCrypto.ReadPublicKey(PublicDer(x, y)) ?? throw new CryptographicException("libcrypto refused its own public key"));
        return new(open, open.Jwk with { D = Base64Url.EncodeToString(d) }, handle);
    }

    PublicKey Of(byte[] x, byte[] y, EvpKey handle) => new(this, new Jwk("EC", "SM2", Base64Url.EncodeToString(x), Base64Url.EncodeToString(y)), new OpenKey(x, y, handle));

    /// <summary>SubjectPublicKeyInfo (RFC 5480).</summary>
    static byte[] PublicDer(byte[] x, byte[] y)
    {
        var der = new AsnWriter(AsnEncodingRules.DER);
        using (der.PushSequence())
        {
            Algorithm(der);
            der.WriteBitString([4, .. x, .. y]);
        }
        return der.Encode();
    }

    /// <summary>PKCS #8 (RFC 5958) around an ECPrivateKey (RFC 5915) that leaves the public part to be computed.</summary>
    static byte[] PrivateDer(ReadOnlySpan<byte> d)
    {
        var inner = new AsnWriter(AsnEncodingRules.DER);
        using (inner.PushSequence())
        {
            inner.WriteInteger(1);
            inner.WriteOctetString(d);
        }
        var der = new AsnWriter(AsnEncodingRules.DER);
        using (der.PushSequence())
        {
            der.WriteInteger(0);
            Algorithm(der);
            der.WriteOctetString(inner.Encode());
        }
        return der.Encode();
    }

    static void Algorithm(AsnWriter der)
    {
        using (der.PushSequence())
        {
            der.WriteObjectIdentifier(EcPublicKey);
            der.WriteObjectIdentifier(Curve);
        }
    }

    static byte[] SignatureDer(ReadOnlySpan<byte> signature)
    {
        var der = new AsnWriter(AsnEncodingRules.DER);
        using (der.PushSequence())
        {
            der.WriteIntegerUnsigned(Trimmed(signature[..Coordinate]));
            der.WriteIntegerUnsigned(Trimmed(signature[Coordinate..]));
        }
        return der.Encode();
    }

    static (byte[] R, byte[] S) Integers(byte[] der)
    {
        var sequence = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        return (Trimmed(sequence.ReadIntegerBytes().Span).ToArray(), Trimmed(sequence.ReadIntegerBytes().Span).ToArray());
    }

    static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> number)
    {
        while (number.Length > 1 && number[0] == 0)
            number = number[1..];
        return number;
    }

    /// <summary>
    /// A public key. libcrypto verifies for it; once it has signed often it is given tables (<see cref="Sm2Verifier"/>), made aside while
    /// libcrypto goes on. Only signatures that held are counted, so nobody else can have tables made.
    /// </summary>
    internal sealed class OpenKey(byte[] x, byte[] y, EvpKey handle)
    {
        const int Often = 64;

        /// <summary>Z of GM/T 0003.2, 5.5: the signer's identity, the curve and the key, hashed in front of every message.</summary>
        readonly byte[] z = LibCrypto.Sm3([
            (byte)(Identity.Length * 8 >> 8), (byte)(Identity.Length * 8), .. Identity, .. CurveAndBase, .. x, .. y]);

        volatile Sm2Verifier? tables;
        int held;

        public bool HasTables => tables is not null;

        public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
        {
            if (tables is { } fast)
                return fast.Verify(Hash(data), signature);
            var right = LibCrypto.VerifySm2(handle, Identity, data, SignatureDer(signature));
            if (right && Interlocked.Increment(ref held) == Often)
                ThreadPool.UnsafeQueueUserWorkItem(static key => key.tables = Sm2Verifier.Make(key.X, key.Y), this, preferLocal: false);
            return right;
        }

        byte[] X => x;

        byte[] Y => y;

        byte[] Hash(ReadOnlySpan<byte> data)
        {
            var all = new byte[z.Length + data.Length];
            z.CopyTo(all, 0);
            data.CopyTo(all.AsSpan(z.Length));
            return LibCrypto.Sm3(all);
        }
    }
}
