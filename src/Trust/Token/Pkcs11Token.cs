using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// One token of a PKCS #11 module: makes keys that cannot be taken out and signs with them (CKM_ECDSA over SHA-256 made here; CKM_EDDSA
/// where the token has it). Sessions are pooled: one serves one operation at a time.
/// </summary>
public sealed class Pkcs11Token : IKeyToken
{
    const nuint SessionHandleInvalid = 0xB3, SessionClosed = 0xB0, NotLoggedIn = 0x101, KeyHandleInvalid = 0x60, DeviceRemoved = 0x32;

    static readonly byte[] P256Parameters = Convert.FromHexString("06082A8648CE3D030107");
    static readonly byte[] Ed25519Parameters = Convert.FromHexString("06032B6570");
    static readonly byte[] Yes = [1];
    static readonly byte[] No = [0];

    readonly Cryptoki module;
    readonly nuint slot;
    readonly byte[] pin;
    readonly ConcurrentBag<nuint> idle = [];
    // A login holds while a session of the token is open; this one always is.
    readonly nuint first;

    Pkcs11Token(Cryptoki module, nuint slot, byte[] pin, nuint first) => (this.module, this.slot, this.pin, this.first) = (module, slot, pin, first);

    /// <summary>Fails with <c>token.module</c>, <c>token.absent</c>, <c>token.pin</c>.</summary>
    /// <param name="path">The module's shared library, such as <c>/usr/lib/softhsm/libsofthsm2.so</c>.</param>
    /// <param name="label">The token's label.</param>
    public static Result<Pkcs11Token> Open(string path, string label, string pin)
    {
        if (Cryptoki.Load(path) is not { } module)
            return Error.Invalid("token.module", $"{path} 不是可用的 PKCS#11 模块", $"{path} is no PKCS #11 module that can be loaded", "TONGBAN_PKCS11_MODULE", "请核对模块路径，并安装设备厂商的软件", "Check the path, and install what the maker of the device provides");
        if (module.Slot(label) is not { } slot)
            return Error.NotFound("token.absent", $"没有标签为“{label}”的密码设备", $"There is no token labelled '{label}'") with { Todo = "请接好并初始化设备，核对 TONGBAN_PKCS11_TOKEN", TodoEn = "Connect and initialise the device; check TONGBAN_PKCS11_TOKEN" };
        var session = module.OpenSession(slot);
        var secret = Encoding.UTF8.GetBytes(pin);
        if (module.Login(session, secret))
            return new Pkcs11Token(module, slot, secret, session);
        module.CloseSession(session);
        return Error.Forbidden("token.pin", "密码设备口令不正确或已锁定", "The token's PIN is wrong or locked", "请核对 TONGBAN_PKCS11_PIN；反复出错会锁定设备", "Check TONGBAN_PKCS11_PIN; a device locks after a few wrong ones");
    }

    /// <summary>The token named by <c>TONGBAN_PKCS11_MODULE</c>, <c>_TOKEN</c> and <c>_PIN</c>; null when no module is named.</summary>
    public static Result<IKeyToken?> FromEnvironment()
    {
        if (Environment.GetEnvironmentVariable("TONGBAN_PKCS11_MODULE") is not { Length: > 0 } path)
            return Result.Of<IKeyToken?>(null);
        var opened = Open(path, Environment.GetEnvironmentVariable("TONGBAN_PKCS11_TOKEN") ?? "tongban", Environment.GetEnvironmentVariable("TONGBAN_PKCS11_PIN") ?? "");
        return opened.Ok ? Result.Of<IKeyToken?>(opened.Value) : opened.Error;
    }

    public bool Makes(ISignatureSuite suite) => suite switch
    {
        EcdsaP256Suite => module.Has(slot, Cryptoki.EcKeyPairGen) && module.Has(slot, Cryptoki.Ecdsa),
        Ed25519Suite => module.Has(slot, Cryptoki.EdwardsKeyPairGen) && module.Has(slot, Cryptoki.Eddsa),
        // CKM_SM2 is each maker's own; none is known to all.
        _ => false,
    };

