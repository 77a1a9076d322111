using System.Collections.Concurrent;
using System.Text;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Tests.Integration.Identity;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.Bulk.BulkRegister;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Bulk;

/// <summary>Shanghai fetches a whole register of Anhui's: by agreement, in chunks that are known by their hashes, and no longer than the agreement holds.</summary>
public sealed class BulkTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_whole_register_comes_in_chunks_and_both_logs_know_it_once()
    {
        await using var nodes = await BulkRegister.Start(terms: t => t with { Bulk = true, RetentionDays = 7 });
        var row = await Fetched(nodes, await Begin(nodes), Over);
        Assert.Equal((BulkState.Done, (long)Many), (row.State, row.Rows));
        Assert.True(row.Chunks > 1, $"{row.Chunks}");
        var lines = await File(nodes, row.Id);
        Assert.Equal(Many + 1, lines.Length);
        Assert.Equal(("registeredOn", 1.ToString("D60", null), Many.ToString("D60", null)), (lines[0], lines[1], lines[^1]));
        // One answered use at each side, with its rows; the consumer's leaf names the provider's; the reading by staff is a third.
        foreach (var (node, reference) in new[] { (Anhui, ExchangeLeaf.ReferenceOfProvided(Shanghai, row.Id)), (Shanghai, ExchangeLeaf.ReferenceOfObtained(row.Id)) })
        {
            var log = nodes.Get<TransparencyLog>(node);
            var leaf = (await log.Leaves((await log.Find(reference, Ct))!.Value.Index, 1, Ct))[0];
            Assert.Contains($"\"rows\":{Many}", Encoding.UTF8.GetString(leaf.Data), StringComparison.Ordinal);
            Assert.Equal(1, (await log.Metering(-1, 100, "ag-adoption", Ct)).Sum(m => m.Metering.Units));
        }
        Assert.Equal(1, nodes.Get<AgreementBook>(Anhui).UsedToday("ag-adoption"));
        Assert.Equal(2, nodes.Get<TransparencyLog>(Shanghai).Size);
        // Sealed on disk, on both sides.
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.All(Chunks(nodes, node), f => Assert.DoesNotContain("registeredOn", Encoding.Latin1.GetString(System.IO.File.ReadAllBytes(f)), StringComparison.Ordinal));
        // What the agreement lets be kept for seven days is gone then; what the provider kept for one day, too.
        nodes.Clock.Ahead += TimeSpan.FromDays(7) + TimeSpan.FromHours(1);
        _ = await Given(nodes, row.Id, r => r.IsEmpty);
        _ = await Fetched(nodes, row.Id, r => r.IsEmpty);
        Assert.Empty(Chunks(nodes, Anhui));
        Assert.Empty(Chunks(nodes, Shanghai));
    }

    [Fact]
    public async Task What_was_cut_off_goes_on_where_it_was()
    {
        var (gate, asked) = (new Gate(), new ConcurrentQueue<string>());
        await using var nodes = await BulkRegister.Start(also: gate.Watch);
        // The line holds for the first chunk only; then the provider is gone, and the consumer too.
        gate.Passes = (_, path) => Task.FromResult(!path.Contains("/chunks/", StringComparison.Ordinal) || path.EndsWith("/0", StringComparison.Ordinal));
        var id = await Begin(nodes);
        var held = await Fetched(nodes, id, r => r.Code == "peer.unreachable");
        Assert.Equal((BulkState.Ready, 1), (held.State, held.Held));
        Assert.True(held.Chunks > 2, $"{held.Chunks}");
        await nodes.Stop(Anhui);
        await nodes.Stop(Shanghai);
        gate.Passes = (_, path) =>
        {
            if (path.Contains("/chunks/", StringComparison.Ordinal))
                asked.Enqueue(path[(path.LastIndexOf('/') + 1)..]);
            return Task.FromResult(true);
        };
        await nodes.Run(Anhui);
        await nodes.Run(Shanghai);
        Later(nodes);
        var row = await Fetched(nodes, id, Over);
        Assert.Equal((BulkState.Done, (long)Many), (row.State, row.Rows));
        // What was there is not fetched again, and nothing is fetched twice.
        Assert.Equal(Enumerable.Range(1, row.Chunks - 1).Select(n => $"{n}"), asked);
        Assert.Equal(Many + 1, (await File(nodes, id)).Length);
    }

    [Fact]
    public async Task Only_what_was_signed_is_taken_and_only_while_the_agreement_holds()
    {
        await using var nodes = await BulkRegister.Start();
        // Another key's manifest, another chunk, another's id: nothing is taken.
        var row = await Fetched(nodes, await Begin(nodes), r => r.State == BulkState.Done);
        var query = QueryMessage.Parse(nodes.Get<IVault>(Shanghai).TryOpen(row.Query, BulkRow.SealContext).Value).Value;
        var directory = nodes.Get<RegionDirectory>(Shanghai).Trusted;
        var manifest = BulkManifest.Verify(row.Manifest, directory, Anhui, query).Value;
        Assert.Equal("bulk.manifest", BulkManifest.Verify(manifest.Sign(nodes.Keys(Shanghai).Signing), directory, Anhui, query).Error?.Code);
        foreach (var wrong in new[] { manifest with { Id = "another-exchange-1" }, manifest with { Fields = ["office"] }, manifest with { Rows = 1 }, manifest with { Agreement = "ag-test" }, manifest with { Chunks = [.. manifest.Chunks, manifest.Chunks[0] with { Bytes = BulkManifest.MostBytes + 1 }] } })
            Assert.Equal("bulk.manifest", BulkManifest.Verify(wrong.Sign(nodes.Keys(Anhui).Signing), directory, Anhui, query).Error?.Code);

        async Task<string> Get(string path) => (await nodes.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Get, path, default, Ct)).Error?.Code ?? "";
        async Task<string> Post(QueryMessage message) => (await nodes.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/bulk", message.ToJson(), Ct)).Error?.Code ?? "";
        Assert.Equal("", await Get($"/peer/bulk/{row.Id}/chunks/0"));
        foreach (var path in new[] { $"/peer/bulk/{row.Id}/chunks/{row.Chunks}", $"/peer/bulk/{row.Id}/chunks/-1", "/peer/bulk/no-such-id-00000000/chunks/0" })
            Assert.Equal("bulk.none", await Get(path));
        // To another member it is not there; and its id is no other's.
        Assert.Equal("bulk.none", (await nodes.Get<PeerClient>(Anhui).Send(Anhui, HttpMethod.Get, $"/peer/bulk/{row.Id}/chunks/0", default, Ct)).Error?.Code);
        Assert.Equal("exchange.repeated", (await nodes.Get<PeerClient>(Anhui).Send(Anhui, HttpMethod.Post, "/peer/bulk", query.ToJson(), Ct)).Error?.Code);
        Assert.Equal("", await Post(query));
        QueryMessage Fresh() => query with { ExchangeId = Guid.CreateVersion7().ToString("N") };
        Assert.Equal("agreement.field-not-covered", await Post(Fresh() with { Fields = ["registeredOn", "more"] }));
        Assert.Equal("agreement.purpose-not-covered", await Post(Fresh() with { Purpose = "x" }));
        Assert.Equal("agreement.no-bulk", await Post(Fresh() with { Agreement = SmallQuota, Resource = "police.identity", Fields = ["name"] }));

        // A chunk that is not what was signed ends it, and nothing of it is used.
        var file = Directory.EnumerateFiles(Path.Combine(nodes.FolderOf(Anhui), "bulk", "provider", row.Id)).Order().First();
        Assert.True((await nodes.Get<BulkFiles>(Anhui).Write(await Given(nodes, row.Id, _ => true), 0, Encoding.UTF8.GetBytes("{\"registeredOn\":\"forged\"}\n"), Ct)).Ok);
        Assert.True(System.IO.File.Exists(file));
        await Change(nodes, Shanghai, row.Id, r => (r.State, r.Held) = (BulkState.Ready, 0));
        nodes.Get<BulkSignal>(Shanghai).Raise();
        Assert.Equal("bulk.chunk-differs", (await Fetched(nodes, row.Id, r => r.State == BulkState.Ended)).Code);

        nodes.Get<AgreementBook>(Anhui).End("ag-adoption", 1);
        Assert.Equal("agreement.terminated", await Get($"/peer/bulk/{row.Id}/chunks/1"));
        Assert.Equal("agreement.terminated", (await Given(nodes, row.Id, r => r.IsEmpty)).Code);
        Assert.Equal("bulk.none", await Get($"/peer/bulk/{row.Id}/chunks/1"));
    }

    [Fact]
    public async Task A_source_that_fails_on_the_way_hands_out_nothing()
    {
        await using var nodes = await BulkRegister.Start(10);
        Sqlite(nodes, "DROP TABLE shouyang");
        var id = await Begin(nodes);
        Assert.Equal("connector.source-unavailable", (await Given(nodes, id, r => r.Attempts > 0)).Code);
        Assert.Equal(BulkState.Preparing, (await Fetched(nodes, id, _ => true)).State);
        Assert.Equal(0, nodes.Get<TransparencyLog>(Anhui).Size);
        Assert.Empty(Chunks(nodes, Anhui));
        // Given up by the steward: nothing of it stays.
        using var steward = new Browser(Role.Steward);
        Assert.Equal(303, (int)(await steward.Submit(nodes.Url(Shanghai) + "/console/bulk", $"/console/bulk/{id}/drop")).StatusCode);
        Assert.Equal("bulk.dropped", (await Fetched(nodes, id, r => r.IsEmpty)).Code);
    }

    [Fact]
    public async Task What_is_on_its_way_is_stopped_however_far_it_came_since_the_page_was_drawn()
    {
        var (gate, first, second) = (new Gate(), new TaskCompletionSource(), new TaskCompletionSource());
        await using var nodes = await BulkRegister.Start(also: gate.Watch);
        gate.Passes = async (_, path) =>
        {
            if (path.EndsWith("/chunks/0", StringComparison.Ordinal))
                await first.Task;
            if (path.EndsWith("/chunks/1", StringComparison.Ordinal))
                await second.Task;
            return true;
        };
        var id = await Begin(nodes);
        await Fetched(nodes, id, r => r.State == BulkState.Ready);
        using var steward = new Browser(Role.Steward);
        using var drawn = await steward.Get(nodes.Url(Shanghai) + "/console/bulk");
        first.SetResult();
        await Fetched(nodes, id, r => r.Held == 1);
        using (var stopped = await steward.Submit(drawn, $"/console/bulk/{id}/drop"))
            Assert.Equal(303, (int)stopped.StatusCode);
        Assert.Equal((BulkState.Ended, "bulk.dropped"), await Fetched(nodes, id, r => r.IsEmpty) is var row ? (row.State, row.Code) : default);
        second.SetResult();

        // Who meant to stop one that is here whole by now has not said that it is to be deleted.
        var hold = new TaskCompletionSource();
        gate.Passes = async (_, path) =>
        {
            if (path.EndsWith("/chunks/0", StringComparison.Ordinal))
                await hold.Task;
            return true;
        };
        var other = await Begin(nodes);
        await Fetched(nodes, other, r => r.State == BulkState.Ready);
        using var before = await steward.Get(nodes.Url(Shanghai) + "/console/bulk");
        hold.SetResult();
        await Fetched(nodes, other, Over);
        using (var changed = await steward.Submit(before, $"/console/bulk/{other}/drop"))
            Assert.Equal(409, (int)changed.StatusCode);
        Assert.Equal(Many + 1, (await File(nodes, other)).Length);
        Assert.Equal(303, (int)(await steward.Submit(nodes.Url(Shanghai) + "/console/bulk", $"/console/bulk/{other}/drop")).StatusCode);
        Assert.Equal("bulk.dropped", (await Fetched(nodes, other, r => r.IsEmpty)).Code);
    }

    [Fact]
    public async Task An_agreement_without_it_or_on_consent_grants_none()
    {
        await using var nodes = await BulkRegister.Start(1, t => t);
        using var steward = new Browser(Role.Steward);
        Assert.DoesNotContain("/console/agreements/ag-adoption/bulk", await steward.Read(nodes.Url(Shanghai) + "/console/agreements/ag-adoption"), StringComparison.Ordinal);
        Assert.Equal("agreement.no-bulk", TakeBulk.NotAgreed(nodes.Get<AgreementBook>(Shanghai).Find(AgreementId)!.Terms with { Bulk = true })?.Code);
        // Nor does the provider, whatever a consumer asks for.
        var message = nodes.Get<AgreementBook>(Shanghai).Find("ag-adoption")!.Terms;
        var query = new QueryMessage(1, Guid.CreateVersion7().ToString("N"), message.Id, message.Resource, 1, message.Fields, new Dictionary<string, string>(), Item, "D1", null, null);
        Assert.Equal("agreement.no-bulk", (await nodes.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/bulk", query.ToJson(), Ct)).Error?.Code);
    }
}
