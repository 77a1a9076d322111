using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel.Data;

namespace Tongban.Kernel.Events;

/// <summary>
/// Publishes events in the transaction of the change that caused them: the row is added to the same <see cref="NodeDb"/>
/// and is delivered after that is saved. Nothing is published when the save fails.
/// </summary>
public sealed class Outbox(NodeDb db, IPayloadSeal seal, TimeProvider clock, OutboxSignal signal)
{
    /// <param name="stream">Events of one stream are handled in the order they were published; null when order does not matter.</param>
    public void Publish<TEvent>(TEvent e, string? stream = null) where TEvent : IEvent
    {
        db.Add(Row(e, stream));
        Announce();
    }

    /// <summary>
    /// Publishes to another node. The caller numbers the events of a stream 1, 2, 3 … under its aggregate's revision, so that
    /// two writers cannot take the same number.
    /// </summary>
    /// <param name="files">Content hashes of stored files the receiver must have before it sees the event.</param>
    public void PublishTo<TEvent>(string node, TEvent e, string stream, long sequence, IEnumerable<string>? files = null) where TEvent : IPeerEvent
    {
        var row = Row(e, stream);
        row.ToNode = node;
        row.StreamSequence = sequence;
        row.Files = files is null ? "" : string.Join(' ', files);
        db.Add(row);
        Announce();
    }

    OutboxRow Row<TEvent>(TEvent e, string? stream) where TEvent : IEvent
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return new OutboxRow
        {
            EventId = Guid.CreateVersion7().ToString("N"),
            Type = TEvent.WireName,
            Body = seal.Seal(JsonSerializer.Serialize(e, EventTypes.Json)),
            At = now,
            NextAt = now,
            Stream = stream,
        };
    }

    bool announced;

    void Announce()
    {
        if (announced)
            return;
        announced = true;
        db.Committed += signal.Raise;
    }
}

/// <summary>Wakes the dispatcher when something was committed; polling finds what a crash left behind.</summary>
public sealed class OutboxSignal
{
    readonly SemaphoreSlim raised = new(0, 1);

    public void Raise()
    {
        try
        {
            raised.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already raised: one wake-up serves all.
        }
    }

    public Task<bool> Wait(TimeSpan atMost, CancellationToken ct) => raised.WaitAsync(atMost, ct);
}
