namespace Tongban.Exchange;

/// <summary>How the two sides of an exchange differ in what they metered.</summary>
enum MeteringDifference
{
    /// <summary>Both metered it, with other amounts.</summary>
    Amount = 1,

    /// <summary>The provider metered it; the consumer knows nothing of it and never confirmed it: most often an answer that was lost on the way. It is not billed.</summary>
    Unconfirmed = 2,

    /// <summary>The provider metered it and has the consumer's confirmation; the consumer now knows nothing of it.</summary>
    ConsumerHasNone = 3,

    /// <summary>The consumer metered it; the provider knows nothing of it.</summary>
    ProviderHasNone = 4,

    /// <summary>The log of one side has the exchange, and its metering does not.</summary>
    ProviderMissesRecord = 5,

    ConsumerMissesRecord = 6,

    /// <summary>The record of one side is not what its own log states, whatever the other has.</summary>
    ProviderNotAsLogged = 7,

    ConsumerNotAsLogged = 8,

    /// <summary>A record without an exchange in that side's log.</summary>
    ProviderWithoutLeaf = 9,

    ConsumerWithoutLeaf = 10,

    /// <summary>The consumer metered it; it stood in a part of the provider's log that was lost, as the directory states. It is not billed.</summary>
    LostByProvider = 11,
}

/// <summary>Of one exchange that differs, what each side has.</summary>
/// <param name="Exchange">Id; null where the record belongs to no exchange.</param>
/// <param name="Provider">What the provider has; null when it knows nothing of it.</param>
sealed record Difference(MeteringDifference Kind, string? Exchange, MeteredExchange? Provider, MeteredExchange? Consumer)
{
    /// <summary>Nobody did wrong: it only is not billed.</summary>
    public static bool IsExplained(MeteringDifference kind) => kind is MeteringDifference.Unconfirmed or MeteringDifference.LostByProvider;
}

/// <summary>An agreement's month as both sides metered it.</summary>
/// <param name="Confirmed">Exchanges of the provider's that the consumer's signed acknowledgements name.</param>
/// <param name="Open">Differences that somebody must answer for.</param>
/// <param name="Explained">Differences that only are not billed.</param>
/// <param name="Differences">One for each exchange that differs, those that are open first; of either kind at most <see cref="MostKept"/>.</param>
sealed record Reconciliation(MeteredTotal Provider, MeteredTotal Consumer, long Confirmed, long Open, long Explained, IReadOnlyList<Difference> Differences)
{
    public const int MostKept = 1000;

    /// <summary>What differs of one exchange; null when both sides metered the same.</summary>
    /// <param name="lostBefore">Unix ms before which the provider's log lost exchanges; 0 when it never did.</param>
    public static MeteringDifference? Judge(MeteredExchange? provider, MeteredExchange? consumer, long lostBefore)
    {
        if (provider is { Exchange: null })
            return MeteringDifference.ProviderWithoutLeaf;
        if (consumer is { Exchange: null })
            return MeteringDifference.ConsumerWithoutLeaf;
        // A record that was taken away or changed beside its leaf is named as that: the leaf cannot be.
        if (provider is { Units: null, Stated: not null })
            return MeteringDifference.ProviderMissesRecord;
        if (consumer is { Units: null, Stated: not null })
            return MeteringDifference.ConsumerMissesRecord;
        if (provider is not null && provider.Units != provider.Stated)
            return MeteringDifference.ProviderNotAsLogged;
        if (consumer is not null && consumer.Units != consumer.Stated)
            return MeteringDifference.ConsumerNotAsLogged;
        var (given, taken) = (provider?.Units ?? 0, consumer?.Units ?? 0);
        if (given == taken)
            return null;
        if (given > 0 && taken > 0)
            return MeteringDifference.Amount;
        if (given > 0)
            return provider!.Confirmed is true ? MeteringDifference.ConsumerHasNone : MeteringDifference.Unconfirmed;
        return provider is null && consumer!.At < lostBefore ? MeteringDifference.LostByProvider : MeteringDifference.ProviderHasNone;
    }
}

readonly record struct MeteredTotal(long Records, long Units)
{
    public MeteredTotal And(MeteredExchange one) => new(Records + 1, Units + (one.Units ?? 0));
}
