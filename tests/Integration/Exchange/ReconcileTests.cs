using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Trust;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Metering equals receipts one to one, on both sides: whatever is done to one of them is found, that and nothing else.</summary>
public sealed class ReconcileTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_sides_meter_the_same_one_to_one_and_what_was_confirmed_is_counted()
    {
        await using var region = await Asked(exchanges: 3);
        foreach (var node in new[] { Anhui, Shanghai })
        {
            var found = await Compare(region, node);
            Assert.Equal((new MeteredTotal(3, 3), new MeteredTotal(3, 3)), (found.Provider, found.Consumer));
            Assert.Empty(found.Differences);
        }
        await Soon.Holds(async () => (await Compare(region, Anhui)).Confirmed == 3, Ct);
        Assert.Equal(3, (await Compare(region, Shanghai)).Confirmed);
        var audit = await Audit(region, Shanghai);
        Assert.Contains("3 exchanges", Assert.Single(audit).Words.En, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_never_arrived_is_listed_and_not_billed()
    {
        await using var region = await Asked(exchanges: 1);
        var lost = region.Message(await region.Secret(await region.Consent(Husband)));
        Assert.True((await region.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/query", lost.ToJson(), Ct)).Ok);
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        foreach (var node in new[] { Anhui, Shanghai })
        {
            var one = Assert.Single((await Compare(region, node)).Differences);
            Assert.Equal((MeteringDifference.Unconfirmed, lost.ExchangeId), (one.Kind, one.Exchange));
        }
        // That is no disorder, and an audit only says so.
        var said = Assert.Single(await Audit(region, Anhui));
        Assert.True(said.Ok);
        Assert.Contains("1 are not billed", said.Words.En, StringComparison.Ordinal);
    }

    /// <summary>What somebody does to the table that bills are made from; the second of three exchanges, index 1 in either log.</summary>
    public static TheoryData<string, string, string, string?> Tampering() => new()
    {
        { Anhui, "DELETE FROM metering WHERE idx = 1", nameof(MeteringDifference.ProviderMissesRecord), "–, consumer 1" },
        { Shanghai, "DELETE FROM metering WHERE idx = 1", nameof(MeteringDifference.ConsumerMissesRecord), "provider 1, consumer –" },
        { Anhui, "UPDATE metering SET units = 7 WHERE idx = 1", nameof(MeteringDifference.ProviderNotAsLogged), "provider 7, consumer 1" },
        { Shanghai, "UPDATE metering SET units = 0 WHERE idx = 1", nameof(MeteringDifference.ConsumerNotAsLogged), "provider 1, consumer 0" },
        { Anhui, "INSERT INTO metering SELECT 99, agreement, resource, consumer, provider, purpose, units, at, outcome FROM metering WHERE idx = 1", nameof(MeteringDifference.ProviderWithoutLeaf), null },
        { Shanghai, "INSERT INTO metering SELECT 99, agreement, resource, consumer, provider, purpose, units, at, outcome FROM metering WHERE idx = 1", nameof(MeteringDifference.ConsumerWithoutLeaf), null },
        // A record moved to another month by a clock is still found by its id: nothing differs.
        { Shanghai, "UPDATE metering SET at = at + 3456000000 WHERE idx = 1", "", null },
    };

    [Theory]
    [MemberData(nameof(Tampering))]
    public async Task Whatever_is_done_to_one_side_is_found_by_both_and_nothing_else(string where, string sql, string kind, string? said)
    {
        await using var region = await Asked(exchanges: 3);
        await LogTests.Execute(Path.Combine(region.FolderOf(where), ExchangeModule.LogFileName), sql);
        foreach (var node in new[] { Anhui, Shanghai })
        {
            var found = (await Compare(region, node)).Differences;
            Assert.Equal(kind.Length == 0 ? [] : [kind], found.Select(d => d.Kind.ToString()));
            var audit = await Audit(region, node);
            Assert.Equal(kind.Length == 0, Assert.Single(audit).Ok);
            if (said is not null)
                Assert.Contains(said, audit[0].Words.En, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_steward_compares_and_reads_what_differs()
    {
        await using var region = await Asked(exchanges: 2);
        using var steward = new Browser(Role.Steward);
        var month = MeteringPage.Of(Month(region));
        var list = await steward.Read($"{region.Url(Anhui)}/console/metering?month={month}");
        Assert.Contains("尚未核对", list, StringComparison.Ordinal);
        var page = $"{region.Url(Anhui)}/console/metering/{AgreementId}/{month}";
        await LogTests.Execute(Path.Combine(region.FolderOf(Shanghai), ExchangeModule.LogFileName), "UPDATE metering SET units = 3 WHERE idx = 0");
        Assert.True((await region.Get<ReconcileMonths>(Anhui).Run(AgreementId, Month(region), Ct)).Ok);
        var shown = await steward.Read(page);
        Assert.Contains("使用方计量与其日志不符", shown, StringComparison.Ordinal);
        Assert.Contains("1 笔不一致", await steward.Read($"{region.Url(Anhui)}/console/metering?month={month}"), StringComparison.Ordinal);
        // Put right, the next comparison finds nothing, and says so.
        await LogTests.Execute(Path.Combine(region.FolderOf(Shanghai), ExchangeModule.LogFileName), "UPDATE metering SET units = 1 WHERE idx = 0");
        Assert.True((await region.Get<ReconcileMonths>(Anhui).Run(AgreementId, Month(region), Ct)).Ok);
        Assert.Contains("一一对应", await steward.Read(page), StringComparison.Ordinal);
        // While the other side is away, what was found stays, and the page says that it is of before.
        await region.Stop(Shanghai);
        Assert.Equal("peer.unreachable", (await region.Get<ReconcileMonths>(Anhui).Run(AgreementId, Month(region), Ct)).Error?.Code);
        Assert.Contains("最近一次核对没有成功", await steward.Read(page), StringComparison.Ordinal);
    }

    /// <summary>More than one page of either side, and more differences than are kept.</summary>
    [Fact]
    public async Task However_many_differ_each_is_counted_and_read_page_by_page()
    {
        await using var region = await Asked(exchanges: 2);
        await LogTests.Execute(Path.Combine(region.FolderOf(Anhui), ExchangeModule.LogFileName), """
            WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 3499)
            INSERT INTO metering SELECT i, agreement, resource, consumer, provider, purpose, units, at, outcome FROM metering, n WHERE idx = 0
            """);
        foreach (var node in new[] { Anhui, Shanghai })
        {
            var found = await Compare(region, node);
            Assert.Equal((new MeteredTotal(2502, 2502), new MeteredTotal(2, 2)), (found.Provider, found.Consumer));
            Assert.Equal((2500L, 0L, Reconciliation.MostKept), (found.Open, found.Explained, found.Differences.Count));
        }
    }

    [Fact]
    public async Task A_thousand_answers_that_never_arrived_hide_no_difference_that_somebody_must_answer_for()
    {
        await using var region = await Asked(exchanges: 1);
        var at = MeteringTally.Began(Month(region));
        MeteredExchange Given(int i, bool? confirmed) => new($"made{i:D16}", i, 1, 1, at + i, confirmed);
        List<MeteredExchange> all = [.. Enumerable.Range(0, 1500).Select(i => Given(i, null)), Given(1500, true)];
        await using var played = await Play(region, request => request.Exchanges is not null
            // Metered there in the month before.
            ? new MeteringReply(1, [.. request.Exchanges.Select(e => new MeteredExchange(e, 0, 1, 1, at - 1, true))], false)
            : new MeteringReply(1, [.. all.Where(r => r.At > (request.AfterAt ?? 0)).Take(MeteringRequest.Most)], request.AfterAt is null));
        var found = await Compare(region, Shanghai);
        Assert.Equal((1L, 1500L), (found.Open, found.Explained));
        Assert.Equal((MeteringDifference.ConsumerHasNone, $"made{1500:D16}"), (found.Differences[0].Kind, found.Differences[0].Exchange));
        Assert.Equal(1 + Reconciliation.MostKept, found.Differences.Count);
        var audit = await Audit(region, Shanghai);
        Assert.Contains(audit, f => !f.Ok && f.Words.En.Contains($"made{1500:D16}", StringComparison.Ordinal));
        await region.Get<ReconcileMonths>(Shanghai).Run(AgreementId, Month(region), Ct);
        var row = await Row(region);
        Assert.Equal((1L, 1500L), (row!.Open, row.Explained));
    }

    /// <summary>What the other side answers when it is asked for a month: none of it may be read without end, nor counted.</summary>
    public static TheoryData<string> Lies() => ["the same page again", "before the month", "after it", "without units", "out of order", "twice on a page"];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task An_answer_that_is_not_what_was_asked_ends_the_comparison(string lie)
    {
        await using var region = await Asked(exchanges: 1);
        var from = MeteringTally.Began(Month(region));
        MeteredExchange Row(long at, long index, long? units = 1) => new($"made{index:D16}", index, units, units, at, null);
        await using var played = await Play(region, request => request.Exchanges is not null ? new MeteringReply(1, [], false) : lie switch
        {
            "the same page again" => new MeteringReply(1, [Row(from + 5, 1)], true),
            "before the month" => new MeteringReply(1, [Row(from - 1, 1)], false),
            "after it" => new MeteringReply(1, [Row(request.To, 1)], false),
            "without units" => new MeteringReply(1, [Row(from + 5, 1, null)], false),
            "twice on a page" => new MeteringReply(1, [Row(from + 5, 1), Row(from + 6, 2) with { Exchange = Row(0, 1).Exchange }], false),
            _ => new MeteringReply(1, [Row(from + 5, 2), Row(from + 5, 1)], false),
        });
        Assert.Equal("metering.malformed", (await region.Get<ReconcileMonths>(Shanghai).Run(AgreementId, Month(region), Ct).WaitAsync(TimeSpan.FromSeconds(30), Ct)).Error?.Code);
        // That is no absence: an audit says it, and so does the page.
        var said = Assert.Single(await Audit(region, Shanghai), f => !f.Ok && f.Words.En.StartsWith($"Agreement {AgreementId}, {MeteringPage.Of(Month(region))}", StringComparison.Ordinal));
        Assert.Contains("metering.malformed", said.Words.En, StringComparison.Ordinal);
        using var steward = new Browser(Role.Steward);
        var page = await steward.Read($"{region.Url(Shanghai)}/console/metering/{AgreementId}/{MeteringPage.Of(Month(region))}");
        Assert.Contains("metering.malformed", page, StringComparison.Ordinal);
        Assert.Contains("未能核对", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_without_an_end_is_left_and_that_is_kept()
    {
        await using var region = await Asked(exchanges: 1);
        var (month, pages) = (Month(region), 0);
        await using var played = await Play(region, request =>
        {
            if (request.Exchanges is not null)
                return new MeteringReply(1, [], false);
            region.Clock.Ahead += TimeSpan.FromMinutes(1);
            pages++;
            return new MeteringReply(1, [new($"made{pages:D16}", pages, 1, 1, MeteringTally.Began(month), null)], pages < 60);
        });
        Assert.Equal("metering.too-long", (await region.Get<ReconcileMonths>(Shanghai).Run(AgreementId, month, Ct)).Error?.Code);
        Assert.Equal("metering.too-long", (await Row(region))?.Trouble);
    }

    /// <summary>Each of its pages is as it should be, and each of this side's exchanges is there by its id.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(0)]
    public async Task A_list_that_names_an_exchange_on_two_pages_or_leaves_one_out_is_no_month(int times)
    {
        await using var region = await Asked(exchanges: 1);
        var (from, id) = (MeteringTally.Began(Month(region)), Assert.Single(await Exchanges(region)));
        MeteredExchange Listed(long index) => new(id, index, 1, 1, from + index, null);
        await using var played = await Play(region, request => request.Exchanges is not null || times == 0 ? new MeteringReply(1, request.Exchanges is null ? [] : [Listed(1)], false)
            : request.AfterIndex is null ? new MeteringReply(1, [Listed(1)], true) : new MeteringReply(1, [Listed(2)], false));
        Assert.Equal("metering.contradictory", (await region.Get<ReconcileMonths>(Shanghai).Run(AgreementId, Month(region), Ct)).Error?.Code);
        Assert.Equal("metering.contradictory", (await Row(region))?.Trouble);
    }

    [Fact]
    public async Task What_is_held_under_another_agreement_is_not_under_this_one()
    {
        await using var region = await Asked(exchanges: 2);
        var (from, ids) = (MeteringTally.Began(Month(region)), await Exchanges(region));
        await LogTests.Execute(Path.Combine(region.FolderOf(Shanghai), ExchangeModule.LogFileName), "UPDATE metering SET agreement = 'ag-another' WHERE idx = 1");
        List<MeteredExchange> billed = [.. ids.Select((id, i) => new MeteredExchange(id, i, 1, 1, from + i, true))];
        await using var played = await Play(region, request => new MeteringReply(1, [.. billed.Where(b => request.Exchanges?.Contains(b.Exchange!) != false)], false));
        var found = await Compare(region, Shanghai);
        Assert.Equal((2L, 1L), (found.Provider.Units, found.Consumer.Units));
        Assert.Equal([(MeteringDifference.ConsumerHasNone, ids[1])], found.Differences.Select(d => (d.Kind, d.Exchange!)));
    }

    /// <summary>Ids, in the order in which Shanghai got them.</summary>
    static async Task<List<string>> Exchanges(TwoNodes region) => [.. (await region.Get<TransparencyLog>(Shanghai).Metered(AgreementId, 0, long.MaxValue, null, 10, Ct))
        .Select(r => MeteringSide.Of(region.Get<AgreementBook>(Shanghai).Find(AgreementId)!.Terms, Shanghai)!.Value.ExchangeOf(r.Reference)!)];

    [Theory]
    [InlineData("agreement.none", "agreement.none")]
    [InlineData("a code of another version that is much longer than sixty-four characters ever are", "peer.refused")]
    [InlineData("nul\0", "peer.refused")]
    public async Task Whatever_the_other_side_refuses_with_is_kept_and_keeps_the_round_from_nothing(string code, string kept)
    {
        await using var region = await Asked(exchanges: 1);
        await using var played = await Play(region, _ => new { title = code, detail = "无", detailEn = "None" }, status: 403);
        await region.Get<ReconcileMonths>(Shanghai).Round(Ct);
        Assert.Equal(kept, (await Row(region))?.Trouble);
    }

    [Fact]
    public async Task Once_a_day_each_agreement_is_compared_and_no_more_often()
    {
        await using var region = await Asked(exchanges: 2);
        var months = region.Get<ReconcileMonths>(Shanghai);
        await months.Round(Ct);
        var first = (await Row(region))!;
        Assert.Equal((0L, 2L), (first.Open, first.ProviderUnits));
        await LogTests.Execute(Path.Combine(region.FolderOf(Anhui), ExchangeModule.LogFileName), "UPDATE metering SET units = 7 WHERE idx = 1");
        await months.Round(Ct);
        Assert.Equal((first.ComparedAt, 0L), ((await Row(region))!.ComparedAt, (await Row(region))!.Open));
        region.Clock.Ahead += TimeSpan.FromHours(21);
        await months.Round(Ct);
        Assert.Equal(1, (await Row(region))!.Open);
    }

    static Task<ReconciliationRow?> Row(TwoNodes region) => region.As<NodeDb, ReconciliationRow?>(Shanghai, Actor.Node("test"), db => db.Set<ReconciliationRow>().AsNoTracking().SingleOrDefaultAsync(r => r.AgreementId == AgreementId, Ct));

    /// <summary>Anhui, played: it signs well, and says of its metering what the test says.</summary>
    static async Task<WebApplication> Play(TwoNodes region, Func<MeteringRequest, object> answer, int status = 200)
    {
        await region.Stop(Anhui);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(region.Url(Anhui));
        var app = builder.Build();
        app.Run(async http =>
        {
            using var read = new MemoryStream();
            await http.Request.Body.CopyToAsync(read);
            var isOurs = http.Request.Path.Value == "/peer/metering";
            http.Response.StatusCode = isOurs ? status : 404;
            var content = isOurs ? JsonSerializer.SerializeToUtf8Bytes(answer(MeteringRequest.Parse(read.ToArray()).Value), DirectoryDocument.Json) : "{}"u8.ToArray();
            Assert.True(MessageSigner.SignResponse(http.Response, new ServerRequestView(http.Request, read.ToArray(), new Uri(region.Url(Anhui))), content, region.Keys(Anhui).Messages, region.Clock.GetUtcNow()).Ok);
            http.Response.ContentLength = content.Length;
            await http.Response.Body.WriteAsync(content);
        });
        await app.StartAsync(Ct);
        return app;
    }

    [Fact]
    public async Task Only_the_two_sides_of_an_agreement_hear_of_its_metering()
    {
        await using var region = await Asked(exchanges: 1);
        var month = new MeteringRequest(1, AgreementId, 0, long.MaxValue);
        var peers = region.Get<PeerClient>(Shanghai);
        Assert.True((await peers.Send(Anhui, HttpMethod.Post, "/peer/metering", month.ToJson(), Ct)).Ok);
        Assert.Equal("agreement.none", (await peers.Send(Anhui, HttpMethod.Post, "/peer/metering", month.ToJson(), Ct, key: region.Keys(Hub).Signing)).Error?.Code);
        foreach (var wrong in new[] { "{}", """{"v":1,"agreement":"a","from":2,"to":1}""", """{"v":1,"agreement":"a","from":0,"to":0,"exchanges":["x"]}""", """{"v":1,"agreement":"a","from":0,"to":0,"exchanges":["aaaaaaaaaaaaaaa\u0000"]}""", """{"v":1,"agreement":"a","from":0,"to":5,"afterAt":1}""" })
            Assert.Equal("metering.malformed", (await peers.Send(Anhui, HttpMethod.Post, "/peer/metering", Encoding.UTF8.GetBytes(wrong), Ct)).Error?.Code);
    }

    /// <summary>A page that adds an agreement up reads that agreement's part of an index, whatever else was metered; a log from before gets the index at its next start.</summary>
    [Fact]
    public async Task An_agreement_is_added_up_from_an_index_that_older_logs_get_too()
    {
        await using var region = await Asked(exchanges: 1);
        var file = Path.Combine(region.FolderOf(Anhui), ExchangeModule.LogFileName);
        await region.Stop(Anhui);
        await LogTests.Execute(file, "DROP INDEX metering_by_agreement");
        Assert.Contains("SCAN", Plan(file), StringComparison.Ordinal);
        await region.Run(Anhui);
        Assert.Contains("USING COVERING INDEX metering_by_agreement (agreement=? AND at>?)", Plan(file), StringComparison.Ordinal);
    }

    static string Plan(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN SELECT sum(units) FROM metering WHERE agreement = 'a' AND at >= 5";
        using var rows = command.ExecuteReader();
        return rows.Read() ? rows.GetString(3) : "";
    }

    static async Task<TwoNodes> Asked(int exchanges)
    {
        var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        var consent = await region.Consent(Husband);
        for (var i = 0; i < exchanges; i++)
            Assert.True((await region.Ask(Question(consent))).Ok);
        // Reading settles what waits in the journals, so that a test finds it in the tables.
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.Equal(exchanges, (await region.Get<TransparencyLog>(node).Metered(AgreementId, 0, long.MaxValue, null, 10, Ct)).Count);
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        return region;
    }

    static DateOnly Month(TwoNodes region) => MeteringTally.MonthOf(LocalTime.DateOf(region.Clock.GetUtcNow() - TimeSpan.FromMinutes(2)));

    static async Task<Reconciliation> Compare(TwoNodes region, string node)
    {
        await using var scope = region.App(node).Services.AsNode("test");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var found = await region.Get<Reconcile>(node).Run(region.Get<AgreementBook>(node).Find(AgreementId)!.Terms, Month(region), region.Get<TransparencyLog>(node), db, Ct);
        Assert.True(found.Ok, found.Error?.DetailEn);
        return found.Value;
    }

    static async Task<List<Finding>> Audit(TwoNodes region, string node) =>
        [.. (await ExchangeModule.AuditNode(region.Get<IServiceProvider>(node), ct: Ct)).Where(f => f.Step == "metering-peers")];
}
