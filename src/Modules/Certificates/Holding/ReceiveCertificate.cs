using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Identity;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>Puts a certificate into the holder's hands, at the node where they filed; later tells of its revocation.</summary>
sealed class ReceiveCertificate(NodeDb db, IVault vault, IIdentities identities, NodeIdentity node) : IHandle<CertificateIssued>, IHandle<CertificateRevoked>
{
    public async Task Handle(CertificateIssued e, EventContext context, CancellationToken ct)
    {
        // At the issuing node the event also tells Cases; the holder's copy lies where they filed.
        if (context.FromNode is null && !await db.Set<Certificate>().AnyAsync(c => c.Number == e.CertificateId && c.FilingNode == node.Id, ct))
            return;
        db.Add(new HeldRow
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Number = e.CertificateId,
            TypeCode = e.CertificateType,
            NameZh = e.Name.Zh,
            NameEn = e.Name.En,
            IssuerNode = context.FromNode ?? node.Id,
            CaseNumber = e.CaseNumber,
            FilingId = e.FilingId,
            TokenSealed = vault.Seal(e.Token, Seals.Token),
            IssuedOn = e.IssuedOn,
            ValidUntil = e.ValidUntil,
            Division = node.Division,
            SubjectKey = identities.KeyOf(e.HolderCitizenId),
        });
    }

    public async Task Handle(CertificateRevoked e, EventContext context, CancellationToken ct)
    {
        var issuer = context.FromNode ?? node.Id;
        if (await db.Set<HeldRow>().SingleOrDefaultAsync(h => h.Number == e.CertificateId && h.IssuerNode == issuer, ct) is { } held)
        {
            held.Revoked = true;
            held.RevokedReason = e.Reason.Zh;
            held.Revision++;
        }
    }
}
