using System.Text;
using System.Text.Json;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

/// <summary>What other nodes say about a person is put together so that none can hide what another shows.</summary>
public sealed class PersonalRecordsTests
{
    const string Provider = "CN-YRD/340000";
    const string Consumer = "CN-YRD/310000";
    const string Third = "CN-YRD/320000";
    const string Id = "0123456789abcdef";
    const string Key = "x " + Id;

    static readonly Words Law = new("法", "Law");

    static LeafFacts Leaf(string node, string kind, long at = 100, string purpose = "p") =>
        new(node, 7, at, kind, "", Id, Consumer, Provider, "d", "r", ["f"], purpose, "c", "a", null, "legal", "answered", null, null, null, null);

    static LeafFacts[] Both => [Leaf(Provider, ExchangeLeaf.Provided), Leaf(Consumer, ExchangeLeaf.Obtained)];

    static MaskedUse Masked(string? by, long at = 100) => new(Key, at, Law) { By = by };

    [Fact]
    public void A_node_that_is_no_side_of_an_exchange_hides_nothing_of_it_and_changes_nothing()
    {
        foreach (var by in new[] { null, Third, Provider })
        {
            var uses = DataUse.Merge(Both, [(Third, Masked(by))]);
            var shown = Assert.Single(uses, u => !u.IsMasked);
            Assert.Equal((Provider, 2), (shown.Facts.Node, shown.Proofs.Count));
        }
        // Nor by a leaf that says to be the provider's.
        var leaf = Assert.Single(DataUse.Merge([.. Both, Leaf(Third, ExchangeLeaf.Provided, at: 200, purpose: "lie")], []));
        Assert.Equal(("p", 2), (leaf.Facts.Purpose, leaf.Proofs.Count));
        Assert.Empty(DataUse.Merge([Leaf(Third, ExchangeLeaf.Provided), Leaf(Third, ExchangeLeaf.Obtained)], []));
    }

    [Fact]
    public void What_nodes_mask_that_do_not_say_who_decided_is_seen_once()
    {
        foreach (var (consumer, provider) in new (string?, string?)[] { (null, null), (null, Provider), (Provider, null), (Provider, Provider) })
        {
            Assert.True(Assert.Single(DataUse.Merge([], [(Consumer, Masked(consumer, at: 105)), (Provider, Masked(provider))])).IsMasked);
            Assert.True(Assert.Single(DataUse.Merge([], [(Provider, Masked(provider)), (Consumer, Masked(consumer, at: 105))])).IsMasked);
        }
        // Of two exchanges there are two.
        Assert.Equal(2, DataUse.Merge([], [(Consumer, Masked(null)), (Provider, Masked(null) with { Key = "x fedcba9876543210" })]).Count);
    }

    [Fact]
    public void The_provider_hides_it_at_both_sides_and_it_is_seen_once()
    {
        // The consumer is an older node that knows of no masking, or one that says the same.
        Assert.True(Assert.Single(DataUse.Merge([Leaf(Consumer, ExchangeLeaf.Obtained)], [(Provider, Masked(Provider))])).IsMasked);
        Assert.Equal(100, Assert.Single(DataUse.Merge([], [(Consumer, Masked(Provider, at: 105)), (Provider, Masked(Provider))])).Facts.At);
        // While the provider is silent the consumer's word is all there is.
        Assert.True(Assert.Single(DataUse.Merge([], [(Consumer, Masked(Provider))])).IsMasked);
    }

    [Fact]
    public void A_reply_with_a_time_that_cannot_be_is_none()
    {
        const long Now = 1_000_000_000;
        static byte[] Reply(long leaf, long masked) => JsonSerializer.SerializeToUtf8Bytes(
            new RecordsReply([new(1, leaf, Encoding.UTF8.GetBytes("{}"))], false) { Masked = [new(Key, masked, Law)] }, DirectoryDocument.Json);
        Assert.NotNull(RecordsReply.Read(Reply(0, Now + 300_000), Now));
        foreach (var (leaf, masked) in new[] { (-1L, 1L), (1L, -1L), (Now + 300_001, 1L), (1L, Now + 300_001), (long.MaxValue, 1L), (1L, long.MinValue) })
            Assert.Null(RecordsReply.Read(Reply(leaf, masked), Now));
        Assert.Null(RecordsReply.Read("{"u8, Now));
    }
}
