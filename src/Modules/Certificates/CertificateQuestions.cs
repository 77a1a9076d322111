using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Certificates;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>What other rooms may ask of this one.</summary>
sealed class CertificateQuestions(NodeDb db, IVault vault, CheckCertificate check, TimeProvider clock) : ICertificates
{
    public async Task<IReadOnlyList<HeldCertificate>> HeldBy(string subjectKey, string? certificateType, CancellationToken ct)
    {
        var keys = vault.Forms(subjectKey);
        var today = clock.Today().ToString("O", CultureInfo.InvariantCulture);
        return await db.Set<HeldRow>().AsNoTracking()
            .Where(h => keys.Contains(h.SubjectKey) && (certificateType == null || h.TypeCode == certificateType))
            .OrderByDescending(h => h.Id).Take(Cursor.MaximumSize)
            .Select(h => new HeldCertificate(h.Number, h.TypeCode, new Words(h.NameZh, h.NameEn), h.IssuerNode, h.IssuedOn, h.ValidUntil,
                h.Revoked ? "revoked" : h.ValidUntil != null && h.ValidUntil.CompareTo(today) < 0 ? "expired" : "valid"))
            .ToListAsync(ct);
    }

    public Task<Result<CertificateCheck>> Check(string token, CancellationToken ct) => check.Check(token, null, ct);
}
