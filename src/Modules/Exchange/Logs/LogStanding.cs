using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// Whether this node's log is the one that its witnesses cosigned. One restored from a backup is whole in itself and lacks its end: what it
/// signed next would be a fork. So it is held (<c>log.behind-its-witness</c>) until its files are the newest ones again, or members agreed
/// to a new epoch. Witnesses are asked at start, and then until so many have answered that at least one is in every quorum; where none
/// can be reached the node works, and is stopped as soon as one can. They are asked again while the node runs: a database server may have been
/// put back to a backup beneath it.
/// </summary>
sealed partial class LogStanding(NodeIdentity node, RegionDirectory directory, TransparencyLog log, ExchangeOptions options, TimeProvider clock, IServiceScopeFactory scopes, ILogger<LogStanding> logger) : BackgroundService
{
    readonly SemaphoreSlim turn = new(1, 1);
    volatile AskWitnesses.Answer? lost;

    /// <summary>The epoch of which it is known what was lost before it, and whose acknowledgements of before were put aside.</summary>
    int remembered = 1;

    /// <summary>What the witness that saw most holds and this log is not; null when nobody holds such a thing.</summary>
    public AskWitnesses.Answer? Lost => lost;

    /// <summary>
    /// Unix ms since when messages of other nodes count: which nonces were spent before the last loss is not known, so an older message could be one
    /// that is sent again. 0 when nothing was ever lost.
    /// </summary>
    public long Since { get; private set; }

    /// <summary>What this log lost, in order: where each later epoch begins, and when.</summary>
    public IReadOnlyList<LostPart> Breaks { get; private set; } = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var next = 0L;
        await Rounds.Every(options.WitnessPeriod, clock, Round, e => LogFailed(logger, e), stoppingToken);

        async Task Round(CancellationToken ct)
        {
            await Follow(ct);
            if (clock.NowMs() >= next && Enough(await Look(ct)))
                next = clock.NowMs() + (long)options.StandingPeriod.TotalMilliseconds;
            await Remember(ct);
        }
    }

    /// <summary>Before the first request.</summary>
    public async Task Begin(CancellationToken ct)
    {
        await Remember(ct);
        await Look(ct);
    }

    /// <summary>Once for each epoch. Where it fails it is done in the next round: the epoch has begun all the same.</summary>
    async Task Remember(CancellationToken ct)
    {
        if (remembered == log.Epoch)
            return;
        var now = log.Epoch;
        var breaks = new List<LostPart>();
        for (var epoch = 2; epoch <= now; epoch++)
        {
            if (await log.Find(EpochLeaf.ReferenceOf(epoch), ct) is { } began)
                breaks.Add(new(began.Index, began.At));
        }
        (Breaks, Since) = (breaks, breaks.Count > 0 ? breaks[^1].Since : 0);
        if (breaks.Count > 0)
            await EndAcks.Before(scopes, Since, now, ct);
        remembered = now;
    }

    /// <summary>As many as leave no quorum without one of them. One that shows the log to be behind is enough by itself.</summary>
    bool Enough(AskWitnesses asked) =>
        lost is not null || asked.Answers.Count > directory.Trusted.Document.WitnessesOf(node.Id).Count() - directory.Trusted.Document.WitnessQuorum(node.Id);

    /// <summary>Asks the witnesses now.</summary>
    public async Task<AskWitnesses> Look(CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            var asked = await AskWitnesses.About(log.Key, [.. directory.Trusted.Document.WitnessesOf(node.Id)], ct);
            foreach (var answer in asked.Answers.Where(a => a.Seen is not null).OrderByDescending(a => a.Seen!.Size))
            {
                if (answer.Seen!.Origin != log.Origin || await log.Continues(answer.Seen, ct))
                    continue;
                if (log.Held is null)
                    LogBehind(logger, answer.Witness, answer.Seen.Size, log.Size);
                log.Hold(Behind(answer.Witness, answer.Seen.Size));
                lost = answer;
                break;
            }
            return asked;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Once the directory in force names the next epoch of this log, it begins.</summary>
    public async Task Follow(CancellationToken ct)
    {
        if (lost is null || directory.Entry(node.Id)?.Log is not { Ended: [.., var ended] } own || own.Origin != LogEpoch.Origin(WitnessLogs.OriginOf(node.Id), log.Epoch + 1) || ended.Origin != log.Origin)
            return;
        await turn.WaitAsync(ct);
        try
        {
            var begun = await log.BeginEpoch(log.Epoch + 1, EpochLeaf.Of(log.Epoch + 1, own.Origin, ended, log.Size, clock.NowMs()), ct);
            if (!begun.Ok)
                return;
            lost = null;
            LogBegan(logger, own.Origin, begun.Value.Index);
            await Remember(ct);
        }
        finally
        {
            turn.Release();
        }
    }

    static Error Behind(string witness, long size) => Error.Unavailable("log.behind-its-witness",
        $"本节点的日志不是见证方所见的日志：{witness} 见证过 {size} 条", $"This node's log is not the one that was witnessed: {witness} cosigned {size} leaves of it",
        "请换回最新的日志文件后重启；若已丢失，由管理员在“日志”页提出新的一期", "Put the newest files of the log back and restart; if they are lost, an administrator proposes a new epoch on the page 'Log'");

    [LoggerMessage(Level = LogLevel.Error, Message = "{Witness} cosigned {Witnessed} leaves of this log, which has {Size} and does not agree. Nothing is exchanged until that is settled.")]
    static partial void LogBehind(ILogger logger, string witness, long witnessed, long size);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The log goes on as {Origin} from leaf {Index}.")]
    static partial void LogBegan(ILogger logger, string origin, long index);

    [LoggerMessage(Level = LogLevel.Error, Message = "Comparing the log with its witnesses failed; trying again.")]
    static partial void LogFailed(ILogger logger, Exception e);
}

/// <summary>The first leaf of a later epoch: what the one before ended at by everybody's word, how much of it is left, and why.</summary>
static class EpochLeaf
{
    public const string Kind = "log.epoch";

    public static string ReferenceOf(int number) => $"epoch/{number}";

    /// <param name="kept">Leaves that stand before it.</param>
    public static LogEntry Of(int number, string origin, EndedLog ended, long kept, long at) => LogEntry.Of(ReferenceOf(number), Kind, new JsonObject
    {
        ["at"] = at,
        ["checkpoint"] = ended.Checkpoint,
        ["ended"] = ended.Origin,
        ["kept"] = kept,
        ["origin"] = origin,
        ["reason"] = ended.Reason,
    });

    /// <summary>The epoch that ended and its checkpoint; null when it is another leaf.</summary>
    public static (string Ended, string Checkpoint)? Read(ReadOnlySpan<byte> data)
    {
        // Asked of every leaf by an audit.
        if (data.IndexOf("\"log.epoch\""u8) < 0)
            return null;
        try
        {
            return JsonSerializer.Deserialize<Whole>(data, DirectoryDocument.Json) is { Kind: Kind, Body: { Ended: not null, Checkpoint: not null } body } ? (body.Ended, body.Checkpoint) : null;
        }
        // An audit reads whatever was made of a leaf.
        catch (JsonException)
        {
            return null;
        }
    }

    sealed record Whole(string? Kind, Body? Body);

    sealed record Body(string? Ended, string? Checkpoint);
}
