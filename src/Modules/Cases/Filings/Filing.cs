using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Cases.Filings;

/// <summary>What a person handed in at this node, and what the deciding node last said of it.</summary>
sealed class Filing : IRowRuled
{
    public required string Id { get; init; }

    /// <summary>收件编号: what the person is given at once, before any case number exists.</summary>
    public required string Number { get; init; }

    public required string Division { get; init; }

    public string Department { get; init; } = "";

    public required string SubjectKey { get; init; }

    public string Readers { get; init; } = "";

    public required string BaseCode { get; init; }

    public required string ImplementationCode { get; init; }

    public int ItemVersion { get; init; }

    public required Words ItemName { get; init; }

    /// <summary>Who decides.</summary>
    public required Words DepartmentName { get; init; }

    public required string OwnerNode { get; init; }

    public string? CaseNumber { get; set; }

    /// <summary>One of <see cref="CaseState"/>, as the deciding node last said.</summary>
    public required string State { get; set; }

    public long FiledAt { get; init; }

    public long UpdatedAt { get; set; }

    /// <summary>Sealed <see cref="FilingBody"/>.</summary>
    [Sealed(FileCase.BodyColumn)]
    public required string Body { get; set; }

    /// <summary>When something obtained in it is to be erased (<see cref="EvidenceLife"/>), Unix ms; null when nothing is.</summary>
    public long? EvidenceUntil { get; set; }

    /// <summary>Sealed <see cref="CaseProgressed"/>; null before the first.</summary>
    [Sealed(FileCase.ProgressColumn)]
    public string? Progress { get; set; }

    /// <summary>Revision of the case that <see cref="Progress"/> shows; an older one that comes late is ignored.</summary>
    public long SeenRevision { get; set; }

    /// <summary>Requirements that had to be met, and how many of them were met without the person bringing anything.</summary>
    public int Required { get; init; }

    public int Exempt { get; init; }

    /// <summary>Messages sent to the deciding node so far.</summary>
    public long Sent { get; set; }

    public long? WithdrawAskedAt { get; set; }

    /// <summary>Number of the message that asked for it: the deciding node names it when it has answered.</summary>
    public long WithdrawSequence { get; set; }

    public long? SupplementSentAt { get; set; }

    public int? Stars { get; set; }

    public string? CertificateId { get; set; }

    /// <summary>Under which its facts were asked for, before it had a number: what consents and logs name.</summary>
    public string Reference { get; init; } = "";

    public long Revision { get; set; }

    static string IRowRuled.ReadFor => Purposes.Cases;

    public bool StateCanBeWithdrawn => State is CaseState.Submitted or CaseState.Received or CaseState.Accepted or CaseState.Supplement;

    public bool MayWithdraw => WithdrawAskedAt is null && StateCanBeWithdrawn;

    public bool MaySupplement => State == CaseState.Supplement && SupplementSentAt is null;

    public bool MayRate => Stars is null && (CaseState.IsClosed(State) || State == CaseState.Approved);
}

sealed record FilingBody(
    Person Applicant,
    Person? FiledBy,
    IReadOnlyDictionary<string, string> Answers,
    IReadOnlyDictionary<string, string> Form,
    IReadOnlyList<RequirementMet> Requirements)
{
    public string RatingWords { get; init; } = "";
}
