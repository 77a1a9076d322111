using System.Globalization;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>How one kind of department system is read. Nothing of a department is kept, and no value and no secret stands in an error.</summary>
interface ISource
{
    /// <summary>
    /// The rows as text, each in the order of <paramref name="fields"/>; fields not asked for are not read out. Of more than
    /// <see cref="Sources.MostRows"/> it gives one more than that.
    /// </summary>
    ValueTask<Result<List<string?[]>>> Read(ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, CancellationToken ct);

    /// <summary>All rows that fit, one after the other, however many; <paramref name="put"/> ends it with an error.</summary>
    async ValueTask<Result<Done>> Stream(
        ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, Func<string?[], ValueTask<Error?>> put, CancellationToken ct)
    {
        await ValueTask.CompletedTask;
        return Sources.NotWhole;
    }

    /// <summary>Whether the department's system gives exactly the declared fields. Hands out no row.</summary>
    ValueTask<Error?> Check(ResourceDefinition resource, SourceBinding source, CancellationToken ct);

    /// <summary>When the department's system was last written to; null when that is not known.</summary>
    DateTimeOffset? WrittenAt(SourceBinding source);
}

/// <summary>What a source gave.</summary>
/// <param name="Withheld">Of an aggregate: how many groups were too small to be given.</param>
sealed record Found(List<string?[]> Rows, GroupsWithheld? Withheld = null);

