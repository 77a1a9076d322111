using System.Collections.Concurrent;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>How an exchange ended, as monitoring tells it apart.</summary>
enum ExchangeOutcome
{
    Answered,
    Refused,
    Failed,
}

/// <summary>Which of a node's exchanges are counted together.</summary>
/// <param name="Side">This node's.</param>
/// <param name="Peer">Node id of the other.</param>
readonly record struct TimedPair(DspSide Side, string Peer, string Resource);

/// <summary>
/// The four time stamps of each exchange, as X-Road keeps them, added up: at the consumer from the question to its answer, and of that the
/// network; at the provider from the request to its signed answer, and of that the department's source. In memory a few kilobytes for each pair
/// and resource; written to a table by the hour. No exchange allocates anything here.
/// </summary>
sealed class ExchangeTimes(NodeIdentity node, ExchangeTelemetry telemetry)
{
    /// <summary>So many pairs and resources are told apart; what is beyond is counted together, so that nobody fills this node's memory.</summary>
    const int Most = 2000;

    readonly ConcurrentDictionary<TimedPair, TimedSeries> series = [];

    /// <summary>As consumer.</summary>
    /// <param name="total">Microseconds from the question to the answer that may be handed on.</param>
    /// <param name="network">Microseconds of it on the way, the provider's own time left out; negative when not known.</param>
    public void Obtained(string provider, string resource, ExchangeOutcome outcome, long total, long network)
    {
        Of(new(DspSide.Consumer, provider, resource)).Add(outcome, total, network, -1);
        telemetry.Obtained(node.Id, provider, resource, outcome, total, network);
    }

    /// <summary>As provider.</summary>
    /// <param name="resource">One that this node offers; empty for whatever else was asked for.</param>
    /// <param name="total">Microseconds from the request to its signed answer.</param>
    /// <param name="source">Microseconds of it in the department's own system; negative when that was not asked.</param>
    public void Provided(string consumer, string resource, ExchangeOutcome outcome, long total, long source)
    {
        Of(new(DspSide.Provider, consumer, resource)).Add(outcome, total, -1, source);
        telemetry.Provided(consumer, node.Id, resource, outcome, total, source);
    }

    TimedSeries Of(TimedPair pair) => series.TryGetValue(pair, out var known) ? known : series.GetOrAdd(series.Count < Most ? pair : pair with { Peer = "", Resource = "" }, static _ => new());

    /// <summary>Everything counted since the last time, and begins from nothing.</summary>
    public IEnumerable<(TimedPair Pair, TimedCounts Counts)> Take()
    {
        foreach (var (pair, one) in series)
        {
            if (one.Take() is { } counts)
                yield return (pair, counts);
        }
    }

    /// <summary>Puts back what could not be stored.</summary>
    public void Return(TimedPair pair, TimedCounts counts) => Of(pair).Add(counts);

    public static ExchangeOutcome OutcomeOf(Error? error) => error is null ? ExchangeOutcome.Answered : error.Kind == ErrorKind.Unavailable ? ExchangeOutcome.Failed : ExchangeOutcome.Refused;
}

/// <summary>Counts of one pair and resource.</summary>
sealed class TimedCounts
{
    public long[] Outcomes { get; } = new long[3];

    public long[] Total { get; } = new long[Durations.Buckets];

    public long[] Network { get; } = new long[Durations.Buckets];

    public long[] Source { get; } = new long[Durations.Buckets];
}

/// <summary>The counts that are being added to, by any number of exchanges at once.</summary>
sealed class TimedSeries
{
    readonly TimedCounts now = new();

    public void Add(ExchangeOutcome outcome, long total, long network, long source)
    {
        Interlocked.Increment(ref now.Outcomes[(int)outcome]);
        Interlocked.Increment(ref now.Total[Durations.BucketOf(total)]);
        if (network >= 0)
            Interlocked.Increment(ref now.Network[Durations.BucketOf(network)]);
        if (source >= 0)
            Interlocked.Increment(ref now.Source[Durations.BucketOf(source)]);
    }

    public void Add(TimedCounts counts)
    {
        foreach (var (to, from) in Pairs(now, counts))
        {
            for (var i = 0; i < to.Length; i++)
                Interlocked.Add(ref to[i], from[i]);
        }
    }

    /// <summary>Null when nothing came.</summary>
    public TimedCounts? Take()
    {
        if (Array.TrueForAll(now.Outcomes, c => c == 0))
            return null;
        var taken = new TimedCounts();
        foreach (var (to, from) in Pairs(taken, now))
        {
            for (var i = 0; i < to.Length; i++)
                to[i] = Interlocked.Exchange(ref from[i], 0);
        }
        return taken;
    }

    static (long[] To, long[] From)[] Pairs(TimedCounts to, TimedCounts from) => [(to.Outcomes, from.Outcomes), (to.Total, from.Total), (to.Network, from.Network), (to.Source, from.Source)];
}
