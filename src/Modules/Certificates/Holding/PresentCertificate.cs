using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using QRCoder;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>Shows a certificate (出示): the holder chooses the fields, a code is good for some minutes, whoever scans it sees just that.</summary>
static class PresentCertificate
{
    static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    public static void Map(Faces faces)
    {
        faces.Portal.MapPost("/my/certificates/{id}/present", Present).Only(Allow.Person).WithOnce();
        faces.Portal.MapGet("/my/certificates/{id}/shown/{code}", Shown).Only(Allow.Person);
    }

    static readonly Error NotInForce = Error.Conflict("certificate.revoked", "这张证照已注销，不能再出示", "This certificate was revoked and can no longer be shown",
        "请看证照页上的注销理由", "The reason is on its page");

    static async Task<IResult> Present(string id, HttpRequest request, NodeDb db, IVault vault, Once once, NodeIdentity node, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<HeldRow>().AsNoTracking().SingleOrDefaultAsync(h => h.Id == id, ct) is not { } held)
            return MyCertificates.Missing.AsResult();
        if (held.Revoked)
            return NotInForce.AsResult();
        var own = db.OwnKeys;
        if (await db.Set<HolderKeyRow>().AsNoTracking().SingleOrDefaultAsync(k => own.Contains(k.SubjectKey), ct) is not { } key)
            return MyCertificates.Missing.AsResult();
        var form = await request.ReadFormAsync(ct);
        var names = form["show"].OfType<string>().ToHashSet(StringComparer.Ordinal);
        var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        var nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        var now = clock.GetUtcNow();
        var token = SdJwtToken.Present(vault.Open(held.TokenSealed, Seals.Token), names, HolderKeys.Read(vault, key), Link(node, code), nonce, now);
        db.Add(new PresentationRow { Id = code, Nonce = nonce, TokenSealed = vault.Seal(token, Seals.Presentation), Until = now.Add(Life).ToUnixTimeMilliseconds() });
        var expired = now.ToUnixTimeMilliseconds();
        await db.InTransaction(async () =>
        {
            await db.Set<PresentationRow>().Where(p => p.Until < expired).ExecuteDeleteAsync(ct);
            once.Answer(303, $"/my/certificates/{id}/shown/{code}");
            return await db.SaveChangesAsync(ct);
        }, ct);
        return new OnceAnswer(303, $"/my/certificates/{id}/shown/{code}", null);
    }

    static async Task<IResult> Shown(string id, string code, NodeDb db, IMembers members, NodeIdentity node, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.NowMs();
        if (await db.Set<HeldRow>().AsNoTracking().SingleOrDefaultAsync(h => h.Id == id, ct) is not { } held
            || await db.Set<PresentationRow>().AsNoTracking().SingleOrDefaultAsync(p => p.Id == code && p.Until > now, ct) is not { } presentation)
        {
            return MyCertificates.Missing.AsResult();
        }
        return Web.Page.Of<ShownPage>(new
        {
            Face = MyCertificates.Face(held, db, members, clock),
            Link = Link(node, code),
            Svg = Qr(Link(node, code)),
            presentation.Until,
        });
    }

    public static string Link(NodeIdentity node, string code) => $"{node.PublicUrl}/verify/{code}";

    static string Qr(string link)
    {
        using var data = QRCodeGenerator.GenerateQrCode(link, QRCodeGenerator.ECCLevel.M);
        using var svg = new SvgQRCode(data);
        return svg.GetGraphic(6, "#1B2433", "#FFFFFF", drawQuietZones: true, SvgQRCode.SizingMode.ViewBoxAttribute);
    }
}
