using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>What this node subscribed to, or what others subscribed to here: how far each is, what waits and why.</summary>
static class ShowSubscriptions
{
    public static async Task<IResult> Handle(NodeDb db, RegionDirectory directory, Catalogues catalogues, CancellationToken ct, string? side = null, string? after = null)
    {
        var last = "";
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            last = key.Value[0];
        }
        var names = new UseNames(directory, catalogues);
        var given = side == "given";
        // Ids begin with their time.
        List<SubscriptionsPage.Row> rows = given
            ? [.. (await db.Set<WatchRow>().AsNoTracking().Where(w => last == "" || string.Compare(w.Id, last) < 0).OrderByDescending(w => w.Id).Take(51).ToListAsync(ct)).Select(w => new SubscriptionsPage.Row(
                w.Id, w.AgreementId, names.Resource(w.Resource), names.Node(w.Consumer), w.State.ToString(), w.Offset, w.Offset - w.Acked, w.Code, w.CreatedAt, w.Until, w.Revision))]
            : [.. (await db.Set<SubscriptionRow>().AsNoTracking().Where(s => last == "" || string.Compare(s.Id, last) < 0).OrderByDescending(s => s.Id).Take(51).ToListAsync(ct)).Select(s => new SubscriptionsPage.Row(
                s.Id, s.AgreementId, names.Resource(s.Resource), names.Node(s.Provider), s.EndedAt is null ? nameof(WatchState.Active) : nameof(WatchState.Ended), s.Offset, null, s.Code, s.ChangedAt ?? s.CreatedAt, s.Until, s.Revision))];
        return Page.Of<SubscriptionsPage>(new { Rows = Cursor.Page(rows, 50, r => [r.Id]), Given = given, IsFirst = after is null });
    }

    /// <summary>What came, the newest first. Reading it is recorded for whom it is about.</summary>
    public static async Task<IResult> One(string id, NodeDb db, RegionDirectory directory, Catalogues catalogues, AgreementBook agreements, IAccessRecords records, IVault vault, CancellationToken ct)
    {
        if (await db.Set<SubscriptionRow>().AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, ct) is not { } row)
            return Subscribe.None.AsResult();
        var names = new UseNames(directory, catalogues);
        var offer = agreements.Find(row.AgreementId) is { } agreement ? ShowNegotiations.Offer(catalogues, agreement.Terms) : null;
        if (row.SubjectKey.Length > 0)
            await records.Record(new AccessRecord(row.SubjectKey, db.Actor.Id, db.Actor.Department ?? "", new Words("订阅收到的变化", "changes received by a subscription"), row.Purpose, row.CaseReference, names.Resource(row.Resource)), ct);
        var changes = await db.Set<TakenChangeRow>().AsNoTracking().Where(c => c.SubscriptionId == id).OrderByDescending(c => c.Offset).Take(50).ToListAsync(ct);
        return Page.Of<SubscriptionPage>(new
        {
            Resource = names.Resource(row.Resource),
            Provider = names.Node(row.Provider),
            Row = new SubscriptionPage.Facts(row.Id, row.AgreementId, row.EndedAt, row.Code, row.CaseReference, row.Until),
            Changes = (IReadOnlyList<SubscriptionPage.Change>)[.. changes.Select(c =>
            {
                var answer = QueryAnswer.Parse(vault.TryOpen(c.Answer, TakenChangeRow.SealContext).Value).Value;
                return new SubscriptionPage.Change(c.Offset, answer.AsOf, c.TakenAt, c.DeleteAt, [.. answer.Rows.Select(r => (IReadOnlyList<(Words, string?)>)[.. r.Select(f => (offer?.Field(f.Key)?.Label ?? new Words(f.Key, f.Key), f.Value))])], answer.Withheld is { Groups: > 0 } w ? $"{w.Groups}{(w.OrMore ? "+" : "")}" : null);
            })],
        });
    }
}

/// <summary>
/// A steward's step. Provider: what is blocked is tried again. Consumer: everything is asked for again from the first change on, or the
/// subscription is ended.
/// </summary>
static class DecideSubscription
{
    public static async Task<IResult> Handle(
        string id, [FromForm] string? move, [FromForm] long revision, HttpContext http, NodeDb db, NodeIdentity node, PeerClient peers, WatchSignal signal, Once once, TimeProvider clock, CancellationToken ct)
    {
        string? provider = null;
        var to = move == "retry" ? "/console/subscriptions?side=given" : "/console/subscriptions";
        if (move == "retry")
        {
            if (await db.Set<WatchRow>().SingleOrDefaultAsync(w => w.Id == id && w.State == WatchState.Blocked, ct) is not { } watch)
                return Subscribe.None.AsResult();
            if (watch.Revision != revision)
                return Changed.AsResult();
            watch.Replay(watch.Acked + 1);
        }
        else if (move is "replay" or "end")
        {
            if (await db.Set<SubscriptionRow>().SingleOrDefaultAsync(s => s.Id == id && s.EndedAt == null, ct) is not { } row)
                return Subscribe.None.AsResult();
            if (row.Revision != revision)
                return Changed.AsResult();
            // Nothing changes here by asking again: the changes that come then do.
            if (move == "replay" && await peers.Send(row.Provider, HttpMethod.Post, $"/peer/subscriptions/{id}/replay", NumberMessage.Write("from", row.Offset + 1), ct) is { Ok: false } asked)
                return asked.Error.AsResult();
            if (move == "end")
                row.End("subscription.ended", clock.NowMs());
            provider = row.Provider;
        }
        else
        {
            return Error.Invalid("subscription.move", "没有这样的操作", "There is no such step", "move").AsResult();
        }
        once.Answer(StatusCodes.Status303SeeOther, to);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed.AsResult();
        // A provider that does not hear of it is told when it sends the next change.
        if (move == "end")
            _ = await peers.Send(provider!, HttpMethod.Post, $"/peer/subscriptions/{id}/end", Subscribe.Nothing, ct);
        signal.Raise();
        Flash.Leave(http, node, Tone.Done, move == "end" ? new Words("订阅已结束", "The subscription is ended") : new Words("已要求重新发送", "Asked to be sent again"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, to, null);
    }

    static readonly Error Changed = Error.Conflict("subscription.changed", "订阅刚刚有变化", "The subscription has just changed", "请刷新页面后再试", "Reload the page and try again");
}
