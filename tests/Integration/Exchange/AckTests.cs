using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Fair exchange: what a consumer holds it confirms with its signature; what it does not confirm the provider sees.</summary>
public sealed class AckTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_are_confirmed_and_one_that_was_lost_is_listed()
    {
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        var consent = await region.Consent(Husband);
        Assert.True((await region.Ask(Question(consent))).Ok);
        // An answer that the consumer never took in: it asked, and its log knows nothing of it.
        var lost = region.Message(await region.Secret(consent));
        Assert.True((await region.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/query", lost.ToJson(), Ct)).Ok);
        Assert.True((await region.Ask(Question(consent))).Ok);
        await Confirmed(region, upTo: 2);
        var row = Assert.Single(await Acks(region));
        Assert.Equal((2, 1, 2L), (row.Confirmed, row.Missing, row.UpTo));
        Assert.Contains("tb=", row.Signature, StringComparison.Ordinal);
        Assert.Equal("""{"v":1,"after":-1,"upTo":2,"indexes":[0,2],"late":[]}""", Encoding.UTF8.GetString(row.Body));
        Assert.Equal((lost.ExchangeId, 1L), (await Unacked(region)).ConvertAll(u => (u.ExchangeId, u.Index)).Single());
        using var steward = new Browser(Role.Steward);
        Assert.Contains(lost.ExchangeId, await steward.Read(region.Url(Anhui) + "/console/exchange/unacked"), StringComparison.Ordinal);
        // With whom each exchanges: Anhui answered three, Shanghai holds two of them.
        foreach (var (node, with, cells) in new[] { (Anhui, "上海市", new[] { "0", "3", "0" }), (Shanghai, "安徽省", new[] { "2", "0", "0" }) })
        {
            var pair = (await steward.Read(region.Url(node) + "/console/exchange")).Split($"<th scope=\"row\">{with}</th>")[1].Split("</tr>")[0];
            Assert.Equal(cells, System.Text.RegularExpressions.Regex.Matches(pair, ">([0-9]+)<").Select(m => m.Groups[1].Value));
        }
        // One that comes to be held later, as a pushed change does, is taken off the list.
        var late = await region.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/acks", new AckMessage(2, 2, [], [1]).ToJson(), Ct);
        Assert.Equal(2, NumberMessage.Read(late.Value.Body, "upTo"));
        Assert.Empty(await Unacked(region));
        // With its signature, and once.
        Assert.True((await region.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/acks", new AckMessage(2, 2, [], [1]).ToJson(), Ct)).Ok);
        var kept = Assert.Single(await region.As<NodeDb, List<LateAckRow>>(Anhui, Actor.Node("test"), db => db.Set<LateAckRow>().AsNoTracking().ToListAsync(Ct)));
        Assert.Equal((Shanghai, 1, """{"v":1,"after":2,"upTo":2,"indexes":[],"late":[1]}"""), (kept.Consumer, kept.Confirmed, Encoding.UTF8.GetString(kept.Body)));
        Assert.Contains("tb=", kept.Signature, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acknowledgements_that_overlap_count_an_answer_once_however_many_come_at_once()
    {
        await using var region = await TwoNodes.Start();
        var consent = await region.Consent(Husband);
        var peers = region.Get<PeerClient>(Shanghai);
        // Asked past the node, so that it confirms nothing by itself.
        for (var i = 0; i < 12; i++)
            Assert.True((await peers.Send(Anhui, HttpMethod.Post, "/peer/query", region.Message(await region.Secret(consent)).ToJson(), Ct)).Ok);
        var sent = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => peers.Send(Anhui, HttpMethod.Post, "/peer/acks", new AckMessage(-1, n, [.. Enumerable.Range(0, n + 1).Select(i => (long)i)], []).ToJson(), Ct)));
        Assert.All(sent, s => Assert.True(s.Ok, s.Error?.DetailEn));
        for (var last = -1L; last < 11;)
            last = NumberMessage.Read((await peers.Send(Anhui, HttpMethod.Post, "/peer/acks", new AckMessage(last, 11, [.. Enumerable.Range((int)last + 1, 11 - (int)last).Select(i => (long)i)], []).ToJson(), Ct)).Value.Body, "upTo")!.Value;

        var acks = (await Acks(region)).OrderBy(a => a.UpTo).ToList();
        Assert.Equal(12, acks.Sum(a => a.Confirmed));
        Assert.Equal([-1, .. acks.SkipLast(1).Select(a => a.UpTo)], acks.Select(a => a.After));
        Assert.Empty(await Unacked(region));
    }

    [Fact]
    public async Task A_provider_that_was_away_or_went_back_to_a_backup_is_told_again()
    {
        await using var region = await TwoNodes.Start();
        var consent = await region.Consent(Husband);
        for (var i = 0; i < 3; i++)
            Assert.True((await region.Ask(Question(consent))).Ok);
        await Confirmed(region, upTo: 2);
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), db => db.Set<AckRow>().ExecuteDeleteAsync(Ct));
        await region.Stop(Anhui);
        await region.Run(Anhui);
        Assert.True((await region.Ask(Question(consent))).Ok);
        await Confirmed(region, upTo: 3);
        Assert.Equal(4, (await Acks(region)).Sum(a => a.Confirmed));
        Assert.Empty(await Unacked(region));
    }

    [Fact]
    public async Task A_consumer_whose_own_log_lost_its_end_confirms_what_comes()
    {
        await using var region = await TwoNodes.Start();
        var consent = await region.Consent(Husband);
        Assert.True((await region.Ask(Question(consent))).Ok);
        await Confirmed(region, upTo: 0);
        await region.Stop(Shanghai);
        await region.Run(Shanghai);
        // As of a log that was longer: the places up to there will be others'.
        await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), db => db.Set<AckSentRow>().ExecuteUpdateAsync(a => a.SetProperty(x => x.LogIndex, 1000), Ct));
        await region.Stop(Shanghai);
        await region.Run(Shanghai);
        Assert.True((await region.Ask(Question(consent))).Ok);
        await Confirmed(region, upTo: 1);
    }

    [Theory]
    [InlineData("{}", "acks.malformed")]
    [InlineData("[]", "acks.malformed")]
    [InlineData("""{"v":1,"after":-2,"upTo":0,"indexes":[]}""", "acks.malformed")]
    [InlineData("""{"v":1,"after":-1,"upTo":0,"indexes":[7]}""", "acks.malformed")]
    [InlineData("""{"v":1,"after":-1,"upTo":0,"indexes":[0],"late":[0]}""", "acks.malformed")]
    [InlineData("""{"v":1,"after":-1,"upTo":0,"indexes":["0"]}""", "acks.malformed")]
    [InlineData("""{"v":1,"after":-1,"upTo":999999,"indexes":[0]}""", "acks.beyond")]
    public async Task Nonsense_is_refused(string body, string code)
    {
        await using var region = await TwoNodes.Start();
        var sent = await region.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/acks", Encoding.UTF8.GetBytes(body), Ct);
        Assert.Equal(code, sent.Error?.Code);
        Assert.Empty(await Acks(region));
    }

    [Fact]
    public async Task Nobody_confirms_for_another()
    {
        await using var region = await TwoNodes.Start();
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);
        var hub = await region.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/acks", new AckMessage(-1, 0, [0], []).ToJson(), Ct, key: region.Keys(Hub).Signing);
        Assert.True(hub.Ok);
        await Confirmed(region, upTo: 0);
        var rows = await Acks(region);
        Assert.Equal([(Hub, 0), (Shanghai, 1)], rows.OrderBy(r => r.Consumer, StringComparer.Ordinal).Select(r => (r.Consumer, r.Confirmed)));
    }

    static Task<List<AckRow>> Acks(TwoNodes region) => region.As<NodeDb, List<AckRow>>(Anhui, Actor.Node("test"), db => db.Set<AckRow>().AsNoTracking().ToListAsync(Ct));

    static Task<List<UnackedRow>> Unacked(TwoNodes region) => region.As<NodeDb, List<UnackedRow>>(Anhui, Actor.Node("test"), db => db.Set<UnackedRow>().AsNoTracking().ToListAsync(Ct));

    /// <summary>The clock moves beyond the time in which an answer may be on its way; then the consumer confirms.</summary>
    static async Task Confirmed(TwoNodes region, long upTo)
    {
        region.Clock.Ahead += TimeSpan.FromSeconds(20);
        for (var i = 0; i < 400; i++)
        {
            if ((await Acks(region)).Exists(a => a.Consumer == Shanghai && a.UpTo == upTo))
                return;
            await Task.Delay(25, Ct);
        }
        Assert.Fail($"not confirmed up to {upTo}");
    }
}
