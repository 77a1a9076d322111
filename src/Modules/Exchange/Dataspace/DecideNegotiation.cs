using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A steward takes the next step of a negotiation: on what the page showed, or not at all.</summary>
static class DecideNegotiation
{
    public static async Task<IResult> Handle(
        string id, HttpContext http, NodeDb db, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, OwnResources own, ExchangeOptions options, IItems items, DspSignal signal, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<NegotiationRow>().SingleOrDefaultAsync(n => n.Id == id, ct) is not { } row)
            return None.AsResult();
        var form = await http.Request.ReadFormAsync(ct);
        if (!Enum.TryParse<NegotiationMove>(form["move"], ignoreCase: false, out var move) || !Enum.IsDefined(move))
            return Error.Invalid("negotiation.move", "没有这样的操作", "There is no such step", "move").AsResult();
        // What was entered stands in the form again.
        async Task<IResult> Refused(Error error) => http.AsksForPage() && error.Where is not null ? await ShowNegotiations.Shown(row, directory, catalogues, items, error, form, ct) : error.AsResult();
        var reason = form["reason"].ToString().Trim();
        if (move == NegotiationMove.Terminate && reason.Length is < 2 or > 500)
            return await Refused(NoReason);
        // An end is an end whatever was on the table; anything else is said to what was read.
        if (move != NegotiationMove.Terminate && form["offer"] != row.OfferId)
            return Changed.AsResult();
        var refused = move is NegotiationMove.Offer or NegotiationMove.Request
            ? Decide(row, move, form, catalogues, clock)
            : row.Decide(move, reason.Length > 0 ? reason : null, clock.NowMs());
        if (refused is null && row.Side == DspSide.Provider && move != NegotiationMove.Terminate && own.Find(row.Resource) is { } resource)
            refused = ProviderTerms.Refuses(row.OnTable, resource, own.RightsOf(row.Resource), options, clock.NowMs());
        if (refused is not null)
            return await Refused(refused);
        var page = $"/console/negotiations/{id}";
        once.Answer(StatusCodes.Status303SeeOther, page);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed.AsResult();
        signal.Raise();
        Flash.Leave(http, node, Tone.Done, new Words("已决定，正在送达对方", "Decided; it is being delivered"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, page, null);
    }

    static Error? Decide(NegotiationRow row, NegotiationMove move, IFormCollection form, Catalogues catalogues, TimeProvider clock)
    {
        var table = row.OnTable;
        if (ShowNegotiations.Offer(catalogues, table) is not { } offer)
            return Error.Unavailable("negotiation.no-catalogue", "暂时读不到对方的资源目录", "The other side's catalogue cannot be read now", "请稍后再试", "Try again later");
        var terms = TermsForm.Read(form, offer, table, clock);
        return terms.Ok ? row.Decide(move, terms.Value, null, clock.NowMs()) : terms.Error;
    }

    public static readonly Error None = Error.NotFound("negotiation.not-found", "没有这个协商", "There is no such negotiation");

    static readonly Error NoReason = Error.Invalid("negotiation.reason", "请填写原因（2–500 字）", "Give the reason (2–500 characters)", "reason", "填写后重新提交", "Fill it in and submit again");

    static readonly Error Changed = Error.Conflict("negotiation.changed", "对方刚刚提出了新的内容", "The other side has just put something else on the table", "请刷新页面，看过新内容再决定", "Reload the page and read it before you decide");
}
