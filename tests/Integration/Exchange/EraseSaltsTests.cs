using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Node;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>On request what a leaf commits to opens no more, and its person finds it no more; that it was done stands in the log, and everything else holds as before.</summary>
public sealed class EraseSaltsTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_steward_erases_one_use_and_the_log_says_so()
    {
        await using var region = await Asked(exchanges: 2);
        var log = region.Get<TransparencyLog>(Anhui);
        var (head, exchange) = (log.Head, LeafFacts.Read(Anhui, 0, 0, (await log.Leaves(0, 1, Ct))[0].Data)!.ExchangeId);
        using var steward = new Browser(Role.Steward);
        var page = region.Url(Anhui) + "/console/exchange/0";
        using (var unsaid = await steward.Submit(page, "/console/exchange/0/erase", ("reason", "free text")))
            Assert.Equal(400, (int)unsaid.StatusCode);
        Assert.Equal([0L, 1L], await Found(region));
        using (var done = await steward.Submit(page, "/console/exchange/0/erase", ("reason", "person")))
            Assert.Equal(303, (int)done.StatusCode);
        Assert.Empty(await log.Salts(0, Ct));
        Assert.NotEmpty(await log.Salts(1, Ct));
        // In its place the person sees that, and of it nobody is rid.
        Assert.Equal([1L, 2L], await Found(region));
        var shown = LeafFacts.Read(Anhui, 2, 0, (await log.Leaves(2, 1, Ct))[0].Data)!;
        Assert.Equal(("1 条使用记录", "记录已删除：当事人要求"), (shown.What?.Zh, shown.BasisWords?.Zh));
        Assert.Equal("log.erasure-stays", EraseSalts.Refuses(shown, long.MaxValue)?.Code);
        Assert.Equal("log.erasure-by-command", EraseSalts.RefusesHere(shown)?.Code);
        Assert.DoesNotContain("/console/exchange/2/erase", await steward.Read(region.Url(Anhui) + "/console/exchange/2"), StringComparison.Ordinal);
        Assert.Contains("已应要求删除", await steward.Read(page), StringComparison.Ordinal);

        // Why and by whom, and nobody's data; in a tree that goes on from what was witnessed.
        var said = Encoding.UTF8.GetString((await log.Leaves(3, 1, Ct))[0].Data);
        Assert.Matches("""^\{"body":\{"at":[0-9]+,"by":"test-Steward","index":0,"person":true,"reason":"person"\},"kind":"log.salts-erased","ref":"e/0","v":1\}$""", said);
        Assert.True(await log.Continues(head.Checkpoint, Ct));
        Assert.True(ReceiptVerifier.Verify((await log.Receipt($"p/{Shanghai}/{exchange}", cancel: Ct)).Value, [log.Key], [], 0).Holds);
        await IsClean(region, erased: 1);
    }

    [Fact]
    public async Task By_the_command_line_all_that_is_about_a_person_once()
    {
        await using var region = await Asked(exchanges: 3);
        Assert.Equal("log.in-use", (await Run(region, null, Husband)).Error?.Code);
        var exchange = LeafFacts.Read(Anhui, 1, 0, (await region.Get<TransparencyLog>(Anhui).Leaves(1, 1, Ct))[0].Data)!.ExchangeId;
        await region.Stop(Anhui);
        Assert.Equal("exchange.none", (await Run(region, "0123456789abcdef", null)).Error?.Code);
        Assert.Equal(1, (await Run(region, exchange, null)).Value);
        Assert.Equal(2, (await Run(region, null, Husband)).Value);
        Assert.Equal(0, (await Run(region, null, Husband)).Value);
        Assert.Equal(0, (await Run(region, exchange, null)).Value);
        await region.Run(Anhui);
        Assert.Equal([3L, 5L], await Found(region));
        Assert.Equal(8, region.Get<TransparencyLog>(Anhui).Size);
        await IsClean(region, erased: 3);
        // What it is metered by stands as it did: both sides still have all three.
        Assert.Equal(3, (await region.Get<TransparencyLog>(Anhui).UnitsByPurpose(AgreementId, 0, long.MaxValue, Ct)).Sum(u => u.Units));
    }

    /// <summary>Or whoever erases it keeps from the person that it ever was.</summary>
    [Fact]
    public void What_the_person_is_yet_to_be_shown_is_not_erased()
    {
        var leaf = """{"about":"a","body":{"department":"d","disclosure":{"from":100,"lawEn":"Law","lawZh":"法","masked":false,"rule":"r"},"exchange":"aaaaaaaaaaaaaaaa","fields":[],"case":"D1","basis":"legal"},"kind":"exchange.provided","metering":{"agreement":"ag","at":1,"consumer":"CN-YRD/310000","outcome":"answered","provider":"CN-YRD/340000","purpose":"p","resource":"civil.marriage","units":1},"ref":"p/CN-YRD/310000/aaaaaaaaaaaaaaaa","v":1}""";
        var facts = LeafFacts.Read(Anhui, 0, 1, Encoding.UTF8.GetBytes(leaf))!;
        Assert.Equal("log.not-shown-yet", EraseSalts.Refuses(facts, now: 99)?.Code);
        Assert.Null(EraseSalts.Refuses(facts, now: 100));
    }

    static async Task<TwoNodes> Asked(int exchanges)
    {
        var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        var consent = await region.Consent(Husband);
        for (var i = 0; i < exchanges; i++)
            Assert.True((await region.Ask(Question(consent))).Ok);
        return region;
    }

    /// <summary>As <c>tongban log erase-salts</c> does.</summary>
    static async Task<Tongban.Kernel.Result<int>> Run(TwoNodes region, string? exchange, string? number)
    {
        await using var app = NodeHost.Build(region.Settings.Single(s => s.Id == Anhui));
        return await ExchangeModule.EraseLogSalts(app.Services, exchange, number, "person", Ct);
    }

    /// <summary>Places of what the person is shown of this log.</summary>
    static async Task<List<long>> Found(TwoNodes region)
    {
        var vault = region.Get<IVault>(Anhui);
        var reply = await region.Get<GivePersonalRecords>(Anhui).Of(vault.Forms(vault.BlindIndex(AnswerQuery.PersonContext, Husband)), null, Ct);
        return [.. reply.Leaves.Select(l => l.Index).Order()];
    }

    static async Task IsClean(TwoNodes region, int erased)
    {
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        var audit = await ExchangeModule.AuditNode(region.Get<IServiceProvider>(Anhui), ct: Ct);
        Assert.All(audit, f => Assert.True(f.Ok, f.Words.En));
        Assert.Contains($"{erased} were erased on request", audit.Single(f => f.Step == "persons").Words.En, StringComparison.Ordinal);
        Assert.Contains($"of these {erased} were erased on request", audit.Single(f => f.Step == "records").Words.En, StringComparison.Ordinal);
    }
}
