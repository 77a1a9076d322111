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
        [FromForm(Name = "key")] string? wanted, [FromForm] string? overlap, NodeIdentity node, RegionDirectory directory, Keystore keys, ProposalSent sent, TimeProvider clock, CancellationToken ct)
    {
        if (wanted is not (Everything or MessagesInSm2 or MessagesInEcdsa))
            return Wrong("key", "请选择新密钥", "Choose the new key").AsResult();
        if (overlap is not ("0" or "7" or "30"))
            return Wrong("overlap", "请选择旧密钥还能用多久", "Choose how long the old key stays").AsResult();
        var key = keys.Prepare(wanted == Everything ? OwnKeys.Signing : OwnKeys.Messages, wanted == MessagesInSm2 ? SignatureSuites.Sm2 : SignatureSuites.EcdsaP256);
        var entry = MemberApplication.Key(key, wanted == Everything ? null : MemberKey.ForMessages, clock.NowMs());
        var stays = TimeSpan.FromDays(int.Parse(overlap, CultureInfo.InvariantCulture));
        return await sent.Answer(DirectoryChange.ReplaceKey(directory.Trusted.Document, node.Id, entry, stays, clock.NowMs()), new Words("已提出更换密钥，等待其他成员签署", "Proposed; other members are to sign"), ct);
    }

    static Error Wrong(string where, string zh, string en) => Error.Invalid("directory.form", zh, en, where, "请选择后重新提交", "Choose and submit again");
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
