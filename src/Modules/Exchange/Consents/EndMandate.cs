using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>A mandate was ended before its last day: what was consented to under it is taken back, so that its queries and subscriptions stop at every provider.</summary>
sealed class EndMandate(NodeDb db, NodeIdentity node, Outbox outbox, ConsentBook book, TimeProvider clock) : IHandle<MandateEnded>
{
    public async Task Handle(MandateEnded e, EventContext context, CancellationToken ct)
    {
        var now = clock.NowMs();
        var rows = await db.Set<ConsentRow>().Where(c => c.MandateReference == e.Reference && c.RevokedAt == null && c.Until > now).ToListAsync(ct);
        foreach (var row in rows)
        {
            if (row.Revoke(now).Ok)
                RevokeConsent.Tell(row, db, node, outbox);
        }
        await db.SaveChangesAsync(ct);
        // Before the commit: refusing too early by a moment is right, too late is not.
        foreach (var row in rows)
            book.Revoke(node.Id, row.Id);
    }
}
