using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>The department's own certificates: found by number or case, read, revoked.</summary>
static class ListCertificates
{
    static readonly RouteRule Who = Allow.Roles(Role.Officer, Role.Supervisor);

    public static void Map(Faces faces)
    {
        faces.Console.MapGet("/certificates", List).Only(Who);
        faces.Console.MapGet("/certificates/{id}", Show).Only(Who);
    }

    static async Task<IResult> List(NodeDb db, string? q, string? after, CancellationToken ct)
    {
        var rows = db.Set<Certificate>().AsNoTracking();
        var find = q?.Trim() ?? "";
        if (find.Length > 0)
            rows = rows.Where(c => c.Number == find || c.CaseNumber == find);
        if (after is not null)
        {
            var cursor = Cursor.Read(after, 1);
            if (!cursor.Ok)
                return cursor.Error.AsResult();
            var last = cursor.Value[0];
            rows = rows.Where(c => c.Id.CompareTo(last) < 0);
        }
        var page = Cursor.Page(await rows.OrderByDescending(c => c.Id).Take(Cursor.DefaultSize + 1)
            .Select(c => new IssuedPage.Row(c.Id, c.Number, new Words(c.NameZh, c.NameEn), c.CaseNumber, c.IssuedOn, c.State == CertificateState.Revoked)).ToListAsync(ct),
            Cursor.DefaultSize, c => [c.Id]);
        return Web.Page.Of<IssuedPage>(new { Rows = page.Items, page.Next, First = after is null, Find = find });
    }

    static async Task<IResult> Show(string id, NodeDb db, IVault vault, IAccessRecords access, CancellationToken ct)
    {
        if (await db.Set<Certificate>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } certificate)
            return Missing.AsResult();
        await access.Record(new AccessRecord(certificate.SubjectKey, db.Actor.Id, certificate.Department, new Words("电子证照", "A certificate"),
            "certificates", certificate.CaseNumber, new Words("证照管理", "Care of certificates")), ct);
        var content = JsonSerializer.Deserialize<CertificateContent>(vault.Open(certificate.ContentSealed, Seals.Content), EventTypes.Json)!;
        return Web.Page.Of<IssuedCertificatePage>(new
        {
            certificate.Id,
            certificate.Number,
            Name = new Words(certificate.NameZh, certificate.NameEn),
            certificate.CaseNumber,
            certificate.IssuedOn,
            certificate.ValidUntil,
            State = certificate.State.ToString(),
            certificate.RevokedReason,
            certificate.Revision,
            Claims = content.Claims.Select(c => new ShownClaim(c.Key, content.Labels.GetValueOrDefault(c.Key) ?? new Words(c.Key, c.Key), ClaimValue.Text(c.Value))).ToList(),
        });
    }

    internal static readonly Error Missing = Error.NotFound("certificate.none", "没有这张证照，或者它不属于本部门", "There is no such certificate, or it is not your department's");
}
