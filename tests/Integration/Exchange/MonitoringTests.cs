using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Node;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>The four time stamps of each exchange: counted at both sides, kept by the hour, shown, and sent by OTLP; nothing of any person in them.</summary>
public sealed class MonitoringTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_sides_count_each_exchange_how_it_ended_and_where_the_time_went()
    {
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        await Play(region);
        await region.Run(Anhui);
        var asked = Assert.Single(await Stored(region, Shanghai));
        Assert.Equal((DspSide.Consumer, Anhui, Marriage), (asked.Side, asked.Peer, asked.Resource));
        Assert.Equal((3L, 1L, 1L), (asked.Answered, asked.Refused, asked.Failed));
        // Where the provider answered, its own time is known and taken out.
        Assert.Equal((5, 3, 0), (Count(asked.Total), Count(asked.Network), Count(asked.Source)));
        var given = Assert.Single(await Stored(region, Anhui));
        Assert.Equal((DspSide.Provider, Shanghai, Marriage), (given.Side, given.Peer, given.Resource));
        Assert.Equal((3L, 1L, 0L), (given.Answered, given.Refused, given.Failed));
        Assert.Equal((4, 0, 3), (Count(given.Total), Count(given.Network), Count(given.Source)));
        // Part of the same time: no percentile of a part is beyond that of the whole.
        Assert.True(P95(asked.Network) <= P95(asked.Total));
        Assert.True(P95(given.Source) <= P95(given.Total));

        using var steward = new Browser(Role.Steward);
        var page = await steward.Read($"{region.Url(Shanghai)}/console/monitoring");
        Assert.Contains("我们 → 安徽省", page, StringComparison.Ordinal);
        Assert.Contains("1 (20.0 %)", page, StringComparison.Ordinal);
        var one = await steward.Read($"{region.Url(Anhui)}/console/monitoring?span=week&side=provider&peer={Uri.EscapeDataString(Shanghai)}&resource={Marriage}");
        Assert.Contains("<svg class=\"chart\"", one, StringComparison.Ordinal);
        Assert.DoesNotContain(Husband, one + page, StringComparison.Ordinal);

        // Every hour is a row of its own, a month is kept, and what is older goes.
        region.Clock.Ahead += TimeSpan.FromMinutes(61);
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);
        Assert.Equal(2, (await Stored(region, Shanghai)).Count);
        region.Clock.Ahead += KeepTimes.Kept;
        await region.Get<KeepTimes>(Shanghai).Store(Ct);
        Assert.Single(await Stored(region, Shanghai));
    }

    [Fact]
    public async Task What_was_counted_survives_an_orderly_stop()
    {
        await using var region = await TwoNodes.Start();
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);
        await region.Stop(Shanghai);
        await region.Run(Shanghai);
        Assert.Equal(1, Assert.Single(await Rows(region, Shanghai)).Answered);
    }

    [Fact]
    public async Task One_pair_that_cannot_be_stored_keeps_neither_the_others_nor_the_page_from_it()
    {
        await using var region = await TwoNodes.Start(also: b =>
        {
            b.Services.AddSingleton<IStartupFilter, ActAs>();
            b.Logging.SetMinimumLevel(LogLevel.None);
        });
        Task<int> Sql(FormattableString sql) => region.As<NodeDb, int>(Shanghai, Actor.Node("test"), db => db.Database.ExecuteSqlAsync(sql, Ct));
        await Sql($"CREATE TRIGGER full BEFORE INSERT ON exchange_time WHEN NEW.Peer = 'CN-YRD/320000' BEGIN SELECT RAISE(ABORT, 'full'); END");
        var times = region.Get<ExchangeTimes>(Shanghai);
        foreach (var peer in new[] { "CN-YRD/320000", "CN-YRD/330000" })
            times.Obtained(peer, Marriage, ExchangeOutcome.Answered, 5000, -1);
        using var steward = new Browser(Role.Steward);
        Assert.Contains("CN-YRD/330000", await steward.Read($"{region.Url(Shanghai)}/console/monitoring"), StringComparison.Ordinal);
        Assert.Equal("CN-YRD/330000", Assert.Single(await Stored(region, Shanghai)).Peer);
        await Sql($"DROP TRIGGER full");
        Assert.Equal([1L, 1L], (await Stored(region, Shanghai)).Select(r => r.Answered));
    }

    [Fact]
    public async Task Who_asks_for_what_is_not_there_fills_no_memory()
    {
        await using var region = await TwoNodes.Start();
        var secret = await region.Secret(await region.Consent(Husband));
        for (var i = 0; i < 5; i++)
        {
            var odd = region.Message(secret) with { Resource = $"made.up{i}" };
            Assert.False((await region.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/query", odd.ToJson(), Ct)).Ok);
        }
        var row = Assert.Single(await Stored(region, Anhui));
        Assert.Equal(("", 5L), (row.Resource, row.Refused));
    }

    [Fact]
    public async Task A_collector_receives_histograms_and_traces_without_anything_of_a_person()
    {
        var port = Ports.Take(1)[0];
        await using var collector = await OtlpReceiver.Start(port);
        await using var region = await TwoNodes.Start();
        foreach (var node in new[] { Shanghai, Anhui })
        {
            await region.Stop(node);
            await region.Run(region.Settings.Single(s => s.Id == node) with { Otlp = new OtlpSettings($"http://127.0.0.1:{port}", Traces: 1) });
        }
        await Play(region);
        await region.Stop(Shanghai);

        var points = collector.Points;
        Assert.Equal(3, Counted("tongban.exchange.consumer.duration", "answered"));
        Assert.Equal(1, Counted("tongban.exchange.consumer.duration", "refused"));
        Assert.Equal(1, Counted("tongban.exchange.consumer.duration", "failed"));
        Assert.Equal(3, Counted("tongban.exchange.network.duration", "answered"));
        Assert.Equal(3, Counted("tongban.exchange.provider.duration", "answered"));
        Assert.Equal(3, Counted("tongban.exchange.source.duration", "answered"));
        Assert.All(points, p => Assert.Equal((Shanghai, Anhui, Marriage), (p.Attributes["tongban.consumer"], p.Attributes["tongban.provider"], p.Attributes["tongban.resource"])));
        Assert.All(points, p => Assert.Equal(["tongban.consumer", "tongban.outcome", "tongban.provider", "tongban.resource"], p.Attributes.Keys.Order(StringComparer.Ordinal)));
        Assert.All(points, p => Assert.Equal(p.Count, p.Buckets.Sum()));
        Assert.Equal(["exchange.answer", "exchange.query"], collector.Spans.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(9, collector.Spans.Count);
        // Neither a person, nor a case, nor what was asked; the bytes themselves are looked through.
        foreach (var secret in new[] { Husband, "subject-1", "account-1", "D1", "样例", "J340199", "registerNumber", AgreementId })
            Assert.DoesNotContain(secret, collector.Everything, StringComparison.Ordinal);
        Assert.Contains(Anhui, collector.Everything, StringComparison.Ordinal);

        long Counted(string name, string outcome) => points.Where(p => p.Name == name && p.Attributes["tongban.outcome"] == outcome).Select(p => p.Count).DefaultIfEmpty().Max();
    }

    [Fact]
    public async Task A_collector_that_does_not_answer_holds_up_no_stop()
    {
        var (port, answers) = (Ports.Take(1)[0], new TaskCompletionSource());
        await using var collector = await OtlpReceiver.Start(port);
        collector.Answers = answers.Task;
        await using var region = await TwoNodes.Start();
        var settings = region.Settings.Single(s => s.Id == Shanghai) with { Otlp = new OtlpSettings($"http://127.0.0.1:{port}", Traces: 1) };
        using var sending = new SendTelemetry(region.Get<Tongban.Kernel.NodeIdentity>(Shanghai), settings);
        await sending.StartAsync(Ct);
        await Play(region);
        await sending.StopAsync(Ct);
        // Stopped while it still waits.
        Assert.Equal(0, collector.HungUp);
        answers.SetResult();
    }

    [Fact]
    public async Task An_endpoint_that_is_none_is_said_at_the_start()
    {
        await using var region = await TwoNodes.Start();
        await region.Stop(Shanghai);
        var refused = await Assert.ThrowsAsync<Tongban.Kernel.NodeUnfitException>(() => region.Run(region.Settings.Single(s => s.Id == Shanghai) with { Otlp = new OtlpSettings("collector") }));
        Assert.Equal("node.otlp-endpoint", refused.Error.Code);
    }

    /// <summary>Three answered, one refused by the provider, one that finds nobody there.</summary>
    static async Task Play(TwoNodes region)
    {
        var consent = await region.Consent(Husband);
        for (var i = 0; i < 3; i++)
            Assert.True((await region.Ask(Question(consent))).Ok);
        // The consent is of somebody else: only the provider can tell.
        Assert.False((await region.Ask(Question(await region.Consent(Wife)))).Ok);
        await region.Get<KeepTimes>(Anhui).Store(Ct);
        await region.Stop(Anhui);
        Assert.Equal("peer.unreachable", (await region.Ask(Question(consent))).Error?.Code);
    }

    static async Task<List<ExchangeTimeRow>> Stored(TwoNodes region, string node)
    {
        // An answer has left before it is counted.
        await Task.Delay(100, Ct);
        await region.Get<KeepTimes>(node).Store(Ct);
        return await Rows(region, node);
    }

    static Task<List<ExchangeTimeRow>> Rows(TwoNodes region, string node) => region.As<NodeDb, List<ExchangeTimeRow>>(node, Actor.Node("test"), db => db.Set<ExchangeTimeRow>().AsNoTracking().ToListAsync(Ct));

    static long[] Read(byte[] stored)
    {
        var counts = new long[Durations.Buckets];
        Assert.True(Durations.AddTo(counts, stored));
        return counts;
    }

    static int Count(byte[] stored) => (int)Read(stored).Sum();

    static long P95(byte[] stored) => Durations.Percentile(Read(stored), 0.95)!.Value;
}
