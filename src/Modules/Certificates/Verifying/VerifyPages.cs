using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Certificates;

/// <summary>Anyone may verify: by scanning what a holder shows, by pasting a certificate, or by JSON.</summary>
static class VerifyPages
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/verify", () => Web.Page.Of<VerifyPage>()).Only(Allow.Anyone);
        faces.Portal.MapPost("/verify", Paste).Only(Allow.Anyone);
        faces.Portal.MapGet("/verify/{code}", Scan).Only(Allow.Anyone);
        faces.Api.MapPost("/certificates/verify", Json).Only(Allow.Anyone).WithoutFormToken("checks what it is sent and changes nothing");
    }

    static async Task<IResult> Paste([FromForm] string? token, HttpRequest request, CheckCertificate check, IMembers members, CancellationToken ct)
    {
        var outcome = token?.Trim() is { Length: > 0 } text ? await check.Check(text, null, ct) : Empty;
        return outcome.Ok ? Found(outcome.Value, members, shown: false) : Web.Page.Of<VerifyPage>(new { Problem = outcome.Error, Entered = request.Form }, ErrorResult.Status(outcome.Error.Kind));
    }

    static readonly Error Empty = Error.Invalid("certificate.empty", "请先粘贴证照内容", "Paste the certificate first", "token", "打开证照文件（.sdjwt），复制全部内容", "Open the certificate file (.sdjwt) and copy all of it");

    static async Task<IResult> Scan(string code, NodeDb db, IVault vault, CheckCertificate check, IMembers members, NodeIdentity node, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.NowMs();
        if (await db.Set<PresentationRow>().AsNoTracking().SingleOrDefaultAsync(p => p.Id == code && p.Until > now, ct) is not { } presentation)
            return Gone.AsResult();
        var outcome = await check.Check(vault.Open(presentation.TokenSealed, Seals.Presentation), (PresentCertificate.Link(node, code), presentation.Nonce), ct);
        return outcome.Ok ? Found(outcome.Value, members, shown: true) : outcome.Error.AsResult();
    }

    static async Task<IResult> Json(VerifyRequest request, CheckCertificate check, CancellationToken ct)
    {
        var outcome = await check.Check(request.Token ?? "", null, ct);
        return outcome.Ok ? Results.Ok(outcome.Value) : outcome.Error.AsResult();
    }

    static Web.PageResult Found(CertificateCheck check, IMembers members, bool shown) => Web.Page.Of<VerifyPage>(new
    {
        Found = check,
        Issuer = members.Find(check.IssuerNode)?.Name,
        Shown = shown,
    });

    static readonly Error Gone = Error.NotFound("certificate.code-gone", "这个出示码已经失效", "This code is no longer good") with
    {
        Todo = "请持有人重新出示",
        TodoEn = "Ask the holder to show it again",
    };

    internal sealed record VerifyRequest([property: JsonPropertyName("token")] string? Token);
}
