using System.Security.Cryptography;
using System.Text;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

public sealed class SealingTests : IDisposable
{
    // Stretching is not what these tests are about.
    const int Few = 1000;

    readonly string folder = Directory.CreateTempSubdirectory("tongban-keys").FullName;

    string KeyFile => Path.Combine(folder, "keys");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_keystore_gives_the_same_keys_again()
    {
        var made = Keystore.Create(KeyFile, "口令 one", Few).Value;
        var box = made.Vault.Seal("张三", "person.name");
        var oidc = made.Named("oidc", SignatureSuites.EcdsaP256);
        made.RotateEnvelope();
        Assert.False(made.Vault.IsCurrent(box));

        var read = Keystore.Open(KeyFile, "口令 one").Value;
        Assert.Equal(made.Signing.Kid, read.Signing.Kid);
        Assert.Equal(made.Log.Kid, read.Log.Kid);
        Assert.Equal(oidc.Kid, read.Named("oidc", SignatureSuites.EcdsaP256).Kid);
        Assert.Equal("张三", read.Vault.Open(box, "person.name"));
        Assert.True(read.Vault.IsCurrent(made.Vault.Seal("x", "y")));
        Assert.Equal(made.Vault.BlindIndex("a", "b"), read.Vault.BlindIndex("a", "b"));
        Assert.Equal(made.Secret("purpose"), read.Secret("purpose"));
        Assert.NotEqual(made.Secret("purpose"), read.Secret("other"));
        Assert.Equal("keystore.exists", Keystore.Create(KeyFile, "two", Few).Error?.Code);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Fact]
    public void Another_process_sees_the_keys_that_were_added_promoted_and_retired()
    {
        var one = Keystore.Create(KeyFile, "pass", Few).Value;
        var two = Keystore.Open(KeyFile, "pass").Value;
        var (before, held) = (two.Signing, two.Vault);
        var box = held.Seal("张三", "c");
        var next = one.Prepare("signing", SignatureSuites.EcdsaP256);
        one.Promote("signing");
        Assert.Equal("k2", one.RotateEnvelope(SealCipher.Sm4));
        Assert.Equal(before.Kid, two.Signing.Kid);
        two.Refresh();
        Assert.Equal(next.Kid, two.Signing.Kid);
        Assert.Null(two.Prepared("signing"));
        // Whoever took the vault at start seals with the new key, and opens what is older.
        Assert.False(held.IsCurrent(box));
        Assert.StartsWith("v1.k2.", held.Seal("张三", "c"));
        Assert.Equal("张三", held.Open(box, "c"));
        // Both write: neither loses what the other made, and no id is given twice.
        var oidc = one.Named("oidc", SignatureSuites.EcdsaP256);
        var papers = two.Named("certificates", SignatureSuites.EcdsaP256);
        Assert.Equal(["k3", "k4"], [one.RotateEnvelope(), two.RotateEnvelope()]);
        one.Refresh();
        Assert.Equal((oidc.Kid, papers.Kid), (two.Named("oidc", SignatureSuites.EcdsaP256).Kid, one.Named("certificates", SignatureSuites.EcdsaP256).Kid));
        Assert.Equal("keystore.key-in-use", one.RetireEnvelope("k4", TimeSpan.Zero).Error?.Code);
        Assert.Equal("keystore.key-unknown", one.RetireEnvelope("k9", TimeSpan.Zero).Error?.Code);
        Assert.Equal("keystore.key-lately-used", one.RetireEnvelope("k1", TimeSpan.FromMinutes(15)).Error?.Code);
        Assert.True(one.RetireEnvelope("k1", TimeSpan.Zero).Ok);
        two.Refresh();
        Assert.Equal("vault.unknown-key", held.TryOpen(box, "c").Error?.Code);
        Assert.Equal("k5", two.RotateEnvelope());
        Assert.Equal([SealCipher.Sm4, SealCipher.Sm4, SealCipher.Sm4, SealCipher.Sm4], Keystore.Open(KeyFile, "pass").Value.Envelopes.Select(e => e.Cipher));
    }

    [Fact]
    public void A_wrong_passphrase_and_a_damaged_file_are_told_apart()
    {
        Assert.Equal("keystore.missing", Keystore.Open(KeyFile, "x").Error?.Code);
        Keystore.Create(KeyFile, "right", Few);
        Assert.Equal("keystore.passphrase-wrong", Keystore.Open(KeyFile, "wrong").Error?.Code);
        var whole = File.ReadAllBytes(KeyFile);
        for (var at = 0; at < whole.Length; at += 5)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x40;
            File.WriteAllBytes(KeyFile, damaged);
            Assert.Equal("keystore.damaged", Keystore.Open(KeyFile, "right").Error?.Code);
        }
        File.WriteAllBytes(KeyFile, whole[..^9]);
        Assert.Equal("keystore.damaged", Keystore.Open(KeyFile, "right").Error?.Code);
        Assert.DoesNotContain("\"d\"", Encoding.Latin1.GetString(whole), StringComparison.Ordinal);
    }

    [Fact]
    public void A_commitment_opens_with_its_salt_and_value_only()
    {
        var made = Commitment.Make("张三");
        var value = Encoding.UTF8.GetBytes("张三");
        Assert.True(Commitment.Opens(made.Value, made.Salt, value));
        Assert.False(Commitment.Opens(made.Value, made.Salt, "李四"u8));
        Assert.False(Commitment.Opens(made.Value, new byte[32], value));
        // The border between salt and value cannot be moved.
        Assert.False(Commitment.Opens(made.Value, [.. made.Salt, value[0]], value.AsSpan(1)));
        Assert.False(Commitment.Opens(made.Value, [.. made.Salt, .. value], []));
        Assert.False(Commitment.Opens(made.Value, made.Salt.AsSpan(0, 31), [made.Salt[31], .. value]));
        Assert.NotEqual(made.Value, Commitment.Make("张三").Value);
    }
}
