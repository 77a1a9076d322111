using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Events;

namespace Tongban.Contracts.Cases;

/// <summary>A resident's filing was handed in at this node. From the filing node to the node that decides (also when that is the same).</summary>
/// <param name="Applicant">Whose matter it is.</param>
/// <param name="FiledBy">Who handed it in when that is not the applicant (guardian, agent); null otherwise.</param>
public sealed record FilingSubmitted(
    string FilingId,
    string FilingNode,
    string BaseCode,
    string ImplementationCode,
    int ItemVersion,
    Person Applicant,
    Person? FiledBy,
    string Channel,
    IReadOnlyDictionary<string, string> Answers,
    IReadOnlyDictionary<string, string> Form,
    IReadOnlyList<RequirementMet> Requirements,
    int AssuranceLevel,
    long FiledAt) : IPeerEvent
{
    public static string WireName => "cases.filing-submitted.v1";

    /// <summary>Number the person was given when they handed it in.</summary>
    public string FilingNumber { get; init; } = "";
}

/// <summary>The person answered a supplement notice. Filing node to deciding node.</summary>
public sealed record FilingSupplemented(string FilingId, string CaseNumber, IReadOnlyList<RequirementMet> Requirements, string Note, long At) : IPeerEvent
{
    public static string WireName => "cases.filing-supplemented.v1";
}

/// <summary>The person brought documents they had promised at filing (容缺). Filing node to deciding node.</summary>
public sealed record FilingCompleted(string FilingId, IReadOnlyList<RequirementMet> Requirements, long At) : IPeerEvent
{
    public static string WireName => "cases.filing-completed.v1";
}

/// <summary>The person took the matter back. Filing node to deciding node.</summary>
public sealed record FilingWithdrawn(string FilingId, string Reason, long At) : IPeerEvent
{
    public static string WireName => "cases.filing-withdrawn.v1";

    /// <summary>Its number among the filing's messages; 0 from a node that does not say it.</summary>
    public long Sequence { get; init; }
}

/// <summary>The person rated the matter. Filing node to deciding node.</summary>
/// <param name="Stars">GB/T 39735: 5 very satisfied … 1 very dissatisfied.</param>
public sealed record FilingRated(string FilingId, int Stars, string Words, string Channel, long At) : IPeerEvent
{
    public static string WireName => "cases.filing-rated.v1";
}

/// <summary>What the filing node shows of a case: the whole present state, in sequence. Deciding node to filing node.</summary>
public sealed record CaseProgressed(
    string FilingId,
    string CaseNumber,
    string State,
    IReadOnlyList<ProgressEntry> Timeline,
    IReadOnlyList<StepProgress> Steps,
    string? StatutoryDue,
    string? PromisedDue,
    bool DueProvisional,
    IReadOnlyList<SupplementWanted> Wanted,
    long Revision,
    long At) : IPeerEvent
{
    public static string WireName => "cases.case-progressed.v1";

    /// <summary>Withdrawn because what was missing was not brought in time.</summary>
    public bool Lapsed { get; init; }

    /// <summary><see cref="FilingWithdrawn.Sequence"/> of the last withdrawal that was answered, either way; 0 before any.</summary>
    public long WithdrawalHeard { get; init; }

    /// <summary>A department has begun to change its records: the application can no longer be withdrawn.</summary>
    public bool Bound { get; init; }
}

/// <param name="By">Department, never a person.</param>
public sealed record ProgressEntry(long At, string State, Words Text, Words By);

public sealed record StepProgress(string Id, Words Name, Words Department, string State, long? DoneAt);

public sealed record SupplementWanted(string RequirementId, Words Name, Words Reason, string Until)
{
    /// <summary><see cref="Until"/> reaches into a year whose calendar is not published yet; once it is, the date can only become later.</summary>
    public bool Provisional { get; init; }
}

/// <summary>A step of a case belongs to a department of another node. Deciding node to that node.</summary>
public sealed record StepRequested(
    string CaseNumber,
    string OwnerNode,
    StepDefinition Step,
    string BaseCode,
    Words ItemName,
    Person Applicant,
    IReadOnlyDictionary<string, string> Form,
    IReadOnlyList<RequirementMet> Requirements,
    string Due,
    long At) : IPeerEvent
{
    public static string WireName => "cases.step-requested.v1";

    /// <summary>What evidence and earlier steps gave, as for <see cref="EffectDue"/>.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>();
}

/// <summary>A step asked of another node is no longer wanted: the matter was withdrawn or decided without it. Deciding node to that node.</summary>
public sealed record StepCancelled(string CaseNumber, string StepId, long At) : IPeerEvent
{
    public static string WireName => "cases.step-cancelled.v1";
}

/// <summary>The department of the other node has done the step. That node to the deciding node.</summary>
/// <param name="Data">What its effect produced, such as a ledger.</param>
public sealed record StepAnswered(string CaseNumber, string StepId, bool Approved, string Reason, IReadOnlyDictionary<string, string> Data, long At) : IPeerEvent
{
    public static string WireName => "cases.step-answered.v1";
}

