using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// A log could show each witness a tree of its own, whole in itself. So witnesses compare: in every round each asks, of each log, one other
/// witness in turn for what it last cosigned, and the log for the proof that the smaller begins the larger. Two roots of one size, or a proof
/// that does not hold, and the two checkpoints, both signed by the log, are the evidence.
/// </summary>
sealed partial class CompareWitnesses(
    NodeIdentity node, RegionDirectory directory, WitnessLogs witness, Equivocations equivocations, PeerClient peers, ExchangeOptions options, TimeProvider clock, ILogger<CompareWitnesses> logger) : BackgroundService
{
    int round;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.Every(options.WitnessPeriod * 2, clock, Round, e => LogFailed(logger, e, "any member"), stoppingToken);

    async Task Round(CancellationToken ct)
    {
        if (directory.Entry(node.Id)?.Witness is null || !witness.IsOpen)
            return;
        round++;
        foreach (var member in directory.Trusted.Document.Members.Where(m => m.Log is not null && m.NodeId != node.Id).ToList())
            await Rounds.Try(c => Compare(member, c), e => LogFailed(logger, e, member.NodeId), ct);
    }

    async Task Compare(MemberEntry member, CancellationToken ct)
    {
        var others = directory.Trusted.Document.WitnessesOf(member.NodeId).Where(w => w.NodeId != node.Id).ToList();
        if (others.Count == 0 || NoteKey.Parse(member.Log!.VKey) is not { Ok: true } key)
            return;
        var asked = await AskWitnesses.About(key.Value, [others[round % others.Count]], ct);
        // Asked before this is read: what is held here only grows meanwhile.
        if (asked.Answers is not [{ Seen: { Size: > 0 } other } answer] || await witness.Last(key.Value.Name, ct) is not { Size: > 0 } held)
            return;
        if (await AreOfOneTree(member.NodeId, key.Value.Name, held.Checkpoint, other, ct) is false)
            await equivocations.Keep(member.NodeId, answer.Witness, held, other, answer.Note, ct);
    }

    /// <summary>Null when the log does not say: it is away, began another epoch, has not so many leaves any more, or answers something else.</summary>
    async Task<bool?> AreOfOneTree(string member, string origin, Checkpoint one, Checkpoint other, CancellationToken ct)
    {
        if (one.Size == other.Size)
            return one.Root.AsSpan().SequenceEqual(other.Root);
        var (first, second) = one.Size < other.Size ? (one, other) : (other, one);
        var asked = await peers.Get(member, LogRoutes.Proof.Ask(origin, first.Size, second.Size), ct);
        return asked.Ok && LogRoutes.Proof.Read(asked.Value, first.Size, second.Size) is { } proof
            ? Merkle.VerifyConsistency(first.Size, second.Size, first.Root, second.Root, proof)
            : null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What other witnesses saw of the log of {Member} could not be compared; trying again.")]
    static partial void LogFailed(ILogger logger, Exception e, string member);
}
