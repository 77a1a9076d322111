using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// Deletes, on both sides, what is over or may no longer be handed out: all of it in each round, beside whatever is being read or fetched,
/// so that files are gone within seconds of an agreement's end.
/// </summary>
sealed partial class SweepBulk(
    AnswerQuery answers, BulkFiles files, BulkSignal signal, IVault vault, TimeProvider clock, IServiceScopeFactory scopes, ILogger<SweepBulk> logger) : BackgroundService
{
    const int AtOnce = 500;

    static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    readonly BulkTries tries = new(clock);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.Run(Round, e => LogFailed(logger, e), stoppingToken);

    async Task Round(CancellationToken ct)
    {
        var (after, seen) = ("", new List<string>());
        while (true)
        {
            await using var scope = scopes.AsNode("bulk");
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            var now = clock.NowMs();
            var rows = await db.Set<BulkRow>().AsNoTracking()
                .Where(b => !b.IsEmpty && string.Compare(b.Id, after) > 0 && (b.State == BulkState.Ended || b.DeleteAt != null && b.DeleteAt < now || b.Side == DspSide.Provider))
                .OrderBy(b => b.Id).Take(AtOnce).ToListAsync(ct);
            seen.AddRange(rows.Select(r => r.Id));
            foreach (var row in rows.Where(row => tries.IsDue(row.Id)))
            {
                await tries.Run(row.Id, () => Over(row, now) is { } code ? Empty(row, code, db, ct) : Task.CompletedTask, e => LogRowFailed(logger, e, row.Id), ct);
                db.ChangeTracker.Clear();
            }
            if (rows.Count < AtOnce)
                break;
            after = rows[^1].Id;
        }
        tries.Keep(seen);
        await signal.ToSweep(Period, ct);
    }

    /// <summary>Why its files go; null while they stay. Of a provider's row the checks of a query are asked again, also while its source is being read.</summary>
    string? Over(BulkRow row, long now)
    {
        if (row.State == BulkState.Ended)
            return row.Code ?? "bulk.over";
        if (row.DeleteAt < now)
            return "bulk.over";
        return row.Side == DspSide.Provider && answers.MayAnswer(row.Peer, QueryMessage.Parse(vault.TryOpen(row.Query, BulkRow.SealContext).Value).Value, inBulk: true).Error is { } refused && !WatchSources.MayPass(refused) ? refused.Code : null;
    }

    /// <summary>One that was changed elsewhere meanwhile is looked at again in the next round.</summary>
    async Task Empty(BulkRow row, string code, NodeDb db, CancellationToken ct)
    {
        files.Delete(row);
        db.Attach(row);
        row.IsEmpty = true;
        if (row.State == BulkState.Ended)
            row.Revision++;
        else
            row.Become(BulkState.Ended, code);
        await db.TrySave(ct);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Bulk answers could not be swept; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "Bulk answer {Id} could not be deleted; trying again.")]
    static partial void LogRowFailed(ILogger log, Exception e, string id);
}
