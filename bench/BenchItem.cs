using Tongban.Contracts.Items;
using Tongban.Kernel;

namespace Tongban.Bench;

/// <summary>One item of two documents and two departments' steps side by side, without effect or certificate: what the measure names.</summary>
sealed class BenchItem : IItems
{
    public const string BaseCode = "990000000000";
    public const string Division = "310000";

    static Words Both(string text) => new(text, text);

    static readonly ItemVariant Item = new(
        BaseCode, "1131000000000000001" + BaseCode, 1, Both("测量用事项"), Division, $"{Division}-fund", Both("住房公积金管理中心"), HandlingMode.Online, 20, 10, 0, 0,
        Both("依据"), Both("救济"), [new FormPage("main", Both("信息"), [new FormField("note", "text", Both("说明"), null, true, null, null)])],
        [Step("fund-audit", "fund"), Step("estate-confirm", "estate")], null, null, true);

    static readonly Assessment Assessed = new(Item, [Document("contract"), Document("invoice")], new Dictionary<string, string>());

    static StepDefinition Step(string id, string kind) => new(id, Both(id), $"{Division}-{kind}", Both(kind), "审核", "负责", [], null);

    static Requirement Document(string id) => new(id, Both(id), null, null, "applicant", [], null, false, false, Both(""), Both(""));

    public Task<Result<ItemVariant>> Variant(string implementationCode, int version, CancellationToken ct) => Task.FromResult<Result<ItemVariant>>(Item);

    public Task<Result<Assessment>> Assess(string implementationCode, int version, IReadOnlyDictionary<string, string> answers, CancellationToken ct) =>
        Task.FromResult<Result<Assessment>>(Assessed);

    public Task<Result<Assessment>> Assess(string baseCode, IReadOnlyDictionary<string, string> answers, CancellationToken ct) =>
        Task.FromResult<Result<Assessment>>(Assessed);
}
