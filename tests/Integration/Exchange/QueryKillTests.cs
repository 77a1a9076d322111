using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>
/// SIGKILL of provider and consumer by turns, as processes of their own, under a load of queries. Whatever a caller got 200 for is in both logs, at the
/// places it was told, and metered by both; both audits are clean. <c>TONGBAN_TEST_FULL</c> makes the kills many.
/// </summary>
public sealed class QueryKillTests(ITestOutputHelper output)
{
    const int Callers = 6;
    const string Purpose = "300011009999";
    const string AgreementOfLaw = "ag-law";

    static readonly int Kills = FuzzRun.Full ? 40 : 4;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    sealed record Told(string ExchangeId, long Consumer, long Provider);

    [Fact]
    public async Task Whatever_was_answered_with_200_is_in_both_logs_whichever_side_is_killed()
    {
        await using var region = await TwoNodes.Start();
        var secret = await Prepare(region);
        var told = new ConcurrentQueue<Told>();
        var unanswered = 0;
        using (NodeProcess provider = new(region, Anhui), consumer = new(region, Shanghai))
        {
            await provider.Start();
            await consumer.Start();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            var load = Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(() => Ask(region, secret, told, () => Interlocked.Increment(ref unanswered), stop.Token), Ct)));
            var random = new Random(20261129);
            for (var kill = 0; kill < Kills; kill++)
            {
                await More(told, random.Next(5, 60));
                var victim = kill % 2 == 0 ? provider : consumer;
                await victim.Kill();
                await victim.Start();
            }
            await More(told, 20);
            await stop.CancelAsync();
            await load;
            await provider.Kill();
            await consumer.Kill();
        }
        Assert.True(unanswered > 0, "No call was hit by a kill; nothing was shown.");
        foreach (var node in new[] { Anhui, Shanghai })
        {
            var (code, said) = await Tool.Run(Ct, "audit", "--folder", region.FolderOf(node));
            Assert.True(code == 0, $"{node}: {said}");
        }
        await region.Run(Anhui);
        await region.Run(Shanghai);
        var (given, obtained) = (region.Get<TransparencyLog>(Anhui), region.Get<TransparencyLog>(Shanghai));
        Assert.Equal(told.Count, told.Select(t => t.ExchangeId).Distinct().Count());
        foreach (var one in told)
        {
            Assert.Equal(one.Provider, (await given.Find(ExchangeLeaf.ReferenceOfProvided(Shanghai, one.ExchangeId), Ct))?.Index);
            Assert.Equal(one.Consumer, (await obtained.Find(ExchangeLeaf.ReferenceOfObtained(one.ExchangeId), Ct))?.Index);
        }
        // And metered one to one: what only the provider has are answers that no caller got.
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        await using var scope = region.App(Anhui).Services.AsNode("test");
        var db = (NodeDb)scope.ServiceProvider.GetService(typeof(NodeDb))!;
        var metered = (await region.Get<Reconcile>(Anhui).Run(region.Get<AgreementBook>(Anhui).Find(AgreementOfLaw)!.Terms, MeteringTally.MonthOf(Tongban.Kernel.Time.LocalTime.DateOf(DateTimeOffset.UtcNow)), given, db, Ct)).Value;
        Assert.All(metered.Differences, d => Assert.Equal(MeteringDifference.Unconfirmed, d.Kind));
        Assert.Empty(metered.Differences.Select(d => d.Exchange).Intersect(told.Select(t => t.ExchangeId)));
        output.WriteLine($"{Kills} kills, {told.Count} answered with 200, {unanswered} calls without an answer, {metered.Explained} answers that no caller got");
    }

    /// <summary>An agreement by law that is not used up, and a system that may ask.</summary>
    static async Task<string> Prepare(TwoNodes region)
    {
        var secret = LegacyClientRow.NewSecret();
        await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), db =>
        {
            db.Add(new LegacyClientRow { Id = "desk", Name = "窗口系统", SecretHash = LegacyClientRow.HashOf(secret), Purpose = Purpose, Resources = "*", PerMinute = 100_000, CreatedAt = 1, Division = "310000", Department = "" });
            return db.SaveChangesAsync(Ct);
        });
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var terms = new AgreementTerms(AgreementOfLaw, Anhui, Shanghai, Marriage, 1, ["registerNumber", "state"], [Purpose], true, new AgreementBasis(AgreementBasis.Legal, new Words("依法", "by law")), now - 60_000, now + (2 * 3600_000), 10_000_000);
        foreach (var node in new[] { Shanghai, Anhui })
        {
            await region.Stop(node);
            File.AppendAllText(Path.Combine(region.FolderOf(node), AgreementBook.FileName), region.Sign(terms, Anhui, Shanghai) + "\n");
            region.Settings.Single(s => s.Id == node).Save();
        }
        return secret;
    }

    static async Task Ask(TwoNodes region, string secret, ConcurrentQueue<Told> told, Action lost, CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(15) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "desk:" + secret);
        var question = new { provider = Anhui, resource = Marriage, fields = new[] { "registerNumber", "state" }, parameters = new { citizenId = Husband }, caseReference = "D1" };
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var answer = await http.PostAsJsonAsync(new Uri(region.Url(Shanghai) + "/gateway/query"), question, CancellationToken.None);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(CancellationToken.None)).RootElement;
                    told.Enqueue(new(body.GetProperty("exchangeId").GetString()!, body.GetProperty("logIndex").GetInt64(), body.GetProperty("providerLogIndex").GetInt64()));
                    continue;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
            {
                // Counted below.
            }
            lost();
            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>So many more are answered.</summary>
    static async Task More(ConcurrentQueue<Told> told, int count)
    {
        var (until, deadline) = (told.Count + count, DateTime.UtcNow + Patience);
        while (told.Count < until)
        {
            Assert.True(DateTime.UtcNow < deadline, "nothing is answered any more");
            await Task.Delay(5, Ct);
        }
    }
}
