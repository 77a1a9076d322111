using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>What the witness last saw of one member's log.</summary>
/// <param name="Witnessed">Size of the last checkpoint it cosigned.</param>
/// <param name="Trouble">Why the last look failed; null when it did not.</param>
sealed record WitnessedLog(string NodeId, long Witnessed, long At, Error? Trouble);

/// <summary>
/// A node that the directory names as a witness looks at every other member's checkpoints and cosigns those that continue what it saw
/// before; a roll-back or a fork is refused and stays visible. Never in the way of an answer: until <see cref="DirectoryDocument.WitnessQuorum"/>
/// have cosigned, at most two and a half periods, a receipt is shown as pending.
/// </summary>
sealed partial class WitnessLogs(
    NodeIdentity node, RegionDirectory directory, PeerClient peers, Keystore keys, Equivocations equivocations, ExchangeOptions options, TimeProvider clock, ILogger<WitnessLogs> logger) : BackgroundService
{
    readonly ConcurrentDictionary<string, WitnessedLog> seen = new(StringComparer.Ordinal);

    readonly ConcurrentDictionary<string, long> handedOver = new(StringComparer.Ordinal);

    public WitnessedLog? Of(string nodeId) => seen.GetValueOrDefault(nodeId);

    /// <summary>The witness's name in its cosignatures.</summary>
    public static string NameOf(string nodeId) => $"{nodeId}/witness";

    public static string OriginOf(string nodeId) => $"{nodeId}/log";

    /// <summary>Verifier key of the SM2 line on this node's checkpoints; null where it does not use that suite.</summary>
    public static string? Sm2Of(string nodeId, Keystore keys) => keys.LogInSm2 is { } key ? NoteKey.Of(OriginOf(nodeId), key.Public, NoteKeyKind.Sm2).Text : null;

    Witness? open;

    /// <summary>It knows what it cosigned before.</summary>
    public bool IsOpen => open is not null;

    /// <summary>What this node last cosigned of a log; null when it never did, or is no witness.</summary>
    public async Task<LogHead?> Last(string origin, CancellationToken ct) => open is { } witness ? await witness.Last(origin, ct) : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var database = new Kernel.Data.DatabaseOptions("sqlite", Path.Combine(node.DataFolder, "witness.db"));
        await using var witness = await Witness.Open(database, NameOf(node.Id), keys.Witness, clock, cancel: stoppingToken);
        await equivocations.Load(stoppingToken);
        open = witness;
        await Rounds.Every(options.WitnessPeriod, clock, ct => Round(witness, ct), e => LogFailed(logger, e, "any member"), stoppingToken, atOnce: true);
    }

    async Task Round(Witness witness, CancellationToken ct)
    {
        if (directory.Entry(node.Id)?.Witness is not null)
            await Task.WhenAll(directory.Trusted.Document.Members.Where(m => m.Log is not null && m.NodeId != node.Id).Select(m => Look(witness, m, ct)));
    }

    async Task Look(Witness witness, MemberEntry member, CancellationToken ct)
    {
        var (size, trouble) = (seen.GetValueOrDefault(member.NodeId)?.Witnessed ?? 0, (Error?)null);
        // One log that cannot be looked at, or a full disk here, ends neither the others' witnessing nor the hub.
        var looked = await Rounds.Try(
            async c =>
            {
                trouble = await Cosign(witness, member, c);
                size = (await witness.Last(member.Log!.Origin, c))?.Size ?? 0;
            },
            e => LogFailed(logger, e, member.NodeId), ct);
        if (!looked)
            trouble = Error.Unavailable("witness.failed", "见证出错", "Witnessing failed");
        var at = trouble is null ? clock.NowMs() : seen.GetValueOrDefault(member.NodeId)?.At ?? 0;
        seen[member.NodeId] = new WitnessedLog(member.NodeId, size, at, trouble);
        if (trouble is { Kind: ErrorKind.Conflict })
            LogRefused(logger, member.NodeId, trouble.Code, trouble.DetailEn);
    }

    /// <summary>Null when there was nothing new or it was cosigned and handed over.</summary>
    async Task<Error?> Cosign(Witness witness, MemberEntry member, CancellationToken ct)
    {
        var key = NoteKey.Parse(member.Log!.VKey);
        if (!key.Ok)
            return key.Error;
        var note = await peers.Get(member.NodeId, "/peer/log/checkpoint", ct);
        if (!note.Ok)
            return note.Error;
        var shown = Checkpoint.Verify(note.Value, key.Value);
        if (!shown.Ok)
            return shown.Error;
        if (member.Log.Sm2 is { } sm2 && (NoteKey.Parse(sm2) is not { Ok: true, Value: var second } || !shown.Value.Note.HoldsFor(second)))
            return Error.Forbidden("checkpoint.sm2", "检查点没有名录所列 SM2 密钥的有效签名", "The checkpoint has no valid signature of the SM2 key in the directory");
        if (equivocations.Against(member.Log.Origin) is { } against)
            return against;
        var last = await witness.Last(member.Log.Origin, ct);
        var size = shown.Value.Checkpoint.Size;
        // A cosignature that was made and did not reach the log (it was away) is made and handed over again.
        if (size == 0 || (last?.Size == size && handedOver.GetValueOrDefault(member.NodeId) == size && last.Checkpoint.Root.AsSpan().SequenceEqual(shown.Value.Checkpoint.Root)))
            return null;
        IReadOnlyList<byte[]> proof = [];
        if (last is { Size: > 0 } && last.Size < size)
        {
            var asked = await peers.Get(member.NodeId, LogRoutes.Proof.Ask(member.Log.Origin, last.Size, size), ct);
            if (!asked.Ok)
                return asked.Error;
            // What is no proof of this proves no fork.
            if (LogRoutes.Proof.Read(asked.Value, last.Size, size) is not { } given)
                return Error.Unavailable("witness.no-proof", "对方日志没有给出所问的一致性证明", "The log did not give the proof of consistency that it was asked for", "请该节点的管理员核对接口版本", "Ask that node's administrator to check its version of the interface");
            proof = given;
        }
        var line = await witness.Cosign(new WitnessRequest(last?.Size ?? 0, proof, note.Value), key.Value, ct);
        if (line.Error is { Code: "witness.fork" } && last is not null)
            await equivocations.Keep(member.NodeId, node.Id, last, shown.Value.Checkpoint, note.Value, ct);
        if (!line.Ok)
            return line.Error;
        var body = JsonSerializer.SerializeToUtf8Bytes(new TakeCosignature.Message(size, line.Value), DirectoryDocument.Json);
        var taken = await peers.Send(member.NodeId, HttpMethod.Post, "/peer/log/cosignatures", body, ct);
        if (taken.Ok)
            handedOver[member.NodeId] = size;
        return taken.Error;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Witnessing the log of {Node} failed.")]
    static partial void LogFailed(ILogger logger, Exception e, string node);

    [LoggerMessage(Level = LogLevel.Error, Message = "The log of {Node} was not cosigned: {Code} {Why}")]
    static partial void LogRefused(ILogger logger, string node, string code, string why);
}
