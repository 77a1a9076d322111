using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Tongban.Bench;

/// <summary>One round of one variant.</summary>
/// <param name="PerSecond">Calls completed per second.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="Cpu">Processor time of this process per call, microseconds: says what a call costs whatever else the machine does.</param>
/// <param name="Allocated">Bytes allocated by this process per call.</param>
sealed record Round(double PerSecond, double P50, double P99, double Cpu, double Allocated);

static class Load
{
    /// <summary>So many callers, each with one call under way at a time. A call that throws ends the measurement.</summary>
    public static async Task<Round> Drive(int callers, TimeSpan length, Func<int, Task> call)
    {
        var turn = 0;
        var all = new List<double>[callers];
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var mine = all[caller] = new List<double>(4096);
            while (watch.Elapsed < length)
            {
                var began = Stopwatch.GetTimestamp();
                await call(Interlocked.Increment(ref turn));
                mine.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        })));
        var seconds = watch.Elapsed.TotalSeconds;
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        var sorted = all.SelectMany(l => l).Order().ToArray();
        return new Round(sorted.Length / seconds, sorted[sorted.Length / 2], sorted[(int)(sorted.Length * 0.99)], cpu.TotalMicroseconds / sorted.Length, (double)(GC.GetTotalAllocatedBytes() - allocated) / sorted.Length);
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The number after an option such as <c>--rounds</c>.</summary>
    public static int Option(string[] args, string name, int otherwise) => int.Parse(Option(args, name) ?? otherwise.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    public static string? Option(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var at ? args[at + 1] : null;

    /// <summary>A measurement in a folder of its own, gone afterwards.</summary>
    public static async Task<int> InFolder(Func<string, Task<int>> measure)
    {
        var folder = Directory.CreateTempSubdirectory("tongban-bench-").FullName;
        try
        {
            return await measure(folder);
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    public static void Figure(string name, double value, string unit) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure {name} {value:0.###} {unit}"));
}
