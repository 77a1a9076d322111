using System.Buffers.Text;
using System.Security.Cryptography;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

/// <summary>What openssl signs, macs and encrypts, we take; what we do, it takes. SM2 has tests of its own.</summary>
public sealed class OpensslTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("tongban-openssl-").FullName;

    string At(string name) => Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Ecdsa_p256_sha256_openssl_verifies_what_we_sign_and_we_what_it_signs()
    {
        Assert.SkipUnless(Openssl.IsThere, Openssl.Absent);
        Assert.True(Openssl.Run($"ecparam -name prime256v1 -genkey -noout -out {At("theirs.pem")}"));
        Assert.True(Openssl.Run($"ec -in {At("theirs.pem")} -pubout -out {At("theirs.pub")}"));
        using var theirs = ECDsa.Create();
        theirs.ImportFromPem(File.ReadAllText(At("theirs.pub")));
        var point = theirs.ExportParameters(false).Q;
        var known = PublicKey.Read(new Jwk("EC", "P-256", Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y))).Value;
        var ours = SignatureSuites.EcdsaP256.Generate();
        using var open = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars(ours.Public.Jwk.X), Y = Base64Url.DecodeFromChars(ours.Public.Jwk.Y) },
        });
        File.WriteAllText(At("ours.pub"), open.ExportSubjectPublicKeyInfoPem());
        // Some of these have an r or s with leading zeros, or a leading bit set.
        for (var i = 0; i < 8; i++)
        {
            var data = RandomNumberGenerator.GetBytes(40 + i);
            File.WriteAllBytes(At("data"), data);
            Assert.True(Openssl.Run($"dgst -sha256 -sign {At("theirs.pem")} -out {At("signature")} {At("data")}"));
            var signature = Openssl.Fixed(File.ReadAllBytes(At("signature")));
            Assert.True(known.Verify(data, signature));
            data[0] ^= 1;
            Assert.False(known.Verify(data, signature));
            data[0] ^= 1;
            File.WriteAllBytes(At("signature"), Openssl.Der(ours.Sign(data)));
            Assert.True(Openssl.Run($"dgst -sha256 -verify {At("ours.pub")} -signature {At("signature")} {At("data")}"));
            File.AppendAllText(At("data"), "x");
            Assert.False(Openssl.Run($"dgst -sha256 -verify {At("ours.pub")} -signature {At("signature")} {At("data")}"));
        }
    }

    [Fact]
    public void Hmac_sm3_is_what_openssl_computes()
    {
        Assert.SkipUnless(Openssl.IsThere, Openssl.Absent);
        foreach (var (keyLength, length) in new[] { (16, 0), (32, 3), (64, 100), (100, 4096) })
        {
            var (key, data) = (RandomNumberGenerator.GetBytes(keyLength), RandomNumberGenerator.GetBytes(length));
            File.WriteAllBytes(At("data"), data);
            var said = Openssl.Read($"dgst -sm3 -mac HMAC -macopt hexkey:{Convert.ToHexString(key)} {At("data")}")!;
            Assert.Equal(said.Trim().Split(' ')[^1], Convert.ToHexStringLower(LibCrypto.HmacSm3(key, data)));
        }
    }

    [Fact]
    public void Sm4_ctr_openssl_decrypts_ours_and_we_decrypt_its()
    {
        Assert.SkipUnless(Openssl.IsThere, Openssl.Absent);
        foreach (var length in new[] { 1, 15, 16, 17, 65536 })
        {
            var (key, iv, plain) = (RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(length));
            var with = $"-K {Convert.ToHexString(key)} -iv {Convert.ToHexString(iv)}";
            File.WriteAllBytes(At("plain"), plain);
            Assert.True(Openssl.Run($"enc -e -sm4-ctr {with} -in {At("plain")} -out {At("theirs")}"));
            var opened = new byte[length];
            LibCrypto.Sm4Ctr(key, iv, File.ReadAllBytes(At("theirs")), opened);
            Assert.Equal(plain, opened);
            var ours = new byte[length];
            LibCrypto.Sm4Ctr(key, iv, plain, ours);
            File.WriteAllBytes(At("ours"), ours);
            Assert.True(Openssl.Run($"enc -d -sm4-ctr {with} -in {At("ours")} -out {At("back")}"));
            Assert.Equal(plain, File.ReadAllBytes(At("back")));
        }
    }

    [Fact]
    public void A_value_sealed_in_SM4_opens_with_openssl_alone_by_what_docs_keys_md_says()
    {
        Assert.SkipUnless(Openssl.IsThere, Openssl.Absent);
        var key = RandomNumberGenerator.GetBytes(32);
        var box = Base64Url.DecodeFromChars(new Vault([new("k1", key, SealCipher.Sm4)], new byte[32]).Seal("张三", "identity_person.name").Split('.')[2]);
        string Mac(string hex, byte[] data)
        {
            File.WriteAllBytes(At("data"), data);
            return Openssl.Read($"dgst -sm3 -mac HMAC -macopt hexkey:{hex} {At("data")}")!.Trim().Split(' ')[^1];
        }

        var encryption = Mac(Convert.ToHexString(key), "tongban sm4-ctr encryption"u8.ToArray())[..32];
        var authentication = Mac(Convert.ToHexString(key), "tongban hmac-sm3 authentication"u8.ToArray());
        Assert.Equal(Mac(authentication, [0, 0, 0, 20, .. "identity_person.name"u8, .. box[..^32]]), Convert.ToHexStringLower(box[^32..]));
        File.WriteAllBytes(At("cipher"), box[12..^32]);
        Assert.True(Openssl.Run($"enc -d -sm4-ctr -K {encryption} -iv {Convert.ToHexString(box[..12])}00000000 -in {At("cipher")} -out {At("plain")}"));
        Assert.Equal("张三", File.ReadAllText(At("plain")));
    }

    [Fact]
    public void GB_T_32905_SM3_of_abc() =>
        Assert.Equal("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", Convert.ToHexStringLower(LibCrypto.Sm3("abc"u8)));

    [Fact]
    public void GB_T_32907_SM4_one_block_and_the_same_a_million_times()
    {
        var key = Convert.FromHexString("0123456789abcdeffedcba9876543210");
        var block = new byte[16];
        LibCrypto.Sm4Blocks(key, key, block);
        Assert.Equal("681edf34d206965e86b3e94f536e4246", Convert.ToHexStringLower(block));
        Assert.Equal("595298c7c6fd271f0402f804c33d3f66", Convert.ToHexStringLower(LibCrypto.Sm4Chain(key, key, 1_000_000)));
    }
}
