using Tongban.Kernel;

namespace Tongban.Contracts.Items;

/// <summary>Room Items answers: what can be filed, what is asked, who decides.</summary>
public interface IItems
{
    /// <summary>As published under this version. Steps whose place depends on the answers are left out: <see cref="Assess(string, int, IReadOnlyDictionary{string, string}, CancellationToken)"/> has them.</summary>
    Task<Result<ItemVariant>> Variant(string implementationCode, int version, CancellationToken ct);

    /// <summary>
    /// The same assessment again, under the very variant and version a filing names: what the deciding node builds its case
    /// from and checks that nothing required is missing. Every step carries the department that does it.
    /// </summary>
    Task<Result<Assessment>> Assess(string implementationCode, int version, IReadOnlyDictionary<string, string> answers, CancellationToken ct);

    /// <summary>
    /// Applies the item's decision tables to the answers of the guide: which variant (authority) decides, which requirements
    /// apply, in which mode.
    /// </summary>
    Task<Result<Assessment>> Assess(string baseCode, IReadOnlyDictionary<string, string> answers, CancellationToken ct);

    /// <summary>Names of published items by base code; an unknown one is left out.</summary>
    Task<IReadOnlyDictionary<string, Words>> Names(IReadOnlyCollection<string> baseCodes, CancellationToken ct);
}

/// <summary>How a cross-jurisdiction matter is handled (国办发〔2020〕35号).</summary>
public enum HandlingMode
{
    /// <summary>全程网办</summary>
    Online,

    /// <summary>异地代收代办</summary>
    CollectedElsewhere,

    /// <summary>多地联办</summary>
    JointPlaces,
}

/// <summary>One jurisdiction's version of an item: what a case is decided under.</summary>
/// <param name="BaseCode">12 characters, the same in every jurisdiction.</param>
/// <param name="ImplementationCode">31 characters: deciding body's credit code, 1, base code.</param>
/// <param name="Division">Jurisdiction that decides.</param>
/// <param name="Department">Deciding department's code.</param>
/// <param name="StatutoryDays">Working days the law allows; 0 is decided on the spot.</param>
/// <param name="PromisedDays">Working days this department promises.</param>
/// <param name="FeeFen">Fee in fen; 0 is free.</param>
/// <param name="DecideAtOnceRule">Id of the published table that may decide at once; null when people decide.</param>
/// <param name="Result">The certificate a positive decision gives; null when there is none.</param>
/// <param name="SampleValues">Days, materials or fees that no source gives and that the project set.</param>
public sealed record ItemVariant(
    string BaseCode,
    string ImplementationCode,
    int Version,
    Words Name,
    string Division,
    string Department,
    Words DepartmentName,
    HandlingMode Mode,
    int StatutoryDays,
    int PromisedDays,
    int Visits,
    long FeeFen,
    Words LegalBasis,
    Words RemedyText,
    IReadOnlyList<FormPage> Form,
    IReadOnlyList<StepDefinition> Steps,
    string? DecideAtOnceRule,
    ResultDefinition? Result,
    bool SampleValues)
{
    /// <summary>False for an item that has only the general form and one step yet; pages say 尚未定制.</summary>
    public bool Tailored { get; init; } = true;

    /// <summary>服务对象: 1 natural persons, 2 to 7 legal persons and other organisations; empty when it is not known.</summary>
    public IReadOnlyList<int> Served { get; init; } = [];

    /// <summary>
    /// Questions of the guide by whose answers a person has one matter at a time and one result in force; none of them: one at
    /// all. Null sets no limit.
    /// </summary>
    public IReadOnlyList<string>? OneBy { get; init; }

    /// <summary>
    /// Inputs of <see cref="DecideAtOnceRule"/>. Its outputs are <c>decision</c> (<c>approve</c> or <c>people</c>),
    /// <c>reason</c> and <c>reasonEn</c>; no row, more than one, or any other word goes to people.
    /// </summary>
    public IReadOnlyList<RuleInput> DecideInputs { get; init; } = [];
}

/// <summary>One input of a table that decides.</summary>
/// <param name="Type">text, number, date or boolean: what the text at the source is read as. Text that cannot be read so is a doubt.</param>
/// <param name="From"><c>answer.{question}</c>, <c>form.{field}</c>, <c>{requirement}.{field}</c> of evidence, <c>{requirement}.found</c> (boolean: met by evidence), or <c>today</c>. A source that is absent gives null.</param>
public sealed record RuleInput(string Name, string Type, string From);

