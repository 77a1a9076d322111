using Tongban.Contracts.Cases;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Cases.Deciding;

/// <summary>A matter at the node that decides it. Changed only through <see cref="Dossier"/>.</summary>
sealed class Case : IRowRuled
{
    /// <summary>The filing's id: one filing is one case, however often it arrives.</summary>
    public required string Id { get; init; }

    public required string Number { get; init; }

    public required string FilingNumber { get; init; }

    public required string FilingNode { get; init; }

    public required string BaseCode { get; init; }

    public required string ImplementationCode { get; init; }

    public int ItemVersion { get; init; }

    public required Words ItemName { get; init; }

    public required string Division { get; init; }

    public required string Department { get; init; }

    public required Words DepartmentName { get; init; }

    public required string SubjectKey { get; init; }

    public string Readers { get; set; } = "";

    /// <summary>Blind index of the applicant's whole name; how officers find a case by name.</summary>
    [BlindIndex("applicant's name without spaces")]
    public required string NameIndex { get; init; }

    [BlindIndex("applicant's phone")]
    public required string PhoneIndex { get; init; }

    /// <summary>Sealed <see cref="Person"/>: lists open this alone.</summary>
    [Sealed(Dossiers.ApplicantColumn)]
    public required string Applicant { get; init; }

    /// <summary>Sealed <see cref="CaseBody"/>.</summary>
    [Sealed(Dossiers.BodyColumn)]
    public required string Body { get; set; }

    /// <summary>When something obtained in it is to be erased (<see cref="EvidenceLife"/>), Unix ms; null when nothing is.</summary>
    public long? EvidenceUntil { get; set; }

    /// <summary>Sealed <see cref="Course"/>.</summary>
    [Sealed(Dossiers.CourseColumn)]
    public required string Course { get; set; }

    public required string Channel { get; init; }

    /// <summary>One of <see cref="CaseState"/>.</summary>
    public required string State { get; set; }

    /// <summary>What the deciding department must do next: <see cref="Next.Accept"/>, <see cref="Next.Decide"/>, or nothing.</summary>
    public string Todo { get; set; } = "";

    /// <summary>ISO date by which <see cref="Todo"/> must be done; while the person is awaited, by which they must answer.</summary>
    public string TodoDue { get; set; } = "";

    public long FiledAt { get; init; }

    public long ReceivedAt { get; init; }

    /// <summary>ISO date; null until accepted.</summary>
    public string? AcceptedOn { get; set; }

    public int StatutoryDays { get; init; }

    public int PromisedDays { get; init; }

    public int ExtendedDays { get; set; }

    /// <summary>ISO date; null while no clock runs.</summary>
    public string? StatutoryDue { get; set; }

    public string? PromisedDue { get; set; }

    /// <summary>A due date reaches into a year whose calendar is not yet published.</summary>
    public bool DueProvisional { get; set; }

    /// <summary>What is missing is said once (一次性告知).</summary>
    public bool SupplementUsed { get; set; }

    /// <summary>Held while the matter is open or its result in force, where the item allows one: see <see cref="OnlyOne"/>.</summary>
    [BlindIndex("item, person and answers, where an item allows one")]
    public string? OneKey { get; set; }

    public long? ClosedAt { get; set; }

    public int? Stars { get; set; }

    public string? CertificateId { get; set; }

    /// <summary>Progress messages sent to the filing node so far.</summary>
    public long Sent { get; set; }

    public long Revision { get; set; }

    static string IRowRuled.ReadFor => Purposes.Cases;
}

static class Next
{
    public const string Accept = "accept";
    public const string Decide = "decide";
}

/// <summary>What was filed. Changes only when the person supplements it.</summary>
/// <param name="Requirements">How each was met, as filed and supplemented.</param>
/// <param name="Asked">The requirements as they were assessed: what a supplement notice can ask for.</param>
sealed record CaseBody(
    Person? FiledBy,
    IReadOnlyDictionary<string, string> Answers,
    IReadOnlyDictionary<string, string> Form,
    IReadOnlyList<RequirementMet> Requirements,
    IReadOnlyList<Requirement> Asked,
    IReadOnlyList<FormPage> Pages,
    IReadOnlyList<StepDefinition> Steps,
    ResultDefinition? Result,
    Words LegalBasis,
    Words RemedyText,
    string? Rule,
    int AssuranceLevel);

/// <summary>What has happened since.</summary>
sealed record Course
{
    public IReadOnlyList<ProgressEntry> Timeline { get; init; } = [];

    public IReadOnlyList<SupplementWanted> Wanted { get; init; } = [];

    /// <summary>ISO date from which the days to accept, or to supplement, are counted.</summary>
    public string? WaitsFrom { get; init; }

    /// <summary>The person did not bring what was missing in time: it counts as withdrawn.</summary>
    public bool Lapsed { get; init; }

    /// <summary>The filing node's number of the last withdrawal that was answered.</summary>
    public long WithdrawalHeard { get; init; }

    public IReadOnlyList<Suspension> Suspensions { get; init; } = [];

    /// <summary>Notes the person sent with supplements or a withdrawal.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public Decision? Decision { get; init; }

    /// <summary>Why the last decision could not be put into effect; null when nothing is in the way.</summary>
    public string? Trouble { get; init; }

    public string? RatingWords { get; init; }

    /// <summary>Why a rule left it to people, or on which rows it decided; for the explanation.</summary>
    public IReadOnlyList<string> RuleTrace { get; init; } = [];
}

/// <param name="Rule">Rule id and version when a rule decided.</param>
/// <param name="ByActor">Account of the officer; null when a rule decided.</param>
/// <param name="Data">What its effect produced.</param>
sealed record Decision(bool Approved, Words Reason, string? Rule, string? ByActor, long At, IReadOnlyDictionary<string, string> Data);
