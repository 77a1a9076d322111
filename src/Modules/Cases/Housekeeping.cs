using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Cases.Deciding;
using Tongban.Cases.Filings;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;

namespace Tongban.Cases;

/// <summary>
/// At start and every hour: due dates anew where a calendar has arrived, matters that were not supplemented in time closed, drafts of 30 days forgotten, what was obtained erased when its time is over, files nobody uses removed.
/// Every piece is small and may be repeated; a replica that does the same at the same time does no harm.
/// </summary>
sealed partial class Housekeeping(IServiceScopeFactory scopes, EraseEvidence erase, TimeProvider clock, ILogger<Housekeeping> log) : BackgroundService
{
    const int Piece = 100;
    static readonly TimeSpan Every = TimeSpan.FromHours(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.Every(Every, clock, Once, e => LogFailed(log, e), stoppingToken, atOnce: true);

    public async Task Once(CancellationToken ct)
    {
        await RecomputeDates(ct);
        await CloseLapsed(ct);
        await ForgetDrafts(ct);
        await erase.Once(ct);
        await SweepFiles(ct);
    }

    Task RecomputeDates(CancellationToken ct) =>
        Each(c => c.DueProvisional && c.ClosedAt == null, (dossier, _, calendar) => dossier.Recompute(calendar), ct);

    /// <summary>What the notice said would happen: 逾期未补正的，视为撤回申请.</summary>
    Task CloseLapsed(CancellationToken ct)
    {
        var last = CaseClock.Iso(clock.Today().AddDays(-CaseClock.DaysOnTheWay));
        return Each(c => c.State == CaseState.Supplement && c.Todo == "" && c.TodoDue.CompareTo(last) < 0, (dossier, now, calendar) => dossier.Lapse(now, calendar).Ok, ct);
    }

    /// <summary>Changes every case that is meant, each in a transaction of its own. Who works on it meanwhile comes first; it is looked at again in an hour.</summary>
    async Task Each(Expression<Func<Case, bool>> meant, Func<Dossier, Moment, WorkingCalendar, bool> change, CancellationToken ct)
    {
        var last = "";
        for (var more = true; more;)
        {
            await using var scope = Scope();
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            var ids = await db.Set<Case>().Where(meant).Where(c => c.Id.CompareTo(last) > 0).OrderBy(c => c.Id).Take(Piece).Select(c => c.Id).ToListAsync(ct);
            foreach (var id in ids)
                await One(id, change, ct);
            more = ids.Count == Piece;
            last = ids.LastOrDefault() ?? last;
        }
    }

    async Task One(string id, Func<Dossier, Moment, WorkingCalendar, bool> change, CancellationToken ct)
    {
        await using var scope = Scope();
        var dossiers = scope.ServiceProvider.GetRequiredService<Dossiers>();
        if (await dossiers.ById(id, ct) is not { } dossier || !change(dossier, dossiers.Now, scope.ServiceProvider.GetRequiredService<WorkingCalendar>()))
            return;
        await dossiers.PutBack(dossier, ct);
        await scope.ServiceProvider.GetRequiredService<NodeDb>().TrySave(ct);
    }

    async Task ForgetDrafts(CancellationToken ct)
    {
        var now = clock.NowMs();
        for (var more = true; more;)
        {
            await using var scope = Scope();
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            var files = scope.ServiceProvider.GetRequiredService<StoredFiles>();
            var old = await db.Set<Draft>().Where(d => d.ExpiresAt < now).OrderBy(d => d.ExpiresAt).Take(Piece).ToListAsync(ct);
            var ids = old.Select(d => d.Id).ToList();
            var uses = await db.Set<FileUse>().Where(u => ids.Contains(u.UserId)).ToListAsync(ct);
            db.RemoveRange(old);
            db.RemoveRange(uses);
            if (await db.TrySave(ct) != SaveOutcome.Saved)
                return;
            foreach (var hash in uses.Select(u => u.Hash).Distinct())
            {
                if (!await db.Set<FileUse>().AnyAsync(u => u.Hash == hash, ct))
                    files.Remove(hash);
            }
            more = old.Count == Piece;
        }
    }

    /// <summary>Files that were handed in and then taken away again, or came with a filing that was refused.</summary>
    async Task SweepFiles(CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var files = scope.ServiceProvider.GetRequiredService<StoredFiles>();
        foreach (var folder in files.Aged(clock.GetUtcNow().Hour))
        {
            foreach (var hashes in folder.Chunk(Piece))
            {
                var used = await db.Set<FileUse>().Where(u => hashes.Contains(u.Hash)).Select(u => u.Hash).ToHashSetAsync(ct);
                foreach (var hash in hashes.Where(h => !used.Contains(h)))
                    files.Remove(hash);
            }
        }
    }

    AsyncServiceScope Scope() => scopes.AsNode("cases-housekeeping");

    [LoggerMessage(Level = LogLevel.Error, Message = "Housekeeping of cases failed; it is tried again in an hour.")]
    static partial void LogFailed(ILogger log, Exception e);
}
