using System.Globalization;
using System.Text.RegularExpressions;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>A resource as a steward enters it, on the page or as rows of a file.</summary>
static partial class ResourceForm
{
    public static readonly string[] FieldColumns = ["field", "label", "labelEn", "type", "element", "level", "personal"];

    public static readonly string[] Sharings = ["unconditional", "conditional", "refused"];
    public static readonly string[] Cycles = ["realtime", "daily", "weekly", "monthly", "quarterly", "yearly"];
    public static readonly string[] Opennesses = ["none", "conditional", "open"];
    public static readonly string[] Ways = [ResourceDefinition.Platform, "mail", "disk", "media"];
    public static readonly string[] Subjects = ["person", "enterprise", "other"];
    static readonly string[] Types = ["text", "date", "integer", "number", "money"];
    static readonly string[] ParameterTypes = ["citizen-id", "credit-code", "text"];
    const int MostFields = 500;

    [GeneratedRegex("^[a-z][a-z0-9-]*(\\.[a-z0-9-]+)+$")]
    private static partial Regex Code();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]{0,63}$")]
    private static partial Regex Name();

    [GeneratedRegex("^[a-z][a-z0-9.-]{0,63}$")]
    private static partial Regex Term();

    [GeneratedRegex("^[a-z0-9-]{1,60}\\.db$")]
    private static partial Regex Database();

    [GeneratedRegex("^[a-z0-9-]{1,60}\\.csv$")]
    private static partial Regex CsvFile();

    [GeneratedRegex("^(postgres|http|registry):([a-z0-9][a-z0-9.-]{0,59})$")]
    private static partial Regex NamedSource();

    /// <summary>The values of <see cref="FieldColumns"/>, a row for each field.</summary>
    public static Result<List<ResourceField>> Fields(IEnumerable<CsvText.Cell[]> rows, string where)
    {
        var fields = new List<ResourceField>();
        foreach (var row in rows)
        {
            if (row.Length != FieldColumns.Length)
                return row[^1].Wrong(where, $"应有 {FieldColumns.Length} 列，这里有 {row.Length} 列", $"{FieldColumns.Length} columns are needed, there are {row.Length}");
            if (!Name().IsMatch(row[0].Text) || fields.Exists(f => f.Name == row[0].Text))
                return row[0].Wrong(where, "字段名要以字母开头，只含字母、数字和下划线，且不重复", "a field's name begins with a letter, has letters, digits and underscores only, and stands once");
            if (row[1].Text.Length is 0 or > 100)
                return row[1].Wrong(where, "请填写字段的中文名（100 字以内）", "give the field's Chinese name (at most 100 characters)");
            if (row[2].Text.Length > 200)
                return row[2].Wrong(where, "英文名不超过 200 字", "the English name has at most 200 characters");
            if (!Types.Contains(row[3].Text))
                return row[3].Wrong(where, $"类型应为 {string.Join('、', Types)} 之一", $"the type is one of {string.Join(", ", Types)}");
            if (row[4].Text.Length > 0 && !Term().IsMatch(row[4].Text))
                return row[4].Wrong(where, "数据元代码不正确", "this is no code of a data element");
            if (!int.TryParse(row[5].Text, NumberStyles.None, CultureInfo.InvariantCulture, out var level) || level is < 1 or > 4)
                return row[5].Wrong(where, "数据分级应为 1–4", "the level is 1 to 4");
            if (Truth(row[6].Text) is not { } personal)
                return row[6].Wrong(where, "是否个人信息请填 是 或 否", "say yes or no: is it about a person");
            if (!personal && row[4].Text == Identifiers.CitizenIds)
                return row[6].Wrong(where, "公民身份号码是个人信息，请如实标明", "a citizen id is about a person: say so");
            fields.Add(new ResourceField(row[0].Text, row[1].Text, row[2].Text.Length > 0 ? row[2].Text : row[1].Text, row[3].Text, row[4].Text.Length > 0 ? row[4].Text : null, level, personal));
            if (fields.Count > MostFields)
                return row[0].Wrong(where, $"最多 {MostFields} 个字段", $"at most {MostFields} fields");
        }
        return fields.Count > 0 ? fields : Wrong(where, "请至少填写一个字段", "Give at least one field");
    }

    public static bool? Truth(string text) => text switch
    {
        "是" or "yes" or "true" or "1" => true,
        "否" or "no" or "false" or "0" => false,
        _ => null,
    };

    /// <param name="get">A value by its name, trimmed; empty when there is none.</param>
    /// <param name="division">Of this node.</param>
    /// <param name="fixedCode">Set where the code is decided already.</param>
    public static Result<ResourceDefinition> Read(Func<string, string> get, List<ResourceField> fields, string division, IReadOnlyDictionary<string, Words> departments, string? fixedCode, int version)
    {
        var code = fixedCode ?? get("code");
        if (code.Length > 64 || !Code().IsMatch(code))
            return Wrong("code", "代码形如 civil.marriage：小写字母、数字和连字符，用点分开", "A code is like civil.marriage: small letters, digits and hyphens, parted by dots");
        var department = get("department");
        if (!departments.ContainsKey(department))
            return Wrong("department", "请选择本地的提供部门", "Choose a department of this government");
        if (get("name").Length is < 2 or > 100)
            return Wrong("name", "请填写名称（2–100 字）", "Give the name (2 to 100 characters)");
        if (get("abstract").Length is < 2 or > 2000)
            return Wrong("abstract", "请填写摘要（2–2000 字）", "Say what it is (2 to 2000 characters)");
        foreach (var (name, most) in new[] { ("nameEn", 200), ("abstractEn", 4000), ("condition", 500), ("conditionEn", 1000), ("format", 40), ("select", 8000), ("written", 2000), ("aggregate", 2000) })
        {
            if (get(name).Length > most)
                return Wrong(name, $"不超过 {most} 字", $"At most {most} characters");
        }
        foreach (var (name, known) in new[] { ("sharing", Sharings), ("updateCycle", Cycles), ("openness", Opennesses), ("subject", Subjects) })
        {
            if (get(name).Length == 0)
                return Wrong(name, "请选择一项", "Choose one");
            if (!known.Contains(get(name)))
                return Wrong(name, $"应为 {string.Join('、', known)} 之一", $"One of {string.Join(", ", known)}");
        }
        var way = Or(get("way"), ResourceDefinition.Platform);
        if (!Ways.Contains(way))
            return Wrong("way", $"应为 {string.Join('、', Ways)} 之一", $"One of {string.Join(", ", Ways)}");
        var rows = get("rows") is { Length: > 0 } many ? many : "many";
        if (rows is not ("one" or "many"))
            return Wrong("rows", "应为 one 或 many", "One of one, many");
        if (get("sharing") != "unconditional" && get("condition").Length < 2)
            return get("sharing") == "refused" ? Wrong("condition", "不予共享要写明依据", "Say why it is not shared") : Wrong("condition", "有条件共享要写明条件", "Say on what condition it is shared");
        foreach (var name in new[] { "evidenceTypes", "related" })
        {
            if (Words(get(name)).Find(t => !Term().IsMatch(t)) is { } wrong)
                return Wrong(name, $"“{wrong}”不是代码", $"'{wrong}' is no code");
        }
        var parameters = Parameters(get("parameters"));
        if (!parameters.Ok)
            return parameters.Error;
        var aggregate = AggregateForm.Read(get("aggregate"), fields, parameters.Value);
        if (!aggregate.Ok)
            return aggregate.Error;
        var source = Source(get("database"), get("select"), fields, aggregate.Value.Shape is null ? parameters.Value : []);
        if (!source.Ok)
            return source.Error;
        var written = Written(get("database"), get("written"));
        if (!written.Ok)
            return written.Error with { Where = "written" };
        return new ResourceDefinition(
            code, version, get("name"), Or(get("nameEn"), get("name")), department[(department.IndexOf('-', StringComparison.Ordinal) + 1)..], [division[..2]], get("subject"), Words(get("evidenceTypes")), get("sharing"), get("updateCycle"), rows,
            parameters.Value, fields, source.Value.Source is { } bound ? bound with { Written = written.Value.Lines } : null)
        {
            Summary = get("abstract"),
            SummaryEn = Or(get("abstractEn"), get("abstract")),
            Condition = get("condition"),
            ConditionEn = Or(get("conditionEn"), get("condition")),
            Format = Or(get("format"), "JSON"),
            Openness = get("openness"),
            Way = way,
            Related = Words(get("related")),
            Aggregate = aggregate.Value.Shape,
        };
    }

    /// <summary>One a line or parted by semicolons: name, type, and ? for one that may be left out.</summary>
    static Result<List<ResourceParameter>> Parameters(string text)
    {
        var parameters = new List<ResourceParameter>();
        foreach (var line in text.Split(['\n', ';', '；'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = line.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length is not (2 or 3) || !Name().IsMatch(parts[0]) || !ParameterTypes.Contains(parts[1]) || (parts.Length == 3 && parts[2] != "?") || parameters.Exists(p => p.Name == parts[0]))
                return Wrong("parameters", $"查询条件“{line}”应写成：名称 类型（{string.Join('、', ParameterTypes)}），可不填的再加 ?", $"Write the parameter '{line}' as: name type ({string.Join(", ", ParameterTypes)}), and ? if it may be left out");
            parameters.Add(new ResourceParameter(parts[0], parts[1], parts.Length == 2));
        }
        return parameters;
    }

    public static string Text(IEnumerable<ResourceParameter> parameters) => string.Join('\n', parameters.Select(p => $"{p.Name} {p.Type}{(p.Required ? "" : " ?")}"));

    static Result<(SourceBinding? Source, bool _)> Source(string database, string select, List<ResourceField> fields, List<ResourceParameter> parameters)
    {
        if (database.Length == 0 && select.Length == 0)
            return (null, false);
        List<string> lines = [.. select.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        if (CsvFile().IsMatch(database))
            return ColumnNames.Read(lines, fields, parameters).Map(_ => ((SourceBinding?)new SourceBinding(Sources.File, database, lines), true));
        var (kind, name) = NamedSource().Match(database) is { Success: true } named ? (named.Groups[1].Value, named.Groups[2].Value) : (Sources.Sql, database);
        if (kind == Sources.Register)
            return ColumnNames.Read(lines, fields, parameters).Map(_ => ((SourceBinding?)new SourceBinding(kind, name, lines), true));
        if (kind == Sources.Http)
            return HttpBinding.Read(lines, fields, parameters).Map(_ => ((SourceBinding?)new SourceBinding(kind, name, lines), true));
        if (kind == Sources.Sql && !Database().IsMatch(database))
        {
            return Wrong("database", "请填写部门业务系统：文件如 civil.db、civil.csv，系统管理员登记的接入点，如 postgres:civil、http:court，或本节点的登记簿，如 registry:certificates.issued",
                "Name the department's system: a file such as civil.db or civil.csv, a source that an administrator entered, such as postgres:civil or http:court, or a register of this node, such as registry:certificates.issued");
        }
        // One statement that reads; what it runs on is opened read-only besides.
        if (!select.StartsWith("SELECT", StringComparison.OrdinalIgnoreCase) || select.Contains(';', StringComparison.Ordinal))
            return Wrong("select", "请填写一条 SELECT 语句，不带分号", "Give one SELECT without a semicolon");
        return (new SourceBinding(kind, name, lines), true);
    }

    /// <summary>How the same system says when it was last written to.</summary>
    static Result<(IReadOnlyList<string>? Lines, bool _)> Written(string database, string text)
    {
        if (text.Length == 0)
            return ((IReadOnlyList<string>?)null, false);
        if (database.Length == 0 || CsvFile().IsMatch(database) || database.StartsWith(Sources.Register + ':', StringComparison.Ordinal))
            return Wrong("written", "只有数据库和接口需要说明；文件以写入时间为准，登记簿即写即读", "For databases and web services only: a file has its time, and a register is read as it is written");
        return Source(database, text, [SourceBinding.WrittenField], []).Map(s => ((IReadOnlyList<string>?)s.Source!.Select, true));
    }

    static List<string> Words(string text) => [.. text.Split([' ', ',', ';', '，', '、', '；', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal)];

    static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;

    static Error Wrong(string where, string zh, string en) => Error.Invalid("resource.entry", zh, en, where, "改正后重新提交", "Correct it and submit again");
}
