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
/// The consumer's side: tells the hub of its requests that ran past their day, once for each stage, and again when they are answered. What
/// was told stands in the row that the event left with, so a crash tells neither twice nor never.
/// </summary>
sealed partial class EscalateOverdue(NodeIdentity node, RegionDirectory directory, ExchangeOptions options, WorkingCalendar calendar, TimeProvider clock, IServiceScopeFactory scopes, ILogger<EscalateOverdue> log) : BackgroundService
{
    const int AtOnce = 500;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => node.IsHub ? Task.CompletedTask : Rounds.Run(Round, e => LogFailed(log, e), stoppingToken);

    async Task Round(CancellationToken ct)
    {
        await Look(ct);
        // By real time: a clock that a test moves is looked at soon enough.
        await Task.Delay(options.EscalationPeriod, ct);
    }

    public async Task Look(CancellationToken ct)
    {
        if (directory.Trusted.Document.Members.FirstOrDefault(m => m.IsHub) is not { } hub)
            return;
        await using var scope = scopes.AsNode("escalation");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var outbox = scope.ServiceProvider.GetRequiredService<Outbox>();
        for (var after = ""; ;)
        {
            // What the provider was never given it is not late with. What the alliance was told and still waits for is left out: however much of it there is, nothing new waits behind it.
            var rows = await db.Set<NegotiationRow>().AsNoTracking()
                .Where(n => n.Side == DspSide.Consumer && n.PeerPid != "" && string.Compare(n.Id, after) > 0)
                .Where(n => n.EscalationId == null
                    ? n.State == NegotiationState.Requested || n.State == NegotiationState.Accepted || n.State == NegotiationState.Verified
                    : n.State == NegotiationState.Requested ? n.EscalatedStage != EscalationRules.Answer
                    : (n.State != NegotiationState.Accepted && n.State != NegotiationState.Verified) || n.EscalatedStage != EscalationRules.Share)
                .OrderBy(n => n.Id).Take(AtOnce).ToListAsync(ct);
            foreach (var row in rows)
            {
                db.Attach(row);
                // One at a time: a negotiation that moves meanwhile is looked at in the next round, and its neighbours lose nothing.
                if (Step(row, hub.NodeId, outbox))
                    _ = await db.TrySave(ct);
                db.ChangeTracker.Clear();
            }
            if (rows.Count < AtOnce)
                return;
            after = rows[^1].Id;
        }
    }

    /// <summary>False when there is nothing to tell.</summary>
    bool Step(NegotiationRow row, string hub, Outbox outbox)
    {
        switch (EscalationRules.Decide(row.Times, row.EscalationId is null ? null : row.EscalatedStage, options, calendar, clock.Today()))
        {
            case EscalationStep.Raise:
                (row.EscalationId, row.EscalatedStage) = (Guid.CreateVersion7().ToString("N"), EscalationRules.Stage(row.State));
                var due = NegotiationClock.Due(row.Times, options, calendar)!.Value.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
                outbox.PublishTo(hub, new RequestOverdue(row.EscalationId, row.Peer, row.Resource, row.EscalatedStage!, due, clock.NowMs()), Stream(row.EscalationId), 1);
                break;
            case EscalationStep.Close:
                outbox.PublishTo(hub, new OverdueRequestAnswered(row.EscalationId!, row.State.ToString().ToUpperInvariant(), clock.NowMs()), Stream(row.EscalationId!), 2);
                (row.EscalationId, row.EscalatedStage) = (null, null);
                break;
            default:
                return false;
        }
        row.Revision++;
        return true;
    }

    static string Stream(string id) => $"escalation:{id}";

    [LoggerMessage(Level = LogLevel.Error, Message = "Overdue requests could not be looked at; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);
}

enum EscalationStep
{
    None,
    Raise,
    Close,
}

/// <summary>When a request goes to the alliance, and when it leaves its list. Pure.</summary>
static class EscalationRules
{
    public const string Answer = "answer";
    public const string Share = "share";

    /// <summary>What the provider owes; null when it is not the provider that is waited for.</summary>
    public static string? Stage(NegotiationState state) => state switch
    {
        NegotiationState.Requested => Answer,
        NegotiationState.Accepted or NegotiationState.Verified => Share,
        _ => null,
    };

    /// <param name="escalated">Stage that the alliance was told of and that is not closed; null when none is.</param>
    public static EscalationStep Decide(in NegotiationTimes times, string? escalated, ExchangeOptions options, WorkingCalendar calendar, DateOnly today)
    {
        var stage = Stage(times.State);
        if (escalated is not null)
            return stage == escalated ? EscalationStep.None : EscalationStep.Close;
        return stage is not null && NegotiationClock.DaysLeft(NegotiationClock.Due(times, options, calendar), calendar, today) < 0 ? EscalationStep.Raise : EscalationStep.None;
    }
}
