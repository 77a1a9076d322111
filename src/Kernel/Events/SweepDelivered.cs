using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;

namespace Tongban.Kernel.Events;

/// <summary>
/// Removes events that were delivered and answers that were given a month ago. So long a receiver that was restored from a backup gets
/// again what it lost, and a write asked for again gets its first answer.
/// </summary>
public sealed partial class SweepDelivered(IServiceScopeFactory scopes, TimeProvider clock, ILogger<SweepDelivered> log) : BackgroundService
{
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);
    static readonly TimeSpan Every = TimeSpan.FromHours(6);
    const int Batch = 500;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await NextRound(timer, stoppingToken))
        {
            try
            {
                await Once(stoppingToken);
            }
            catch (Exception e) when (e is DbUpdateException or System.Data.Common.DbException)
            {
                LogFailed(log, e);
            }
        }
    }

    static async Task<bool> NextRound(PeriodicTimer timer, CancellationToken ct)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // Also where the host is disposed of without having been stopped.
            return false;
        }
    }

    public async Task Once(CancellationToken ct)
    {
        var before = clock.NowMs() - (long)Kept.TotalMilliseconds;
        while (await Some(before, ct) == Batch)
        {
            // In small pieces: others write in between.
        }
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        await db.InTransaction(() => db.Set<OnceRow>().Where(o => o.At < before).ExecuteDeleteAsync(ct), ct);
    }

    /// <summary>An event goes together with the notes of who handled it: without the one, nobody asks for the others.</summary>
    async Task<int> Some(long before, CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var done = await db.Set<OutboxRow>().Where(r => r.DoneAt != null && r.DoneAt < before).OrderBy(r => r.DoneAt).Take(Batch).Select(r => new { r.Position, r.EventId }).ToListAsync(ct);
        if (done.Count == 0)
            return 0;
        var (positions, events) = (done.Select(d => d.Position).ToList(), done.Select(d => d.EventId).ToList());
        await db.InTransaction(async () =>
        {
            await db.Set<InboxRow>().Where(i => events.Contains(i.EventId)).ExecuteDeleteAsync(ct);
            return await db.Set<OutboxRow>().Where(r => positions.Contains(r.Position)).ExecuteDeleteAsync(ct);
        }, ct);
        return done.Count;
    }

    AsyncServiceScope Scope() => scopes.AsNode("sweep-delivered");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Delivered events were not removed; tried again later.")]
    static partial void LogFailed(ILogger log, Exception e);
}
