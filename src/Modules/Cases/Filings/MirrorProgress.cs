using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Certificates;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;

namespace Tongban.Cases.Filings;

/// <summary>
/// Keeps the person's view of a case. Each message holds the whole present state, so that a late or repeated older one is
/// simply ignored and a missing one does no harm.
/// </summary>
sealed partial class MirrorProgress(NodeDb db, SealedJson seal, NodeIdentity node, ILogger<MirrorProgress> log) : IHandle<CaseProgressed>, IHandle<CertificateIssued>
{
    public async Task Handle(CaseProgressed e, EventContext context, CancellationToken ct)
    {
        var filing = await Find(e.FilingId, ct);
        if (filing is null || !context.IsFrom(node, filing.OwnerNode))
        {
            LogNotOurs(log, e.FilingId);
            return;
        }
        Show(filing, e, seal);
        await db.SaveChangesAsync(ct);
    }

    /// <summary>From the deciding side of this same node. The caller saves.</summary>
    public async Task Show(CaseProgressed e, CancellationToken ct)
    {
        if (await Find(e.FilingId, ct) is { } filing && filing.OwnerNode == node.Id)
            Show(filing, e, seal);
    }

    public static void Show(Filing filing, CaseProgressed e, SealedJson seal)
    {
        if (e.Revision <= filing.SeenRevision)
            return;
        filing.CaseNumber = e.CaseNumber;
        filing.State = e.State;
        filing.SeenRevision = e.Revision;
        filing.UpdatedAt = e.At;
        filing.Progress = seal.Seal(e, FileCase.ProgressColumn);
        if (e.State != CaseState.Supplement)
            filing.SupplementSentAt = null;
        // A withdrawal that came too late is answered by the true state. What was sent before it arrived is no answer, whatever
        // the two nodes' clocks say; once nothing can be withdrawn any more none is awaited.
        if (e.WithdrawalHeard >= filing.WithdrawSequence || !filing.StateCanBeWithdrawn)
            filing.WithdrawAskedAt = null;
        filing.Revision++;
    }

    Task<Filing?> Find(string id, CancellationToken ct) => db.Set<Filing>().SingleOrDefaultAsync(f => f.Id == id, ct);

    public async Task Handle(CertificateIssued e, EventContext context, CancellationToken ct)
    {
        var filing = await Find(e.FilingId, ct);
        if (filing is null || !context.IsFrom(node, filing.OwnerNode) || filing.CertificateId == e.CertificateId)
            return;
        filing.CertificateId = e.CertificateId;
        filing.Revision++;
        await db.SaveChangesAsync(ct);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Progress of filing {FilingId} did not come from its deciding node, or there is no such filing.")]
    static partial void LogNotOurs(ILogger log, string filingId);
}
