using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Tongban.Tests.Support;

/// <summary>Waits for what a node does by itself. It is patient: on a slow machine slow is not wrong.</summary>
public static class Soon
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(25);

    public static Task Holds(Func<bool> holds, CancellationToken ct, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        Holds(() => Task.FromResult(holds()), ct, what);

    public static async Task Holds(Func<Task<bool>> holds, CancellationToken ct, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed > Patience)
                throw new TimeoutException($"It did not come to that within {Patience.TotalSeconds} s: {what}");
            await Task.Delay(Moment, ct);
        }
    }
}
