using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A request that runs past its day goes to the alliance, and leaves its list when it is answered.</summary>
public sealed class EscalationTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static async Task<string> HubWith(TwoNodes nodes, string text)
    {
        using var anybody = new HttpClient();
        var html = "";
        for (var i = 0; i < 400; i++)
        {
            html = System.Net.WebUtility.HtmlDecode(await anybody.GetStringAsync(new Uri(nodes.Url(Hub) + "/hub"), Ct));
            if (html.Contains(text, StringComparison.Ordinal))
                return html;
            await Task.Delay(50, Ct);
        }
        throw new Xunit.Sdk.XunitException($"The hub does not say {text}: {html}");
    }

    static async Task<int> Submit(TwoNodes nodes, string node, string page, string action, params (string, string)[] fields)
    {
        using var steward = new Browser(Role.Steward);
        using var answer = await steward.Submit(nodes.Url(node) + page, action, fields);
        return (int)answer.StatusCode;
    }

    [Fact]
    public async Task What_is_not_answered_in_ten_working_days_stands_at_the_hub_with_both_sides_until_it_is()
    {
        await using var nodes = await TwoNodes.Start(hub: true, also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        var fresh = $"/console/negotiations/new?resource={Uri.EscapeDataString(ShowNegotiations.Key(Anhui, Marriage))}";
        Assert.Equal(303, await Submit(nodes, Shanghai, fresh, "/console/negotiations",
            ("fields", "registerNumber"), ("purposes", Item), ("case", "true"), ("basis", "consent"), ("basisText", ""), ("basisTextEn", ""), ("until", ""), ("quota", "500"), ("rate", ""), ("retention", ""), ("place", ""), ("fee", "")));
        async Task<NegotiationRow> Row(string node, Func<NegotiationRow, bool> holds)
        {
            for (var i = 0; i < 400; i++)
            {
                if (await nodes.As<NodeDb, NegotiationRow?>(node, Actor.Node("test"), db => db.Set<NegotiationRow>().AsNoTracking().SingleOrDefaultAsync(Ct)) is { } row && holds(row))
                    return row;
                await Task.Delay(50, Ct);
            }
            throw new Xunit.Sdk.XunitException($"{node} did not come so far.");
        }
        _ = await Row(Shanghai, r => r is { State: NegotiationState.Requested, Sending: null });
        var asked = await Row(Anhui, _ => true);
        Assert.Contains("没有逾期的请求", await HubWith(nodes, "逾期的共享请求"), StringComparison.Ordinal);
        nodes.Clock.Ahead += TimeSpan.FromDays(30);
        var page = await HubWith(nodes, "个工作日</span>");
        foreach (var said in new[] { Marriage, "上海市", "安徽省", "答复" })
            Assert.Contains(said, page[page.IndexOf("id=\"overdue\"", StringComparison.Ordinal)..], StringComparison.Ordinal);
        // Told once, however often it is looked at.
        await nodes.Get<IEnumerable<Microsoft.Extensions.Hosting.IHostedService>>(Shanghai).OfType<EscalateOverdue>().Single().Look(Ct);
        Assert.Equal(1, await nodes.As<NodeDb, int>(Hub, Actor.Node("test"), db => db.Set<EscalationRow>().CountAsync(Ct)));
        // A refusal with its reason is an answer.
        Assert.Equal(303, await Submit(nodes, Anhui, $"/console/negotiations/{asked.Id}", $"/console/negotiations/{asked.Id}/decide", ("move", "Terminate"), ("reason", "依法不予共享")));
        Assert.Contains("已答复", await HubWith(nodes, "已答复"), StringComparison.Ordinal);
        Assert.Null((await Row(Shanghai, r => r.EscalationId is null)).EscalatedStage);
    }

    /// <summary>While it is looked at the time, somebody else is at the negotiation.</summary>
    sealed class Meddling(TimeProvider clock, Action meddle) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            meddle();
            return clock.GetUtcNow();
        }
    }

    [Fact]
    public async Task However_many_are_waited_for_and_whichever_moves_meanwhile_each_other_is_told()
    {
        // The node itself looks once, before there is anything.
        await using var nodes = await TwoNodes.Start(without: Anhui, also: b => b.Services.AddSingleton(new ExchangeOptions { EscalationPeriod = TimeSpan.FromHours(1) }));
        var now = nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var terms = nodes.Get<AgreementBook>(Shanghai).Find(AgreementId)!.Terms;
        NegotiationRow Asked(string id, long at, string? told)
        {
            var row = NegotiationRow.New(DspSide.Consumer, "310000", "", Anhui, "/dsp", terms, StandingOffer.NewId(), at);
            (row.Id, row.PeerPid, row.EscalationId, row.EscalatedStage) = (id, $"urn:uuid:{Guid.NewGuid():D}", told, told is null ? null : EscalationRules.Answer);
            return row;
        }
        var month = (long)TimeSpan.FromDays(30).TotalMilliseconds;
        await nodes.As<NodeDb, int>(Shanghai, Actor.Node("test"), db =>
        {
            db.AddRange(Enumerable.Range(0, 600).Select(i => Asked($"a{i:d4}", now - (2 * month), Guid.NewGuid().ToString("N"))));
            db.AddRange(Asked("b1", now - month, null), Asked("b2", now - month, null), Asked("b3", now, null));
            // The provider was never reached with it.
            var undelivered = Asked("b4", now - month, null);
            undelivered.PeerPid = "";
            db.Add(undelivered);
            return db.SaveChangesAsync(Ct);
        });
        Task<List<string>> Told() => nodes.As<NodeDb, List<string>>(Shanghai, Actor.Node("test"), db => db.Set<NegotiationRow>().Where(n => n.Id.StartsWith("b") && n.EscalationId != null).Select(n => n.Id).OrderBy(n => n).ToListAsync(Ct));
        var moved = false;
        var escalate = ActivatorUtilities.CreateInstance<EscalateOverdue>(nodes.App(Shanghai).Services, new Meddling(nodes.Clock, () =>
        {
            if (!moved)
                nodes.As<NodeDb, int>(Shanghai, Actor.Node("test"), db => db.Set<NegotiationRow>().Where(n => n.Id == "b1").ExecuteUpdateAsync(n => n.SetProperty(r => r.Revision, r => r.Revision + 1), Ct)).GetAwaiter().GetResult();
            moved = true;
        }));
        await escalate.Look(Ct);
        Assert.Equal(["b2"], await Told());
        await escalate.Look(Ct);
        await escalate.Look(Ct);
        Assert.Equal(["b1", "b2"], await Told());
        Assert.Equal(2, await nodes.As<NodeDb, int>(Shanghai, Actor.Node("test"), db => db.Set<Tongban.Kernel.Events.OutboxRow>().CountAsync(e => e.Type == RequestOverdue.WireName, Ct)));
    }

    [Fact]
    public async Task Nobody_raises_or_closes_one_for_another()
    {
        await using var nodes = await TwoNodes.Start(hub: true);
        var id = new string('a', 32);
        // Anhui says that it waits for itself, for the hub, or for nobody: none stands.
        foreach (var (provider, n) in new[] { (Anhui, 1), (Hub, 2), ("CN-YRD/990000", 3) })
            await nodes.Publish(Anhui, Hub, new RequestOverdue(id[..31] + n, provider, Marriage, "answer", "2026-01-01", 1), $"test:{n}", 1);
        await nodes.Publish(Shanghai, Hub, new RequestOverdue(id, Anhui, Marriage, "answer", "2026-01-01", 1), "test:4", 1);
        async Task<List<EscalationRow>> Until(Func<List<EscalationRow>, bool> holds)
        {
            for (var i = 0; ; i++)
            {
                var all = await nodes.As<NodeDb, List<EscalationRow>>(Hub, Actor.Node("test"), db => db.Set<EscalationRow>().AsNoTracking().ToListAsync(Ct));
                if (holds(all) || i == 200)
                    return all;
                await Task.Delay(50, Ct);
            }
        }
        Assert.Equal([(Shanghai, Anhui)], (await Until(all => all.Count > 0)).Select(r => (r.Consumer, r.Provider)));
        // The provider would like it gone.
        await nodes.Publish(Anhui, Hub, new OverdueRequestAnswered(id, "FINALIZED", 2), "test:5", 1);
        await nodes.Publish(Shanghai, Hub, new RequestOverdue(id[..31] + "b", Anhui, "other.resource", "share", "2026-01-01", 1), "test:6", 1);
        Assert.All(await Until(all => all.Count > 1), r => Assert.Null(r.ClosedAt));
        await nodes.Publish(Shanghai, Hub, new OverdueRequestAnswered(id, "TERMINATED", 2), "test:7", 1);
        Assert.Equal("TERMINATED", (await Until(all => all.Exists(r => r.ClosedAt is not null))).Single(r => r.ClosedAt is not null).Outcome);
    }
}
