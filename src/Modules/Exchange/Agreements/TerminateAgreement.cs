using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A steward ends an agreement: here at once, on the other side as soon as it hears.</summary>
static class TerminateAgreement
{
    public static async Task<IResult> Handle(
        string id, [FromForm(Name = "reason")] string? given, [FromForm] long revision, NodeDb db, NodeIdentity node, Outbox outbox, AgreementBook book, Once once, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (await db.Set<AgreementRow>().SingleOrDefaultAsync(a => a.Id == id, ct) is not { } row)
            return None.AsResult();
        var reason = given?.Trim() ?? "";
        if (reason.Length is < 2 or > 500)
            return Error.Invalid("agreement.reason", "请填写终止原因（2–500 字）", "Give the reason (2–500 characters)", "reason", "填写后重新提交", "Fill it in and submit again").AsResult();
        if (row.TerminatedAt is not null)
            return Error.Conflict("agreement.already-terminated", "协议已经终止", "The agreement is already terminated").AsResult();
        if (row.Revision != revision)
            return Changed.AsResult();
        row.Terminate(node.Id, reason, clock.NowMs());
        var other = row.Provider == node.Id ? row.Consumer : row.Provider;
        if (other != node.Id)
            outbox.PublishTo(other, new AgreementTerminated(id, node.Id, reason, row.TerminatedAt!.Value), $"agreement:{id}", 1);
        var page = $"/console/agreements/{Uri.EscapeDataString(id)}";
        once.Answer(StatusCodes.Status303SeeOther, page);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed.AsResult();
        await book.Load(ct);
        Flash.Leave(http, node, Tone.Done, new Words("协议已终止，相关查询即刻停止", "The agreement is terminated; queries under it stop at once"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, page, null);
    }

    public static readonly Error None = Error.NotFound("agreement.not-found", "没有这项协议", "There is no such agreement");

    static readonly Error Changed = Error.Conflict("agreement.changed", "协议刚刚被其他人修改", "Somebody else changed the agreement a moment ago", "请刷新页面后再试", "Reload the page and try again");
}

/// <summary>The other side ended an agreement. One that is still being negotiated with it is not here yet: it will arrive ended.</summary>
sealed class HonourTermination(NodeDb db, AgreementBook book) : IHandle<AgreementTerminated>
{
    public async Task Handle(AgreementTerminated e, EventContext context, CancellationToken ct)
    {
        if (context.FromNode is not { } from || e.AgreementId.Length == 0)
            return;
        var reason = DspMessage.Cut(e.Reason, 500);
        if (await db.Set<AgreementRow>().SingleOrDefaultAsync(a => a.Id == e.AgreementId, ct) is not { } row)
        {
            if (await db.Set<NegotiationRow>().FirstOrDefaultAsync(n => n.AgreementId == e.AgreementId && n.Peer == from && n.EndedAt == null, ct) is { } under)
            {
                (under.EndedAt, under.EndReason) = (e.At, reason);
                under.Revision++;
                await db.SaveChangesAsync(ct);
            }
            return;
        }
        // Only a side of the agreement may end it.
        if (from != row.Provider && from != row.Consumer)
            return;
        row.Terminate(from, reason, e.At);
        await db.SaveChangesAsync(ct);
        book.End(e.AgreementId, e.At);
    }
}
