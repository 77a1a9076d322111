using System.Collections.Concurrent;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>
/// Keeps what fails at one row away from all others. A step that throws, as a write does on a full disk, is tried again later and ever less
/// often, even where not so much as its failure can be stored; meanwhile the others go on.
/// </summary>
sealed class BulkTries(TimeProvider clock)
{
    readonly ConcurrentDictionary<string, (int Attempts, long NextAt)> failed = new(StringComparer.Ordinal);

    /// <summary>Unix ms before which this row is not tried; 0 when nothing holds it up.</summary>
    public long NextAt(string id) => failed.TryGetValue(id, out var last) ? last.NextAt : 0;

    public bool IsDue(string id) => NextAt(id) <= clock.NowMs();

    /// <summary>Forgets whatever is not among these: it is over, or no longer there.</summary>
    public void Keep(IEnumerable<string> ids)
    {
        if (failed.IsEmpty)
            return;
        var kept = ids.ToHashSet(StringComparer.Ordinal);
        foreach (var id in failed.Keys.Where(id => !kept.Contains(id)))
            failed.TryRemove(id, out _);
    }

    public async Task Run(string id, Func<Task> step, Action<Exception> log, CancellationToken ct)
    {
        try
        {
            await step();
            failed.TryRemove(id, out _);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            var attempts = failed.GetValueOrDefault(id).Attempts + 1;
            failed[id] = (attempts, clock.NowMs() + (long)OutboxClaims.Pause(attempts).TotalMilliseconds);
            log(e);
        }
    }
}
