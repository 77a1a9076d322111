using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>A department here changed a record because a case said so: whoever was given it before hears of it, without anybody having disputed it.</summary>
sealed class TellOfChange(NodeDb db, NodeIdentity node, TransparencyLog log, Outbox outbox, IVault vault, IServiceScopeFactory scopes) : IHandle<RecordChanged>
{
    public async Task Handle(RecordChanged e, EventContext context, CancellationToken ct)
    {
        var subject = vault.Forms(vault.BlindIndex(AnswerQuery.PersonContext, e.Subject));
        foreach (var field in e.Fields)
            await DecideDispute.TellReceivers(context.EventId, e.Resource, field, subject, e.At, log, node, outbox, scopes, ct);
        await db.SaveChangesAsync(ct);
    }
}
