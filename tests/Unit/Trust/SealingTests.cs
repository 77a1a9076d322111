using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

public sealed class SealingTests : IDisposable
{
    // Stretching is not what these tests are about.
    const int Few = 1000;

    readonly string folder = Directory.CreateTempSubdirectory("tongban-keys").FullName;

    string KeyFile => Path.Combine(folder, "keys");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static Vault NewVault() => new([new("k1", RandomNumberGenerator.GetBytes(32))], RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void What_is_sealed_opens_in_its_own_context_only()
    {
        var vault = NewVault();
        Prop.ForAll<string>(text =>
        {
            // A lone surrogate is no text and has no UTF-8 form.
            var plain = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));
            var box = vault.Seal(plain, "person.name");
            return vault.Open(box, "person.name") == plain
                && vault.TryOpen(box, "person.phone").Error?.Code == "vault.wrong"
                && vault.Seal(plain, "person.name") != box;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_changed_character_is_noticed()
    {
        var vault = NewVault();
        var box = vault.Seal("张三", "person.name");
        for (var at = 0; at < box.Length; at++)
        {
            var changed = box.ToCharArray();
            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            Assert.False(vault.TryOpen(new string(changed), "person.name").Ok, $"character {at}");
        }
        Assert.Throws<CryptographicException>(() => vault.Open("v1.k1.", "person.name"));
        Assert.Equal("vault.malformed", vault.TryOpen("plain", "person.name").Error?.Code);
        Assert.Equal("vault.unknown-key", vault.TryOpen(box.Replace(".k1.", ".k2."), "person.name").Error?.Code);
    }

    [Fact]
    public void Bytes_open_again_and_nonsense_does_not_throw()
    {
        var vault = NewVault();
        Prop.ForAll<byte[]>(bytes => vault.TryOpen(vault.Seal(bytes, "c"), "c").Value.SequenceEqual(bytes) && !vault.TryOpen(bytes, "c").Ok).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(200000)]
    public async Task A_stream_opens_whole_and_a_cut_off_one_does_not(int size)
    {
        var vault = NewVault();
        var plain = RandomNumberGenerator.GetBytes(size);
        var box = new MemoryStream();
        await vault.Seal(new MemoryStream(plain), box, "file", TestContext.Current.CancellationToken);
        async Task<(bool Ok, byte[] Bytes)> Open(byte[] from, string context = "file")
        {
            var to = new MemoryStream();
            return ((await vault.Open(new MemoryStream(from), to, context, TestContext.Current.CancellationToken)).Ok, to.ToArray());
        }

        var whole = box.ToArray();
        var opened = await Open(whole);
        Assert.True(opened.Ok);
        Assert.Equal(plain, opened.Bytes);
        Assert.False((await Open(whole, "other")).Ok);
        foreach (var cut in new[] { 0, 1, 4, 30, whole.Length - 1, whole.Length - 16, whole.Length - 17, 36 + 65552, 36 + 65552 + 65552 })
        {
            if (cut < whole.Length && cut >= 0)
                Assert.False((await Open(whole[..cut])).Ok, $"cut at {cut}");
        }
        Assert.False((await Open([.. whole, 0])).Ok);
    }

    [Fact]
    public void Blind_indexes_differ_by_context_value_and_key()
    {
        var (vault, other) = (NewVault(), NewVault());
        var index = vault.BlindIndex("person.id", "x");
        Assert.Equal(43, index.Length);
        Assert.Equal(index, vault.BlindIndex("person.id", "x"));
        Assert.NotEqual(index, vault.BlindIndex("person.idx", ""));
        Assert.NotEqual(index, vault.BlindIndex("person.i", "dx"));
        Assert.NotEqual(index, other.BlindIndex("person.id", "x"));
    }

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
