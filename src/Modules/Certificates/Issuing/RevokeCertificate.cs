using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Certificates;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;

namespace Tongban.Certificates;

/// <summary>An officer of the issuing department revokes a certificate; its bit is set, its holder told.</summary>
static class RevokeCertificate
{
    public static void Map(Faces faces) => faces.Console.MapPost("/certificates/{id}/revoke", Revoke)
        .Only(Allow.Roles(Role.Officer, Role.Supervisor)).WithOnce();

    static async Task<IResult> Revoke(string id, [FromForm] string? reason, [FromForm] long revision, NodeDb db, Outbox outbox, Once once,
        StatusLists lists, NodeIdentity node, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<Certificate>().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } certificate)
            return ListCertificates.Missing.AsResult();
        if (certificate.Revision != revision)
            return Changed.AsResult();
        var revoked = certificate.Revoke(reason ?? "", clock.NowMs());
        if (!revoked.Ok)
            return revoked.Error.AsResult();
        var e = new CertificateRevoked(certificate.Number, node.Id, new Words(certificate.RevokedReason!, certificate.RevokedReason!), certificate.RevokedAt!.Value);
        outbox.Publish(e);
        if (certificate.FilingNode != node.Id)
            outbox.PublishTo(certificate.FilingNode, e, IssueCertificate.Stream(certificate), 2);
        once.Answer(303, $"/console/certificates/{id}");
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed.AsResult();
        lists.Forget(StatusList.Place(certificate.StatusPlace).List);
        return new OnceAnswer(303, $"/console/certificates/{id}", null);
    }

    static readonly Error Changed = Error.Conflict("certificate.changed", "这张证照刚被别人改动过", "Somebody else has just changed this certificate",
        "请刷新页面，看过现在的状态后再决定", "Reload, look at its present state and decide again");
}
