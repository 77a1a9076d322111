using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Exchange;

/// <summary>The consumer's side of a subscription.</summary>
sealed class SubscriptionRow : IRowRuled
{
    public const string SealContext = "exchange_subscription.Query";

    public required string Id { get; set; }

    public required string Provider { get; set; }

    public required string AgreementId { get; set; }

    public required string Resource { get; set; }

    public required string Purpose { get; set; }

    public required string CaseReference { get; set; }

    public string? ConsentId { get; set; }

    /// <summary>The <see cref="QueryMessage"/>, sealed.</summary>
    [Sealed(SealContext)]
    public required byte[] Query { get; set; }

    /// <summary>Of the last change that is stored here.</summary>
    public long Offset { get; set; }

    public long? ChangedAt { get; set; }

    public long? EndedAt { get; set; }

    /// <summary>Why it ended.</summary>
    public string? Code { get; set; }

    public long CreatedAt { get; set; }

    public long Until { get; set; }

    public required string Division { get; set; }

    /// <summary>Of whom began it; only its systems read what came. Empty where they are of no department: the node's own systems.</summary>
    public string Department { get; set; } = "";

    public required string SubjectKey { get; set; }

    public string Readers { get; set; } = "";

    public long Revision { get; set; } = 1;

    public static string ReadFor => Purposes.Exchange;

    public void End(string code, long at)
    {
        (EndedAt, Code) = (at, code);
        Revision++;
    }
}

/// <summary>A change that came, sealed; deleted when the agreement says so.</summary>
[NoRowRule("reached only through its subscription")]
sealed class TakenChangeRow
{
    public const string SealContext = "exchange_taken_change.Answer";

    public required string SubscriptionId { get; set; }

    public long Offset { get; set; }

    [Sealed(SealContext)]
    public required byte[] Answer { get; set; }

    public long TakenAt { get; set; }

    /// <summary>Unix ms; null where the agreement sets no term.</summary>
    public long? DeleteAt { get; set; }
}
