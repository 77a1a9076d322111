using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;

namespace Tongban.Cases.Deciding;

/// <summary>A department's own system has been changed: the step or decision that asked for it is done, or open again with the reason.</summary>
sealed partial class EffectsDone(NodeDb db, Dossiers dossiers, JointAnswers joint, ILogger<EffectsDone> log) : IHandle<EffectApplied>
{
    public async Task Handle(EffectApplied e, EventContext context, CancellationToken ct)
    {
        if (context.FromNode is not null)
            return;
        var asked = await db.Set<JointStep>().SingleOrDefaultAsync(j => j.CaseNumber == e.CaseNumber && j.StepId == e.StepId, ct);
        if (asked is not null)
        {
            joint.Applied(asked, e.Applied, e.Reason, e.Data);
            await db.SaveChangesAsync(ct);
            return;
        }
        var found = await dossiers.ByNumber(e.CaseNumber, ct);
        if (!found.Ok)
        {
            LogNothing(log, e.CaseNumber);
            return;
        }
        var dossier = found.Value;
        var done = e.StepId == Dossier.DecisionStep
            ? dossier.DecisionApplied(dossiers.Now, e.Applied, e.Reason, e.Data)
            : dossier.StepApplied(dossiers.Now, e.StepId, e.Applied, e.Reason, e.Data, dossiers.OwnNode);
        if (!done.Ok)
            return;
        await dossiers.PutBack(dossier, ct);
        await db.SaveChangesAsync(ct);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "An effect was applied for case {CaseNumber}, which is not here.")]
    static partial void LogNothing(ILogger log, string caseNumber);
}
