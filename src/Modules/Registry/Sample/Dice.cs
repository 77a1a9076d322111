namespace Tongban.Registry.Sample;

/// <summary>
/// The generator's only source of chance: SplitMix64 (Steele, Lea, Flood 2014). Its own, because the sample
/// region must be the same for a seed on every machine and every runtime version.
/// </summary>
sealed class Dice(ulong seed)
{
    ulong state = seed;

    ulong Next()
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 ≤ result &lt; bound.</summary>
    public int Below(int bound) => (int)((UInt128)Next() * (uint)bound >> 64);

    /// <summary>Both ends included.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    /// <summary>0 ≤ result &lt; 1.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => Unit() < probability;

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    /// <summary>An index, with probability proportional to its weight.</summary>
    public int Weighted(ReadOnlySpan<double> weights)
    {
        double total = 0;
        foreach (var weight in weights)
            total += weight;
        var at = Unit() * total;
        for (var i = 0; i < weights.Length; i++)
        {
            at -= weights[i];
            if (at < 0)
                return i;
        }
        return weights.Length - 1;
    }

    /// <summary>Both ends included; <paramref name="from"/> when the range is empty.</summary>
    public DateOnly Date(DateOnly from, DateOnly to) =>
        to <= from ? from : from.AddDays(Below(to.DayNumber - from.DayNumber + 1));

    /// <summary>A stream of its own, so that a change in one part of the world does not move the others.</summary>
    public Dice Fork(ulong purpose) => new(Next() ^ (purpose * 0xD1342543DE82EF95));
}
