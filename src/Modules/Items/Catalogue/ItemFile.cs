using Tongban.Contracts.Items;
using Tongban.Kernel;

namespace Tongban.Items.Catalogue;

/// <summary>
/// One file of <c>data/items</c>: a base item with its defaults, and per division only what differs there.
/// A value is a sample unless <see cref="Sources"/> says where it was read; pages mark it 示例数据.
/// </summary>
sealed record ItemFile : Values
{
    /// <summary>Short name, such as <c>pension-transfer</c>; its decision tables are named after it.</summary>
    public required string Slug { get; init; }

    /// <summary>12 digits. Begins with 99 where the national code is not known to us.</summary>
    public required string BaseCode { get; init; }

    public required ListEntry List { get; init; }

    public required Words Name { get; init; }

    public required Words Summary { get; init; }

    public required Words ForWhom { get; init; }

    /// <summary>What people call it; searched, not shown.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];

    /// <summary>Two digits, see <see cref="ItemTerms.Type"/>.</summary>
    public required string Type { get; init; }

    /// <summary>1 natural person, 2 enterprise, … (DOMAIN: served).</summary>
    public required IReadOnlyList<int> Served { get; init; }

    /// <summary>1 即办件， 2 承诺件.</summary>
    public required int CaseKind { get; init; }

    /// <summary>Kind of the deciding department: police, civil, estate, hrss, fund, medical, market, credit.</summary>
    public required string DepartmentKind { get; init; }

    public required HandlingMode Mode { get; init; }

    /// <summary>Where the mode comes from when not from the list itself.</summary>
    public string? ModeBasis { get; init; }

    /// <summary>Place among the popular items of the home page, from 1; null when not there.</summary>
    public int? Popular { get; init; }

    /// <summary>False: takes the general guide, form and step of <c>general.json</c>.</summary>
    public bool Tailored { get; init; }

    public IReadOnlyList<Question> Questions { get; init; } = [];

    /// <summary>See <see cref="ItemVariant.OneBy"/>.</summary>
    public IReadOnlyList<string>? OneBy { get; init; }

    public string? RouteTable { get; init; }

    public string? RequirementsTable { get; init; }

    public IReadOnlyList<Material> Requirements { get; init; } = [];

    public IReadOnlyList<FormPage> Form { get; init; } = [];

    public IReadOnlyList<StepFile> Steps { get; init; } = [];

    public string? DecideTable { get; init; }

    public IReadOnlyList<RuleInput> DecideInputs { get; init; } = [];

    public ResultFile? Result { get; init; }

    /// <summary>By division.</summary>
    public required IReadOnlyDictionary<string, VariantFile> Variants { get; init; }
}

/// <summary>Where the item comes from: the national list of cross-province items.</summary>
/// <param name="Document">The list's own document number.</param>
/// <param name="Seq">Row of <c>data/reference/kuasheng_items.csv</c>, not the official number.</param>
/// <param name="Source">As recorded there; the document is what pages cite.</param>
sealed record ListEntry(string Document, int Seq, string Name, string Batch, bool Confirmed, string Source);

/// <summary>What may differ between jurisdictions; a null takes the base item's value.</summary>
record Values
{
    public int? StatutoryDays { get; init; }

    public Words? StatutoryNote { get; init; }

    public int? PromisedDays { get; init; }

    public int? Visits { get; init; }

    public Words? VisitReason { get; init; }

    public long? FeeFen { get; init; }

    public Words? FeeBasis { get; init; }

    public Words? LegalBasis { get; init; }

    public Words? PowerSource { get; init; }

    /// <summary>Exercising level (行使层级）.</summary>
    public Words? Level { get; init; }

    /// <summary>Levels whose desks take it in: province, city, county, town, village.</summary>
    public IReadOnlyList<string>? TakenInAt { get; init; }

    /// <summary>Kinds of departments that take part.</summary>
    public IReadOnlyList<string>? JointKinds { get; init; }

    /// <summary>1 window, 2 online, 3 courier.</summary>
    public IReadOnlyList<int>? HandlingForms { get; init; }

    public string? OnlineDepth { get; init; }

    public string? Contact { get; init; }

    public string? ComplaintLine { get; init; }

    public Words? Remedy { get; init; }

    /// <summary>Where a value was read, by its name in <see cref="Sourced"/>: a document and its address. What is not named here the project set.</summary>
    public IReadOnlyDictionary<string, string>? Sources { get; init; }

