using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Tongban.Certificates;
using Tongban.Contracts.Cases;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Node;
using Tongban.Node.Walk;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Journeys;

/// <summary>
/// SIGKILL of nodes at random during a load of filings. What the caller was told is handed in is there once, is decided once,
/// and everything that can be verified verifies. <c>TONGBAN_TEST_FULL</c> makes the load and the kills many.
/// </summary>
[Collection(InProcesses.Name)]
public class KillJourney(ITestOutputHelper output)
{
    static readonly bool Full = Environment.GetEnvironmentVariable("TONGBAN_TEST_FULL") is { Length: > 0 };
    static readonly int Kills = Full ? 25 : 3;
    static readonly int Filings = Full ? 600 : 48;
    const int Callers = 8;

    /// <summary>An event that a node was away for is sent again after at most a minute.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_answered_survives_kills_once_and_verifies()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("TONGBAN_TEST_FULL") is not null || Environment.GetEnvironmentVariable("TONGBAN_TEST_KILL") is not null,
            "A minute of kills: ./test --full, or TONGBAN_TEST_KILL=1 for the short run.");
        var seed = Environment.TickCount;
        var random = new Random(seed);
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        // One person files the same many times here, which the item as published refuses.
        using var data = new DataWithoutLimits();
        await using var region = await RegionInProcesses.Start(people: 400, Ct, data.Folder);
        var matter = Matter.Four().Single(m => m.Persona == "offsite-retiree");
        using var first = await SignedIn(region, matter);
        using var second = await SignedIn(region, matter);

        var load = new Load(matter, [first, second]);
        var filing = Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => load.FileUntilDone(Filings, Ct)));
        // Default: the node that files, the one that decides and the hub, in random order; after that anybody.
        string[] victims = ["310000", "340000", "000000"];
        random.Shuffle(victims);
        for (var i = 0; i < Kills; i++)
        {
            // Each kill has a part of the filings of its own, so that it falls among calls under way, however fast they are.
            load.Allow((i + 1) * Filings / (Kills + 1));
            await load.Reached(((2 * i) + 1) * Filings / (2 * (Kills + 1)), filing, Ct);
            await region.Kill(i < victims.Length ? victims[i] : region.Divisions[random.Next(region.Divisions.Count)], Ct);
        }
        load.Allow(Filings);
        await filing;
        Assert.True(load.LostAnswers > 0, $"No call was hit by a kill; nothing was shown (seed {seed}).");

        output.WriteLine($"{load.Filed.Count} filings answered with 201 under {Kills} kills; {load.LostAnswers} calls got no answer and were sent again with their key (seed {seed})");
        // The same keys once more: the answers given before, and nothing new.
        foreach (var (key, id) in load.Filed.Take(Callers))
            Assert.Equal(id, (await load.File(first, key, Ct)).Value["id"]!.ToString());

        var shown = await Settled(first, load.Filed.Values, Ct);
        var directory = (await first.GetText("/directory", Ct)).Value;
        var tokens = new List<string>();
        foreach (var one in shown)
        {
            Assert.Equal(CaseState.Delivered, one["summary"]!["state"]!.ToString());
            tokens.Add((await first.GetText($"/my/certificates/by-number/{one["summary"]!["certificateId"]}/file", Ct)).Value);
        }
        await region.Stop(Ct);
        output.WriteLine($"all delivered, {tokens.Count} certificates");

        var expected = load.Filed.Values.Order().ToList();
        Assert.Equal(Filings, expected.Distinct().Count());
        Assert.Equal(expected, Column(region, matter.FiledAt, "cases_filing", "Id"));
        Assert.Equal(expected, Column(region, "340000", "cases_case", "Id"));
        Assert.Equal(expected.Count, shown.Select(f => f["summary"]!["caseNumber"]!.ToString()).Distinct().Count());
        Assert.Equal(expected.Count, shown.Select(f => f["summary"]!["certificateId"]!.ToString()).Distinct().Count());

        var issuers = ExchangeModule.Issuers(directory).Value;
        foreach (var token in tokens)
        {
            var (holds, findings) = CertificatesModule.Verify(token, issuers, null, TimeProvider.System.GetUtcNow());
            Assert.True(holds, string.Join('\n', findings));
        }
        foreach (var division in region.Divisions)
        {
            var (exitCode, printed) = await region.Audit(division, Ct);
            Assert.True(exitCode == 0, $"audit of {division} (seed {seed}):\n{printed}");
        }
    }

    static async Task<Visitor> SignedIn(RegionInProcesses region, Matter matter)
    {
        var settings = NodeSettings.Load(region.Folder(matter.FiledAt)).Value;
        var account = WalkCommand.Account(matter.Persona, settings);
        var visitor = new Visitor(settings.Listen);
        var signed = await visitor.SignIn(account.Phone, account.Password, Ct);
        Assert.True(signed.Ok, signed.Error?.DetailEn);
        return visitor;
    }

    /// <summary>Every filing as the person sees it, once all are closed.</summary>
    static async Task<IReadOnlyList<JsonNode>> Settled(Visitor person, IEnumerable<string> ids, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var closed = new List<JsonNode>();
        var open = new Queue<string>(ids);
        while (open.TryDequeue(out var id))
        {
            var shown = await person.Get($"/api/filings/{id}", ct);
            Assert.True(shown.Ok, $"filing {id} was answered with 201 and is not there: {shown.Error?.DetailEn}");
            if (CaseState.IsClosed(shown.Value["summary"]!["state"]!.ToString()))
            {
                closed.Add(shown.Value);
                continue;
            }
            Assert.True(watch.Elapsed < Patience, $"{open.Count + 1} filings did not settle; one of them:\n{shown.Value}");
            open.Enqueue(id);
            await Task.Delay(20, ct);
        }
        return closed;
    }

    static List<string> Column(RegionInProcesses region, string division, string table, string column)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(region.Folder(division), "node.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Names of tables and columns, from this file.
        command.CommandText = $"SELECT {column} FROM {table} ORDER BY {column}";
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read())
            values.Add(reader.GetString(0));
        return values;
    }

    /// <summary>Callers who try each filing with its one key until it is answered, as a careful program does.</summary>
    sealed class Load(Matter matter, IReadOnlyList<Visitor> visitors)
    {
        int begun;
        volatile int allowed;
        int lost;

        /// <summary>Idempotency key to the filing's id, of every filing answered with 201.</summary>
        public ConcurrentDictionary<string, string> Filed { get; } = new();

        /// <summary>Calls that got no answer, or one that the service is not there.</summary>
        public int LostAnswers => lost;

        public async Task FileUntilDone(int total, CancellationToken ct)
        {
            for (var n = Interlocked.Increment(ref begun); n <= total; n = Interlocked.Increment(ref begun))
            {
                while (n > allowed)
                    await Task.Delay(5, ct);
                var key = $"kill-{n}-{Guid.CreateVersion7():N}";
                var watch = Stopwatch.StartNew();
                while (true)
                {
                    var filed = await Try(visitors[n % visitors.Count], key, ct);
                    if (filed.Ok)
                    {
                        Filed[key] = filed.Value["id"]!.ToString();
                        break;
                    }
                    Interlocked.Increment(ref lost);
                    Assert.True(watch.Elapsed < Patience, $"not handed in in time: {filed.Error.DetailEn}");
                    await Task.Delay(200, ct);
                }
            }
        }

        /// <summary>So many may be begun in all.</summary>
        public void Allow(int count) => allowed = count;

        /// <summary>Returns when so many are filed; fails at once with the load's own failure.</summary>
        public async Task Reached(int count, Task load, CancellationToken ct)
        {
            while (Filed.Count < count)
            {
                if (load.IsFaulted)
                    await load;
                await Task.Delay(10, ct);
            }
        }

        public Task<Result<JsonNode>> File(Visitor visitor, string key, CancellationToken ct) => visitor.PostFiling(
            new JsonObject { ["baseCode"] = matter.BaseCode, ["answers"] = matter.Answers.DeepClone(), ["form"] = matter.Form.DeepClone(), ["consent"] = true }, new Dictionary<string, byte[]>(), key, ct);

        async Task<Result<JsonNode>> Try(Visitor visitor, string key, CancellationToken ct)
        {
            try
            {
                return await File(visitor, key, ct);
            }
            catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !ct.IsCancellationRequested))
            {
                return Error.Unavailable("load.lost", "没有收到答复", $"No answer: {e.GetType().Name}");
            }
        }
    }
}

/// <summary>The product's data, with items that may be filed again and again.</summary>
sealed class DataWithoutLimits : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("tongban-data-").FullName;

    public DataWithoutLimits()
    {
        foreach (var file in Directory.EnumerateFiles(SharedData.Folder, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Folder, Path.GetRelativePath(SharedData.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
            if (Path.GetDirectoryName(copy) != Path.Combine(Folder, "items") || !copy.EndsWith(".json", StringComparison.Ordinal))
                continue;
            if (JsonNode.Parse(File.ReadAllText(copy)) is JsonObject item && item.Remove("oneBy"))
                File.WriteAllText(copy, item.ToJsonString());
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
