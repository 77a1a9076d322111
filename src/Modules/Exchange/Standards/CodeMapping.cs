using System.Globalization;
using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// How a department's own way to write a value and the region's go together: codes by a table, or dates by their form. Pure; the same in
/// both directions and on every path.
/// </summary>
/// <param name="Entries">Local code and the region's; several local codes may mean the same. Empty for a date.</param>
/// <param name="DateForm">One of <see cref="DateForms"/> where the values are dates; null for codes.</param>
/// <param name="Tests">What goes in and what must come out; <see cref="Refused"/> where it must be refused.</param>
/// <param name="States">A local code without an entry is answered as <see cref="Unmapped"/>; otherwise the answer is refused.</param>
/// <param name="Shown">The SELECT that gives the local codes the source holds, and how often; empty where the source is asked as a whole.</param>
sealed record CodeMapping(IReadOnlyList<CodeEntry> Entries, string? DateForm, IReadOnlyList<CodeTest> Tests, bool States, string Shown)
{
    /// <summary>Stands for a local code that means nothing in the region, where the steward chose to say so. No list has it as a code.</summary>
    public const string Unmapped = "unmapped";

    /// <summary>What a test expects of a code that must not pass.</summary>
    public const string Refused = "refused";

    public static readonly string[] DateForms = ["yyyyMMdd", "yyyy/MM/dd", "yyyy/M/d", "yyyy.MM.dd", "yyyy年M月d日", "yyyy-MM-dd HH:mm:ss", "dd/MM/yyyy"];

    const string Iso = "yyyy-MM-dd";

    readonly Dictionary<string, string> byLocal = (Entries ?? []).Where(e => e is { Local: not null, Code: not null }).DistinctBy(e => e.Local).ToDictionary(e => e.Local, e => e.Code, StringComparer.Ordinal);
    readonly ILookup<string, string> byCode = (Entries ?? []).Where(e => e is { Local: not null, Code: not null }).ToLookup(e => e.Code, e => e.Local, StringComparer.Ordinal);