    /// <summary>The values that need a source: members of the file by their names in it.</summary>
    public static readonly IReadOnlyList<string> Sourced =
    [
        "baseCode", "localCode", "statutoryDays", "promisedDays", "visits", "feeFen", "legalBasis", "powerSource", "level", "takenInAt", "handlingForms", "onlineDepth",
        "mode", "requirements", "form", "steps",
    ];
}

sealed record VariantFile : Values
{
    public string? LocalCode { get; init; }

    /// <summary>Requirements this jurisdiction does not make.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>Requirements only this jurisdiction makes.</summary>
    public IReadOnlyList<Material> Also { get; init; } = [];
}

/// <summary>A condition on the guide's answers: every question named has one of the answers named. Empty holds always.</summary>
sealed class Condition : Dictionary<string, IReadOnlyList<string>>
{
    public bool Holds(IReadOnlyDictionary<string, string> answers) =>
        this.All(c => answers.TryGetValue(c.Key, out var answer) && c.Value.Contains(answer));
}

/// <param name="Kind"><c>province</c> offers the jurisdictions that publish the item; <c>choice</c> offers <paramref name="Options"/>.</param>
/// <param name="Here">True: the node's own province is offered first and chosen.</param>
/// <param name="When">Asked only under these answers.</param>
sealed record Question(string Id, string Kind, Words Text, Words? Hint, bool Here, IReadOnlyList<AnswerChoice>? Options, Condition? When);

sealed record AnswerChoice(string Value, Words Label, Words? Hint);

/// <summary>A required material (材料）， and the fact another government may hold instead.</summary>
sealed record Material
{
    public required string Id { get; init; }

    public required Words Name { get; init; }

    public string? Evidence { get; init; }

    /// <summary>Jurisdiction that holds the fact: <c>owner</c> or <c>answer.{question}</c>. A requirements table may say otherwise.</summary>
    public string? At { get; init; }

    public string Subject { get; init; } = "applicant";

    public string? SubjectFrom { get; init; }

    public IReadOnlyList<string> Fields { get; init; } = [];

    public string? Certificate { get; init; }

    public bool Optional { get; init; }

    public bool MayDefer { get; init; }

    public Words? Hint { get; init; }

    public Words? Basis { get; init; }

    /// <summary>What will do when it is brought: original, copy, electronic, and how many pages.</summary>
    public Words? Format { get; init; }

    /// <summary>Who issues it.</summary>
    public Words? Issuer { get; init; }

    /// <summary>Asked only under these answers; unused where a requirements table knows the material.</summary>
    public Condition? When { get; init; }

    /// <summary>Made by one jurisdiction alone, so that a table shared by all does not know it. Set when a file is read.</summary>
    public bool Own { get; init; }
}

/// <param name="At"><c>owner</c> or <c>answer.{question}</c>.</param>
/// <param name="Kind">Kind of the department.</param>
sealed record StepFile(string Id, Words Name, string At, string Kind, Words Power, Words Duty, IReadOnlyList<string>? After, string? Effect, Condition? When);

sealed record ResultFile(string CertificateType, Words Name, int ValidMonths, IReadOnlyList<ClaimDefinition> Claims, string? Effect)
{
    /// <summary>The first that holds replaces <see cref="ValidMonths"/>.</summary>
    public IReadOnlyList<Validity> ValidWhen { get; init; } = [];
}

sealed record Validity(Condition When, int Months);

/// <summary>Guide, form and step of items that are not tailored yet: <c>general.json</c>.</summary>
sealed record GeneralFile(IReadOnlyList<Question> Questions, IReadOnlyList<FormPage> Form, IReadOnlyList<StepFile> Steps)
{
    /// <summary>As a step's kind: the department that decides the item.</summary>
    public const string OwnKind = "*";
}

/// <summary><c>life-events.json</c>: what people go through, and the items that belong to it.</summary>
/// <param name="Later">Names of events that are planned and lead nowhere yet.</param>
sealed record LifeEventsFile(IReadOnlyList<LifeEvent> Events, IReadOnlyList<Words> Later);

/// <param name="List">Name in the national list of 高效办成一件事， when it stands there.</param>
/// <param name="Items">Base codes.</param>
/// <param name="Later">Members of the event that no department offers here yet.</param>
sealed record LifeEvent(string Id, Words Name, Words Summary, string? List, IReadOnlyList<string> Items, IReadOnlyList<Words> Later);
