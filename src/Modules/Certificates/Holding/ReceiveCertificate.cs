using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>Puts a certificate into the holder's hands, at the node where they filed; later tells of its revocation.</summary>
sealed partial class ReceiveCertificate(
    NodeDb db, IVault vault, IIdentities identities, IMembers members, IMatters matters, NodeIdentity node, ILogger<ReceiveCertificate> log) : IHandle<CertificateIssued>, IHandle<CertificateRevoked>
{
    public async Task Handle(CertificateIssued e, EventContext context, CancellationToken ct)
    {
        // At the issuing node the event also tells Cases; the holder's copy lies where they filed.
        if (context.FromNode is null && !await db.Set<Certificate>().AnyAsync(c => c.Number == e.CertificateId && c.FilingNode == node.Id, ct))
            return;
        if (context.FromNode is { } from && !await IsOf(e, from, ct))
        {
            LogNotOfIts(log, from, e.FilingId);
            return;
        }
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

    /// <summary>Of a matter that this node decides, and signed by it. A key that is not known yet comes with the next directory: then it is tried again.</summary>
    async Task<bool> IsOf(CertificateIssued e, string from, CancellationToken ct)
    {
        if (members.Find(from) is not { } issuer || !await matters.IsDecidedBy(e.FilingId, from, ct) || SdJwtToken.Peek(e.Token)?["iss"]?.ToString() != issuer.Endpoint)
            return false;
        var keys = new IssuerKeys(issuer.DocumentKeys);
        var verified = SdJwtToken.Verify(e.Token, keys.Find, null);
        return verified.Ok
            ? keys.Judge(verified.Value.Key, verified.Value.Payload) is null && verified.Value.Payload["certificate_number"]?.ToString() == e.CertificateId
            : throw new InvalidOperationException($"A certificate from {from} cannot be verified now: {verified.Error.Code}");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} sent a certificate for filing {FilingId} that it has no say in or did not sign; it was not kept.")]
    static partial void LogNotOfIts(ILogger log, string node, string filingId);

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
