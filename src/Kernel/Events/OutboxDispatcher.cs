using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Kernel.Events;

/// <summary>
/// Delivers events to the handlers of this node. A batch of events is handled in one transaction; when one of them fails the
/// batch is rolled back and its events are tried one by one, so that a bad event holds up only its own stream.
/// </summary>
public sealed partial class OutboxDispatcher(
    IServiceScopeFactory scopes,
    EventTypes types,
    OutboxSignal signal,
    OutboxSignalToPeers peers,
    IPayloadSeal seal,
    TimeProvider clock,
    ILogger<OutboxDispatcher> log) : BackgroundService
{
    const int Batch = 64;
    static readonly TimeSpan Claim = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ReleaseClaimsOfTheDead(stoppingToken);
        await Rounds.Run(Round, e => LogFailed(log, e), stoppingToken);
    }

    async Task Round(CancellationToken ct)
    {
        peers.Raise();
        if (await DeliverBatch(ct) == 0)
            await signal.Wait(TimeSpan.FromMilliseconds(500), ct);
    }

    /// <summary>Delivers what is due now; returns how many events were taken.</summary>
    public async Task<int> DeliverBatch(CancellationToken ct = default)
    {
        var taken = await Take(ct);
        if (taken.Count == 0)
            return 0;
        try
        {
            await Handle(taken, ct);
        }
        catch (Exception) when (taken.Count > 1 && !ct.IsCancellationRequested)
        {
            // Found out one by one below which event it was.
            foreach (var row in taken)
                await HandleAlone(row, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            await Postpone(taken[0], e, ct);
        }
        return taken.Count;
    }

    /// <summary>On SQLite this process is the only one: a claim found at start belongs to a process that was killed.</summary>
    async Task ReleaseClaimsOfTheDead(CancellationToken ct)
    {
        await using var scope = SystemScope();
        if (!scope.ServiceProvider.GetRequiredService<DatabaseOptions>().IsSqlite)
            return;
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        await db.InTransaction(() => db.Set<OutboxRow>().Where(r => r.DoneAt == null && r.ClaimedUntil > 0)
            .ExecuteUpdateAsync(s => s.SetProperty(r => r.ClaimedUntil, 0L), ct), ct);
    }

    /// <summary>Claims the heads of their streams, so that neither a failure nor another replica breaks the order.</summary>
    async Task<List<OutboxRow>> Take(CancellationToken ct)
    {
        await using var scope = SystemScope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await OutboxClaims.Claim(db, toNode: null, now, now + (long)Claim.TotalMilliseconds, Batch, ct);
    }

    async Task Handle(IReadOnlyList<OutboxRow> rows, CancellationToken ct)
    {
        await using var scope = SystemScope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        await db.InTransaction(async () =>
        {
            var ids = rows.Select(r => r.EventId).ToList();
            var handled = await db.Set<InboxRow>().Where(i => ids.Contains(i.EventId)).Select(i => new { i.EventId, i.Handler }).ToListAsync(ct);
            var before = handled.Select(h => (h.EventId, h.Handler)).ToHashSet();
            foreach (var row in rows)
                await HandleOne(scope.ServiceProvider, db, row, before, ct);
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            var positions = rows.Select(r => r.Position).ToList();
            await db.Set<OutboxRow>().Where(r => positions.Contains(r.Position)).ExecuteUpdateAsync(s => s.SetProperty(r => r.DoneAt, now), ct);
            return Done.It;
        }, ct);
    }

    async Task HandleOne(IServiceProvider services, NodeDb db, OutboxRow row, HashSet<(string EventId, string Handler)> before, CancellationToken ct)
    {
        if (types.Find(row.Type) is not { } type)
            throw new UnknownEventException(row.Type);
        // Taken before its type was known here, and not one that comes from elsewhere: it ends.
        if (row.FromNode is not null && !EventTypes.CrossesNodes(type))
        {
            LogNotForPeers(log, row.Type, row.EventId, row.FromNode);
            return;
        }
        var e = JsonSerializer.Deserialize(seal.Open(row.Body), type, EventTypes.Json)
            ?? throw new UnknownEventException(row.Type);
        var context = new EventContext(row.EventId, row.FromNode, DateTimeOffset.FromUnixTimeMilliseconds(row.At));
        foreach (var handler in types.HandlersOf(type))
        {
            if (!before.Add((row.EventId, handler.Name)))
                continue;
            // Saved together with what the handler saves.
            var inbox = new InboxRow { EventId = row.EventId, Handler = handler.Name, At = clock.GetUtcNow().ToUnixTimeMilliseconds() };
            db.Add(inbox);
            await handler.Call(services, e, context, ct);
            if (db.Entry(inbox).State == EntityState.Detached)
                db.Add(inbox);
            await db.SaveChangesAsync(ct);
            // What one handler loaded does not slow down the next: every save looks at all that is tracked.
            db.ChangeTracker.Clear();
        }
    }

    async Task HandleAlone(OutboxRow row, CancellationToken ct)
    {
        try
        {
            await Handle([row], ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            await Postpone(row, e, ct);
        }
    }

    async Task Postpone(OutboxRow row, Exception e, CancellationToken ct)
    {
        await using var scope = SystemScope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var again = clock.GetUtcNow().Add(OutboxClaims.Pause(row.Attempts + 1)).ToUnixTimeMilliseconds();
        await OutboxClaims.Postpone(db, row.Position, again, e.GetType().Name, ct);
        LogEventFailed(log, e, row.Type, row.EventId, row.Attempts + 1);
    }

    AsyncServiceScope SystemScope() => scopes.AsNode("outbox");

    [LoggerMessage(Level = LogLevel.Error, Message = "The outbox could not be read; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {Type} {EventId} came from {Node} and is none that another node tells; it is dropped.")]
    static partial void LogNotForPeers(ILogger log, string type, string eventId, string node);

    [LoggerMessage(Level = LogLevel.Error, Message = "Event {Type} {EventId} failed at attempt {Attempt}; it will be tried again.")]
    static partial void LogEventFailed(ILogger log, Exception e, string type, string eventId, int attempt);
}

/// <summary>An event of a name no module of this version knows; it waits until an upgrade knows it.</summary>
public sealed class UnknownEventException(string type) : Exception($"No module knows the event {type}.");

/// <summary>Wakes the sender to other nodes.</summary>
public sealed class OutboxSignalToPeers
{
    readonly OutboxSignal signal = new();

    public void Raise() => signal.Raise();

    public Task<bool> Wait(TimeSpan atMost, CancellationToken ct) => signal.Wait(atMost, ct);
}
