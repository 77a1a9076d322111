using Microsoft.EntityFrameworkCore;
using Tongban.Kernel.Data;

namespace Tongban.Kernel.Events;

/// <summary>How the dispatchers of all replicas share the outbox without taking the same event or breaking a stream's order.</summary>
public static class OutboxClaims
{
    /// <summary>The nodes for which something is due. Each is claimed for by itself, so that the events of one that is away fill no other's claim.</summary>
    public static Task<List<string>> Destinations(NodeDb db, long now, CancellationToken ct) =>
        db.Set<OutboxRow>().Where(r => r.DoneAt == null && r.ToNode != null && r.NextAt <= now && r.ClaimedUntil <= now).Select(r => r.ToNode!).Distinct().ToListAsync(ct);

    /// <summary>
    /// Claims up to <paramref name="limit"/> due events, only the first unfinished of each stream. A claim that is not
    /// finished by <paramref name="until"/> (its holder died) falls to whoever asks next.
    /// </summary>
    /// <param name="toNode">Whose events; null for those that the handlers of this node wait for.</param>
    public static async Task<List<OutboxRow>> Claim(NodeDb db, string? toNode, long now, long until, int limit, CancellationToken ct)
    {
        var skipLocked = db.Database.ProviderName!.Contains("Npgsql", StringComparison.Ordinal) ? "FOR UPDATE OF o SKIP LOCKED" : "";
        var lane = toNode is null ? "\"ToNode\" IS NULL" : "\"ToNode\" = {3}";
        object[] values = toNode is null ? [until, now, limit] : [until, now, limit, toNode];
        var sql = $$"""
            UPDATE kernel_outbox SET "ClaimedUntil" = {0}
            WHERE "Position" IN (
                SELECT o."Position" FROM kernel_outbox o
                WHERE o."DoneAt" IS NULL AND o.{{lane}} AND o."NextAt" <= {1} AND o."ClaimedUntil" <= {1}
                  AND (o."Stream" IS NULL OR NOT EXISTS (
                      SELECT 1 FROM kernel_outbox e
                      WHERE e.{{lane}} AND e."Stream" = o."Stream" AND e."DoneAt" IS NULL AND e."Position" < o."Position"))
                ORDER BY o."Position" LIMIT {2} {{skipLocked}})
            RETURNING *
            """;
        List<OutboxRow> rows = [];
        await db.InTransaction(async () =>
        {
            rows = await db.Set<OutboxRow>().FromSqlRaw(sql, values).AsNoTracking().ToListAsync(ct);
            return Done.It;
        }, ct);
        rows.Sort((a, b) => a.Position.CompareTo(b.Position));
        return rows;
    }

    public static Task<int> Finish(NodeDb db, long position, long now, CancellationToken ct) =>
        db.InTransaction(() => db.Set<OutboxRow>().Where(r => r.Position == position)
            .ExecuteUpdateAsync(s => s.SetProperty(r => r.DoneAt, now), ct), ct);

    /// <summary>Gives a claim back that is not used.</summary>
    public static Task<int> Release(NodeDb db, long position, CancellationToken ct) =>
        db.InTransaction(() => db.Set<OutboxRow>().Where(r => r.Position == position && r.DoneAt == null)
            .ExecuteUpdateAsync(s => s.SetProperty(r => r.ClaimedUntil, 0L), ct), ct);

    public static Task<int> Postpone(NodeDb db, long position, long again, string reason, CancellationToken ct) =>
        db.InTransaction(() => db.Set<OutboxRow>().Where(r => r.Position == position)
            .ExecuteUpdateAsync(s => s
                .SetProperty(r => r.Attempts, r => r.Attempts + 1)
                .SetProperty(r => r.NextAt, again)
                .SetProperty(r => r.ClaimedUntil, 0L)
                .SetProperty(r => r.LastError, reason), ct), ct);

    /// <summary>The receiver has only come as far as <paramref name="next"/> − 1: what it lost, up to the event it was shown, is sent again, in order.</summary>
    /// <returns>How many; 0 when this node has none of them any more, or the receiver never was behind.</returns>
    public static Task<int> Rewind(NodeDb db, string toNode, string stream, long next, long shown, long now, CancellationToken ct) =>
        db.InTransaction(() => db.Set<OutboxRow>().Where(r => r.ToNode == toNode && r.Stream == stream && r.StreamSequence >= next && r.StreamSequence < shown)
            .ExecuteUpdateAsync(s => s
                .SetProperty(r => r.DoneAt, (long?)null)
                .SetProperty(r => r.ClaimedUntil, 0L)
                .SetProperty(r => r.NextAt, now), ct), ct);

    /// <summary>Waiting before the next attempt: 1, 2, 4 … s, at most a minute.</summary>
    public static TimeSpan Pause(int attempts) => TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, Math.Min(attempts - 1, 6))));
}
