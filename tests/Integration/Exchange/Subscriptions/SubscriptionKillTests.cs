using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Node;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>SIGKILL of the provider and of the consumer by turns, as processes of their own, in the middle of a stream of changes. <c>TONGBAN_TEST_FULL</c> makes the kills many.</summary>
[TakesLong]
public sealed class SubscriptionKillTests(ITestOutputHelper output)
{
    const int People = 30;
    const string Purpose = "300011009999";

    static readonly int Kills = FuzzRun.Full ? 40 : 4;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_change_arrives_in_order_and_stands_in_both_logs_whichever_side_is_killed()
    {
        await using var region = await TwoNodes.Start();
        var subscriptions = await Subscribe(region);
        foreach (var node in new[] { Shanghai, Anhui })
        {
            await region.Stop(node);
            region.Settings.Single(s => s.Id == node).Save();
        }
        using (NodeProcess provider = new(region, Anhui), consumer = new(region, Shanghai))
        {
            await provider.Start();
            await consumer.Start();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            var load = Task.Run(() => Change(region, stop.Token), Ct);
            var random = new Random(20261123);
            for (var kill = 0; kill < Kills; kill++)
            {
                // A few have just come in, and more are under way.
                var before = Taken(region);
                await Until(() => Taken(region) >= before + random.Next(1, People), "no change comes in any more");
                var victim = kill % 2 == 0 ? provider : consumer;
                await victim.Kill();
                await victim.Start();
            }
            await stop.CancelAsync();
            await load;
            Write(region, "djzh = '最后'", null);
            await Until(() => Settled(region), "what was written last does not come in");
            await provider.Kill();
            await consumer.Kill();
        }

        foreach (var node in new[] { Anhui, Shanghai })
        {
            var (code, said) = await Tool.Run(Ct, "audit", "--folder", region.FolderOf(node));
            Assert.True(code == 0, $"{node}: {said}");
        }
        await region.Run(Anhui);
        await region.Run(Shanghai);
        var seen = (await region.As<NodeDb, List<WatchedChangeRow>>(Anhui, Actor.Node("test"), db => db.Set<WatchedChangeRow>().AsNoTracking().OrderBy(c => c.Offset).ToListAsync(Ct))).ToLookup(c => c.WatchId);
        var all = 0;
        foreach (var id in subscriptions)
        {
            var changes = await region.As<ISubscriptions, IReadOnlyList<FactChange>>(Shanghai, Actor.Node("test"), s => s.Changes(id, 0, Ct));
            Assert.Equal(Enumerable.Range(1, changes.Count).Select(n => (long)n), changes.Select(c => c.Offset));
            Assert.Equal(seen[id].Select(c => c.ExchangeId), changes.Select(c => c.ExchangeId));
            Assert.Equal("最后", changes[^1].Rows.Single()["registerNumber"]);
            // Numbers only grow: nothing older came after something newer.
            var numbers = changes.SkipLast(1).Select(c => long.Parse(c.Rows.Single()["registerNumber"]!, CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(numbers.Distinct().Order(), numbers);
            foreach (var change in changes)
            {
                Assert.NotNull(await region.Get<TransparencyLog>(Shanghai).Find(ExchangeLeaf.ReferenceOfObtained(change.ExchangeId), Ct));
                Assert.NotNull(await region.Get<TransparencyLog>(Anhui).Find(ExchangeLeaf.ReferenceOfProvided(Shanghai, change.ExchangeId), Ct));
            }
            all += changes.Count;
        }
        // None was logged as given twice: the log has one leaf for each.
        Assert.Equal(all, region.Get<TransparencyLog>(Anhui).Size);
        output.WriteLine($"{Kills} kills, {all} changes of {People} persons");
    }

    /// <summary>A couple each, under an agreement that is not used up.</summary>
    static async Task<List<string>> Subscribe(TwoNodes region)
    {
        foreach (var node in new[] { Shanghai, Anhui })
            await region.Stop(node);
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var terms = new AgreementTerms("ag-many", Anhui, Shanghai, Marriage, 1, ["registerNumber", "state"], [Purpose], true, new AgreementBasis(AgreementBasis.Consent, new Words("同意", "consent")), now - 60_000, now + (2 * 3600_000), 1_000_000, Subscription: true);
        foreach (var node in new[] { Shanghai, Anhui })
            File.AppendAllText(Path.Combine(region.FolderOf(node), AgreementBook.FileName), region.Sign(terms, Anhui, Shanghai) + "\n");
        Write(region, "djzh = '0'", null);
        var ids = new List<string>();
        await region.Run(Anhui);
        await region.Run(Shanghai);
        for (var person = 0; person < People; person++)
        {
            var citizen = Citizen(person);
            Insert(region, citizen);
            var consent = await region.Consent(citizen, Purpose, "D1", "registerNumber", "state");
            var question = Question(consent, "registerNumber", "state") with { Parameters = new Dictionary<string, string> { ["citizenId"] = citizen }, Purpose = Purpose };
            var begun = await region.As<ISubscriptions, Result<string>>(Shanghai, Actor.Node("test"), s => s.Subscribe(question, region.Clock.GetUtcNow().AddHours(1), Ct));
            Assert.True(begun.Ok, begun.Error?.DetailEn);
            ids.Add(begun.Value);
        }
        return ids;
    }

    static string Citizen(int person) => CitizenId.Make("340199", new DateOnly(1980, 1, 1).AddDays(person), 11).ToString();

    /// <summary>One number after another, a person at a time.</summary>
    static void Change(TwoNodes region, CancellationToken stop)
    {
        for (var number = 1; !stop.IsCancellationRequested; number++)
        {
            Write(region, $"djzh = '{number}'", Citizen(number % People));
            stop.WaitHandle.WaitOne(5);
        }
    }

    static void Insert(TwoNodes region, string citizen) =>
        Execute(region, "INSERT INTO hunyin (djzh, djrq, djjg, xzqh, nan_sfzh, nan_xm, nv_sfzh, nv_xm, zt) VALUES ('0', '2015-10-01', '合肥市民政局', '340199', $who, '样例甲', '', '样例乙', '有效')", citizen);

    static void Write(TwoNodes region, string what, string? citizen) => Execute(region, $"UPDATE hunyin SET {what}{(citizen is null ? "" : " WHERE nan_sfzh = $who")}", citizen);

    static void Execute(TwoNodes region, string sql, string? citizen)
    {
        using var connection = Open(Path.Combine(region.FolderOf(Anhui), "departments", "civil.db"), write: true);
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$who", citizen ?? "");
        command.ExecuteNonQuery();
    }

    static SqliteConnection Open(string file, bool write = false)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = write ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = 30 }.ToString());
        connection.Open();
        return connection;
    }

    static long Number(TwoNodes region, string node, string sql)
    {
        using var connection = Open(Path.Combine(region.FolderOf(node), "node.db"));
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }

    static long Taken(TwoNodes region) => Number(region, Shanghai, "SELECT count(*) FROM exchange_taken_change");

    readonly Stopwatch quiet = new();
    long last = -1;

    /// <summary>The provider has looked since the last writing, and the consumer has all of it.</summary>
    bool Settled(TwoNodes region)
    {
        var (offsets, acked, taken) = (Number(region, Anhui, "SELECT coalesce(sum(\"Offset\"), 0) FROM exchange_watch"), Number(region, Anhui, "SELECT coalesce(sum(\"Acked\"), 0) FROM exchange_watch"), Taken(region));
        if (offsets != acked || offsets != taken || offsets != last)
        {
            last = offsets;
            quiet.Restart();
            return false;
        }
        // It looks every two seconds.
        return quiet.Elapsed > TimeSpan.FromSeconds(5);
    }

    static async Task Until(Func<bool> holds, string otherwise)
    {
        var watch = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(watch.Elapsed < Patience, otherwise);
            await Task.Delay(5, Ct);
        }
    }
}
