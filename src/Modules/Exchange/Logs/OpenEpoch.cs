using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>
/// An administrator proposes that the log, whose end is lost, goes on under another name. It does as soon as enough members signed,
/// and each signs only if the proposal admits all that it cosigned itself (<see cref="LogChange.Hides"/>).
/// </summary>
static class OpenEpoch
{
    public const string Restored = "restored";
    public const string Lost = "lost";

    public static readonly IReadOnlyList<string> Reasons = [Restored, Lost];

    public static Words Said(string reason) => reason switch
    {
        Restored => new("自备份恢复", "restored from a backup"),
        Lost => new("日志文件损毁", "the log's files were destroyed"),
        _ => new(reason, reason),
    };

    public static async Task<IResult> Handle([FromForm] string? reason, NodeIdentity node, RegionDirectory directory, LogStanding standing, ProposalSent sent, TimeProvider clock, CancellationToken ct)
    {
        if (reason is null || !Reasons.Contains(reason))
            return Error.Invalid("log.epoch-reason", "请选择原因", "Choose the reason", "reason", "请选择后重新提交", "Choose and submit again").AsResult();
        // All that can be reached: what one of them holds beyond the others must not be left out.
        await standing.Look(ct);
        if (standing.Lost is not { } lost)
            return Error.Conflict("log.not-behind", "日志与见证方所见一致，无需开新的一期", "The log is what its witnesses saw: there is nothing to recover").AsResult();
        return await sent.Answer(
            DirectoryChange.OpenEpoch(directory.Trusted.Document, node.Id, lost.Note, reason, clock.NowMs()), new Words("已提出，等待其他成员签署", "Proposed; other members are to sign"), ct);
    }
}

/// <summary>Whether the log is the one that was witnessed, by whom, and its epochs.</summary>
static class ShowLog
{
    public static async Task<IResult> Handle(NodeIdentity node, RegionDirectory directory, TransparencyLog log, LogStanding standing, CancellationToken ct)
    {
        var asked = await standing.Look(ct);
        var document = directory.Trusted.Document;
        var ended = directory.Entry(node.Id)?.Log?.Ended ?? [];
        return Page.Of<LogPage>(new
        {
            log.Origin,
            log.Size,
            log.Held,
            Quorum = document.WitnessQuorum(node.Id),
            Witnesses = (IReadOnlyList<LogPage.WitnessRow>)[.. document.WitnessesOf(node.Id).Select(w =>
                asked.Answers.FirstOrDefault(a => a.Witness == w.NodeId) is { } answer ? new LogPage.WitnessRow(w.Name, true, answer.Seen?.Size) : new LogPage.WitnessRow(w.Name, false, null))],
            Ended = (IReadOnlyList<LogPage.EndedRow>)[.. ended.Select(e => new LogPage.EndedRow(e.Origin, e.Size, OpenEpoch.Said(e.Reason)))],
        });
    }
}
