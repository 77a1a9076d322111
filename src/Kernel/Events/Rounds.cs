namespace Tongban.Kernel.Events;

/// <summary>The loop of a background job. Only the node's own stop ends it: a time-out on the way is a failure like any other.</summary>
public static class Rounds
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>One round after another until the node stops. After one that failed the next begins in half a second.</summary>
    public static async Task Run(Func<CancellationToken, Task> round, Action<Exception> failed, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            if (!await Try(round, failed, ct))
                await Task.Delay(Pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A round in every period until the node stops; one that failed is tried again in the next.</summary>
    /// <param name="atOnce">The first without waiting.</param>
    public static async Task Every(TimeSpan period, TimeProvider clock, Func<CancellationToken, Task> round, Action<Exception> failed, CancellationToken ct, bool atOnce = false)
    {
        using var timer = new PeriodicTimer(period, clock);
        if (atOnce)
            await Try(round, failed, ct);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
                await Try(round, failed, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    /// <summary>A piece of a round of which a failure keeps no other from being done. False when it failed, or the node stops.</summary>
    public static async Task<bool> Try(Func<CancellationToken, Task> piece, Action<Exception> failed, CancellationToken ct)
    {
        try
        {
            await piece(ct);
            return true;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            failed(e);
            return false;
        }
    }
}
