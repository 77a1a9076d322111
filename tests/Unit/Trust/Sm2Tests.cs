using System.Buffers.Text;
using System.Diagnostics;
using System.Formats.Asn1;
using System.Numerics;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

/// <summary>SM2 with SM3: the published signature, and openssl's command line as the other party.</summary>
public sealed class Sm2Tests : IDisposable
{
    const string Secret = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8";
    const string Published = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA";

    readonly string folder = Directory.CreateTempSubdirectory("tongban-sm2-").FullName;

    [Fact]
    public void GM_T_0003_5_the_published_signature_holds_and_nothing_near_it()
    {
        var key = FromSecret(Convert.FromHexString(Secret));
        Assert.Equal("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020", Convert.ToHexString(Base64Url.DecodeFromChars(key.Public.Jwk.X)));
        Assert.Equal("CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13", Convert.ToHexString(Base64Url.DecodeFromChars(key.Public.Jwk.Y)));
        var signature = Convert.FromHexString(Published);
        Assert.True(key.Public.Verify("message digest"u8, signature));
        Assert.False(key.Public.Verify("message digesT"u8, signature));
        for (var bit = 0; bit < signature.Length * 8; bit += 5)
        {
            var changed = signature.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(key.Public.Verify("message digest"u8, changed));
        }
        Assert.True(key.Public.Verify("message digest"u8, key.Sign("message digest"u8)));
    }

    [Fact]
    public void Numbers_out_of_range_are_no_signature_and_no_key()
    {
        var key = SignatureSuites.Sm2.Generate();
        var order = Convert.FromHexString("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123");
        foreach (var part in new[] { new byte[32], order, [.. Enumerable.Repeat((byte)0xFF, 32)] })
        {
            var signature = key.Sign("data"u8);
            Assert.False(key.Public.Verify("data"u8, [.. part, .. signature[32..]]));
            Assert.False(key.Public.Verify("data"u8, [.. signature[..32], .. part]));
            Assert.Equal("key.malformed", NodeKey.Read(key.Secret with { D = Base64Url.EncodeToString(part) }).Error?.Code);
        }
        Assert.Equal("key.malformed", NodeKey.Read(key.Secret with { D = Base64Url.EncodeToString(Minus(order, 1)) }).Error?.Code);
        Assert.Equal("key.malformed", PublicKey.Read(key.Public.Jwk with { Y = key.Public.Jwk.X }).Error?.Code);
        // A point of P-256 is none of this curve.
        Assert.Equal("key.malformed", PublicKey.Read(SignatureSuites.EcdsaP256.Generate().Public.Jwk with { Crv = "SM2" }).Error?.Code);
    }

    [Fact]
    public void Openssl_verifies_what_we_sign_and_we_what_it_signs()
    {
        Assert.SkipUnless(Openssl("version"), "The command openssl is not installed (./test does).");
        var (secret, open) = (Path.Combine(folder, "key.pem"), Path.Combine(folder, "open.pem"));
        Assert.True(Openssl($"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out {secret}"));
        Assert.True(Openssl($"pkey -in {secret} -pubout -out {open}"));
        var key = FromPem(File.ReadAllText(secret));
        var data = Path.Combine(folder, "data");
        File.WriteAllBytes(data, "跨省通办 data"u8.ToArray());
        var signature = Path.Combine(folder, "signature");
        for (var i = 0; i < 8; i++)
        {
            Assert.True(Openssl($"dgst -sm3 -sigopt distid:1234567812345678 -sign {secret} -out {signature} {data}"));
            var read = new AsnReader(File.ReadAllBytes(signature), AsnEncodingRules.DER).ReadSequence();
            byte[] theirs = [.. Fixed(read.ReadInteger()), .. Fixed(read.ReadInteger())];
            Assert.True(key.Public.Verify(File.ReadAllBytes(data), theirs));

            File.WriteAllBytes(signature, Der(key.Sign(File.ReadAllBytes(data))));
            Assert.True(Openssl($"dgst -sm3 -sigopt distid:1234567812345678 -verify {open} -signature {signature} {data}"));
            Assert.False(Openssl($"dgst -sm3 -sigopt distid:8765432187654321 -verify {open} -signature {signature} {data}"));
        }
    }

