using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Exchange;

/// <summary>Provider: a consumer's signed word that it holds the answers to it in a range of this node's log. Kept with its signature, as evidence.</summary>
[NoRowRule("indexes of this node's log, no person; shown by room Exchange only")]
sealed class AckRow
{
    /// <summary>Node id.</summary>
    public required string Consumer { get; set; }

    /// <summary>Where the one before it ended; of two that come at once and begin alike one stands.</summary>
    public long After { get; set; }

    /// <summary>Of this log, inclusive.</summary>
    public long UpTo { get; set; }

    /// <summary>Answers confirmed, and answers in the range that it did not name.</summary>
    public int Confirmed { get; set; }

    public int Missing { get; set; }

    public long At { get; set; }

    /// <summary>The body as it was signed, and the two signature headers; method and target are those of <c>POST /peer/acks</c>.</summary>
    public required byte[] Body { get; set; }

    public required string SignatureInput { get; set; }

    public required string Signature { get; set; }
}

/// <summary>Provider: an answer that its consumer did not confirm: lost on the way, or kept quiet about. It is in this log and metered; the other side's receipt is wanting.</summary>
sealed class UnackedRow : IRowRuled
{
    public required string Consumer { get; set; }

    public long Index { get; set; }

    public required string ExchangeId { get; set; }

    public required string AgreementId { get; set; }

    public required string Resource { get; set; }

    public long At { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public static string ReadFor => Purposes.Exchange;
}

/// <summary>Provider: a consumer's signed word that it holds answers after all that stood on the list of those it had not confirmed.</summary>
[NoRowRule("indexes of this node's log, no person; shown by nobody, kept as evidence")]
sealed class LateAckRow
{
    public required string Id { get; set; }

    /// <summary>Node id.</summary>
    public required string Consumer { get; set; }

    public long At { get; set; }

    public int Confirmed { get; set; }

    public required byte[] Body { get; set; }

    public required string SignatureInput { get; set; }

    public required string Signature { get; set; }
}

/// <summary>Consumer: how far it has confirmed to a provider.</summary>
[NoRowRule("positions in two logs, no person")]
sealed class AckSentRow
{
    /// <summary>Node id.</summary>
    public required string Provider { get; set; }

    /// <summary>Of the provider's log, inclusive; -1 before the first.</summary>
    public long UpTo { get; set; } = -1;

    /// <summary>Leaves of this log before it have been looked at.</summary>
    public long LogIndex { get; set; }

    /// <summary>What the provider's log lost, as it said (<see cref="LostPart"/>, JSON); null when nothing.</summary>
    public string? Lost { get; set; }
}

/// <summary>Provider: an acknowledgement of an epoch of its log that ended. Its places may be others' by now; it stays evidence that the consumer held those answers.</summary>
[NoRowRule("indexes of this node's log, no person; shown by nobody, kept as evidence")]
sealed class EndedAckRow
{
    /// <summary>That ended, from 1.</summary>
    public int Epoch { get; set; }

    /// <summary>Node id.</summary>
    public required string Consumer { get; set; }

    public long UpTo { get; set; }

    public int Confirmed { get; set; }

    public int Missing { get; set; }

    public long At { get; set; }

    public required byte[] Body { get; set; }

    public required string SignatureInput { get; set; }

    public required string Signature { get; set; }

    public static EndedAckRow Of(AckRow ack, int epoch) => new()
    {
        Epoch = epoch,
        Consumer = ack.Consumer,
        UpTo = ack.UpTo,
        Confirmed = ack.Confirmed,
        Missing = ack.Missing,
        At = ack.At,
        Body = ack.Body,
        SignatureInput = ack.SignatureInput,
        Signature = ack.Signature,
    };
}
