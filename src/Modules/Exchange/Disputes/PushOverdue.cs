using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>
/// A dispute that was not answered in time is pushed: each side puts it before its stewards, and the first receiver tells the provider and
/// the hub, where it stands for everybody until it is closed.
/// </summary>
sealed partial class PushOverdue(IServiceScopeFactory scopes, NodeIdentity node, RegionDirectory directory, TimeProvider clock, ILogger<PushOverdue> log) : BackgroundService
{
    const int AtOnce = 200;

    static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.Every(Period, clock, Once, e => LogFailed(log, e), stoppingToken, atOnce: true);

    public async Task Once(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("disputes");
        var (db, outbox) = (scope.ServiceProvider.GetRequiredService<NodeDb>(), scope.ServiceProvider.GetRequiredService<Outbox>());
        var (now, today) = (clock.NowMs(), clock.Today().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        var open = db.Set<DisputeRow>().Where(d => d.State == DisputeState.Open && d.OverdueAt == null);
        foreach (var due in await open.Where(d => d.DueOn.CompareTo(today) < 0).OrderBy(d => d.DueOn).Take(AtOnce).Select(d => new { d.Id, d.Side }).ToListAsync(ct))
        {
            // Each for itself: what one that was changed meanwhile would have said goes with it, and nothing of another.
            db.ChangeTracker.Clear();
            if (await open.SingleOrDefaultAsync(d => d.Id == due.Id && d.Side == due.Side, ct) is not { } row)
                continue;
            row.OverdueAt = now;
            row.Revision++;
            // Whoever only asked for it is told by the first receiver, who pushes it.
            if (row.Side == DspSide.Consumer && row.AskedBy != node.Id)
                Tell(row, null, node, directory, outbox, alsoProvider: true);
            // One that is answered at this moment is overdue no more; any other is looked at again in the next round.
            await db.TrySave(ct);
        }
    }

    /// <param name="alsoProvider">The hub alone hears that it is closed: the provider closed it.</param>
    public static void Tell(DisputeRow row, long? closedAt, NodeIdentity node, RegionDirectory directory, Outbox outbox, bool alsoProvider)
    {
        var message = new DisputeOverdue(row.Id, row.Peer, row.Resource, row.DueOn, row.OverdueAt!.Value, closedAt);
        var to = directory.Trusted.Document.Members.Where(m => m.IsHub).Select(m => m.NodeId);
        foreach (var receiver in (alsoProvider ? to.Append(row.Peer) : to).Distinct(StringComparer.Ordinal))
        {
            if (receiver == node.Id)
                outbox.Publish(message, $"dispute-overdue:{row.Id}");
            else
                outbox.PublishTo(receiver, message, $"dispute-overdue:{row.Id}", closedAt is null ? 1 : 2);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Overdue disputes could not be pushed; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);
}

/// <summary>Provider: it goes before the stewards. Hub: it goes onto the list, and off it when it is closed.</summary>
sealed class ReceiveOverdue(NodeDb db, NodeIdentity node, RegionDirectory directory, TimeProvider clock) : IHandle<DisputeOverdue>
{
    /// <summary>More that are open at once, of one member, are not believed.</summary>
    const int MostOpen = 1000;

    public async Task Handle(DisputeOverdue e, EventContext context, CancellationToken ct)
    {
        var from = context.FromNode ?? node.Id;
        if (e.DisputeId.Length is < 16 or > 64 || e.Resource.Length > 64 || !DateOnly.TryParseExact(e.DueOn, "yyyy-MM-dd", out _) || directory.Entry(e.Provider) is null)
            return;
        if (e.Provider == node.Id && await db.Set<DisputeRow>().SingleOrDefaultAsync(d => d.Id == e.DisputeId && d.Side == DspSide.Provider && d.Peer == from, ct) is { OverdueAt: null } row)
        {
            row.OverdueAt = clock.NowMs();
            row.Revision++;
        }
        if (node.IsHub)
        {
            var listed = await db.Set<OverdueDisputeRow>().SingleOrDefaultAsync(d => d.FirstReceiver == from && d.DisputeId == e.DisputeId, ct);
            if (listed is null && e.ClosedAt is null && await db.Set<OverdueDisputeRow>().CountAsync(d => d.FirstReceiver == from && d.ClosedAt == null, ct) < MostOpen)
                db.Add(listed = new OverdueDisputeRow { FirstReceiver = from, DisputeId = e.DisputeId, Provider = e.Provider, Resource = e.Resource, DueOn = e.DueOn });
            if (listed is not null)
                listed.ClosedAt ??= e.ClosedAt;
        }
        await db.SaveChangesAsync(ct);
    }
}

/// <summary>On the hub: a dispute that a provider did not answer in time.</summary>
[NoRowRule("No person and no value: which government owes which an answer; shown to everyone.")]
sealed class OverdueDisputeRow
{
    public required string FirstReceiver { get; set; }

    public required string DisputeId { get; set; }

    public required string Provider { get; set; }

    public required string Resource { get; set; }

    /// <summary>ISO date.</summary>
    public required string DueOn { get; set; }

    public long? ClosedAt { get; set; }
}
