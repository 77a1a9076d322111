using System.Text.Json;
using System.Text.Json.Serialization;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>A resource in the terms of GB/T 21063.4 core metadata (see <c>data/resources/README.md</c>), offered by a department of one node.</summary>
sealed record ResourceDefinition(
    string Code,
    int Version,
    string Name,
    string NameEn,
    string ProviderKind,
    IReadOnlyList<string> Provinces,
    string Subject,
    IReadOnlyList<string> EvidenceTypes,
    string Sharing,
    string UpdateCycle,
    string Rows,
    IReadOnlyList<ResourceParameter> Parameters,
    IReadOnlyList<ResourceField> Fields,
    SourceBinding? Connector)
{
    [JsonPropertyName("abstract")]
    public string Summary { get; init; } = "";

    [JsonPropertyName("abstractEn")]
    public string SummaryEn { get; init; } = "";

    /// <summary>On what condition it is shared; of one that is not shared, why.</summary>
    public string Condition { get; init; } = "";

    public string ConditionEn { get; init; } = "";

    /// <summary>Form of what is answered, such as JSON.</summary>
    public string Format { get; init; } = "JSON";

    /// <summary>共享方式, how it is handed over: <c>platform</c> (this exchange), or what departments agree beside it: <c>mail</c>, <c>disk</c>, <c>media</c>.</summary>
    public string Way { get; init; } = Platform;

    public const string Platform = "platform";

    /// <summary>Whether the public may have it: <c>none</c>, <c>conditional</c>, <c>open</c>.</summary>
    public string Openness { get; init; } = "none";

    /// <summary>Codes of resources that belong with it.</summary>
    public IReadOnlyList<string> Related { get; init; } = [];

    /// <summary>Of a resource that gives counts of groups; null where it gives records.</summary>
    public AggregateShape? Aggregate { get; init; }

    readonly HashSet<string> names = [.. Fields.Select(f => f.Name)];

    public bool Has(string field) => names.Contains(field);

    const int LongestName = 64;

    /// <summary>Whether a text can be the name of a field at all.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= LongestName && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    /// <summary>The parameter that names whom the question is about; null when none does.</summary>
    [JsonIgnore]
    public ResourceParameter? SubjectParameter { get; } = ResourceParameter.SubjectOf(Parameters);

    /// <summary>Whether its records say something of persons, whatever they are asked by. Groups do not.</summary>
    [JsonIgnore]
    public bool TellsOfPersons => Aggregate is null && Fields.Any(f => f.Personal);

    /// <summary>Why it is not published: it would be answered, and nobody whom it is about could see that.</summary>
    public Error? ReachesNobody() => Connector is not null && TellsOfPersons && SubjectParameter is null ? NobodyNamed : null;

    /// <summary>Why a question is not answered: whom it is about stands in no record. One that lacks a required parameter is told which.</summary>
    /// <param name="subject">Whom it names.</param>
    public Error? NamesNobody(string? subject) => TellsOfPersons && string.IsNullOrEmpty(subject) && SubjectParameter is not { Required: true } ? NobodyAsked : null;

    public const string NoSubject = "resource.no-subject";

    static readonly Error NobodyNamed = Error.Invalid(
        NoSubject, "有个人信息字段，却没有说明查询的是谁的条件，当事人看不到谁用了他的数据", "It has fields about persons and no parameter that says whom a question is about, so nobody could see who used their data", "parameters",
        "请加一个类型为 citizen-id（企业为 credit-code）的查询条件；整表批量提供的，在其后加 ?", "Add a parameter of type citizen-id (of a company, credit-code), with ? behind it where the whole table is given in bulk");

    static readonly Error NobodyAsked = Error.Invalid(
        NoSubject, "这项资源含个人信息，查询要说明是谁（公民身份号码或统一社会信用代码）", "This resource tells of persons: a question names whom it is about, by citizen id or credit code", "parameters",
        "请补充查询条件；资源没有这样的条件的，请提供部门发布新版本", "Add the parameter; where the resource has none, its department has to publish a version that has");

    /// <summary>Whether it can be asked about a person by their number: then every answer tells something about them, whatever its fields are.</summary>
    [JsonIgnore]
    public bool NamesPerson => ResourceParameter.NamesPerson(Parameters);

    /// <summary>The assurance (0–3) that a sign-in needs for a consent to these fields: 1 for anything about a person, 2 where a field is core data (level 4).</summary>
    public int LeastAssurance(IReadOnlyList<string> asked) =>
        !IsPersonal ? 0 : Fields.Any(f => f.Level >= 4 && asked.Contains(f.Name)) ? 2 : 1;

    /// <summary>Whether an answer tells something about a person or an enterprise that it was asked about.</summary>
    [JsonIgnore]
    public bool IsPersonal => SubjectParameter is not null && Fields.Any(f => f.Personal);
}

sealed record ResourceParameter(string Name, string Type, bool Required)
{
    /// <summary>The first that is a citizen id or a credit code, one that is required before one that may be left out.</summary>
    public static ResourceParameter? SubjectOf(IReadOnlyList<ResourceParameter> parameters)
    {
        var subjects = parameters.Where(p => p.Type is "citizen-id" or "credit-code").ToList();
        return subjects.Find(p => p.Required) ?? subjects.FirstOrDefault();
    }

    public static bool NamesPerson(IReadOnlyList<ResourceParameter> parameters) => parameters.Any(p => p.Type == "citizen-id");
}

/// <param name="Type">text, date, integer, number, money (fen).</param>
/// <param name="Element">The data element of the region's standard.</param>
/// <param name="Level">Classification 1 (open) … 4 (core), GB/T 43697.</param>
sealed record ResourceField(string Name, string Label, string LabelEn, string Type, string? Element, int Level, bool Personal);

