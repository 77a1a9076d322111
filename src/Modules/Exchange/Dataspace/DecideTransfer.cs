using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A steward suspends the use of an agreement, takes it up again, or ends it. What is suspended is refused to queries at once.</summary>
static class DecideTransfer
{
    /// <summary>Beside the protocol's own steps: a suspension whose transfer the other side ended is taken back.</summary>
    public const string Lift = "Lift";

    public static async Task<IResult> Begin(string id, NodeDb db, NodeIdentity node, AgreementBook agreements, DspSignal signal, Once once, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (agreements.Find(id) is not { } agreement || agreement.Terms.Consumer != node.Id || agreement.Terms.Provider == node.Id)
            return TerminateAgreement.None.AsResult();
        if (agreement.Inactive(clock.NowMs()) is { } inactive)
            return inactive.AsResult();
        var row = TransferRow.New(DspSide.Consumer, node.Division, "", agreement.Terms.Provider, PeerPaths.Dataspace, id, clock.NowMs());
        row.Send(TransferMove.Request, clock.NowMs());
        db.Add(row);
        return await Finish(id, db, node, agreements, signal, once, http, ct);
    }

    public static async Task<IResult> Handle(
        string id, [FromForm] string? move, [FromForm] string? reason, NodeDb db, NodeIdentity node, AgreementBook agreements, DspSignal signal, Once once, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (await db.Set<TransferRow>().SingleOrDefaultAsync(t => t.Id == id, ct) is not { } row)
            return None.AsResult();
        if (move == Lift && row is { State: TransferState.Terminated, SuspendedBy: not null })
        {
            row.Lift();
            return await Finish(row.AgreementId, db, node, agreements, signal, once, http, ct);
        }
        if (!Enum.TryParse<TransferMove>(move, ignoreCase: false, out var step) || !Enum.IsDefined(step))
            return Error.Invalid("transfer.move", "没有这样的操作", "There is no such step", "move").AsResult();
        var words = reason?.Trim() ?? "";
        if (step is TransferMove.Suspend or TransferMove.Terminate && words.Length is < 2 or > 500)
            return Error.Invalid("transfer.reason", "请填写原因（2–500 字）", "Give the reason (2–500 characters)", "reason", "填写后重新提交", "Fill it in and submit again").AsResult();
        if (row.Decide(step, words.Length > 0 ? words : null, clock.NowMs()) is { } refused)
            return refused.AsResult();
        return await Finish(row.AgreementId, db, node, agreements, signal, once, http, ct);
    }

    static async Task<IResult> Finish(string agreement, NodeDb db, NodeIdentity node, AgreementBook agreements, DspSignal signal, Once once, HttpContext http, CancellationToken ct)
    {
        var page = $"/console/agreements/{Uri.EscapeDataString(agreement)}";
        once.Answer(StatusCodes.Status303SeeOther, page);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed.AsResult();
        await agreements.Refresh(ct);
        signal.Raise();
        Flash.Leave(http, node, Tone.Done, new Words("已决定，正在送达对方", "Decided; it is being delivered"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, page, null);
    }

    static readonly Error None = Error.NotFound("transfer.not-found", "没有这个传输", "There is no such transfer");

    static readonly Error Changed = Error.Conflict("transfer.changed", "对方刚刚改变了状态", "The other side has just changed it", "请刷新页面后再试", "Reload the page and try again");
}
