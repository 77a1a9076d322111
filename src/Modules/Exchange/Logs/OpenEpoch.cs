using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
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
    public static async Task<IResult> Handle(NodeIdentity node, NodeDb db, RegionDirectory directory, TransparencyLog log, LogStanding standing, CancellationToken ct)
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
            Evidence = (IReadOnlyList<LogPage.EvidenceRow>)[.. (await db.Set<EquivocationRow>().AsNoTracking().OrderByDescending(e => e.FoundAt).Take(50).ToListAsync(ct))
                .Select(e => new LogPage.EvidenceRow(Named(directory, e.Member), e.Origin, Named(directory, e.Witness), e.Witness, e.Witness == node.Id, e.HeldSize, e.ShownSize, e.FoundAt))],
            Ended = (IReadOnlyList<LogPage.EndedRow>)[.. ended.Select(e => new LogPage.EndedRow(e.Origin, e.Size, OpenEpoch.Said(e.Reason)))],
        });
    }

    static Words Named(RegionDirectory directory, string id) => directory.Entry(id)?.Name ?? new Words(id, id);

    /// <summary>Both checkpoints as the log signed them: who has the directory can check them with any tool for signed notes.</summary>
    public static async Task<IResult> Evidence(NodeDb db, [FromQuery] string origin, [FromQuery] string witness, CancellationToken ct) =>
        await db.Set<EquivocationRow>().AsNoTracking().SingleOrDefaultAsync(e => e.Origin == origin && e.Witness == witness, ct) is { } row
            ? Results.File(System.Text.Encoding.UTF8.GetBytes(row.Held + "\n\n" + row.Shown), "text/plain; charset=utf-8", "two-checkpoints.txt")
            : Error.NotFound("log.no-evidence", "没有这份证据", "There is no such evidence").AsResult();
}
