using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Cases.Filings;

/// <summary>An application that has not been filed: saved at every step, resumed later, forgotten after 30 days.</summary>
sealed class Draft : IRowRuled
{
    public static readonly TimeSpan Life = TimeSpan.FromDays(30);

    public required string Id { get; init; }

    public required string Division { get; init; }

    public string Department { get; init; } = "";

    public required string SubjectKey { get; init; }

    public string Readers { get; init; } = "";

    public required string BaseCode { get; init; }

    public required string ImplementationCode { get; init; }

    public int ItemVersion { get; init; }

    public required Words ItemName { get; init; }

    /// <summary>Sealed <see cref="DraftBody"/>.</summary>
    [Sealed(Drafts.BodyColumn)]
    public required string Body { get; set; }

    /// <summary>When something obtained in it is to be erased (<see cref="EvidenceLife"/>), Unix ms; null when nothing is.</summary>
    public long? EvidenceUntil { get; set; }

    public long CreatedAt { get; init; }

    public long UpdatedAt { get; set; }

    public long ExpiresAt { get; set; }

    /// <summary>What became of it; null while it is a draft.</summary>
    public string? FilingId { get; set; }

    public long Revision { get; set; }

    static string IRowRuled.ReadFor => Purposes.Cases;
}

/// <param name="Evidence">By requirement.</param>
/// <param name="Uploads">By requirement.</param>
/// <param name="Deferred">Requirements to be handed in later (容缺).</param>
/// <param name="PagesDone">Form pages the person has been through.</param>
sealed record DraftBody(
    Person Applicant,
    Person? FiledBy,
    IReadOnlyDictionary<string, string> Answers)
{
    public IReadOnlyDictionary<string, string> Form { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, EvidenceFound> Evidence { get; init; } = new Dictionary<string, EvidenceFound>();

    public IReadOnlyDictionary<string, IReadOnlyList<UploadedFile>> Uploads { get; init; } = new Dictionary<string, IReadOnlyList<UploadedFile>>();

    public IReadOnlyList<string> Deferred { get; init; } = [];

    public IReadOnlyList<string> PagesDone { get; init; } = [];

    /// <summary>The person has agreed, or chosen to bring everything; null before they were asked.</summary>
    public bool? Consented { get; init; }

    /// <summary>The consent under which the same is asked again without asking the person anew; null where they gave none.</summary>
    public PeriodicConsent? Periodic { get; init; }
}

/// <param name="Until">Unix ms.</param>
sealed record PeriodicConsent(string ConsentId, long Until);

enum FindingState
{
    /// <summary>Found; used unless the person says otherwise.</summary>
    Found,

    /// <summary>A certificate the person holds meets it.</summary>
    Held,

    /// <summary>The department holds no such record of the person.</summary>
    Absent,

    /// <summary>The department's node does not answer now; asking again may help.</summary>
    Unreachable,

    /// <summary>No member of the region answers for this yet, or not for this purpose.</summary>
    NotOffered,
}

enum PersonSays
{
    Use,

    /// <summary>不正确</summary>
    Incorrect,

    /// <summary>我自己提供</summary>
    BringOwn,
}

/// <summary>What was found for one requirement, and what the person says to it.</summary>
/// <param name="Why">To the person: why nothing was found, and what to do.</param>
sealed record EvidenceFound(
    string RequirementId,
    FindingState State,
    EvidenceUsed? Evidence,
    string? CertificateId,
    Words? Department,
    Words? Why,
    PersonSays Says,
    long At)
{
    public bool Exempts => Says == PersonSays.Use && (State is FindingState.Found or FindingState.Held);
}