/// <summary>
/// The departments' own systems, each by the kind that its resource names. Whatever comes out of here is in the region's codes: a department's
/// own are mapped in this one place, before anything is logged, signed or sent. An aggregate leaves here with its small groups hidden, whoever asks.
/// </summary>
sealed class Sources(
    SqlConnector sql, FileConnector file, PostgresConnector postgres, HttpConnector http, RegisterConnector register, SourceOwners owners, ExchangeOptions options, MappingBook mappings, StandardBook standards, TimeProvider clock)
{
    public const string Sql = "sql";
    public const string File = "file";
    public const string Postgres = "postgres";
    public const string Http = "http";
    public const string Register = "registry";

    /// <summary>More rows than any resource about one person has. A question that finds more is refused: a part would look like the whole.</summary>
    public const int MostRows = 1000;

    /// <param name="agreed">Least size of a group by the agreement that it is read under; the resource's own holds in any case.</param>
    /// <param name="mapped">Of a draft, whose mappings are not in force yet; null for those that are.</param>
    public async ValueTask<Result<Found>> Read(
        ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, CancellationToken ct, int? agreed = null, MappingSet? mapped = null)
    {
        if (Lacks(resource, parameters) is { } lacks)
            return lacks;
        if (resource.Aggregate is { } shape)
        {
            var groups = await Groups(resource, shape, parameters, fields, agreed, ct, mapped);
            return groups is { Ok: true, Value.Rows.Count: > MostRows } ? TooMany : groups;
        }
        var rows = await Rows(resource, parameters, fields, ct, mapped);
        return rows.Map(found => new Found(found));
    }

    /// <returns>How many groups of an aggregate were withheld.</returns>
    public async ValueTask<Result<GroupsWithheld?>> Stream(
        ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, Func<string?[], ValueTask<Error?>> put, CancellationToken ct, int? agreed = null)
    {
        if (Lacks(resource, parameters) is { } lacks)
            return lacks;
        if (resource.Aggregate is { } shape)
        {
            var groups = await Groups(resource, shape, parameters, fields, agreed, ct, null);
            foreach (var row in groups.Ok ? groups.Value.Rows : [])
            {
                if (await put(row) is { } error)
                    return error;
            }
            return groups.Map(found => found.Withheld);
        }
        return (await Each(resource, parameters, fields, put, ct, null)).Map(_ => (GroupsWithheld?)null);
    }

    /// <summary>In the region's codes; more than one answer holds are refused.</summary>
    async ValueTask<Result<List<string?[]>>> Rows(
        ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, CancellationToken ct, MappingSet? mapped)
    {
        if ((mapped ?? mappings.Of(resource.Code, resource.Version)) is not { } set)
            return Few(await Of(resource.Connector!)!.Read(resource, resource.Connector!, parameters, fields, ct));
        var (standard, today) = (standards.InForce, clock.Today());
        var asked = set.Asked(resource, parameters, standard, today);
        if (!asked.Ok)
            return asked.Error;
        var rows = Few(await Of(resource.Connector!)!.Read(set.AsRead(resource), resource.Connector!, asked.Value, fields, ct));
        if (!rows.Ok)
            return rows;
        var turn = set.Turns(resource, fields, standard, today);
        foreach (var row in rows.Value)
        {
            if (turn(row) is { } wrong)
                return wrong;
        }
        return rows;
    }

    static Result<List<string?[]>> Few(Result<List<string?[]>> rows) => rows is { Ok: true, Value.Count: > MostRows } ? TooMany : rows;

    /// <summary>The same, however many, one after another.</summary>
    async ValueTask<Result<Done>> Each(
        ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, Func<string?[], ValueTask<Error?>> put, CancellationToken ct, MappingSet? mapped)
    {
        if ((mapped ?? mappings.Of(resource.Code, resource.Version)) is not { } set)
            return await Of(resource.Connector!)!.Stream(resource, resource.Connector!, parameters, fields, put, ct);
        var (standard, today) = (standards.InForce, clock.Today());
        var asked = set.Asked(resource, parameters, standard, today);
        if (!asked.Ok)
            return asked.Error;
        var turn = set.Turns(resource, fields, standard, today);
        return await Of(resource.Connector!)!.Stream(set.AsRead(resource), resource.Connector!, asked.Value, fields, async row => turn(row) ?? await put(row), ct);
    }

    /// <summary>Smallest group of an aggregate that leaves here, whatever an agreement says.</summary>
    public static int LeastGroup(AggregateShape shape, ExchangeOptions options) => Math.Max(AggregateShape.LeastAllowed, shape.LeastGroup ?? options.LeastGroup);

    async ValueTask<Result<Found>> Groups(
        ResourceDefinition resource, AggregateShape shape, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, int? agreed, CancellationToken ct, MappingSet? mapped)
    {
        if (shape.DepthOf(fields).Error is { } wrong)
            return wrong;
        var rows = await All(ReadGroups.Whole(resource), ReadGroups.Columns(shape), ct, mapped);
        var least = LeastGroup(shape, options);
        return rows.Then(table => ReadGroups.Answer(resource, table, parameters, fields, least, agreed ?? least));
    }

    /// <summary>The whole table; of a system that cannot be read whole nothing.</summary>
    async ValueTask<Result<List<string?[]>>> All(ResourceDefinition resource, List<string> columns, CancellationToken ct, MappingSet? mapped)
    {
        var rows = new List<string?[]>();
        var streamed = await Each(resource, NoParameters, columns, row =>
        {
            rows.Add(row);
            return ValueTask.FromResult(rows.Count > ReadGroups.MostCells ? ReadGroups.TooMany : null);
        }, ct, mapped);
        return streamed.Map(_ => rows);
    }

    /// <summary>
    /// The values of one field that its source holds, each with how often, as the department writes them. Null when the source cannot be asked
    /// as a whole: a web service gives what it is asked for only, and so do some registers.
    /// </summary>
    public async ValueTask<Result<Dictionary<string, long>?>> Held(ResourceDefinition resource, string field, string shown, int most, CancellationToken ct)
    {
        if (resource.Connector is not { } source || Of(source) is not { } reader || source.Kind == Http)
            return (Dictionary<string, long>?)null;
        if (owners.Refuses(resource) is { } foreign)
            return foreign with { Where = "shown" };
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        Error? Count(string? value, long times)
        {
            if (!string.IsNullOrEmpty(value))
                counts[value] = counts.GetValueOrDefault(value) + times;
            return counts.Count > most ? NoCodes : null;
        }
        Result<Done> read;
        if (shown.Length > 0 && source.Kind is not (File or Register))
        {
            var select = new SourceBinding(source.Kind, source.Database, shown.Split('\n'));
            var asked = resource with { Parameters = [], Fields = [new("code", "", "", "text", null, 1, false), new("records", "", "", "integer", null, 1, false)], Connector = select };
            read = await reader.Stream(asked, select, NoParameters, ["code", "records"], row => ValueTask.FromResult(Count(row[0], long.TryParse(row[1], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 1)), ct);
        }
        else if (source.Kind is not (File or Register) && resource.Parameters.Any(p => p.Required))
        {
            return Error.Invalid("mapping.shown-needed", "请填写列出本地代码的查询语句，如 SELECT xb AS code, count(*) AS records FROM 表 GROUP BY xb", "Give the SELECT that lists the local codes, such as SELECT sex AS code, count(*) AS records FROM t GROUP BY sex", "shown");
        }
        else
        {
            var plain = resource with { Fields = [.. resource.Fields.Select(f => f.Name == field ? f with { Type = "text" } : f)] };
            read = await reader.Stream(plain, source, NoParameters, [field], row => ValueTask.FromResult(Count(row[0], 1)), ct);
        }
        if (read.Error == NotWhole)
            return (Dictionary<string, long>?)null;
        return read.Ok ? counts : read.Error with { Kind = ErrorKind.Invalid, Where = "shown" };
    }

    static readonly Dictionary<string, string> NoParameters = [];

    static readonly Error NoCodes = Error.Invalid("mapping.not-codes", "这个字段的取值太多，不像代码", "There are too many different values: these are no codes", "shown");

    /// <summary>Why nothing can be read; null when there is a source and all that it needs.</summary>
    Error? Lacks(ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters)
    {
        foreach (var parameter in resource.Parameters)
        {
            if (parameter.Required && (!parameters.TryGetValue(parameter.Name, out var value) || value.Length == 0))
            {
                return Error.Invalid("resource.parameter-missing", $"查询缺少条件 {parameter.Name}", $"The query lacks the parameter {parameter.Name}",
                    parameter.Name, "请补充查询条件", "Add it to the query");
            }
            // Whom it is about is logged as it was asked: written in another way, whoever it is about would not find it.
            if (parameters.TryGetValue(parameter.Name, out var asked) && asked.Length > 0 && Identifiers.Wrong(Identifiers.ElementOf(parameter), asked) is { } wrong)
            {
                return Error.Invalid("resource.parameter-wrong", $"查询条件 {parameter.Name} 不正确：{wrong.Zh}", $"The parameter {parameter.Name} is wrong: {wrong.En}",
                    parameter.Name, "请改正后重新查询", "Correct it and ask again");
            }
        }
        if (resource.Connector is not { } source || Of(source) is null)
            return Error.Unavailable("connector.none", "这项资源还没有接入部门业务系统", "This resource is not joined to the department's own system yet", "请向提供部门询问", "Ask the department");
        return NotTheirs(resource);
    }

    /// <summary>Whoever asks is not told which source it is.</summary>
    Error? NotTheirs(ResourceDefinition resource) => owners.Refuses(resource) is { } refused ? refused.Code == SourceOwners.Foreign ? NotItsDepartments : refused : null;

    static readonly Error NotItsDepartments = Error.Unavailable(
        SourceOwners.Foreign, "这项资源登记的业务系统不属于提供部门，不予读取", "The system that this resource names is not its department's, so it is not read", "请提供部门改正后再试", "The department has to correct it; try again then");

    /// <summary>Why the department may not read the source that the resource names; for its steward.</summary>
    public Error? Foreign(ResourceDefinition resource) => owners.Refuses(resource);

    public async ValueTask<Error?> Check(ResourceDefinition resource, CancellationToken ct, MappingSet? mapped = null)
    {
        if (resource.Connector is not { } source)
            return null;
        if (Of(source) is not { } reader)
            return NoSuchKind(source);
        if (owners.Refuses(resource) is { } foreign)
            return foreign;
        if (await reader.Check(Read(resource, mapped), source, ct) is { } wrong)
            return wrong;
        if (Asking(resource) is not { } asking)
            return null;
        return (await reader.Check(asking, asking.Connector!, ct) ?? (await AskWritten(resource, ct)).Error) is { } unsaid ? unsaid with { Where = "written" } : null;
    }

    static Error NoSuchKind(SourceBinding source) => Error.Invalid("resource.source", $"没有“{source.Kind}”这种接入方式", $"There is no kind of source '{source.Kind}'", "database");

    /// <summary>As its source gives it: the whole table of an aggregate, mapped fields in the department's own codes.</summary>
    static ResourceDefinition Read(ResourceDefinition resource, MappingSet? mapped)
    {
        var whole = resource.Aggregate is null ? resource : ReadGroups.Whole(resource);
        return mapped?.AsRead(whole) ?? whole;
    }

    /// <summary>When its file was written to; null where that is not known, or the file is not the department's.</summary>
    public DateTimeOffset? WrittenAt(ResourceDefinition resource) =>
        resource.Connector is { } source && owners.Refuses(resource) is null ? Of(source)?.WrittenAt(source) : null;

    /// <summary>When the department's system was last written to, as it says itself; null where the resource does not tell how to ask.</summary>
    public async ValueTask<Result<DateTimeOffset?>> AskWritten(ResourceDefinition resource, CancellationToken ct)
    {
        if (Asking(resource) is not { Connector: { } source } asking || Of(source) is not { } reader)
            return (DateTimeOffset?)null;
        if (NotTheirs(resource) is { } foreign)
            return foreign;
        var rows = await reader.Read(asking, source, NoParameters, [SourceBinding.WrittenField.Name], ct);
        if (!rows.Ok)
            return rows.Error;
        return rows.Value is [[{ } text]] && Moment(text) is { } at ? at : NoMoment;
    }

    /// <summary>The question when it was written to, as a resource of its own.</summary>
    static ResourceDefinition? Asking(ResourceDefinition resource) => resource.Connector is { Written: { } lines } source
        ? resource with { Code = $"{resource.Code}#written", Parameters = [], Fields = [SourceBinding.WrittenField], Aggregate = null, Connector = new(source.Kind, source.Database, lines) }
        : null;

    /// <summary>A day, or a moment; without a zone it is the region's.</summary>
    static DateTimeOffset? Moment(string text)
    {
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at))
            return null;
        return at.Kind == DateTimeKind.Unspecified ? new DateTimeOffset(at, LocalTime.Zone.GetUtcOffset(at)) : new DateTimeOffset(at);
    }

    static readonly Error NoMoment = Error.Invalid("resource.written", "没有得到一行一个日期或时间", "It does not give one row with a date or a time", "written", "改正后重新提交", "Correct it and submit again");

    ISource? Of(SourceBinding source) => source.Kind switch { Sql => sql, File => file, Postgres => postgres, Http => http, Register => register, _ => null };

    /// <summary>A source that no longer gives what the catalogue declares; the field is named, never its value.</summary>
    public static Error Drift(string field, string zh, string en) => new(
        ErrorKind.Unavailable, "resource.schema-drift",
        $"部门业务系统与目录不一致：字段 {field} {zh}", $"The department's system and the catalogue differ: field {field} {en}", field, "请提供部门改正后再试", "The department has to correct it; try again then");

    /// <summary>The department's system does not answer now.</summary>
    /// <param name="why">Of the engine, without values: a status or a code.</param>
    public static Error Unavailable(string why) => Error.Unavailable(
        "connector.source-unavailable", "部门业务系统暂时不能查询", $"The department's own system cannot be read now{(why.Length > 0 ? $" ({why})" : "")}", "请稍后再试，或自行上传材料", "Try again later, or upload the document");

    public static readonly Error NotWhole = Error.Invalid("bulk.not-from-here", "这项资源所在的系统不能批量读取", "The system this resource lies in is not read in bulk", "resource");

    static readonly Error TooMany = new(
        ErrorKind.Invalid, "resource.too-many", $"符合条件的记录超过 {MostRows} 条，不部分返回", $"More than {MostRows} records fit; a part of them is not given", "parameters", "请缩小查询条件", "Narrow the question");

    /// <summary>Whether a text that a source gave is of the declared type.</summary>
    public static bool Fits(string type, string value) => type switch
    {
        "date" => DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "integer" or "money" => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        "number" => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number),
        _ => true,
    };

    /// <summary>A value that is not of its field's declared type, or not the number that its data element says it is.</summary>
    public static Error? Wrong(ResourceField field, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return null;
        if (!Fits(field.Type, value))
            return Drift(field.Name, $"的值不是 {field.Type}", $"is not of type {field.Type}");
        return Identifiers.Wrong(field.Element, value) is { } wrong ? Drift(field.Name, $"有一个值不正确：{wrong.Zh}", $"has a value that is wrong: {wrong.En}") : null;
    }
}