/// <param name="Answers">As assessed: answers of the guide by question id.</param>
public sealed record Assessment(ItemVariant Variant, IReadOnlyList<Requirement> Requirements, IReadOnlyDictionary<string, string> Answers);

/// <summary>Something the law wants shown. Met by a certificate held, evidence fetched, a promise, or an upload.</summary>
/// <param name="EvidenceType">What another government may hold instead; null when only an upload will do.</param>
/// <param name="Division">Jurisdiction that would hold the fact, from the answers; null when there is no evidence type.</param>
/// <param name="Subject">Whose fact: <c>applicant</c> or <c>spouse</c>; a spouse's fact is asked through the marriage found.</param>
/// <param name="Fields">Fields of the evidence that are needed; no others are asked for.</param>
/// <param name="Optional">Not needed for filing.</param>
public sealed record Requirement(
    string Id,
    Words Name,
    string? EvidenceType,
    string? Division,
    string Subject,
    IReadOnlyList<string> Fields,
    string? CertificateType,
    bool Optional,
    bool MayDefer,
    Words Hint,
    Words Basis)
{
    /// <summary>
    /// Where the citizen id of <see cref="Subject"/> comes from when that is not the applicant: <c>{requirement}.{field}</c>
    /// of evidence found first. The field that is not the applicant's own id is meant when two are given, parted by a bar.
    /// </summary>
    public string? SubjectFrom { get; init; }
}

public sealed record FormPage(string Id, Words Title, IReadOnlyList<FormField> Fields);

/// <param name="Type">text, number, date, money (stored in whole fen; pages ask for yuan), phone, citizen-id, credit-code, division, choice, textarea, checkbox.</param>
/// <param name="Prefill">
/// Where a first value comes from: <c>me.name</c>, <c>me.phone</c>, <c>me.citizenId</c>, <c>answer.{question}</c>, or
/// <c>{requirement}.{field}</c> of evidence; several of the last, parted by a bar, mean the first that was found. Null when the person enters it.
/// </param>
/// <param name="Options">For choice.</param>
public sealed record FormField(
    string Id,
    string Type,
    Words Label,
    Words? Hint,
    bool Required,
    string? Prefill,
    IReadOnlyList<FormOption>? Options)
{
    /// <summary>While the evidence of <see cref="Prefill"/> is used, or where it is an answer of the guide, the value is what that says and nobody can enter another; of a place, its province.</summary>
    public bool Fixed { get; init; }

    /// <summary>For money: may not be above any of these, <c>form.{field}</c> or <c>{requirement}.{field}</c> of evidence; what is not there limits nothing.</summary>
    public IReadOnlyList<string> AtMost { get; init; } = [];

    /// <summary>For a date: the days it may lie in, counted from the day of filing; null when any.</summary>
    public DaysAround? Dates { get; init; }
}

/// <param name="From">First day; before the day of filing when negative.</param>
/// <param name="To">Last day.</param>
public sealed record DaysAround(int From, int To);

public sealed record FormOption(string Value, Words Label);

/// <param name="Department">Code of the department that does it, at its own node when that is another one. <c>*-kind</c> forms are resolved before they leave Items.</param>
/// <param name="Power">Which power it exercises (权).</param>
/// <param name="Duty">What it answers for (责).</param>
/// <param name="After">Steps that must be done first; steps without a dependency between them run in parallel.</param>
/// <param name="Effect">What changes in the department's own system when the step is done; null when nothing does.</param>
public sealed record StepDefinition(
    string Id,
    Words Name,
    string Department,
    Words DepartmentName,
    string Power,
    string Duty,
    IReadOnlyList<string> After,
    string? Effect);

/// <param name="CertificateType">36904 type code.</param>
/// <param name="ValidMonths">0 is without end.</param>
/// <param name="Claims">Certificate claims: claim name to where its value comes from (<c>form.x</c>, <c>me.name</c>, <c>{requirement}.{field}</c>, <c>effect.{name}</c>).</param>
/// <param name="Effect">Effect of the positive decision in the deciding department's own system; null when none.</param>
public sealed record ResultDefinition(string CertificateType, Words Name, int ValidMonths, IReadOnlyList<ClaimDefinition> Claims, string? Effect);

public sealed record ClaimDefinition(string Name, Words Label, string From)
{
    /// <summary>What the value is: text; money (whole fen, stated in yuan on the certificate); division (code, stated with its name).</summary>
    public string Type { get; init; } = "text";
}
