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

/// <summary>
/// The person takes a consent back. It is refused here from the moment this is saved; every provider it names is told by an
/// event that is delivered even if that node is away now.
/// </summary>
static class RevokeConsent
{
    public static async Task<IResult> Handle(string id, [FromForm] long revision, NodeDb db, NodeIdentity node, Outbox outbox, ConsentBook book, Once once, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (await db.Set<ConsentRow>().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } row)
            return Error.NotFound("consent.none", "没有这项授权", "There is no such consent").AsResult();
        if (row.Revision != revision && row.RevokedAt is null)
            return Changed.AsResult();
        if (row.Revoke(clock.NowMs()) is { Ok: false } refused)
            return refused.Error.AsResult();
        Tell(row, db, node, outbox);
        once.Answer(StatusCodes.Status303SeeOther, "/my/consents");
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed.AsResult();
        book.Revoke(node.Id, id);
        Flash.Leave(http, node, Tone.Done, new Words("已撤回授权，数据来源部门会立即停止提供", "Consent withdrawn; the providers are being told to stop"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, "/my/consents", null);
    }

    /// <summary>Void here once it is saved, and every provider that it names hears of it.</summary>
    public static void Tell(ConsentRow row, NodeDb db, NodeIdentity node, Outbox outbox)
    {
        db.Add(new RevocationRow { ConsentId = row.Id, FromNode = node.Id, At = row.RevokedAt!.Value, HeardAt = row.RevokedAt.Value });
        var told = new ConsentRevoked(row.Id, row.RevokedAt.Value);
        foreach (var provider in row.SourceList().Select(s => s.ProviderNode).Distinct(StringComparer.Ordinal).Where(p => p != node.Id))
            outbox.PublishTo(provider, told, $"consent:{row.Id}", 1);
    }

    static readonly Error Changed = Error.Conflict("consent.changed", "这项授权刚刚被修改", "The consent was changed a moment ago", "请刷新页面后再试", "Reload the page and try again");
}

/// <summary>A provider hears that a consent is void.</summary>
sealed class HonourRevocation(NodeDb db, ConsentBook book, TimeProvider clock) : IHandle<ConsentRevoked>
{
    public async Task Handle(ConsentRevoked e, EventContext context, CancellationToken ct)
    {
        if (context.FromNode is not { } from)
            return;
        if (!await db.Set<RevocationRow>().AnyAsync(r => r.FromNode == from && r.ConsentId == e.ConsentId, ct))
            db.Add(new RevocationRow { ConsentId = e.ConsentId, FromNode = from, At = e.At, HeardAt = clock.NowMs() });
        await db.SaveChangesAsync(ct);
        // Before the commit: refusing too early by a moment is right, too late is not.
        book.Revoke(from, e.ConsentId);
    }
}