    /// <summary>From what is shown alone: the note as text and the vkey as the directory has it, by what docs/exchange.md says.</summary>
    [Fact]
    public void Openssl_verifies_the_second_line_of_a_checkpoint_from_its_text_and_the_vkey()
    {
        Assert.SkipUnless(Openssl("version"), "The command openssl is not installed (./test does).");
        const string origin = "CN-YRD/340000/log";
        var (first, second) = (SignatureSuites.Ed25519.Generate(), SignatureSuites.Sm2.Generate());
        var vkey = NoteKey.Of(origin, second.Public, NoteKeyKind.Sm2).Text;
        var note = new Checkpoint(origin, 7, new byte[32]).Sign(first);
        var shown = (note with { Signatures = [note.Signatures[0], SignedNote.Sign(note.Text, origin, second)] }).ToString();

        var parts = vkey.Split('+', 3);
        var typed = Convert.FromBase64String(parts[2]);
        var (name, key) = (typed[1..^64], typed[^64..]);
        Assert.Equal((0xff, "tongban/sm2-sm3/v1"), (typed[0], System.Text.Encoding.ASCII.GetString(name)));
        var id = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([.. System.Text.Encoding.UTF8.GetBytes(origin + "\n"), .. typed]))[..8];
        Assert.Equal(parts[1], id);
        var lines = shown.Split("\n\n")[1].TrimEnd('\n').Split('\n').Select(l => l.Split(' ')).Where(l => l[1] == origin).Select(l => Convert.FromBase64String(l[2])).ToList();
        var line = Assert.Single(lines, l => Convert.ToHexStringLower(l[..4]) == id);

        var spki = new AsnWriter(AsnEncodingRules.DER);
        using (spki.PushSequence())
        {
            using (spki.PushSequence())
            {
                spki.WriteObjectIdentifier("1.2.840.10045.2.1");
                spki.WriteObjectIdentifier("1.2.156.10197.1.301");
            }
            spki.WriteBitString([4, .. key]);
        }
        string At(string file) => Path.Combine(folder, file);
        File.WriteAllText(At("log.pem"), $"-----BEGIN PUBLIC KEY-----\n{Convert.ToBase64String(spki.Encode())}\n-----END PUBLIC KEY-----\n");
        File.WriteAllBytes(At("line"), Der(line[4..]));
        File.WriteAllText(At("note"), shown.Split("\n\n")[0] + "\n");
        Assert.True(Openssl($"dgst -sm3 -sigopt distid:1234567812345678 -verify {At("log.pem")} -signature {At("line")} {At("note")}"));
        File.AppendAllText(At("note"), "\n");
        Assert.False(Openssl($"dgst -sm3 -sigopt distid:1234567812345678 -verify {At("log.pem")} -signature {At("line")} {At("note")}"));
    }

    static byte[] Der(byte[] signature)
    {
        var der = new AsnWriter(AsnEncodingRules.DER);
        using (der.PushSequence())
        {
            der.WriteInteger(new BigInteger(signature.AsSpan(0, 32), isUnsigned: true, isBigEndian: true));
            der.WriteInteger(new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true));
        }
        return der.Encode();
    }

    static byte[] Fixed(BigInteger number)
    {
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }

    static byte[] Minus(byte[] number, int less) => Fixed(new BigInteger(number, isUnsigned: true, isBigEndian: true) - less);

    static NodeKey FromSecret(byte[] d) => ((Sm2Suite)SignatureSuites.Sm2).FromSecret(d);

    /// <summary>PKCS #8 as openssl writes it: the secret is the octet string inside the ECPrivateKey.</summary>
    static NodeKey FromPem(string pem)
    {
        var der = Convert.FromBase64String(string.Concat(pem.Split('\n').Where(line => !line.StartsWith('-'))));
        var outer = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        outer.ReadInteger();
        outer.ReadSequence();
        var inner = new AsnReader(outer.ReadOctetString(), AsnEncodingRules.DER).ReadSequence();
        inner.ReadInteger();
        return FromSecret(inner.ReadOctetString());
    }

    static bool Openssl(string arguments)
    {
        try
        {
            using var openssl = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            openssl.StandardOutput.ReadToEnd();
            openssl.StandardError.ReadToEnd();
            openssl.WaitForExit();
            return openssl.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
