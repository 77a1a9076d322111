using Tongban.Contracts.Certificates;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;

namespace Tongban.Cases.Deciding;

/// <summary>送达: the certificate of an approved case has been made.</summary>
sealed class DeliverResult(NodeDb db, Dossiers dossiers, NodeIdentity node) : IHandle<CertificateIssued>
{
    public async Task Handle(CertificateIssued e, EventContext context, CancellationToken ct)
    {
        if (e.IssuerNode != node.Id || context.FromNode is not null)
            return;
        var dossier = await dossiers.ById(e.FilingId, ct);
        if (dossier is null || !dossier.Delivered(dossiers.Now, e.CertificateId).Ok)
            return;
        await dossiers.PutBack(dossier, ct);
        await db.SaveChangesAsync(ct);
    }
}
