using System.Text;

namespace Tongban.Tests.Support;

/// <summary>Many inputs of fixed seeds, one after another, watched from outside: an input that is not answered is named, and so is memory that stays.</summary>
public static class FuzzRun
{
    /// <summary>Set by <c>./test --full</c>.</summary>
    public static bool Full { get; } = Environment.GetEnvironmentVariable("TONGBAN_TEST_FULL") is { Length: > 0 };

    /// <summary>Far more than any of them takes beside a busy machine's other work; only one that never ends takes as long.</summary>
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60);

    const long MayStay = 48L * 1024 * 1024;

    /// <summary>As it comes over the wire: bytes, in which there is no half of a character.</summary>
    public static string AsSent(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    /// <param name="one">Takes the input of one seed; null when all is well, else what was wrong.</param>
    /// <returns>What was wrong, with the seed; null when nothing was.</returns>
    public static async Task<string?> Of(int runs, Func<int, CancellationToken, Task<string?>> one)
    {
        var (wrong, at, stop) = ((string?)null, 0, new CancellationTokenSource());
        async Task Run(int from, int to)
        {
            for (var seed = from; seed < to && wrong is null && !stop.IsCancellationRequested; seed++)
            {
                Volatile.Write(ref at, seed);
                try
                {
                    if (await one(seed, stop.Token) is { } told)
                        wrong = $"seed {seed}: {told}";
                }
                catch (Exception e) when (!stop.IsCancellationRequested)
                {
                    wrong = $"seed {seed}: {e.GetType().Name} {e.Message} at {e.StackTrace?.Split('\n').FirstOrDefault()}";
                }
            }
        }
        // What is kept once for all, such as compiled types, is there after the first tenth.
        var first = runs / 10;
        foreach (var (from, to) in new[] { (0, first), (first, runs) })
        {
            var before = from == 0 ? long.MaxValue : GC.GetTotalMemory(forceFullCollection: true);
            var running = Task.Run(() => Run(from, to), CancellationToken.None);
            for (var seen = -1; await Task.WhenAny(running, Task.Delay(Hangs, CancellationToken.None)) != running; seen = at)
            {
                if (seen != at)
                    continue;
                await stop.CancelAsync();
                return $"seed {at}: no end within {Hangs.TotalSeconds} s";
            }
            await running;
            if (wrong is not null)
                return wrong;
            if (from > 0 && GC.GetTotalMemory(forceFullCollection: true) - before is > MayStay and var stays)
                return $"{stays / 1024 / 1024} MB stay after {to - from} inputs";
        }
        return null;
    }
}
