using System.Buffers.Text;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

/// <summary>A real PKCS #11 module, SoftHSM 2, on a token of its own.</summary>
public sealed class TokenTests : IDisposable
{
    const string Pin = "4821";
    const string Absent = "SoftHSM 2 is not installed: PKCS #11 is not tested here (apt-get install softhsm2).";

    static readonly string? Module = new[] { "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so" }.FirstOrDefault(File.Exists);
    // The module reads its configuration once in a process.
    static readonly string Tokens = Directory.CreateTempSubdirectory("tongban-softhsm-").FullName;

    readonly string folder = Directory.CreateTempSubdirectory("tongban-token-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static TokenTests()
    {
        var configuration = Path.Combine(Tokens, "softhsm2.conf");
        File.WriteAllText(configuration, $"directories.tokendir = {Tokens}\nobjectstore.backend = file\nlog.level = ERROR\n");
        if (Module is null)
            return;
        setenv("SOFTHSM2_CONF", configuration, 1);
        foreach (var label in new[] { "tongban-test", "tongban-other" })
        {
            using var made = Process.Start(new ProcessStartInfo("softhsm2-util", $"--init-token --free --label {label} --pin {Pin} --so-pin 99887766")
            {
                RedirectStandardOutput = true,
                Environment = { ["SOFTHSM2_CONF"] = configuration },
            })!;
            made.StandardOutput.ReadToEnd();
            made.WaitForExit();
        }
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Tokens, recursive: true);
    }

    // What .NET sets in its own environment, native code does not see.
#pragma warning disable SYSLIB1054, CA2101 // Generated imports need unsafe code, which this project has nowhere.
    [DllImport("libc")]
    static extern int setenv([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
#pragma warning restore SYSLIB1054, CA2101

    static Pkcs11Token Open()
    {
        Assert.SkipUnless(Module is not null, Absent);
        return Pkcs11Token.Open(Module!, "tongban-test", Pin).Value;
    }

    [Fact]
    public void A_key_made_in_the_token_signs_there_and_everybody_verifies()
    {
        var token = Open();
        foreach (var suite in new[] { SignatureSuites.EcdsaP256, SignatureSuites.Ed25519 }.Where(token.Makes))
        {
            var key = token.Generate("test " + suite.Name, suite);
            Assert.True(key.InToken);
            Assert.Throws<InvalidOperationException>(() => key.Secret);
            var data = "跨省通办"u8.ToArray();
            Assert.True(key.Public.Verify(data, key.Sign(data)));
            Assert.False(key.Public.Verify("other"u8, key.Sign(data)));
            var found = token.Find("test " + suite.Name, key.Public.Jwk).Value;
            Assert.True(key.Public.Verify(data, found.Sign(data)));
        }
        Assert.True(token.Makes(SignatureSuites.EcdsaP256));
        Assert.False(token.Makes(SignatureSuites.Sm2));
        Assert.Equal("token.key-missing", token.Find("nobody's", SignatureSuites.EcdsaP256.Generate().Public.Jwk).Error?.Code);
    }

    [Fact]
    public void Openssl_verifies_what_the_token_signed()
    {
        var token = Open();
        Assert.SkipUnless(Openssl.IsThere, Openssl.Absent);
        var key = token.Generate("for openssl", SignatureSuites.EcdsaP256);
        using var open = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars(key.Public.Jwk.X), Y = Base64Url.DecodeFromChars(key.Public.Jwk.Y) },
        });
        string At(string name) => Path.Combine(folder, name);
        File.WriteAllText(At("pub"), open.ExportSubjectPublicKeyInfoPem());
        File.WriteAllText(At("data"), "data");
        File.WriteAllBytes(At("signature"), Openssl.Der(key.Sign("data"u8)));
        Assert.True(Openssl.Run($"dgst -sha256 -verify {At("pub")} -signature {At("signature")} {At("data")}"));
    }

    [Fact]
    public void Many_threads_sign_at_once()
    {
        var token = Open();
        var key = token.Generate("busy", SignatureSuites.EcdsaP256);
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var data = BitConverter.GetBytes(i);
            Assert.True(key.Public.Verify(data, key.Sign(data)));
        });
    }

    [Fact]
    public void A_keystore_keeps_its_signing_keys_in_the_token_and_no_secret_of_theirs_in_its_file()
    {
        var token = Open();
        var file = Path.Combine(folder, "keys");
        var made = Keystore.Create(file, "pass", 1000, token).Value;
        Assert.All(made.Held.Where(k => token.Makes(k.Key.Suite)), k => Assert.True(k.InToken, k.Use));
        Assert.True(made.Signing.InToken);
        var next = made.Prepare("signing", SignatureSuites.EcdsaP256);
        Assert.True(next.InToken);
        made.Promote("signing");

        Assert.Equal("token.not-configured", Keystore.Open(file, "pass").Error?.Code);
        var read = Keystore.Open(file, "pass", token).Value;
        Assert.Equal(next.Kid, read.Signing.Kid);
        Assert.True(made.Signing.Public.Verify("x"u8, read.Signing.Sign("x"u8)));
        var content = KeystoreFile.Read(File.ReadAllBytes(file), "pass").Value.Content;
        Assert.DoesNotContain("signing", content.Keys.Keys);
        Assert.All(content.InToken!.Values, p => Assert.Null(p.Public.D));
        // SM2 has no mechanism that every maker knows: such a key lies in the file, beside.
        Assert.False(made.SignMessagesWith(SignatureSuites.Sm2).InToken);
        Assert.Equal(made.Messages.Kid, Keystore.Open(file, "pass", token).Value.Messages.Kid);
    }

    [Fact]
    public void A_store_that_had_its_keys_in_the_file_moves_by_rotation()
    {
        var token = Open();
        var file = Path.Combine(folder, "keys");
        var before = Keystore.Create(file, "pass", 1000).Value.Signing;
        var read = Keystore.Open(file, "pass", token).Value;
        Assert.Equal((before.Kid, false), (read.Signing.Kid, read.Signing.InToken));
        read.Prepare("signing", SignatureSuites.EcdsaP256);
        read.Promote("signing");
        Assert.True(Keystore.Open(file, "pass", token).Value.Signing.InToken);
        Assert.DoesNotContain("signing", KeystoreFile.Read(File.ReadAllBytes(file), "pass").Value.Content.Keys.Keys);
    }

    [Fact]
    public void A_wrong_module_token_or_pin_is_said()
    {
        Assert.Equal("token.module", Pkcs11Token.Open("/nowhere/module.so", "x", Pin).Error?.Code);
        // A shared library that is no module.
        Assert.Equal("token.module", Pkcs11Token.Open("libc.so.6", "x", Pin).Error?.Code);
        Open();
        Assert.Equal("token.absent", Pkcs11Token.Open(Module!, "another", Pin).Error?.Code);
        Assert.Equal("token.pin", Pkcs11Token.Open(Module!, "tongban-other", "0000").Error?.Code);
        Assert.True(Pkcs11Token.Open(Module!, "tongban-other", Pin).Ok);
    }
}
