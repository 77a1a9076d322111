using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;

namespace Tongban.Exchange;

/// <summary>The hub hears of a request past its day. The sender is the consumer, whatever it says; of other members' requests nobody tells.</summary>
sealed class ReceiveEscalation(NodeDb db, NodeIdentity node, RegionDirectory directory) : IHandle<RequestOverdue>
{
    /// <summary>More that are open at once, of one member, are not believed.</summary>
    const int MostOpen = 1000;

    public async Task Handle(RequestOverdue e, EventContext context, CancellationToken ct)
    {
        if (!node.IsHub || context.FromNode is not { } from || e.Provider == from || directory.Entry(e.Provider) is not { IsHub: false })
            return;
        if (e.EscalationId.Length != 32 || !e.EscalationId.All(char.IsAsciiLetterOrDigit) || !ResourceDefinition.IsName(e.Resource) || e.Stage is not (EscalationRules.Answer or EscalationRules.Share)
            || !DateOnly.TryParseExact(e.DueOn, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            return;
        if (await db.Set<EscalationRow>().AnyAsync(r => r.Id == e.EscalationId, ct) || await db.Set<EscalationRow>().CountAsync(r => r.Consumer == from && r.ClosedAt == null, ct) >= MostOpen)
            return;
        db.Add(new EscalationRow { Id = e.EscalationId, Consumer = from, Provider = e.Provider, Resource = e.Resource, Stage = e.Stage, DueOn = e.DueOn, RaisedAt = e.At });
        await db.SaveChangesAsync(ct);
    }
}

/// <summary>The hub hears that it was answered. Only whoever raised it says so.</summary>
sealed class CloseEscalation(NodeDb db) : IHandle<OverdueRequestAnswered>
{
    public async Task Handle(OverdueRequestAnswered e, EventContext context, CancellationToken ct)
    {
        if (await db.Set<EscalationRow>().SingleOrDefaultAsync(r => r.Id == e.EscalationId && r.Consumer == context.FromNode && r.ClosedAt == null, ct) is not { } row)
            return;
        (row.ClosedAt, row.Outcome) = (e.At, e.Outcome.Length <= 32 ? e.Outcome : e.Outcome[..32]);
        await db.SaveChangesAsync(ct);
    }
}
