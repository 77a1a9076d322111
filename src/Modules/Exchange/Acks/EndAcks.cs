using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Exchange;

/// <summary>
/// When the log of a provider goes on in a new epoch, what was confirmed before is put aside: a place in the log may be another exchange now.
/// Consumers confirm anew what is left and what comes, and nothing that was lost. Done again after a crash, it does what is left to do.
/// </summary>
static class EndAcks
{
    const int AtOnce = 500;

    /// <param name="since">Unix ms at which the epoch began.</param>
    /// <param name="epoch">That began.</param>
    public static async Task Before(IServiceScopeFactory scopes, long since, int epoch, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("acks");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        await db.InTransaction(async () =>
        {
            for (var (consumer, upTo) = ("", -1L); ;)
            {
                var acks = await db.Set<AckRow>().AsNoTracking().Where(a => a.At < since && (a.Consumer.CompareTo(consumer) > 0 || (a.Consumer == consumer && a.UpTo > upTo)))
                    .OrderBy(a => a.Consumer).ThenBy(a => a.UpTo).Take(AtOnce).ToListAsync(ct);
                if (acks.Count == 0)
                    break;
                db.AddRange(acks.Select(a => EndedAckRow.Of(a, epoch - 1)));
                await db.SaveChangesAsync(ct);
                db.ChangeTracker.Clear();
                (consumer, upTo) = (acks[^1].Consumer, acks[^1].UpTo);
            }
            // Listed anew, as far as their answers are still there: only while there is something to put aside, or at each start those would be forgotten
            // that were told again since.
            await db.Set<UnackedRow>().Where(u => u.At < since && db.Set<AckRow>().Any(a => a.Consumer == u.Consumer && a.At < since)).ExecuteDeleteAsync(ct);
            return await db.Set<AckRow>().Where(a => a.At < since).ExecuteDeleteAsync(ct);
        }, ct);
    }
}
