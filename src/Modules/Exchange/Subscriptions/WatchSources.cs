using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Wakes whoever looks for changes and whoever sends them.</summary>
sealed class WatchSignal
{
    readonly OutboxSignal look = new();
    readonly OutboxSignal send = new();

    public void Raise()
    {
        look.Raise();
        send.Raise();
    }

    public void Send() => send.Raise();

    public Task ToLook(TimeSpan atMost, CancellationToken ct) => look.Wait(atMost, ct);

    public Task ToSend(TimeSpan atMost, CancellationToken ct) => send.Wait(atMost, ct);
}

/// <summary>
/// Looks whether what standing questions are about has changed: each is read again when its department's system was written to. What
/// changed is stored with its offset in the transaction that notes it as seen, so that a crash neither loses nor doubles a change. Each system
/// is looked at by itself, one question after another: one that hangs holds up only what is read from it.
/// A question that may no longer be answered ends here, within one period.
/// </summary>
sealed partial class WatchSources(
    AnswerQuery answers, OwnResources own, Sources connector, MappingBook mappings, StandardBook standards, WatchSignal signal, IVault vault, ExchangeOptions options, TimeProvider clock, IServiceScopeFactory scopes, ILogger<WatchSources> log) : BackgroundService
{
    const int Page = 100;

    /// <summary>So many systems are read at a time.</summary>
    const int SystemsAtOnce = 16;

    static readonly TimeSpan Unsure = TimeSpan.FromSeconds(2);

    const string SeenContext = "exchange_watch.Seen";

    /// <param name="Settled">When its source had been written to when it was last read; null when that may not have been all.</param>
    /// <param name="ReadAs">How what was read then was turned into the region's codes.</param>
    sealed record Looked(QueryMessage Query, DateTimeOffset? Settled, Meaning ReadAs);

    /// <summary>What an answer is made of beside its source: a corrected mapping or another standard changes it though nobody wrote to the source, and so does the day on which a code ends.</summary>
    readonly record struct Meaning(MappingSet? Mapped, string? Standard, DateOnly Day);

    /// <summary>One department's system. Whoever looks at it has it to itself.</summary>
    sealed class Lane
    {
        public IReadOnlyList<string> Resources = [];

        /// <summary>Of the watches looked at; what is not in here is read anew.</summary>
        public readonly Dictionary<string, Looked> LastLook = new(StringComparer.Ordinal);

        public Task UnderWay = Task.CompletedTask;
    }

    readonly Dictionary<string, Lane> lanes = new(StringComparer.Ordinal);
    readonly SemaphoreSlim room = new(SystemsAtOnce);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Rounds.Run(Round, e => LogFailed(log, e), stoppingToken);
        await Task.WhenAll(lanes.Values.Select(l => l.UnderWay));
    }

    async Task Round(CancellationToken ct)
    {
        await Begin(ct);
        await signal.ToLook(options.WatchPeriod, ct);
    }

    /// <summary>Sets every system going that is watched and not under way.</summary>
    async Task Begin(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("watch");
        var resources = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<WatchRow>().Where(w => w.State != WatchState.Ended).Select(w => w.Resource).Distinct().ToListAsync(ct);
        var watched = resources.GroupBy(own.SourceOf, StringComparer.Ordinal).ToDictionary(of => of.Key, of => of.ToList(), StringComparer.Ordinal);
        foreach (var (source, lane) in lanes.ToList())
        {
            if (!watched.ContainsKey(source) && lane.UnderWay.IsCompleted)
                lanes.Remove(source);
        }
        foreach (var (source, of) in watched)
        {
            var lane = lanes.TryGetValue(source, out var known) ? known : lanes[source] = new();
            // Also what moved here from another system waits until whoever reads it there is done.
            if (lanes.Values.Any(l => !l.UnderWay.IsCompleted && (l == lane || l.Resources.Intersect(of).Any())))
                continue;
            await room.WaitAsync(ct);
            lane.Resources = of;
            lane.UnderWay = Task.Run(() => Look(lane, ct), CancellationToken.None);
        }
    }

    async Task Look(Lane lane, CancellationToken ct)
    {
        var before = lane.LastLook.Keys.ToHashSet(StringComparer.Ordinal);
        var whole = await Rounds.Try(async on =>
        {
            foreach (var resource in lane.Resources)
                await Look(lane, resource, before, on);
        }, e => LogFailed(log, e), ct);
        foreach (var ended in whole ? before : [])
            lane.LastLook.Remove(ended);
        room.Release();
    }

    async Task Look(Lane lane, string resource, HashSet<string> before, CancellationToken ct)
    {
        for (var after = ""; ;)
        {
            await using var scope = scopes.AsNode("watch");
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            var rows = await db.Set<WatchRow>().AsNoTracking().Where(w => w.State != WatchState.Ended && w.Resource == resource && string.Compare(w.Id, after) > 0).OrderBy(w => w.Id).Take(Page).ToListAsync(ct);
            var changed = false;
            foreach (var row in rows)
            {
                before.Remove(row.Id);
                changed |= await Try(row, lane.LastLook, db, ct);
                db.ChangeTracker.Clear();
            }
            if (changed)
                signal.Send();
            if (rows.Count < Page)
                return;
            after = rows[^1].Id;
        }
    }

    /// <summary>
    /// One at a time. What was changed elsewhere meanwhile, or could not be stored, as on a full disk, is looked at again however long ago its
    /// source was written to, and its neighbours lose nothing.
    /// </summary>
    async Task<bool> Try(WatchRow row, Dictionary<string, Looked> lastLook, NodeDb db, CancellationToken ct)
    {
        try
        {
            if (!await Look(row, lastLook, db, ct))
                return false;
            if (await db.TrySave(ct) != SaveOutcome.Saved)
                lastLook.Remove(row.Id);
            return true;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            lastLook.Remove(row.Id);
            LogRowFailed(log, e, row.Id);
            return false;
        }
    }

    /// <summary>True when the row changed.</summary>
    async ValueTask<bool> Look(WatchRow row, Dictionary<string, Looked> lastLook, NodeDb db, CancellationToken ct)
    {
        var now = clock.NowMs();
        var looked = lastLook.GetValueOrDefault(row.Id) ?? new(QueryMessage.Parse(vault.TryOpen(row.Query, WatchRow.SealContext).Value).Value, null, default);
        var refused = now >= row.Until ? Over : answers.MayAnswer(row.Consumer, looked.Query).Error;
        if (refused is not null)
        {
            if (MayPass(refused))
                return false;
            db.Attach(row);
            row.End(refused.Code);
            return true;
        }
        var written = own.Find(looked.Query.Resource, looked.Query.ResourceVersion)?.Definition is { } resource ? connector.WrittenAt(resource) : null;
        var mapped = mappings.Of(looked.Query.Resource, looked.Query.ResourceVersion);
        var readAs = mapped is null ? default : new Meaning(mapped, standards.Hash, clock.Today());
        if (written is not null && written == looked.Settled && readAs == looked.ReadAs)
            return false;
        var rows = await answers.Look(row.Consumer, looked.Query, ct);
        if (!rows.Ok)
            return false;
        // A file that was written to a moment ago may be again without a later time: what was read of it is read once more.
        lastLook[row.Id] = looked with { Settled = TimeProvider.System.GetUtcNow() - written > Unsure ? written : null, ReadAs = readAs };
        var seen = vault.BlindIndex(SeenContext, Convert.ToBase64String(rows.Value.RowsJson));
        if (vault.Same(seen, row.Seen))
            return false;
        db.Attach(row);
        (row.Seen, row.Offset, row.Revision) = (seen, row.Offset + 1, row.Revision + 1);
        db.Add(new WatchedChangeRow
        {
            WatchId = row.Id,
            Offset = row.Offset,
            ExchangeId = Guid.CreateVersion7().ToString("N"),
            Rows = vault.Seal(rows.Value.RowsJson, WatchedChangeRow.SealContext),
            Count = rows.Value.Count,
            Withheld = rows.Value.Withheld?.Groups,
            WithheldOrMore = rows.Value.Withheld?.OrMore,
            AsOf = now,
        });
        return true;
    }

    static readonly Error Over = Error.Forbidden("subscription.over", "订阅已到期", "The subscription has run out");

    /// <summary>What keeps a change waiting but does not end the subscription.</summary>
    public static bool MayPass(Error refused) =>
        refused.Kind == ErrorKind.Unavailable || refused.Code is "agreement.suspended" or "agreement.quota-exceeded" or "agreement.rate-exceeded" or "agreement.not-yet-valid" or "consent.frequency" or "directory.stale";

    [LoggerMessage(Level = LogLevel.Error, Message = "Watched resources could not be looked at; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "The watch of subscription {Id} could not be looked at; the others go on, and it is tried again.")]
    static partial void LogRowFailed(ILogger log, Exception e, string id);
}
