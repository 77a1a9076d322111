using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tongban.Contracts.Items;
using Tongban.Kernel;

namespace Tongban.Items.Catalogue;

/// <summary>The base item as stored: what is the same in every jurisdiction.</summary>
sealed record ItemDocument(
    string BaseCode,
    string Slug,
    Words Name,
    Words Summary,
    Words ForWhom,
    IReadOnlyList<string> Keywords,
    string Type,
    IReadOnlyList<int> Served,
    int CaseKind,
    string DepartmentKind,
    HandlingMode Mode,
    string? ModeBasis,
    int? Popular,
    bool Tailored,
    ListEntry List,
    IReadOnlyList<Question> Questions,
    string? RouteTable,
    bool SampleBaseCode);

/// <summary>One version of one jurisdiction's variant as stored: everything a case is decided under, whole, so that a later version changes nothing about it.</summary>
sealed record VariantDocument(
    string BaseCode,
    string ImplementationCode,
    string? LocalCode,
    Words Name,
    string Division,
    string Department,
    Words DepartmentName,
    HandlingMode Mode,
    int StatutoryDays,
    Words? StatutoryNote,
    int PromisedDays,
    int Visits,
    Words? VisitReason,
    long FeeFen,
    Words? FeeBasis,
    Words LegalBasis,
    Words? PowerSource,
    Words Level,
    IReadOnlyList<string> TakenInAt,
    IReadOnlyList<Words> JointDepartments,
    IReadOnlyList<int> HandlingForms,
    string OnlineDepth,
    string Contact,
    string ComplaintLine,
    Words Remedy,
    IReadOnlyList<Question> Questions,
    string? RequirementsTable,
    IReadOnlyList<Material> Requirements,
    IReadOnlyList<FormPage> Form,
    IReadOnlyList<StepFile> Steps,
    string? DecideTable,
    IReadOnlyList<RuleInput> DecideInputs,
    ResultFile? Result,
    bool Tailored,
    IReadOnlyList<string> Sample)
{
    /// <summary>See <see cref="ItemVariant.Served"/>.</summary>
    public IReadOnlyList<int> Served { get; init; } = [];

    public IReadOnlyList<string>? OneBy { get; init; }

    public bool IsSample(string field) => Sample.Contains(field);
}

static class ItemJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = false,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>For stored documents: what a later release added or dropped does not stop an older version from being read.</summary>
    public static readonly JsonSerializerOptions Stored = new(Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };
}
