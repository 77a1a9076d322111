using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>The person's certificates: a list of cards, one of them whole, and the file to take along.</summary>
static class MyCertificates
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/my/certificates", List).Only(Allow.Person);
        faces.Portal.MapGet("/my/certificates/{id}", Show).Only(Allow.Person);
        faces.Portal.MapGet("/my/certificates/{id}/file", Download).Only(Allow.Person);
        faces.Portal.MapGet("/my/certificates/by-number/{number}/file", DownloadByNumber).Only(Allow.Person);
    }

    static async Task<IResult> List(NodeDb db, IMembers members, TimeProvider clock, string? after, CancellationToken ct)
    {
        var rows = db.Set<HeldRow>().AsNoTracking();
        if (after is not null)
        {
            var cursor = Cursor.Read(after, 1);
            if (!cursor.Ok)
                return cursor.Error.AsResult();
            var last = cursor.Value[0];
            rows = rows.Where(h => h.Id.CompareTo(last) < 0);
        }
        var page = Cursor.Page(await rows.OrderByDescending(h => h.Id).Take(Cursor.DefaultSize + 1).ToListAsync(ct), Cursor.DefaultSize, h => [h.Id]);
        return Web.Page.Of<CertificatesPage>(new { Certificates = page.Items.Select(h => Face(h, db, members, clock)).ToList(), page.Next, First = after is null });
    }

    static async Task<IResult> Show(string id, NodeDb db, IVault vault, IMembers members, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<HeldRow>().AsNoTracking().SingleOrDefaultAsync(h => h.Id == id, ct) is not { } held)
            return Missing.AsResult();
        var token = vault.Open(held.TokenSealed, Seals.Token);
        var claims = ClaimValue.Shown(SdJwtToken.Peek(token) ?? [], SdJwtToken.Disclosures(token));
        return Web.Page.Of<CertificatePage>(new { Face = Face(held, db, members, clock), Claims = claims });
    }

    static async Task<IResult> Download(string id, NodeDb db, IVault vault, CancellationToken ct)
    {
        if (await db.Set<HeldRow>().AsNoTracking().SingleOrDefaultAsync(h => h.Id == id, ct) is not { } held)
            return Missing.AsResult();
        return Results.File(Encoding.ASCII.GetBytes(vault.Open(held.TokenSealed, Seals.Token)), "application/dc+sd-jwt", $"{held.Number}.sdjwt");
    }

    /// <summary>For programs that know the number a filing names.</summary>
    static async Task<IResult> DownloadByNumber(string number, NodeDb db, IVault vault, CancellationToken ct)
    {
        var id = await db.Set<HeldRow>().Where(h => h.Number == number).OrderBy(h => h.Id).Select(h => h.Id).FirstOrDefaultAsync(ct);
        return id is null ? Missing.AsResult() : await Download(id, db, vault, ct);
    }

    internal static CertificatesPage.Card Face(HeldRow held, NodeDb db, IMembers members, TimeProvider clock)
    {
        var until = held.ValidUntil is null ? (DateOnly?)null : DateOnly.ParseExact(held.ValidUntil, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new CertificatesPage.Card(held.Id, held.Number, new Words(held.NameZh, held.NameEn), db.Actor.ActingForName ?? db.Actor.Name,
            members.Find(held.IssuerNode)?.Name ?? new Words(held.IssuerNode, held.IssuerNode),
            DateOnly.ParseExact(held.IssuedOn, "yyyy-MM-dd", CultureInfo.InvariantCulture), until, held.Revoked, until < clock.Today(), held.RevokedReason);
    }

    internal static readonly Error Missing = Error.NotFound("certificate.none", "没有这张证照，或者它不属于您", "There is no such certificate, or it is not yours");
}
