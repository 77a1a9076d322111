using Tongban.Contracts.Cases;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;

namespace Tongban.Cases.Deciding;

/// <summary>At the deciding node: the other government has answered.</summary>
sealed class StepComesBack(NodeDb db, Dossiers dossiers) : IHandle<StepAnswered>
{
    public async Task Handle(StepAnswered e, EventContext context, CancellationToken ct)
    {
        var found = await dossiers.ByNumber(e.CaseNumber, ct);
        if (!found.Ok || found.Value.Steps.SingleOrDefault(s => s.StepId == e.StepId)?.Node != context.FromNode)
            return;
        var dossier = found.Value;
        if (!dossier.StepAnswered(dossiers.Now, e.StepId, e.Approved, e.Reason, e.Data, dossiers.OwnNode).Ok)
            return;
        await dossiers.PutBack(dossier, ct);
        await db.SaveChangesAsync(ct);
    }
}
