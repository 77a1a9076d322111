using System.Security.Cryptography;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

/// <summary>A blind index under several keys.</summary>
public sealed class IndexChainTests : IDisposable
{
    const string Number = "310199199001011234";

    readonly string folder = Directory.CreateTempSubdirectory("tongban-index-").FullName;

    static readonly DateTimeOffset Past = DateTimeOffset.UnixEpoch;

    string KeyFile => Path.Combine(folder, "keys");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Later_forms_follow_from_earlier_ones_and_not_the_other_way_round()
    {
        var first = RandomNumberGenerator.GetBytes(32);
        var one = new IndexChain(first);
        var second = Link();
        var two = new IndexChain(first, [second], 1);
        var three = new IndexChain(first, [second, Link()], 2);
        var old = one.Of("person", Number);
        Assert.Equal([old], one.Forms(old));
        // While it changes, what is made of a number is the older form, from which both follow.
        Assert.Equal(old, two.Of("person", Number));
        var anew = two.Last(old);
        Assert.Equal([old, anew], two.Forms(old));
        Assert.Equal([anew], two.Forms(anew));
        Assert.True(two.Same(old, anew));
        Assert.Equal(anew, three.Of("person", Number));
        Assert.Equal([anew, three.Last(old)], three.Forms(old));
        Assert.Equal([1, 2, 3], new[] { old, anew, three.Last(old) }.Select(IndexChain.NumberOf));
        Assert.StartsWith("i3.", three.Last(anew), StringComparison.Ordinal);
        // The lasting one never changes.
        Assert.Equal(old, three.First("person", Number));
        // Equal values of two contexts, and other values, stay apart.
        Assert.False(two.Same(two.Of("person", Number), two.Of("other", Number)));
        Assert.False(two.Same(old, two.Last(two.Of("person", Number + "1"))));
    }

    [Fact]
    public void Whoever_has_the_old_key_and_what_is_stored_now_can_try_no_number()
    {
        var leaked = RandomNumberGenerator.GetBytes(32);
        var now = new IndexChain(leaked, [Link()]);
        var stored = now.Of("person", Number);
        var thief = new IndexChain(leaked);
        Assert.DoesNotContain(stored, thief.Forms(thief.Of("person", Number)));
        Assert.DoesNotContain(stored[3..], thief.Of("person", Number), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("staff:admin")]
    [InlineData("key-1")]
    [InlineData("i2.short")]
    [InlineData("i1.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ")]
    [InlineData("ix.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ")]
    [InlineData("i2.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO=Q")]
    [InlineData("310000abcdefghijklmnopqrstuvwxyzABCDEFGHIJK LM")]
    public void What_is_no_index_is_left_alone(string text)
    {
        var chain = new IndexChain(RandomNumberGenerator.GetBytes(32), [Link()], 1);
        Assert.Equal(0, IndexChain.NumberOf(text));
        Assert.Equal([text], chain.Forms(text));
        Assert.Equal(text, chain.Written(text, DateTimeOffset.UtcNow));
    }

    [Fact]
    public void Rows_are_written_with_the_new_key_from_its_time_on_and_found_under_both_before()
    {
        var from = new DateTimeOffset(2026, 11, 30, 8, 0, 0, TimeSpan.Zero);
        var chain = new IndexChain(RandomNumberGenerator.GetBytes(32), [new(RandomNumberGenerator.GetBytes(32), from)], 1);
        var old = chain.Of("person", Number);
        Assert.Equal(old, chain.Written(old, from.AddSeconds(-1)));
        Assert.Equal(chain.Last(old), chain.Written(old, from));
        Assert.Equal(2, chain.Forms(old).Count);
    }

    [Fact]
    public void A_replica_that_has_not_read_the_new_key_finds_what_it_is_given_and_changes_nothing()
    {
        var first = RandomNumberGenerator.GetBytes(32);
        var (behind, ahead) = (new IndexChain(first), new IndexChain(first, [Link()], 1));
        var anew = ahead.Last(ahead.Of("person", Number));
        Assert.Equal([anew], behind.Forms(anew));
        Assert.Equal(anew, behind.Written(anew, DateTimeOffset.UtcNow));
    }

    [Fact]
    public void The_keystore_keeps_the_keys_of_the_index_and_lets_one_change_end_before_the_next()
    {
        var store = Keystore.Create(KeyFile, "pass", 1000).Value;
        var replica = Keystore.Open(KeyFile, "pass").Value;
        var (held, old) = (replica.Vault, store.Vault.BlindIndex("person", Number));
        Assert.False(held.Replaced);
        Assert.Equal("keystore.key-in-use", store.RetireIndex("i1", TimeSpan.Zero).Error?.Code);
        Assert.Equal("i2", store.RotateIndex(DateTimeOffset.UtcNow).Value);
        Assert.Equal([old], held.Forms(old));
        replica.Refresh();
        Assert.Equal(store.Vault.Forms(old), held.Forms(old));
        Assert.Equal((true, old), (held.Changing, held.BlindIndex("person", Number)));
        Assert.Equal(held.Forms(old)[1], held.Written(old));
        Assert.Equal("keystore.index-changing", replica.RotateIndex(Past).Error?.Code);
        Assert.Equal("keystore.key-unknown", store.RetireIndex("i7", TimeSpan.Zero).Error?.Code);
        Assert.Equal("keystore.key-in-use", store.RetireIndex("i2", TimeSpan.Zero).Error?.Code);
        Assert.Equal("keystore.key-lately-used", store.RetireIndex("i1", TimeSpan.FromMinutes(15)).Error?.Code);
        Assert.True(store.RetireIndex("i1", TimeSpan.Zero).Ok);
        replica.Refresh();
        Assert.Equal((false, true), (held.Changing, held.Replaced));
        Assert.Equal(old, held.LastingIndex("person", Number));
        Assert.StartsWith("i2.", held.BlindIndex("person", Number), StringComparison.Ordinal);
        // What was kept elsewhere in the old form is still the same person.
        Assert.True(held.Same(old, held.BlindIndex("person", Number)));
        Assert.Equal("i3", replica.RotateIndex(Past).Value);
        Assert.Equal(replica.Vault.Forms(old), Keystore.Open(KeyFile, "pass").Value.Vault.Forms(old));
    }

    static IndexChain.Link Link() => new(RandomNumberGenerator.GetBytes(32), Past);
}
