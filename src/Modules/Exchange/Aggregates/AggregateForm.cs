using System.Globalization;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>The shape of an aggregate as a steward enters it: a line each of <c>dimensions</c>, <c>count</c>, and where needed <c>measures</c>, <c>always</c>, <c>least</c>.</summary>
static class AggregateForm
{
    const string Where = "aggregate";

    /// <summary>Null where nothing is entered: then the resource gives records.</summary>
    public static Result<(AggregateShape? Shape, bool _)> Read(string text, List<ResourceField> fields, List<ResourceParameter> parameters)
    {
        if (text.Trim().Length == 0)
            return (null, false);
        var said = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var line in text.Split(['\n', ';', '；'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[0] is not ("dimensions" or "count" or "measures" or "always" or "least") || !said.TryAdd(parts[0], parts[1].Split([' ', ',', '，', '、'], StringSplitOptions.RemoveEmptyEntries)))
                return Wrong($"“{line}”应写成 dimensions、count、measures、always 或 least = 值，各一行", $"Write '{line}' as dimensions, count, measures, always or least = value, a line each");
        }
        var (dimensions, measures) = (said.GetValueOrDefault("dimensions") ?? [], said.GetValueOrDefault("measures") ?? []);
        if (dimensions.Length is 0 or > 8 || said.GetValueOrDefault("count") is not [var count])
            return Wrong("汇总要有 1–8 个维度和一个计数字段", "An aggregate has one to eight dimensions and one count");
        string[] named = [.. dimensions, count, .. measures];
        if (named.Length != fields.Count || named.Distinct(StringComparer.Ordinal).Count() != named.Length || named.FirstOrDefault(n => !fields.Exists(f => f.Name == n)) is not null)
            return Wrong("字段表里的每个字段须恰好是一个维度、计数或合计值", "Every field is one dimension, the count or one measure, and each stands once");
        if (fields.Find(f => f.Personal) is { } personal)
            return Wrong($"汇总数据不能含个人信息字段 {personal.Name}", $"An aggregate has no personal field: {personal.Name}");
        if (fields.Find(f => f.Name == count)!.Type != "integer" || fields.Exists(f => measures.Contains(f.Name) && f.Type is not ("integer" or "money")))
            return Wrong("计数字段应为 integer，合计值应为 integer 或 money", "The count is an integer, a measure an integer or money");
        if (parameters.Find(p => p.Type != "text" || !dimensions.Contains(p.Name)) is { } parameter)
            return Wrong($"查询条件 {parameter.Name} 应是一个维度，类型 text", $"The parameter {parameter.Name} is to be a dimension, of type text");
        if (Number(said, "always", 0) is not { } always || always > dimensions.Length)
            return Wrong("always 是每次必选的前几个维度的个数", "always says how many of the first dimensions every question names");
        if (Number(said, "least", null) is var least && said.ContainsKey("least") && least is null or < AggregateShape.LeastAllowed or > AggregateShape.MostAllowed)
            return Wrong($"least（最小组）应为 {AggregateShape.LeastAllowed} 以上的整数", $"least is a whole number of {AggregateShape.LeastAllowed} or more");
        return (new AggregateShape(dimensions, count, measures, always, least), true);
    }

    static int? Number(Dictionary<string, string[]> said, string name, int? otherwise) =>
        said.TryGetValue(name, out var text) ? text is [var one] && int.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null : otherwise;

    public static string Text(AggregateShape? shape) => shape is null ? "" : string.Join('\n', new[]
    {
        $"dimensions = {string.Join(' ', shape.Dimensions)}",
        $"count = {shape.Count}",
        shape.Measures.Count > 0 ? $"measures = {string.Join(' ', shape.Measures)}" : "",
        shape.Always > 0 ? $"always = {shape.Always.ToString(CultureInfo.InvariantCulture)}" : "",
        shape.LeastGroup is { } least ? $"least = {least.ToString(CultureInfo.InvariantCulture)}" : "",
    }.Where(line => line.Length > 0));

    static Error Wrong(string zh, string en) => Error.Invalid("resource.entry", zh, en, Where, "改正后重新提交", "Correct it and submit again");
}
