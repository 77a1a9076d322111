using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>How one version of the standard follows from another. Decided the same way by whoever proposes, by the hub and by whoever is to sign.</summary>
static class StandardChange
{
    /// <summary>
    /// The next standard: what is given replaces what has its name, all else stays. Versions of elements and lists rise where something
    /// changed, and only there.
    /// </summary>
    /// <param name="before">Null for a region's first.</param>
    public static Result<StandardDocument> Make(StandardDocument? before, string region, IReadOnlyList<DataElement> elements, IReadOnlyList<CodeList> lists)
    {
        var next = new StandardDocument(
            region, (before?.Version ?? 0) + 1,
            Merge(before?.Elements ?? [], elements, e => e.Element, (old, given) => old with { Version = 0 } == given with { Version = 0 } ? old : given with { Version = old.Version + 1 }, e => e with { Version = 1 }),
            Merge(before?.Lists ?? [], lists, l => l.List, (old, given) => old.SameAs(given) ? old : given with { Version = old.Version + 1 }, l => l with { Version = 1 }));
        if (before is not null && Told(before, next).Count == 0)
            return Error.Conflict("standard.same", "内容与现行标准相同", "This is what the standard says already");
        var parsed = StandardDocument.Parse(next.ToBytes());
        return parsed.Ok && before is not null && Refuses(before, next) is { } refused ? refused : parsed;
    }

    static List<T> Merge<T>(IReadOnlyList<T> before, IReadOnlyList<T> given, Func<T, string> key, Func<T, T, T> changed, Func<T, T> added)
    {
        var replaced = given.DistinctBy(key).ToDictionary(key, StringComparer.Ordinal);
        return [.. before.Select(old => replaced.Remove(key(old), out var now) ? changed(old, now) : old), .. given.Where(g => replaced.ContainsKey(key(g))).Select(added)];
    }

    /// <summary>
    /// Null when <paramref name="after"/> may take the place of <paramref name="before"/>. What was a code once stays readable for ever: codes
    /// end by their date, and neither they nor lists nor elements vanish.
    /// </summary>
    public static Error? Refuses(StandardDocument before, StandardDocument after)
    {
        if (after.Region != before.Region || after.Version != before.Version + 1)
            return Not($"第 {after.Version} 版不接着现行的第 {before.Version} 版", $"version {after.Version} does not follow version {before.Version}");
        foreach (var old in before.Elements)
        {
            if (after.Element(old.Element) is not { } now)
                return Not($"数据元 {old.Element} 不能删除", $"data element {old.Element} may not vanish");
            if (now.Version != (now with { Version = old.Version } == old ? old.Version : old.Version + 1))
                return Not($"数据元 {old.Element} 的版本号不对", $"data element {old.Element} has a wrong version");
        }
        foreach (var old in before.Lists)
        {
            if (after.List(old.List) is not { } now)
                return Not($"代码集 {old.List} 不能删除", $"code list {old.List} may not vanish");
            if (old.Values.FirstOrDefault(v => now.Value(v.Code) is null) is { } gone)
                return Not($"代码集 {old.List} 的代码“{gone.Code}”不能删除，请写明停用日期", $"code '{gone.Code}' of list {old.List} may not vanish; give the day on which it ends");
            if (now.Version != (now.SameAs(old) ? old.Version : old.Version + 1))
                return Not($"代码集 {old.List} 的版本号不对", $"code list {old.List} has a wrong version");
        }
        return after.Elements.Any(e => before.Element(e.Element) is null && e.Version != 1) || after.Lists.Any(l => before.List(l.List) is null && l.Version != 1)
            ? Not("新增内容的版本号应为 1", "what is new has version 1")
            : null;
    }

    /// <summary>What changes, in words; empty when nothing does.</summary>
    public static IReadOnlyList<Words> Told(StandardDocument? before, StandardDocument after)
    {
        var told = new List<Words>();
        foreach (var list in after.Lists)
        {
            if (before?.List(list.List) is not { } old)
            {
                told.Add(new($"新代码集 {list.List}（{list.Name.Zh}），{list.Values.Count} 个代码", $"New code list {list.List} ({list.Name.En}), {list.Values.Count} codes"));
                continue;
            }
            if (old.SameAs(list))
                continue;
            told.Add(new($"代码集 {list.List} 改为第 {list.Version} 版", $"Code list {list.List} becomes version {list.Version}"));
            told.AddRange(list.Values.Where(v => old.Value(v.Code) != v).Select(v => Code(list, old.Value(v.Code), v)));
        }
        foreach (var element in after.Elements)
        {
            if (before?.Element(element.Element) is not { } old)
                told.Add(new($"新数据元 {element.Element}（{element.Label.Zh}）", $"New data element {element.Element} ({element.Label.En})"));
            else if (old with { Version = 0 } != element with { Version = 0 })
                told.Add(new($"数据元 {element.Element} 改为第 {element.Version} 版：{Shape(old)} → {Shape(element)}", $"Data element {element.Element} becomes version {element.Version}: {Shape(old)} → {Shape(element)}"));
        }
        return told;
    }

    static Words Code(CodeList list, CodeValue? old, CodeValue now) => old is null
        ? new($"{list.Name.Zh}增加“{now.Code} {now.Name.Zh}”{(now.From is null ? "" : $"，自 {now.From}")}", $"{list.Name.En} gets '{now.Code} {now.Name.En}'{(now.From is null ? "" : $" from {now.From}")}")
        : old.Until != now.Until && now.Until is not null
            ? new($"{list.Name.Zh}的“{now.Code} {now.Name.Zh}”自 {now.Until} 起停用", $"'{now.Code} {now.Name.En}' of {list.Name.En} ends on {now.Until}")
            : new($"{list.Name.Zh}的“{now.Code}”改为“{now.Name.Zh}”{Period(now).Zh}", $"'{now.Code}' of {list.Name.En} becomes '{now.Name.En}'{Period(now).En}");

    static Words Period(CodeValue value) => value.From is null && value.Until is null ? new("", "") : new($"（{value.From ?? "…"} 至 {value.Until ?? "…"}）", $" ({value.From ?? "…"} to {value.Until ?? "…"})");

    static string Shape(DataElement e) => string.Join(' ', new[] { e.Label.Zh, e.Type, e.Format, e.Length?.ToString(System.Globalization.CultureInfo.InvariantCulture), e.List }.Where(p => p is not null));

    static Error Not(string zh, string en) => Error.Conflict("standard.not-following", $"这份数据标准不能接替现行标准：{zh}", $"This data standard may not take the present one's place: {en}", "请按现行标准重新提出", "Propose again from the one in force");
}
