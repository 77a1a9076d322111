using Tongban.Contracts.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Exchange;

enum WatchState
{
    Active,

    /// <summary>The consumer refused a change again and again; a steward looks and tries again, or the consumer asks for a replay.</summary>
    Blocked,

    Ended,
}

/// <summary>The provider's side of a subscription: the standing question, what was last seen, and how far the consumer has taken it.</summary>
sealed class WatchRow : IRowRuled
{
    public const string SealContext = "exchange_watch.Query";

    /// <summary>Chosen by the consumer, as the id of a query is.</summary>
    public required string Id { get; set; }

    /// <summary>Node id.</summary>
    public required string Consumer { get; set; }

    public required string AgreementId { get; set; }

    public required string Resource { get; set; }

    /// <summary>The <see cref="QueryMessage"/>, sealed: it names a person.</summary>
    [Sealed(SealContext)]
    public required byte[] Query { get; set; }

    /// <summary>Keyed hash of the rows last seen; empty before the first.</summary>
    [BlindIndex("the whole answer as it was last read, to see a change")]
    public string Seen { get; set; } = "";

    /// <summary>Of the newest change.</summary>
    public long Offset { get; set; }

    /// <summary>Of the newest that the consumer said it has stored.</summary>
    public long Acked { get; set; }

    /// <summary>The newest it ever said so of: only what goes beyond it is progress.</summary>
    public long MostAcked { get; set; }

    public WatchState State { get; set; }

    /// <summary>Why it ended, or why the next change waits.</summary>
    public string? Code { get; set; }

    /// <summary>The consumer has heard that it ended.</summary>
    public bool EndTold { get; set; }

    public int Attempts { get; set; }

    /// <summary>Nothing is sent before; Unix ms.</summary>
    public long NextAt { get; set; }

    public long CreatedAt { get; set; }

    public long Until { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public long Revision { get; set; } = 1;

    public static string ReadFor => Purposes.Exchange;

    public void End(string code)
    {
        (State, Code, Attempts, NextAt) = (WatchState.Ended, code, 0, 0);
        Revision++;
    }

    /// <summary>
    /// The consumer has more than before. Whoever says now this and now that, and gets the same again and again, gets it ever less often; only
    /// what it never had ends the pauses.
    /// </summary>
    public void Take(long upTo)
    {
        if (upTo > MostAcked)
            (MostAcked, Attempts) = (upTo, 0);
        (Acked, NextAt, Code) = (upTo, 0, null);
        Revision++;
    }

    /// <summary>From an offset on everything is sent again; whoever asks for less than there is gets the rest.</summary>
    public void Replay(long from)
    {
        (Acked, Attempts, NextAt, Code) = (Math.Clamp(from - 1, 0, Offset), 0, 0, null);
        if (State == WatchState.Blocked)
            State = WatchState.Active;
        Revision++;
    }
}

/// <summary>What a department's system said when it had changed. Kept for a week after it was taken, for a replay.</summary>
[NoRowRule("reached only through its watch")]
sealed class WatchedChangeRow
{
    public const string SealContext = "exchange_watched_change.Rows";

    public required string WatchId { get; set; }

    public long Offset { get; set; }

    /// <summary>Of the exchange by which it is logged on both sides.</summary>
    public required string ExchangeId { get; set; }

    /// <summary>The rows as JSON, sealed.</summary>
    [Sealed(SealContext)]
    public required byte[] Rows { get; set; }

    public int Count { get; set; }

    /// <summary>Of an aggregate, as <see cref="GroupsWithheld"/> has it; null otherwise.</summary>
    public int? Withheld { get; set; }

    public bool? WithheldOrMore { get; set; }

    /// <summary>Unix ms.</summary>
    public long AsOf { get; set; }
}
