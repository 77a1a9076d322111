using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>An administrator replaces this node's own key: the new one signs as soon as enough members agreed.</summary>
static class ReplaceKey
{
    public const string Everything = "everything";
    public const string MessagesInSm2 = "messages-sm2";
    public const string MessagesInEcdsa = "messages-ecdsa";

    public static async Task<IResult> Handle(
        [FromForm(Name = "key")] string? wanted, [FromForm] string? overlap, [FromForm(Name = "from")] string? since, NodeIdentity node, RegionDirectory directory, Keystore keys, ProposalSent sent, TimeProvider clock, CancellationToken ct)
    {
        if (wanted is not (Everything or MessagesInSm2 or MessagesInEcdsa))
            return Wrong("key", "请选择新密钥", "Choose the new key").AsResult();
        if (overlap is not ("0" or "7" or "30" or Stolen))
            return Wrong("overlap", "请选择旧密钥还能用多久", "Choose how long the old key stays").AsResult();
        var distrustedFrom = overlap == Stolen ? DistrustKey.Moment(since) : (Result<long?>)(long?)null;
        if (!distrustedFrom.Ok)
            return distrustedFrom.Error.AsResult();
        var key = keys.Prepare(wanted == Everything ? OwnKeys.Signing : OwnKeys.Messages, wanted == MessagesInSm2 ? SignatureSuites.Sm2 : SignatureSuites.EcdsaP256);
        var entry = MemberApplication.Key(key, wanted == Everything ? null : MemberKey.ForMessages, clock.NowMs());
        var stays = TimeSpan.FromDays(overlap == Stolen ? 0 : int.Parse(overlap, CultureInfo.InvariantCulture));
        return await sent.Answer(DirectoryChange.ReplaceKey(directory.Trusted.Document, node.Id, entry, stays, clock.NowMs(), distrustedFrom.Value), new Words("已提出更换密钥，等待其他成员签署", "Proposed; other members are to sign"), ct);
    }

    /// <summary>The old key ends at once, and is distrusted from a day in the past.</summary>
    public const string Stolen = "stolen";

    static Error Wrong(string where, string zh, string en) => Error.Invalid("directory.form", zh, en, where, "请选择后重新提交", "Choose and submit again");
}

/// <summary>An administrator says how this node's log vouches for its answers.</summary>
static class SealAnswers
{
    public const string Seals = "seals";
    public const string Signs = "signs";
    public const string InSm2 = "sm2";

    public static async Task<IResult> Handle([FromForm] string? answers, NodeIdentity node, RegionDirectory directory, Keystore keys, ProposalSent sent, TimeProvider clock, CancellationToken ct)
    {
        if (answers is not (Seals or Signs or InSm2))
            return Error.Invalid("directory.form", "请选择回答怎样证明", "Choose how answers are vouched for", "answers", "请选择后重新提交", "Choose and submit again").AsResult();
        var before = directory.Trusted.Document;
        var seals = answers == InSm2 ? before.Members.FirstOrDefault(m => m.NodeId == node.Id)?.Log?.Seals == true : answers == Seals;
        // From now on checkpoints have the line; others ask for it when the directory names its key.
        var sm2 = answers == InSm2 ? keys.SignCheckpointsInSm2().Public : null;
        return await sent.Answer(DirectoryChange.Seal(before, node.Id, seals, sm2, clock.NowMs()), new Words("已提出，等待其他成员签署", "Proposed; other members are to sign"), ct);
    }
}

/// <summary>An administrator proposes to admit a government that applied.</summary>
static class AdmitMember
{
    public static async Task<IResult> Handle([FromForm] string? application, NodeIdentity node, RegionDirectory directory, ProposalSent sent, TimeProvider clock, CancellationToken ct)
    {
        var read = MemberApplication.Read(application ?? "", node.Region);
        return await sent.Answer(read.Then(newcomer => DirectoryChange.Admit(directory.Trusted.Document, newcomer, clock.NowMs())), new Words("已提出接纳，等待其他成员签署", "Proposed; other members are to sign"), ct);
    }
}

/// <summary>An administrator proposes that a member leaves: one that wants to, or one whose keys nobody can trust any more.</summary>
static class RemoveMember
{
    public static async Task<IResult> Handle([FromForm] string? member, RegionDirectory directory, ProposalSent sent, TimeProvider clock, CancellationToken ct) =>
        await sent.Answer(DirectoryChange.Remove(directory.Trusted.Document, member ?? "", clock.NowMs()), new Words("已提出移除，等待其他成员签署", "Proposed; other members are to sign"), ct);
}

/// <summary>An administrator proposes that nobody relies on a key any more: one of this node, or of a member that cannot say so itself.</summary>
static class DistrustKey
{
    public static async Task<IResult> Handle([FromForm] string? key, [FromForm] string? from, RegionDirectory directory, ProposalSent sent, TimeProvider clock, CancellationToken ct) =>
        await sent.Answer(Moment(from).Then(since => DirectoryChange.Distrust(directory.Trusted.Document, key ?? "", since!.Value, clock.NowMs())), new Words("已提出，等待其他成员签署", "Proposed; other members are to sign"), ct);

    /// <summary>No key here is older.</summary>
    static readonly DateOnly FirstDay = new(2000, 1, 1);

    /// <summary>The beginning of the day in the region: nobody knows the minute of a theft.</summary>
    public static Result<long?> Moment(string? day) => DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date >= FirstDay
        ? new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), LocalTime.Zone.BaseUtcOffset).ToUnixTimeMilliseconds()
        : Error.Invalid("directory.form", "请填写自哪一天起不可信", "Say from which day it is distrusted", "from", "请按 年-月-日 填写后重新提交", "Write it as year-month-day and submit again");
}

/// <summary>An administrator signs what another member proposed: exactly what was shown, by its hash.</summary>
static class SignProposal
{
    public static async Task<IResult> Handle(string id, HubProposals hub, ProposalSent sent, CancellationToken ct)
    {
        var waiting = await hub.Waiting(ct);
        if (!waiting.Ok)
            return waiting.Error.AsResult();
        var proposal = waiting.Value.Select(p => Proposal.Read(p.Document)).FirstOrDefault(p => p is not null && Proposal.IdOf(p.Value.Signed) == id);
        return proposal is null
            ? (Error.NotFound("directory.proposal-gone", "这份提案已不再等待签署", "This proposal no longer waits") with { Todo = "请刷新页面", TodoEn = "Reload the page" }).AsResult()
            : await sent.Answer(proposal.Value.Signed, new Words("已签署", "Signed"), ct);
    }
}

/// <summary>Signs, hands to the hub, and sends the browser back to the page.</summary>
sealed class ProposalSent(HubProposals hub, NodeDb db, NodeIdentity node, Once once, IHttpContextAccessor http)
{
    const string Page = "/console/directory";

    public async Task<IResult> Answer(Result<DirectoryDocument> next, Words done, CancellationToken ct) =>
        next.Ok ? await Answer(SignedDocument.Of(next.Value), done, ct) : next.Error.AsResult();

    public async Task<IResult> Answer(SignedDocument document, Words done, CancellationToken ct)
    {
        var taken = await hub.Sign(document, ct);
        if (!taken.Ok)
            return taken.Error.AsResult();
        once.Answer(StatusCodes.Status303SeeOther, Page);
        await db.SaveChangesAsync(ct);
        Flash.Leave(http.HttpContext!, node, Tone.Done, done);
        return new OnceAnswer(StatusCodes.Status303SeeOther, Page, null);
    }
}
