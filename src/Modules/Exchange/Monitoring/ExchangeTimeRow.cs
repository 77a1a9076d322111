using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>The exchanges of one hour with one node about one resource: how many, how they ended, how long they took.</summary>
[NoRowRule("counts by hour, node and resource, no person; shown by room Exchange only")]
sealed class ExchangeTimeRow
{
    /// <summary>Since 1970-01-01T00:00Z.</summary>
    public long Hour { get; set; }

    /// <summary>This node's.</summary>
    public DspSide Side { get; set; }

    /// <summary>Node id of the other; empty, with the resource, for what was too much to be told apart.</summary>
    public required string Peer { get; set; }

    public required string Resource { get; set; }

    public long Answered { get; set; }

    public long Refused { get; set; }

    public long Failed { get; set; }

    /// <summary><see cref="Durations"/>: as consumer from question to answer, as provider from request to signed answer.</summary>
    public required byte[] Total { get; set; }

    public required byte[] Network { get; set; }

    public required byte[] Source { get; set; }

    public long Revision { get; set; }

    public void Add(TimedCounts counts)
    {
        Answered += counts.Outcomes[(int)ExchangeOutcome.Answered];
        Refused += counts.Outcomes[(int)ExchangeOutcome.Refused];
        Failed += counts.Outcomes[(int)ExchangeOutcome.Failed];
        (Total, Network, Source) = (Merged(Total, counts.Total), Merged(Network, counts.Network), Merged(Source, counts.Source));
        Revision++;
    }

    static byte[] Merged(byte[] stored, long[] more)
    {
        var counts = (long[])more.Clone();
        Durations.AddTo(counts, stored);
        return Durations.Write(counts);
    }
}