    /// <summary>From the department's way to the region's. Nothing is a value of its own; an empty text is nothing unless it is a code.</summary>
    /// <param name="list">The code list in force; null for dates.</param>
    public Result<string?> ToRegion(string? local, CodeList? list, DateOnly on)
    {
        if (local is null)
            return (string?)null;
        if (DateForm is not null)
        {
            return local.Length == 0 ? (string?)null
                : DateOnly.TryParseExact(local, DateForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day.ToString(Iso, CultureInfo.InvariantCulture)
                : TryMoment(local) is { } moment ? moment
                : States ? Unmapped : NoDate;
        }
        if (byLocal.TryGetValue(local, out var code))
            return list?.IsInForce(code, on) == true ? code : NotInForce;
        return local.Length == 0 ? (string?)null : States ? Unmapped : NoEntry;
    }

    string? TryMoment(string local) =>
        HasMoments && DateTime.TryParseExact(local, DateForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? at.ToString(Iso, CultureInfo.InvariantCulture) : null;

    /// <summary>From the region's way to the department's. Where several local codes mean the same nobody can know which is meant.</summary>
    public Result<string?> ToLocal(string? value, CodeList? list, DateOnly on)
    {
        if (string.IsNullOrEmpty(value))
            return value;
        if (DateForm is not null)
        {
            return DateOnly.TryParseExact(value, Iso, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
                ? day.ToDateTime(TimeOnly.MinValue).ToString(DateForm, CultureInfo.InvariantCulture)
                : States ? Unmapped : NoDate;
        }
        var local = byCode[value].Take(2).ToList();
        return local switch
        {
            [var one] => list?.IsInForce(value, on) == true ? one : NotInForce,
            [_, _] => Ambiguous,
            _ => States ? Unmapped : NoEntry,
        };
    }

    /// <summary>
    /// What the department is asked by. One day has many moments, and what is not mapped has many codes: asking by one of them would find a part
    /// and look like the whole.
    /// </summary>
    public Result<string?> ToAsk(string value, CodeList? list, DateOnly on)
    {
        if (value == Unmapped || (HasMoments && value.Length > 0))
            return Ambiguous;
        var local = ToLocal(value, list, on);
        return local is { Ok: true, Value: Unmapped } ? DateForm is null ? NoEntry : NoDate : local;
    }

    bool HasMoments => DateForm?.Contains('H', StringComparison.Ordinal) == true;

    /// <summary>Whether it holds in itself: every target is a code in force, every test comes out as it says, and there is a test.</summary>
    public Error? Check(CodeList? list, DateOnly on)
    {
        if (DateForm is null)
        {
            if (list is null)
                return Error.Conflict("mapping.no-list", "现行数据标准没有为这个数据元规定代码集", "The data standard in force has no code list for this element");
            if (Entries.Count == 0)
                return Wrong("entries", "请填写本地代码对照", "Give the local codes and what they mean");
            if (Entries.FirstOrDefault(e => !list.IsInForce(e.Code, on)) is { } unknown)
                return Wrong("entries", $"“{unknown.Code}”不是代码集 {list.List} 现行的代码", $"'{unknown.Code}' is no code in force of list {list.List}");
        }
        if (Tests.Count == 0)
            return Wrong("tests", "请至少写一条测试", "Write at least one test");
        foreach (var test in Tests)
        {
            var given = ToRegion(test.Local, list, on);
            var came = given.Ok ? given.Value ?? "" : Refused;
            if (came != test.Expected)
                return Wrong("tests", $"测试未通过：“{test.Local}”应为“{test.Expected}”，得到“{came}”", $"A test fails: '{test.Local}' should give '{test.Expected}' and gives '{came}'");
        }
        return null;
    }

    /// <summary>Codes in force that have not exactly one local code: with them an answer cannot be turned into the local way.</summary>
    public IReadOnlyList<string> NotBack(CodeList? list, DateOnly on) =>
        DateForm is not null || list is null ? [] : [.. list.Values.Where(v => v.IsInForce(on) && byCode[v.Code].Count() != 1).Select(v => v.Code)];

    /// <summary>What of it a version of the list breaks: targets that are no codes in force of it.</summary>
    public IReadOnlyList<string> BrokenBy(CodeList list, DateOnly on) => [.. Entries.Select(e => e.Code).Distinct().Where(code => !list.IsInForce(code, on))];

    public string ToJson() => JsonSerializer.Serialize(this, DirectoryDocument.Json);

    public static CodeMapping Read(string json) => JsonSerializer.Deserialize<CodeMapping>(json, DirectoryDocument.Json) is { Entries: not null, Tests: not null, Shown: not null } read
        ? read : throw new InvalidDataException("A stored mapping cannot be read.");

    static Error Wrong(string where, string zh, string en) => Error.Invalid("mapping.entry", zh, en, where, "改正后重新提交", "Correct it and submit again");

    // Values are not named: who asks may see them only mapped.
    static readonly Error NoEntry = Error.Unavailable("mapping.unmapped", "数据中有尚未对照的代码，没有返回", "There is a code without a mapping; nothing was given", "请提供部门补充代码对照后再试", "The department has to add it to its mapping; try again then");
    static readonly Error NoDate = Error.Unavailable("mapping.unmapped", "数据中有无法识别的日期，没有返回", "There is a date that cannot be read; nothing was given", "请提供部门改正后再试", "The department has to correct it; try again then");
    static readonly Error NotInForce = Error.Unavailable("mapping.code-ended", "代码对照用到了已停用的代码，没有返回", "The mapping gives a code that is not in force; nothing was given", "请提供部门按现行代码集更新对照", "The department has to bring its mapping up to the code list in force");
    static readonly Error Ambiguous = Error.Invalid("mapping.ambiguous", "这个值在本地对应多个值，不能作查询条件", "Several local values mean this one; it cannot be asked by", null, "请去掉这个条件", "Leave this parameter out");
}

sealed record CodeEntry(string Local, string Code);

sealed record CodeTest(string Local, string Expected);