/// <param name="Kind">As <see cref="Sources"/> knows them: <c>sql</c> (a SQLite file), <c>file</c> (a CSV file), <c>postgres</c>, <c>http</c>, <c>registry</c> (kept by the node itself).</param>
/// <param name="Database">File of the department's own system, below the node's <c>departments</c> folder; of the next two kinds a name in <see cref="NamedSources"/>, of the last that of an <see cref="INodeRegister"/>.</param>
/// <param name="Select">
/// One SELECT, in lines; its columns are the fields, its parameters the resource's. Of a CSV file or a register the columns that are not named as the fields
/// (<see cref="ColumnNames"/>), of a web service where everything lies (<see cref="HttpBinding"/>).
/// </param>
/// <param name="Written">
/// How a database or web service says when it was last written to, in lines as <paramref name="Select"/>: a SELECT of one row with the column
/// <c>written</c>, or <c>GET /path</c> and <c>written = /pointer</c>. Null where it does not say, and for files, whose time says it.
/// </param>
sealed record SourceBinding(string Kind, string Database, IReadOnlyList<string> Select, IReadOnlyList<string>? Written = null)
{
    /// <summary>Answers <see cref="Written"/>.</summary>
    public static readonly ResourceField WrittenField = new("written", "最后写入", "Last written", "text", null, 1, false);

    /// <summary>As a steward enters it.</summary>
    [JsonIgnore]
    public string Entered => Kind is Sources.Postgres or Sources.Http or Sources.Register ? $"{Kind}:{Database}" : Database;
}

/// <summary>What a node shows others of a resource: everything but where it lies.</summary>
sealed record ResourceOffer(
    string Code,
    int Version,
    Words Name,
    Words Summary,
    string Department,
    Words DepartmentName,
    IReadOnlyList<string> EvidenceTypes,
    string Sharing,
    string UpdateCycle,
    IReadOnlyList<ResourceParameter> Parameters,
    IReadOnlyList<FieldOffer> Fields)
{
    public Words? Condition { get; init; }

    public string? Subject { get; init; }

    public string? Format { get; init; }

    public string? Openness { get; init; }

    /// <summary>As <see cref="ResourceDefinition.Way"/>; null from a node that does not say.</summary>
    public string? Way { get; init; }

    public IReadOnlyList<string>? Related { get; init; }

    /// <summary>Unix ms.</summary>
    public long? PublishedAt { get; init; }

    /// <summary>Of counts of groups; its least size is the one that holds here.</summary>
    public AggregateShape? Aggregate { get; init; }

    /// <summary>Rights that are registered for it; null where none is, and the provider holds it.</summary>
    public IReadOnlyList<RightOffer>? Rights { get; init; }

    /// <summary>ISO date; the first day on which its source was older than <see cref="UpdateCycle"/> says. Null when it is in time, or nobody can tell.</summary>
    public string? OverdueSince { get; init; }

    public FieldOffer? Field(string name) => Fields.FirstOrDefault(f => f.Name == name);
}

/// <param name="Element">The data element of the region's standard; null when there is none, or the node does not say yet.</param>
/// <param name="Mapped">Version of the code list that the department's own codes are mapped to, 0 for dates; null when they are not mapped.</param>
sealed record FieldOffer(string Name, Words Label, string Type, int Level, bool Personal, string? Element = null, int? Mapped = null);

/// <summary>All that the departments of a node offer; of one code the newest version first.</summary>
sealed record CatalogueDocument(string NodeId, string Division, IReadOnlyList<ResourceOffer> Resources)
{
    /// <summary>What names its member in an address: the division of a government, the credit code of another.</summary>
    [JsonIgnore]
    public string MemberCode => NodeIds.CodeOf(NodeId);

    public string ToJson() => JsonSerializer.Serialize(this, DirectoryDocument.Json);

    public static Result<CatalogueDocument> Parse(string text)
    {
        try
        {
            if (JsonSerializer.Deserialize<CatalogueDocument>(text, DirectoryDocument.Json) is { NodeId: not null, Division: not null, Resources: not null } catalogue && catalogue.Resources.All(IsWhole))
                return catalogue;
        }
        catch (JsonException)
        {
            // Answered below.
        }
        return Error.Invalid("catalogue.malformed", "目录格式错误", "The catalogue is malformed");
    }

    /// <summary>A document is searched through and shown beside all others: what one member leaves out would break the pages of every node.</summary>
    static bool IsWhole(ResourceOffer? r) =>
        r is { Code: not null, Department: not null, Sharing: not null, UpdateCycle: not null, Parameters: not null, Fields: not null }
        && IsSaid(r.Name) && IsSaid(r.Summary) && IsSaid(r.DepartmentName) && (r.Condition is null || IsSaid(r.Condition))
        && IsFull(r.EvidenceTypes) && (r.Related is null || IsFull(r.Related))
        && r.Parameters.All(p => p is { Name: not null, Type: not null })
        && r.Fields.All(f => f is { Name: not null, Type: not null } && IsSaid(f.Label))
        && (r.Aggregate is not { } shape || (shape.Count is not null && IsFull(shape.Dimensions) && IsFull(shape.Measures)))
        && (r.Rights is null || r.Rights.All(x => x is { Kind: not null, Party: not null }));

    static bool IsSaid(Words? words) => words is { Zh: not null, En: not null };

    static bool IsFull(IReadOnlyList<string?>? texts) => texts?.All(t => t is not null) == true;
}
