namespace Tongban.Kernel.Events;

/// <summary>The loop of a background job.</summary>
public static class Rounds
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>One round after another until the node stops. After one that failed the next begins in half a second.</summary>
    public static async Task Run(Func<CancellationToken, Task> round, Action<Exception> failed, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await round(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                failed(e);
                await Task.Delay(Pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
