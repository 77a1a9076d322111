using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Kernel.Events;

/// <summary>An event that waits to be delivered: to the handlers of this node, or to another node.</summary>
[NoRowRule("Read by the dispatcher only; the payload is sealed.")]
public sealed class OutboxRow
{
    public const string Context = "kernel_outbox.Body";

    public long Position { get; set; }

    public required string EventId { get; set; }

    public required string Type { get; set; }

    /// <summary>JSON, sealed.</summary>
    [Sealed(Context)]
    public required string Body { get; set; }

    public long At { get; set; }

    /// <summary>The node it came from, when it did.</summary>
    public string? FromNode { get; set; }

    /// <summary>The node it goes to; null for the handlers of this node.</summary>
    public string? ToNode { get; set; }

    /// <summary>Events of one stream are delivered in order, one after the other.</summary>
    public string? Stream { get; set; }

    /// <summary>1, 2, 3 … within (node, stream), for events between nodes.</summary>
    public long StreamSequence { get; set; }

    /// <summary>Content hashes of the files the receiver needs, separated by blanks.</summary>
    public string Files { get; set; } = "";

    public long? DoneAt { get; set; }

    public int Attempts { get; set; }

    public long NextAt { get; set; }

    /// <summary>Code of the last failure; never its message, which might quote data.</summary>
    public string? LastError { get; set; }

    public long ClaimedUntil { get; set; }
}

/// <summary>This handler has handled this event.</summary>
[NoRowRule("Event ids only.")]
public sealed class InboxRow
{
    public required string EventId { get; set; }

    public required string Handler { get; set; }

    public long At { get; set; }
}

/// <summary>How far a stream from another node has come.</summary>
[NoRowRule("Positions only.")]
public sealed class PeerStreamRow
{
    public required string FromNode { get; set; }

    public required string Stream { get; set; }

    public long LastSequence { get; set; }
}
