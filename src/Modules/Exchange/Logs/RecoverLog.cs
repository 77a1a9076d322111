using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

public static partial class ExchangeModule
{
    public static IReadOnlyList<string> EpochReasons => OpenEpoch.Reasons;

    /// <summary>
    /// By the command line what the page 日志 does: says what each witness holds of this node's log, and where its end is lost proposes the next
    /// epoch. Beside the running node or without it; the log is read and not written to.
    /// </summary>
    /// <param name="services">Of a composed node; it need not be started.</param>
    /// <param name="reason">One of <see cref="EpochReasons"/>; null only looks.</param>
    public static async Task<IReadOnlyList<Finding>> RecoverLog(IServiceProvider services, string? reason, CancellationToken ct = default)
    {
        var node = services.GetRequiredService<NodeIdentity>();
        var directory = services.GetRequiredService<RegionDirectory>();
        await directory.Load(ct);
        var document = directory.Trusted.Document;
        if (directory.Entry(node.Id)?.Log is not { } log || NoteKey.Parse(log.VKey) is not { Ok: true } key)
            return [new("directory", false, new($"名录中没有 {node.Id} 的日志公钥", $"The directory has no log key of {node.Id}"))];
        var asked = await AskWitnesses.About(key.Value, [.. document.WitnessesOf(node.Id)], ct);
        var database = LogDatabase(node, services.GetRequiredService<DatabaseOptions>());
        // Nothing is left of a log whose file is gone.
        var audit = database.IsSqlite && !File.Exists(database.Connection)
            ? new LogAudit(0, 0, [])
            : await TransparencyLog.Audit(database, key.Value, sizes: asked.Sizes, ended: Keys((log.Ended ?? []).Select(e => e.VKey)), cancel: ct);
        List<Finding> findings = [new("log", true, new($"{log.Origin}：本节点现有 {audit.Leaves} 条", $"{log.Origin}: {audit.Leaves} leaves are here")), .. asked.Answers.Select(a => Held(a, audit))];
        var lost = asked.Answers.Where(a => a.Seen is { } seen && !audit.Continues(seen)).MaxBy(a => a.Seen!.Size);
        if (asked.Answers.Count == 0)
            return [.. findings, new("witnesses", false, new("见证方都联系不上，无法判断", "No witness can be reached, so it cannot be told"))];
        if (lost is null)
            return [.. findings, new("epoch", reason is null, new("日志与见证方所见一致，无需开新的一期", "The log is what its witnesses saw: there is nothing to recover"))];
        if (reason is null)
            return [.. findings, new("epoch", false, new("日志缺少末尾：换回最新的日志文件后重启；若已丢失，加 --reason 提出新的一期", "Its end is missing: put the newest files back and restart; if they are lost, propose a new epoch with --reason"))];
        var next = DirectoryChange.OpenEpoch(document, node.Id, lost.Note, reason, services.GetRequiredService<TimeProvider>().NowMs());
        var proposed = next.Ok ? await services.GetRequiredService<HubProposals>().Propose(next.Value, ct) : next.Error;
        return [.. findings, proposed.Ok
            ? new("epoch", true, new($"已提出：{log.Origin} 止于见证过的 {lost.Seen!.Size} 条（{OpenEpoch.Said(reason).Zh}）；多数成员签署后，运行中的节点自动继续", $"Proposed: {log.Origin} ended at {lost.Seen.Size} witnessed leaves ({OpenEpoch.Said(reason).En}); once a majority signed, the running node goes on by itself"))
            : new("epoch", false, new($"{proposed.Error.Detail} [{proposed.Error.Code}]", $"{proposed.Error.DetailEn} [{proposed.Error.Code}]"))];
    }

    static Finding Held(AskWitnesses.Answer answer, LogAudit audit) => answer.Seen is not { } seen
        ? new("witness", true, new($"{answer.Witness} 尚未见证过", $"{answer.Witness} has cosigned nothing yet"))
        : audit.Continues(seen)
            ? new("witness", true, new($"{answer.Witness} 见证过 {seen.Size} 条，都在", $"{answer.Witness} cosigned {seen.Size} leaves, which are here"))
            : new("witness", false, new($"{answer.Witness} 见证过 {seen.Size} 条，本节点没有", $"{answer.Witness} cosigned {seen.Size} leaves, which are not here"));
}
