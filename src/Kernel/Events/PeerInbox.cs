using Microsoft.EntityFrameworkCore;
using Tongban.Kernel.Data;

namespace Tongban.Kernel.Events;

/// <summary>What an arriving event of a stream met.</summary>
/// <param name="Expected">The number that must come next.</param>
public readonly record struct Arrival(ArrivalKind Kind, long Expected);

public enum ArrivalKind
{
    /// <summary>Stored; the handlers will see it.</summary>
    Taken,

    /// <summary>It was here before; nothing to do.</summary>
    SeenBefore,

    /// <summary>Something before it is missing; nothing was stored.</summary>
    Gap,

    /// <summary>Another event had this number, as when the sender was restored from a backup and counts again; nothing was stored.</summary>
    NumberTaken,
}

/// <summary>Takes events from other nodes into the outbox of this one, in sequence per (node, stream), each once.</summary>
public sealed class PeerInbox(NodeDb db, IPayloadSeal seal, TimeProvider clock, OutboxSignal signal)
{
    /// <param name="fromNode">The sender, verified by its signature.</param>
    public async Task<Arrival> Take(string fromNode, string eventId, string type, string body, string stream, long sequence, CancellationToken ct)
    {
        var arrival = await db.InTransaction(async () =>
        {
            var position = await db.Set<PeerStreamRow>().SingleOrDefaultAsync(p => p.FromNode == fromNode && p.Stream == stream, ct);
            var last = position?.LastSequence ?? 0;
            if (sequence <= last)
            {
                var id = $"{fromNode}:{eventId}";
                return new Arrival(await db.Set<OutboxRow>().AnyAsync(r => r.EventId == id, ct) ? ArrivalKind.SeenBefore : ArrivalKind.NumberTaken, last + 1);
            }
            if (sequence > last + 1)
                return new Arrival(ArrivalKind.Gap, last + 1);
            if (position is null)
                db.Add(new PeerStreamRow { FromNode = fromNode, Stream = stream, LastSequence = sequence });
            else
                position.LastSequence = sequence;
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            db.Add(new OutboxRow
            {
                EventId = $"{fromNode}:{eventId}",
                Type = type,
                Body = seal.Seal(body),
                At = now,
                NextAt = now,
                FromNode = fromNode,
                Stream = $"{fromNode}:{stream}",
                StreamSequence = sequence,
            });
            await db.SaveChangesAsync(ct);
            return new Arrival(ArrivalKind.Taken, sequence + 1);
        }, ct);
        if (arrival.Kind == ArrivalKind.Taken)
            signal.Raise();
        return arrival;
    }
}
