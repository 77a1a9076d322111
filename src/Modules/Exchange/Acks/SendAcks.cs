using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The consumer's side of fair exchange: every few seconds it tells each provider, in one signed message, which answers it holds. It reads
/// them from its own log, so that nothing is confirmed that is not durable here, and a crash confirms nothing twice and forgets nothing.
/// </summary>
sealed partial class SendAcks(
    NodeIdentity node, RegionDirectory directory, AgreementBook agreements, TransparencyLog log, PeerClient peers, ExchangeOptions options, TimeProvider clock, IServiceScopeFactory scopes, ILogger<SendAcks> logger) : BackgroundService
{
    bool begun;

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var size = log.Size;
        return Rounds.Every(options.AckPeriod, clock, ct => Round(size, ct), e => LogFailed(logger, e, "any provider"), stoppingToken);
    }

    /// <param name="size">Of this log when the node started.</param>
    async Task Round(long size, CancellationToken ct)
    {
        if (!begun)
            await Begin(size, ct);
        begun = true;
        foreach (var provider in agreements.All.Where(a => a.Terms.Consumer == node.Id && a.Terms.Provider != node.Id).Select(a => a.Terms.Provider).Distinct(StringComparer.Ordinal).ToList())
            await Rounds.Try(c => SendAll(provider, c), e => LogFailed(logger, e, provider), ct);
    }

    /// <summary>Where this node's own log lost its end, what comes stands at places that were read already.</summary>
    async Task Begin(long size, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("acks");
        await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<AckSentRow>().Where(a => a.LogIndex > size).ExecuteUpdateAsync(a => a.SetProperty(x => x.LogIndex, size), ct);
    }

    async Task SendAll(string provider, CancellationToken ct)
    {
        while (await Send(provider, ct))
        {
            // There was more than one message holds.
        }
    }

    /// <summary>True when there is more to confirm at once.</summary>
    async Task<bool> Send(string provider, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("acks");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var row = await db.Set<AckSentRow>().SingleOrDefaultAsync(a => a.Provider == provider, ct);
        if (row is null)
            db.Add(row = new AckSentRow { Provider = provider });
        var (indexes, late, next, more) = await Held(provider, row, ct);
        var lost = LostPart.Read(row.Lost);
        if (indexes.Count == 0 && late.Count == 0)
        {
            // Nothing of this provider on the way: it need not be read again.
            if (next - row.LogIndex < AckMessage.Most)
                return false;
            row.LogIndex = next;
            return await db.TrySave(ct) == SaveOutcome.Saved && more;
        }
        var upTo = indexes.Count > 0 ? indexes[^1] : row.UpTo;
        var sent = await peers.Send(provider, HttpMethod.Post, "/peer/acks", new AckMessage(row.UpTo, upTo, indexes, late, lost.Count + 1).ToJson(), ct);
        if (!sent.Ok || AckReply.Read(sent.Value.Body) is not { UpTo: var taken } reply)
            return false;
        if ((reply.Lost?.Count ?? 0) != lost.Count)
        {
            // That a part of its log was lost is what members agreed to, and not the provider's word alone.
            if (directory.Entry(provider)?.Log?.Ended?.Count != reply.Lost?.Count)
                return false;
            (row.Lost, row.UpTo, row.LogIndex) = (JsonSerializer.Serialize(reply.Lost, DirectoryDocument.Json), taken, 0);
            return await db.TrySave(ct) == SaveOutcome.Saved;
        }
        if (taken < row.UpTo)
        {
            // The provider went back to a backup: it is told again from where it stands.
            (row.UpTo, row.LogIndex) = (taken, 0);
        }
        else if (taken >= upTo)
        {
            (row.UpTo, row.LogIndex) = (taken, next);
        }
        else if (taken > row.UpTo)
        {
            // It took a part: the rest is read again.
            row.UpTo = taken;
        }
        else
        {
            return false;
        }
        return await db.TrySave(ct) == SaveOutcome.Saved && (more || taken < upTo);
    }

    /// <summary>Places in the provider's log of answers that stand in this one, from where it was read to; the youngest are left until none before them can still be on the way.</summary>
    async Task<(List<long> Indexes, List<long> Late, long Next, bool More)> Held(string provider, AckSentRow row, CancellationToken ct)
    {
        var lost = LostPart.Read(row.Lost);
        var (indexes, late, next, until) = (new List<long>(), new List<long>(), row.LogIndex, clock.NowMs() - (long)options.AckDelay.TotalMilliseconds);
        while (indexes.Count + late.Count < AckMessage.Most - 1000)
        {
            var leaves = await Marked(next, ct);
            foreach (var leaf in leaves)
            {
                if (leaf.At > until)
                    return Read(more: false);
                next = leaf.Index + 1;
                if (leaf.Mark is { Obtained: true, Place: { } index } mark && mark.Other == provider && !lost.Any(l => l.Has(index, leaf.At)))
                    (index > row.UpTo ? indexes : late).Add(index);
            }
            if (leaves.Count < 1000)
                return Read(more: false);
        }
        return Read(more: true);

        (List<long>, List<long>, long, bool) Read(bool more)
        {
            indexes.Sort();
            return (indexes, late, next, more);
        }
    }

    /// <summary>From memory, or after a start from the log: of an answer that was obtained, whose it is and where it stands there.</summary>
    async Task<IReadOnlyList<MarkedLeaf>> Marked(long from, CancellationToken ct) => log.Recent(from, 1000) ??
        [.. (await log.Leaves(from, 1000, ct)).Select(leaf => new MarkedLeaf(leaf.Index, leaf.At,
            LeafFacts.Read(node.Id, leaf.Index, leaf.At, leaf.Data) is { Kind: ExchangeLeaf.Obtained } facts ? new(facts.Provider, true, facts.Counterpart) : null))];

    [LoggerMessage(Level = LogLevel.Error, Message = "Answers of {Provider} could not be acknowledged; trying again.")]
    static partial void LogFailed(ILogger logger, Exception e, string provider);
}