/// <summary>The case was accepted (受理). Its clock runs.</summary>
public sealed record CaseAccepted(CaseFacts Case, string StatutoryDue, string PromisedDue, long At) : IEvent
{
    public static string WireName => "cases.case-accepted.v1";

    /// <summary>The later of the dates reaches into a year whose calendar is not published yet.</summary>
    public bool DueProvisional { get; init; }

    /// <summary>The promised date does so itself.</summary>
    public bool PromisedProvisional { get; init; }
}

/// <summary>The case was not accepted (不予受理), with the reason.</summary>
public sealed record CaseNotAccepted(CaseFacts Case, Words Reason, long At) : IEvent
{
    public static string WireName => "cases.case-not-accepted.v1";
}

/// <summary>Everything that is missing, said once (一次性补正). The clock stands still.</summary>
public sealed record SupplementRequested(CaseFacts Case, IReadOnlyList<SupplementWanted> Wanted, long At) : IEvent
{
    public static string WireName => "cases.supplement-requested.v1";
}

/// <summary>The case was decided, by an officer or at once by a published rule.</summary>
/// <param name="Rule">Rule id and version when a rule decided; null when a person did.</param>
/// <param name="Claims">Values for the result certificate, by claim name.</param>
public sealed record CaseDecided(
    CaseFacts Case,
    bool Approved,
    Words Reason,
    string? Rule,
    ResultDefinition? Result,
    IReadOnlyDictionary<string, string> Claims,
    long At) : IEvent
{
    public static string WireName => "cases.case-decided.v1";
}

/// <summary>The result is in the person's hands (送达).</summary>
public sealed record ResultDelivered(CaseFacts Case, string? CertificateId, long At) : IEvent
{
    public static string WireName => "cases.result-delivered.v1";
}

/// <summary>A department's own system must now change: a step was done or a decision taken.</summary>
public sealed record EffectDue(string CaseNumber, string StepId, string Effect, string Department, Person Applicant,
    IReadOnlyDictionary<string, string> Form, IReadOnlyDictionary<string, string> Data) : IEvent
{
    public static string WireName => "cases.effect-due.v1";
}

/// <summary>What the rooms that follow a case need to know of it.</summary>
/// <param name="Number">Case number, for people.</param>
public sealed record CaseFacts(
    string Number,
    string FilingId,
    string FilingNode,
    string BaseCode,
    string ImplementationCode,
    Words ItemName,
    string Division,
    string Department,
    Words DepartmentName,
    Person Applicant,
    Words LegalBasis,
    Words RemedyText);

/// <summary>A natural or legal person, as known to both nodes. Personal data: only in sealed or signed bodies.</summary>
/// <param name="CitizenId">Citizen id or credit code.</param>
public sealed record Person(string CitizenId, string Name, string Phone, string Division);

/// <summary>How one requirement was met.</summary>
public sealed record RequirementMet(
    string RequirementId,
    Words Name,
    MetBy By,
    EvidenceUsed? Evidence,
    IReadOnlyList<UploadedFile> Files,
    string? CertificateId,
    string? PromisedUntil);

public enum MetBy
{
    /// <summary>Fetched from whoever holds it: exempt.</summary>
    Evidence,

    /// <summary>A certificate the person holds: exempt.</summary>
    Certificate,

    /// <summary>Brought by the person.</summary>
    Upload,

    /// <summary>To be handed in later (容缺).</summary>
    Deferred,

    /// <summary>Not brought though optional.</summary>
    None,
}

/// <param name="Rows">What was found and the person agreed to use.</param>
public sealed record EvidenceUsed(
    string EvidenceType,
    string ExchangeId,
    string ProviderNode,
    Words DepartmentName,
    string Resource,
    Words ResourceName,
    long AsOf,
    IReadOnlyList<IReadOnlyDictionary<string, string?>> Rows,
    IReadOnlyDictionary<string, Words> Labels,
    string? ConsentId,
    long ConsumerLogIndex,
    long ProviderLogIndex)
{
    /// <summary>Field types by code, as <see cref="Exchange.FieldName.Type"/>; a code that is absent is text.</summary>
    public IReadOnlyDictionary<string, string> Types { get; init; } = new Dictionary<string, string>();

    /// <summary>Whoever keeps <see cref="Rows"/> erases them by then, as the person agreed and as the provider lets it (Unix ms); null where neither says.</summary>
    public long? DeleteAt { get; init; }

    /// <summary>When <see cref="Rows"/> were erased, Unix ms; null while they are here.</summary>
    public long? ErasedAt { get; init; }
}

/// <param name="Hash">SHA-256 of the content, hex; its name in the content-addressed store.</param>
public sealed record UploadedFile(string Hash, string Name, string MediaType, long Length);
