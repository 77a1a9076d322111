using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Bench;

/// <summary>
/// A log that grows large: durable appends with 64 in flight beside what the disk itself syncs, then memory, start, proofs and audit of what it became.
/// Options: <c>--leaves 1000000</c>, <c>--folder</c> (default a temporary one).
/// Ends with 1 when memory is not flat: more than <see cref="MostBytesALeaf"/> held for each leaf that it grew by.
/// </summary>
static class LogBench
{
    /// <summary>
    /// A hash alone is 32 bytes: whatever held something of every leaf would be over it. What is held of late leaves only
    /// (some thousands, for answers and acknowledgements) has <see cref="FreeMb"/>.
    /// </summary>
    const double MostBytesALeaf = 8;

    const double FreeMb = 16;

    public static async Task<int> Run(string[] args)
    {
        var leaves = Load.Option(args, "--leaves", 1_000_000);
        var folder = Load.Option(args, "--folder") is { } named ? Directory.CreateDirectory(named).FullName : Directory.CreateTempSubdirectory("tongban-log-").FullName;
        try
        {
            return await Measure(new DatabaseOptions("sqlite", Path.Combine(folder, "log.db")), Path.Combine(folder, "sync"), leaves) ? 0 : 1;
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <returns>Whether memory stayed flat.</returns>
    static async Task<bool> Measure(DatabaseOptions database, string syncFile, int leaves)
    {
        var key = SignatureSuites.Ed25519.Generate();
        async Task<TransparencyLog> Open() => (await TransparencyLog.Open(database, "bench/log", key, TimeProvider.System)).Value;
        var empty = Held();
        var log = await Open();
        var turn = 0;
        async Task Append(int _)
        {
            var i = Interlocked.Increment(ref turn);
            var reference = i.ToString(CultureInfo.InvariantCulture);
            var entry = new LogEntry(reference, Encoding.UTF8.GetBytes($$"""{"kind":"bench","ref":"{{reference}}","text":"{{new string('x', 300)}}","v":1}"""));
            if (!(await log.Append(entry)).Ok)
                throw new InvalidOperationException("not appended");
        }
        await Load.Drive(64, TimeSpan.FromSeconds(2), Append);
        var (appends, syncs) = (new List<Round>(), new List<double>());
        for (var round = 0; round < 5; round++)
        {
            appends.Add(await Load.Drive(64, TimeSpan.FromSeconds(2), Append));
            syncs.Add(Syncs(syncFile, TimeSpan.FromSeconds(1)));
        }
        Load.Figure("log.appends_64_in_flight", Load.Median(appends.Select(a => a.PerSecond)), "1/s");
        Load.Figure("log.append.p99", Load.Median(appends.Select(a => a.P99)), "ms");
        Load.Figure("log.disk_syncs", Load.Median(syncs), "1/s");

        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 512).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref turn) < leaves)
                await Append(0);
        })));
        Console.WriteLine($"grown to {log.Size} leaves in {watch.Elapsed.TotalSeconds:F0} s");
        Load.Figure("log.leaves", log.Size, "leaves");
        var grown = Held();
        Load.Figure("log.memory.after_growing", grown, "MB");
        await log.DisposeAsync();

        watch.Restart();
        log = await Open();
        Load.Figure("log.start", watch.Elapsed.TotalSeconds, "s");
        var started = Held();
        Load.Figure("log.memory.after_start", started, "MB");
        var random = new Random(1);
        var times = new List<double>();
        for (var i = 0; i < 3000; i++)
        {
            var index = random.NextInt64(log.Size);
            var began = Stopwatch.GetTimestamp();
            var proof = await log.Inclusion(index, log.Size);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (!proof.Ok)
                throw new InvalidOperationException(proof.Error.Code);
        }
        times.Sort();
        Load.Figure("log.proof.p50", times[times.Count / 2], "ms");
        Load.Figure("log.proof.p99", times[(int)(times.Count * 0.99)], "ms");
        watch.Restart();
        var audit = await log.Verify();
        if (!audit.Clean)
            throw new InvalidOperationException(string.Join("; ", audit.Findings.Where(f => !f.Ok).Select(f => f.Words.En)));
        Load.Figure("log.audit", watch.Elapsed.TotalSeconds, "s");
        var audited = Held();
        Load.Figure("log.memory.after_audit", audited, "MB");
        var aLeaf = (new[] { grown, started, audited }.Max() - empty - FreeMb) * 1048576 / log.Size;
        Load.Figure("log.memory.a_leaf", Math.Max(0, aLeaf), "B");
        await log.DisposeAsync();
        return aLeaf <= MostBytesALeaf;
    }

    /// <summary>What the collector holds after a collection, and what the process had at most.</summary>
    static double Held()
    {
        GC.Collect();
        Console.WriteLine($"process: {Process.GetCurrentProcess().WorkingSet64 / 1048576} MB, at most {Process.GetCurrentProcess().PeakWorkingSet64 / 1048576} MB");
        return GC.GetTotalMemory(forceFullCollection: true) / 1048576.0;
    }

    /// <summary>How often a second 4 KB are written and synced, one after another.</summary>
    static double Syncs(string path, TimeSpan length)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);
        var block = new byte[4096];
        var (count, watch) = (0, Stopwatch.StartNew());
        for (; watch.Elapsed < length; count++)
        {
            file.Write(block);
            file.Flush(flushToDisk: true);
        }
        return count / watch.Elapsed.TotalSeconds;
    }
}
