using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.Exchange.Connectors;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Shanghai fetches a whole register of Anhui's: by agreement, in chunks that are known by their hashes, and no longer than the agreement holds.</summary>
public sealed class BulkTests
{
    const int Many = 120_000;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A register of many dates, each line long enough that the whole is several chunks.</summary>
    static async Task<TwoNodes> Start(int rows = Many, Func<AgreementTerms, AgreementTerms>? terms = null)
    {
        var nodes = await AdoptionRegister.Start();
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(nodes.FolderOf(Anhui), "departments", "adoption.db"), Pooling = false }.ToString()))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE shouyang (n INTEGER, djrq TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @rows) INSERT INTO shouyang SELECT i, printf('%060d', i) FROM n WHERE @rows > 0";
            command.Parameters.AddWithValue("@rows", rows);
            command.ExecuteNonQuery();
        }
        var register = new AdoptionRegister(nodes);
        Assert.Empty(await register.Enter("adoption.db", "SELECT djrq AS registeredOn FROM shouyang ORDER BY n", parameters: ""));
        Assert.Empty(await register.Publish());
        await register.Agree(terms ?? (t => t with { Bulk = true, RetentionDays = 7 }));
        _ = await nodes.Get<Catalogues>(Shanghai).Of(Anhui, Ct);
        return nodes;
    }

    static async Task<int> Begin(TwoNodes nodes)
    {
        using var steward = new Browser(Role.Steward);
        using var answer = await steward.Submit(nodes.Url(Shanghai) + "/console/agreements/ag-adoption", "/console/agreements/ag-adoption/bulk", ("purpose", Item), ("case", "D1"));
        return (int)answer.StatusCode;
    }

    static Task<BulkRow> Row(TwoNodes nodes, string node, DspSide side) =>
        nodes.As<NodeDb, BulkRow>(node, Actor.Node("test"), db => db.Set<BulkRow>().AsNoTracking().SingleAsync(b => b.Side == side, Ct));

    static async Task<BulkRow?> Found(TwoNodes nodes, string node, DspSide side) =>
        await nodes.As<NodeDb, BulkRow?>(node, Actor.Node("test"), db => db.Set<BulkRow>().AsNoTracking().SingleOrDefaultAsync(b => b.Side == side, Ct));

    static async Task<BulkRow> Until(TwoNodes nodes, string node, DspSide side, Func<BulkRow, bool> holds)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await Found(nodes, node, side) is { } row && holds(row))
                return row;
            await Task.Delay(50, Ct);
        }
        var last = await Row(nodes, node, side);
        throw new Xunit.Sdk.XunitException($"{last.State} {last.Code} {last.Held}/{last.Chunks}");
    }

    static async Task<string[]> File(TwoNodes nodes, string id)
    {
        using var steward = new Browser(Role.Steward);
        using var answer = await steward.Get(nodes.Url(Shanghai) + $"/console/bulk/{id}/file");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadAsStringAsync(Ct)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public async Task A_whole_register_comes_in_chunks_and_both_logs_know_it_once()
    {
        await using var nodes = await Start();
        Assert.Equal(303, await Begin(nodes));
        var row = await Until(nodes, Shanghai, DspSide.Consumer, r => r.State is BulkState.Done or BulkState.Ended);
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
            Assert.All(Directory.EnumerateFiles(Path.Combine(nodes.FolderOf(node), "bulk"), "*", SearchOption.AllDirectories), f => Assert.DoesNotContain("registeredOn", Encoding.Latin1.GetString(System.IO.File.ReadAllBytes(f)), StringComparison.Ordinal));
        // What the agreement lets be kept for seven days is gone then; what the provider kept for one day, too.
        nodes.Clock.Ahead += TimeSpan.FromDays(7) + TimeSpan.FromHours(1);
        foreach (var (node, side) in new[] { (Anhui, DspSide.Provider), (Shanghai, DspSide.Consumer) })
        {
            _ = await Until(nodes, node, side, r => r.IsEmpty);
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(nodes.FolderOf(node), "bulk"), "*", SearchOption.AllDirectories));
        }
    }

    [Fact]
    public async Task What_was_cut_off_goes_on_where_it_was()
    {
        await using var nodes = await Start(Many * 2);
        Assert.Equal(303, await Begin(nodes));
        // The provider is gone in the middle, then the consumer.
        _ = await Until(nodes, Shanghai, DspSide.Consumer, r => r.Held > 0);
        await nodes.Stop(Anhui);
        var held = await Until(nodes, Shanghai, DspSide.Consumer, r => r.State == BulkState.Done || r.Code == "peer.unreachable");
        await nodes.Stop(Shanghai);
        var first = Directory.EnumerateFiles(Path.Combine(nodes.FolderOf(Shanghai), "bulk"), "000000", SearchOption.AllDirectories).Single();
        var written = System.IO.File.GetLastWriteTimeUtc(first);
        await nodes.Run(Anhui);
        await nodes.Run(Shanghai);
        nodes.Clock.Ahead += TimeSpan.FromMinutes(2);
        nodes.Get<BulkSignal>(Shanghai).Raise();
        var row = await Until(nodes, Shanghai, DspSide.Consumer, r => r.State is BulkState.Done or BulkState.Ended);
        Assert.Equal((BulkState.Done, Many * 2L), (row.State, row.Rows));
        Assert.Equal(written, System.IO.File.GetLastWriteTimeUtc(first));
        Assert.True(held.Held <= row.Chunks);
        Assert.Equal((Many * 2) + 1, (await File(nodes, row.Id)).Length);
    }

    [Fact]
    public async Task Only_what_was_signed_is_taken_and_only_while_the_agreement_holds()
    {
        await using var nodes = await Start(Many, t => t with { Bulk = true });
        // Suspended: nothing more leaves. Another key's manifest, another chunk, another's id: nothing is taken.
        Assert.Equal(303, await Begin(nodes));
        var row = await Until(nodes, Shanghai, DspSide.Consumer, r => r.State == BulkState.Done);
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
        await nodes.Get<BulkFiles>(Anhui).Write(await Row(nodes, Anhui, DspSide.Provider), 0, Encoding.UTF8.GetBytes("{\"registeredOn\":\"forged\"}\n"), Ct);
        Assert.True(System.IO.File.Exists(file));
        await nodes.As<NodeDb, int>(Shanghai, Actor.Node("test"), db => db.Set<BulkRow>().ExecuteUpdateAsync(s => s.SetProperty(b => b.State, BulkState.Ready).SetProperty(b => b.Held, 0), Ct));
        nodes.Get<BulkSignal>(Shanghai).Raise();
        Assert.Equal("bulk.chunk-differs", (await Until(nodes, Shanghai, DspSide.Consumer, r => r.State == BulkState.Ended)).Code);

        nodes.Get<AgreementBook>(Anhui).End("ag-adoption", 1);
        Assert.Equal("agreement.terminated", await Get($"/peer/bulk/{row.Id}/chunks/1"));
        Assert.Equal("agreement.terminated", (await Until(nodes, Anhui, DspSide.Provider, r => r.IsEmpty)).Code);
        Assert.Equal("bulk.none", await Get($"/peer/bulk/{row.Id}/chunks/1"));
    }

    [Fact]
    public async Task A_source_that_fails_on_the_way_hands_out_nothing()
    {
        await using var nodes = await Start(10, t => t with { Bulk = true });
        var file = Path.Combine(nodes.FolderOf(Anhui), "departments", "adoption.db");
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString()))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DROP TABLE shouyang";
            command.ExecuteNonQuery();
        }
        Assert.Equal(303, await Begin(nodes));
        Assert.Equal("connector.source-unavailable", (await Until(nodes, Anhui, DspSide.Provider, r => r.Attempts > 0)).Code);
        Assert.Equal(BulkState.Preparing, (await Row(nodes, Shanghai, DspSide.Consumer)).State);
        Assert.Equal(0, nodes.Get<TransparencyLog>(Anhui).Size);
        Assert.False(Directory.Exists(Path.Combine(nodes.FolderOf(Anhui), "bulk", "provider")) && Directory.EnumerateFiles(Path.Combine(nodes.FolderOf(Anhui), "bulk", "provider"), "*", SearchOption.AllDirectories).Any());
        // Given up by the steward: nothing of it stays.
        using var steward = new Browser(Role.Steward);
        var row = await Row(nodes, Shanghai, DspSide.Consumer);
        Assert.Equal(303, (int)(await steward.Submit(nodes.Url(Shanghai) + "/console/bulk", $"/console/bulk/{row.Id}/drop")).StatusCode);
        Assert.Equal("bulk.dropped", (await Until(nodes, Shanghai, DspSide.Consumer, r => r.IsEmpty)).Code);
    }

    [Fact]
    public async Task An_agreement_without_it_or_on_consent_grants_none()
    {
        await using var nodes = await Start(1, t => t);
        using var steward = new Browser(Role.Steward);
        Assert.DoesNotContain("/console/agreements/ag-adoption/bulk", await steward.Read(nodes.Url(Shanghai) + "/console/agreements/ag-adoption"), StringComparison.Ordinal);
        Assert.Equal("agreement.no-bulk", TakeBulk.NotAgreed(nodes.Get<AgreementBook>(Shanghai).Find(AgreementId)!.Terms with { Bulk = true })?.Code);
        // Nor does the provider, whatever a consumer asks for.
        var message = nodes.Get<AgreementBook>(Shanghai).Find("ag-adoption")!.Terms;
        var query = new QueryMessage(1, Guid.CreateVersion7().ToString("N"), message.Id, message.Resource, 1, message.Fields, new Dictionary<string, string>(), Item, "D1", null, null);
        Assert.Equal("agreement.no-bulk", (await nodes.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/bulk", query.ToJson(), Ct)).Error?.Code);
    }
}