    public NodeKey Generate(string label, ISignatureSuite suite)
    {
        var name = Encoding.UTF8.GetBytes(label);
        var edwards = suite is Ed25519Suite;
        var session = Rent();
        try
        {
            var (open, secret) = module.GeneratePair(
                session, edwards ? Cryptoki.EdwardsKeyPairGen : Cryptoki.EcKeyPairGen,
                [(Cryptoki.Token, Yes), (Cryptoki.Private, No), (Cryptoki.Verify, Yes), (Cryptoki.Label, name), (Cryptoki.Id, name), (Cryptoki.EcParams, edwards ? Ed25519Parameters : P256Parameters)],
                [(Cryptoki.Token, Yes), (Cryptoki.Private, Yes), (Cryptoki.Sensitive, Yes), (Cryptoki.Extractable, No), (Cryptoki.Sign, Yes), (Cryptoki.Label, name), (Cryptoki.Id, name)]);
            // The point comes as an octet string around it.
            var point = AsnDecoder.ReadOctetString(module.Attributes(session, open, Cryptoki.EcPoint), AsnEncodingRules.DER, out _);
            var jwk = edwards
                ? new Jwk("OKP", "Ed25519", Base64Url.EncodeToString(point))
                : new Jwk("EC", "P-256", Base64Url.EncodeToString(point.AsSpan(1, 32)), Base64Url.EncodeToString(point.AsSpan(33, 32)));
            return new NodeKey(PublicKey.Read(jwk).Value, new Signer(this, name, secret, edwards));
        }
        finally
        {
            idle.Add(session);
        }
    }

    public Result<NodeKey> Find(string label, Jwk @public)
    {
        var read = PublicKey.Read(@public);
        if (!read.Ok)
            return read.Error;
        var name = Encoding.UTF8.GetBytes(label);
        var session = Rent();
        try
        {
            return Secret(session, name) is { } secret
                ? new NodeKey(read.Value, new Signer(this, name, secret, read.Value.Suite is Ed25519Suite))
                : Error.NotFound("token.key-missing", $"密码设备中没有密钥“{label}”", $"The token has no key '{label}'") with { Todo = "请核对所接的设备是否为本节点的设备", TodoEn = "Check that the device connected is this node's" };
        }
        finally
        {
            idle.Add(session);
        }
    }

    nuint? Secret(nuint session, byte[] label) =>
        module.FindOne(session, (Cryptoki.Class, Number(Cryptoki.PrivateKeyClass)), (Cryptoki.Label, label));

    nuint Rent()
    {
        if (idle.TryTake(out var session))
            return session;
        var opened = module.OpenSession(slot);
        return module.Login(opened, pin) ? opened : throw new CryptographicException("The token no longer takes its PIN");
    }

    static byte[] Number(nuint number) => nuint.Size == 8 ? BitConverter.GetBytes((ulong)number) : BitConverter.GetBytes((uint)number);

    public override string ToString() => $"PKCS #11 token in slot {slot}, session {first}";

    sealed class Signer(Pkcs11Token token, byte[] label, nuint found, bool edwards) : ISigner
    {
        nuint key = found;

        public void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            if (!edwards)
                SHA256.HashData(data, hash);
            var outcome = Once(edwards ? data : hash, signature[..64]);
            // A device that was away for a moment forgets sessions and logins; what is left of them is of no use.
            if (outcome is SessionHandleInvalid or SessionClosed or NotLoggedIn or KeyHandleInvalid or DeviceRemoved)
            {
                token.idle.Clear();
                var session = token.Rent();
                key = token.Secret(session, label) ?? throw new CryptographicException("The key is no longer in the token");
                token.idle.Add(session);
                outcome = Once(edwards ? data : hash, signature[..64]);
            }
            Cryptoki.Check(outcome, "C_Sign");
        }

        nuint Once(ReadOnlySpan<byte> data, Span<byte> signature)
        {
            var session = token.Rent();
            var outcome = token.module.SignWith(session, edwards ? Cryptoki.Eddsa : Cryptoki.Ecdsa, key, data, signature);
            if (outcome == Cryptoki.Ok)
                token.idle.Add(session);
            else
                token.module.CloseSession(session);
            return outcome;
        }
    }
}
