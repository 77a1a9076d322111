using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>The last comparison of an agreement's month with the other side.</summary>
[NoRowRule("amounts by agreement, no person; shown by room Exchange only")]
sealed class ReconciliationRow
{
    public const int LongestTrouble = 64;

    public required string AgreementId { get; set; }

    /// <summary>First day, as ISO text.</summary>
    public required string Month { get; set; }

    public long ProviderRecords { get; set; }

    public long ProviderUnits { get; set; }

    public long ConsumerRecords { get; set; }

    public long ConsumerUnits { get; set; }

    /// <summary>Exchanges that the consumer's acknowledgements name.</summary>
    public long Confirmed { get; set; }

    /// <summary>Differences that somebody must answer for, and those that are explained and only not billed.</summary>
    public long Open { get; set; }

    public long Explained { get; set; }

    /// <summary>Unix ms when both sides were last compared; 0 when they never were.</summary>
    public long ComparedAt { get; set; }

    /// <summary>Why the last try failed; null when it did not.</summary>
    public string? Trouble { get; set; }

    public long Revision { get; set; }
}

/// <summary>One exchange that the two sides metered differently, as the last comparison found it.</summary>
[NoRowRule("an exchange id and amounts, no person; shown by room Exchange only")]
sealed class MeteringDifferenceRow
{
    public required string AgreementId { get; set; }

    public required string Month { get; set; }

    /// <summary>From 0.</summary>
    public int Number { get; set; }

    public MeteringDifference Kind { get; set; }

    /// <summary>Null for a record that belongs to no exchange.</summary>
    public string? ExchangeId { get; set; }

    /// <summary>Place in the provider's log; null when it knows nothing of it.</summary>
    public long? ProviderIndex { get; set; }

    public long? ProviderUnits { get; set; }

    public long? ConsumerIndex { get; set; }

    public long? ConsumerUnits { get; set; }

    /// <summary>Unix ms.</summary>
    public long At { get; set; }
}
