using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.Bulk.BulkRegister;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Bulk;

/// <summary>The agreement's terms while something is on its way.</summary>
public sealed class BulkTermsTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_the_use_is_suspended_no_chunk_leaves_and_nothing_is_lost()
    {
        var gate = new Gate();
        await using var nodes = await BulkRegister.Start(also: gate.Watch);
        gate.Passes = (_, path) => Task.FromResult(!path.Contains("/chunks/", StringComparison.Ordinal) || path.EndsWith("/0", StringComparison.Ordinal));
        var id = await Begin(nodes);
        _ = await Fetched(nodes, id, r => r is { Held: 1, Code: "peer.unreachable" });
        var transfer = TransferRow.New(DspSide.Provider, "340000", "", Shanghai, "/dsp", "ag-adoption", 1);
        async Task Become(TransferState state, bool isNew = false)
        {
            await nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
            {
                _ = isNew ? db.Add(transfer) : db.Attach(transfer);
                transfer.Become(state, Anhui, 1);
                return db.SaveChangesAsync(Ct);
            });
            await nodes.Get<AgreementBook>(Anhui).Load(Ct);
        }
        await Become(TransferState.Suspended, isNew: true);
        gate.Passes = (_, _) => Task.FromResult(true);
        Later(nodes);
        Assert.Equal(1, (await Fetched(nodes, id, r => r.Code == "agreement.suspended")).Held);
        // Nor is another one begun.
        var another = await Begin(nodes);
        Assert.Equal(BulkState.Preparing, (await Fetched(nodes, another, r => r.Code == "agreement.suspended")).State);
        Assert.DoesNotContain(await Rows(nodes, Anhui, DspSide.Provider), r => r.Id == another);
        // What was prepared stays for as long.
        Assert.False((await Given(nodes, id, _ => true)).IsEmpty);
        await Become(TransferState.Started);
        Later(nodes);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, id, Over)).State);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, another, Over)).State);
    }

    [Fact]
    public async Task What_was_half_fetched_when_the_agreement_ran_out_goes_no_further_and_is_deleted_at_both_sides()
    {
        var gate = new Gate();
        await using var nodes = await BulkRegister.Start(also: gate.Watch);
        gate.Passes = (_, path) => Task.FromResult(!path.Contains("/chunks/", StringComparison.Ordinal) || path.EndsWith("/0", StringComparison.Ordinal));
        var id = await Begin(nodes);
        _ = await Fetched(nodes, id, r => r is { Held: 1, Code: "peer.unreachable" });
        // It is for an hour.
        nodes.Clock.Ahead += TimeSpan.FromHours(1);
        gate.Passes = (_, _) => Task.FromResult(true);
        Later(nodes);
        Assert.Equal((BulkState.Ended, "agreement.expired", 1), await Fetched(nodes, id, r => r.IsEmpty) is var mine ? (mine.State, mine.Code, mine.Held) : default);
        Assert.Equal((BulkState.Ended, "agreement.expired"), await Given(nodes, id, r => r.IsEmpty) is var given ? (given.State, given.Code) : default);
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.Empty(Chunks(nodes, node));
        Assert.Empty(await nodes.Get<TransparencyLog>(Shanghai).Metering(-1, 100, "ag-adoption", Ct));
    }

    [Fact]
    public async Task No_source_is_read_for_what_the_quota_of_the_day_refuses()
    {
        await using var nodes = await BulkRegister.Start(10, t => t with { Bulk = true, QuotaPerDay = 1, ValidUntil = t.ValidUntil + (3 * 24 * 3600_000L) }, hub: true);
        Sqlite(nodes, "ALTER TABLE shouyang RENAME TO away");
        var waiting = await Begin(nodes);
        Assert.Equal("connector.source-unavailable", (await Given(nodes, waiting, r => r.Attempts > 0)).Code);
        // Meanwhile something else uses the day up.
        var agreement = nodes.Get<AgreementBook>(Anhui).Find("ag-adoption")!;
        Assert.Null(nodes.Get<AgreementBook>(Anhui).OverQuota(agreement, nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds()));
        Later(nodes);
        // Had the source been read, it would be the source that is away.
        _ = await Given(nodes, waiting, r => r.Code == "agreement.quota-exceeded");
        var late = await Begin(nodes);
        Assert.Equal(BulkState.Preparing, (await Fetched(nodes, late, r => r.Code == "agreement.quota-exceeded")).State);
        Assert.Equal(1, nodes.Get<AgreementBook>(Anhui).UsedToday("ag-adoption"));
        Assert.Equal(0, nodes.Get<TransparencyLog>(Anhui).Size);

        Sqlite(nodes, "ALTER TABLE away RENAME TO shouyang");
        await NextDay(nodes);
        // One of the two is given this day, the other on the next.
        Assert.Equal(BulkState.Done, (await Fetched(nodes, waiting, Over)).State);
        Assert.Equal(1, nodes.Get<AgreementBook>(Anhui).UsedToday("ag-adoption"));
        Assert.Equal(BulkState.Preparing, (await Fetched(nodes, late, _ => true)).State);
        await NextDay(nodes);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, late, Over)).State);
    }

    [Fact]
    public async Task Nothing_is_given_under_an_id_that_something_else_was_asked_under()
    {
        await using var nodes = await BulkRegister.Start(10);
        Sqlite(nodes, "ALTER TABLE shouyang RENAME TO away");
        var id = await Begin(nodes);
        var waiting = await Given(nodes, id, r => r.Attempts > 0);
        // Refused, so that nothing is metered; but its leaf stands where that of the whole table would.
        var query = QueryMessage.Parse(nodes.Get<IVault>(Anhui).TryOpen(waiting.Query, BulkRow.SealContext).Value).Value;
        var asked = await nodes.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/query", (query with { Fields = ["nothing"] }).ToJson(), Ct);
        Assert.False(asked.Ok);
        Sqlite(nodes, "ALTER TABLE away RENAME TO shouyang");
        Later(nodes);
        Assert.Equal((BulkState.Ended, "exchange.repeated"), await Fetched(nodes, id, Over) is var over ? (over.State, over.Code) : default);
        Assert.Equal("exchange.repeated", (await Given(nodes, id, r => r.IsEmpty)).Code);
        Assert.Equal(0, (await nodes.Get<TransparencyLog>(Anhui).Metering(-1, 100, "ag-adoption", Ct)).Sum(m => m.Metering.Units));
        Assert.Equal(0, nodes.Get<AgreementBook>(Anhui).UsedToday("ag-adoption"));
        // Under an id of its own it is given.
        Assert.Equal(BulkState.Done, (await Fetched(nodes, await Begin(nodes), Over)).State);
    }

    /// <summary>By then the hub must have been heard anew, or nobody is answered.</summary>
    static async Task NextDay(TwoNodes nodes)
    {
        nodes.Clock.Ahead += TimeSpan.FromDays(1);
        foreach (var node in new[] { Anhui, Shanghai })
        {
            for (var i = 0; i < 400 && nodes.Get<RegionDirectory>(node).Stale() is not null; i++)
                await Task.Delay(25, Ct);
        }
        Later(nodes);
    }
}
