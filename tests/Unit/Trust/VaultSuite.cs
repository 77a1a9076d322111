using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

/// <summary>What every cipher of the vault promises.</summary>
public abstract class VaultSuite(SealCipher cipher)
{
    Vault NewVault() => new([new("k1", RandomNumberGenerator.GetBytes(32), cipher)], RandomNumberGenerator.GetBytes(32));

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
                // Of the same length.
                && vault.TryOpen(box, "person.nama").Error?.Code == "vault.wrong"
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
    public void Every_bit_of_sealed_bytes_counts_and_every_cut()
    {
        var vault = NewVault();
        var box = vault.Seal("证照 certificate"u8, "file");
        for (var bit = 0; bit < box.Length * 8; bit++)
        {
            var changed = box.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(vault.TryOpen(changed, "file").Ok, $"bit {bit}");
        }
        for (var length = 0; length < box.Length; length++)
            Assert.False(vault.TryOpen(box.AsSpan(0, length), "file").Ok, $"cut to {length}");
        Assert.False(vault.TryOpen([.. box, 0], "file").Ok);
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
    public async Task A_stream_opens_whole_and_no_changed_or_cut_off_one_does(int size)
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
        Assert.False((await Open(whole, "filf")).Ok);
        var tag = (whole.Length - 36 - size) / ((Math.Max(size, 1) + 65535) / 65536);
        foreach (var cut in new[] { 0, 1, 4, 30, whole.Length - 1, whole.Length - tag, whole.Length - tag - 1, 36 + 65536 + tag, 36 + (2 * (65536 + tag)) })
        {
            if (cut < whole.Length && cut >= 0)
                Assert.False((await Open(whole[..cut])).Ok, $"cut at {cut}");
        }
        Assert.False((await Open([.. whole, 0])).Ok);
        for (var at = 0; at < whole.Length; at += Math.Max(1, whole.Length / 50))
        {
            var changed = whole.ToArray();
            changed[at] ^= 1;
            Assert.False((await Open(changed)).Ok, $"byte {at}");
        }
        if (size > 131072)
        {
            // Two chunks in each other's place.
            byte[] swapped = [.. whole[..36], .. whole[(36 + 65536 + tag)..(36 + (2 * (65536 + tag)))], .. whole[36..(36 + 65536 + tag)], .. whole[(36 + (2 * (65536 + tag)))..]];
            Assert.False((await Open(swapped)).Ok);
        }
    }

    [Fact]
    public async Task What_the_other_cipher_sealed_before_still_opens_and_the_newest_key_seals()
    {
        var ct = TestContext.Current.CancellationToken;
        var other = SealCipher.All.Single(c => c != cipher);
        EnvelopeKey old = new("k1", RandomNumberGenerator.GetBytes(32), other), now = new("k2", RandomNumberGenerator.GetBytes(32), cipher);
        var before = new Vault([old], new byte[32]);
        var (text, bytes, stream) = (before.Seal("张三", "c"), before.Seal("张三"u8, "c"), new MemoryStream());
        await before.Seal(new MemoryStream([1, 2, 3]), stream, "c", ct);
        var both = new Vault([old, now], new byte[32]);
        Assert.Equal("张三", both.Open(text, "c"));
        Assert.Equal("张三"u8.ToArray(), both.TryOpen(bytes, "c").Value);
        var plain = new MemoryStream();
        Assert.True((await both.Open(new MemoryStream(stream.ToArray()), plain, "c", ct)).Ok);
        Assert.Equal([1, 2, 3], plain.ToArray());
        Assert.False(both.IsCurrent(text));
        Assert.StartsWith("v1.k2.", both.Seal("张三", "c"));
        Assert.Equal("vault.unknown-key", new Vault([old], new byte[32]).TryOpen(both.Seal("张三", "c"), "c").Error?.Code);
        // The same bytes under a key of the same secret and another cipher are nonsense.
        Assert.False(new Vault([new("k1", old.Key, cipher)], new byte[32]).TryOpen(text, "c").Ok);
    }

    [Fact]
    public void Many_threads_seal_and_open_at_once()
    {
        var vault = NewVault();
        Parallel.For(0, 2_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal($"value {i}", vault.Open(vault.Seal($"value {i}", "c"), "c")));
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
}

public sealed class AesGcmVaultTests() : VaultSuite(SealCipher.AesGcm);

public sealed class Sm4VaultTests() : VaultSuite(SealCipher.Sm4);
