using Microsoft.EntityFrameworkCore;

namespace Tongban.Kernel.Data;

/// <summary>Leases between the replicas of one node, in the node's own database.</summary>
public static class Leases
{
    /// <summary>
    /// Takes or renews the lease. Null means that somebody else holds it. A holder that was paused past its lease finds
    /// its epoch overtaken: work it wants to commit must check the epoch in the same transaction.
    /// </summary>
    public static async Task<long?> TakeLease(this NodeDb db, string name, string holder, TimeSpan length, DateTimeOffset now, CancellationToken ct = default)
    {
        var until = now.Add(length).ToUnixTimeMilliseconds();
        var at = now.ToUnixTimeMilliseconds();
        var row = await db.Set<LeaseRow>().SingleOrDefaultAsync(l => l.Name == name, ct);
        if (row is null)
        {
            row = new LeaseRow { Name = name, Holder = holder, Epoch = 1, Until = until };
            db.Add(row);
        }
        else if (row.Holder == holder)
        {
            row.Until = until;
        }
        else if (row.Until < at)
        {
            row.Holder = holder;
            row.Until = until;
            row.Epoch++;
        }
        else
        {
            return null;
        }
        var outcome = await db.TrySave(ct);
        if (outcome == SaveOutcome.Saved)
            return row.Epoch;
        db.ChangeTracker.Clear();
        return null;
    }
}
