using Tongban.Contracts.Items;
using Tongban.Kernel;

namespace Tongban.Bench;

/// <summary>
/// The items that are measured: two documents and two departments' steps side by side; and the same with two facts asked of
/// another node and a certificate at the end.
/// </summary>
sealed class BenchItem : IItems
{
    public const string Division = "310000";

    /// <summary>Codes of two real items, as agreements name what data may be used for.</summary>
    public const string Plain = "992014003000";
    public const string WithEvidence = "992017035000";

    static readonly ItemVariant[] Items = [Item(Plain, null), Item(WithEvidence, new ResultDefinition("11100099000000014D001", Both("测量用证照"), 0, [], null))];

    static Words Both(string text) => new(text, text);

    static ItemVariant Item(string code, ResultDefinition? result) => new(
        code, "1131000000000000001" + code, 1, Both("测量用事项"), Division, $"{Division}-fund", Both("住房公积金管理中心"), HandlingMode.Online, 20, 10, 0, 0,
        Both("依据"), Both("救济"), [new FormPage("main", Both("信息"), [new FormField("note", "text", Both("说明"), null, true, null, null)])],
        [Step("fund-audit", "fund"), Step("estate-confirm", "estate")], null, result, true);

    static Assessment Of(ItemVariant item) => new(item, item.Result is null
        ? [Document("contract"), Document("invoice")]
        : [Document("contract"), Document("invoice"), Fact("marriage", "marriage-certificate", "registerNumber", "registeredOn", "state"), Fact("work", "employment", "employer", "startsOn")],
        new Dictionary<string, string>());

    static StepDefinition Step(string id, string kind) => new(id, Both(id), $"{Division}-{kind}", Both(kind), "审核", "负责", [], null);

    static Requirement Document(string id) => new(id, Both(id), null, null, "applicant", [], null, false, false, Both(""), Both(""));

    static Requirement Fact(string id, string type, params string[] fields) => new(id, Both(id), type, BenchDepartments.Division, "applicant", fields, null, false, false, Both(""), Both(""));

    public Task<Result<ItemVariant>> Variant(string implementationCode, int version, CancellationToken ct) =>
        Task.FromResult<Result<ItemVariant>>(Items.Single(i => i.ImplementationCode == implementationCode));

    public Task<IReadOnlyDictionary<string, Words>> Names(IReadOnlyCollection<string> baseCodes, CancellationToken ct) =>
        Task.FromResult<IReadOnlyDictionary<string, Words>>(new Dictionary<string, Words>());

    public Task<Result<Assessment>> Assess(string implementationCode, int version, IReadOnlyDictionary<string, string> answers, CancellationToken ct) =>
        Task.FromResult<Result<Assessment>>(Of(Items.Single(i => i.ImplementationCode == implementationCode)));

    public Task<Result<Assessment>> Assess(string baseCode, IReadOnlyDictionary<string, string> answers, CancellationToken ct) =>
        Task.FromResult<Result<Assessment>>(Of(Items.Single(i => i.BaseCode == baseCode)));
}
