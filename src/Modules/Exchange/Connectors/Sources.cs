using System.Globalization;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;

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

/// <summary>The departments' own systems, each by the kind that its resource names. An aggregate leaves here with its small groups hidden, whoever asks.</summary>
sealed class Sources(SqlConnector sql, FileConnector file, PostgresConnector postgres, HttpConnector http, ExchangeOptions options)
{
    public const string Sql = "sql";
    public const string File = "file";
    public const string Postgres = "postgres";
    public const string Http = "http";

    /// <summary>More rows than any resource about one person has. A question that finds more is refused: a part would look like the whole.</summary>
    public const int MostRows = 1000;

    /// <param name="agreed">Least size of a group by the agreement that it is read under; the resource's own holds in any case.</param>
    public async ValueTask<Result<Found>> Read(ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, CancellationToken ct, int? agreed = null)
    {
        if (Lacks(resource, parameters) is { } lacks)
            return lacks;
        if (resource.Aggregate is { } shape)
        {
            var groups = await Groups(resource, shape, parameters, fields, agreed, ct);
            return groups is { Ok: true, Value.Rows.Count: > MostRows } ? TooMany : groups;
        }
        var rows = await Of(resource.Connector!)!.Read(resource, resource.Connector!, parameters, fields, ct);
        return rows is { Ok: true, Value.Count: > MostRows } ? TooMany : rows.Map(found => new Found(found));
    }

    /// <returns>How many groups of an aggregate were withheld.</returns>
    public async ValueTask<Result<GroupsWithheld?>> Stream(
        ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, Func<string?[], ValueTask<Error?>> put, CancellationToken ct, int? agreed = null)
    {
        if (Lacks(resource, parameters) is { } lacks)
            return lacks;
        if (resource.Aggregate is { } shape)
        {
            var groups = await Groups(resource, shape, parameters, fields, agreed, ct);
            foreach (var row in groups.Ok ? groups.Value.Rows : [])
            {
                if (await put(row) is { } error)
                    return error;
            }
            return groups.Map(found => found.Withheld);
        }
        return (await Of(resource.Connector!)!.Stream(resource, resource.Connector!, parameters, fields, put, ct)).Map(_ => (GroupsWithheld?)null);
    }

    /// <summary>Smallest group of an aggregate that leaves here, whatever an agreement says.</summary>
    public static int LeastGroup(AggregateShape shape, ExchangeOptions options) => Math.Max(AggregateShape.LeastAllowed, shape.LeastGroup ?? options.LeastGroup);

    async ValueTask<Result<Found>> Groups(ResourceDefinition resource, AggregateShape shape, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, int? agreed, CancellationToken ct)
    {
        if (shape.DepthOf(fields).Error is { } wrong)
            return wrong;
        var rows = await All(ReadGroups.Whole(resource), ReadGroups.Columns(shape), ct);
        var least = LeastGroup(shape, options);
        return rows.Then(table => ReadGroups.Answer(resource, table, parameters, fields, least, agreed ?? least));
    }

    /// <summary>The whole table; of a system that is not read in bulk as much as one answer holds.</summary>
    async ValueTask<Result<List<string?[]>>> All(ResourceDefinition resource, List<string> columns, CancellationToken ct)
    {
        var (source, rows) = (Of(resource.Connector!)!, new List<string?[]>());
        var none = new Dictionary<string, string>();
        if (source is HttpConnector)
        {
            var answer = await source.Read(resource, resource.Connector!, none, columns, ct);
            return answer is { Ok: true, Value.Count: > MostRows } ? TooMany : answer;
        }
        var streamed = await source.Stream(resource, resource.Connector!, none, columns, row =>
        {
            rows.Add(row);
            return ValueTask.FromResult(rows.Count > ReadGroups.MostCells ? ReadGroups.TooMany : null);
        }, ct);
        return streamed.Map(_ => rows);
    }

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
        }
        return resource.Connector is { } source && Of(source) is not null
            ? null
            : Error.Unavailable("connector.none", "这项资源还没有接入部门业务系统", "This resource is not joined to the department's own system yet", "请向提供部门询问", "Ask the department");
    }

    public async ValueTask<Error?> Check(ResourceDefinition resource, CancellationToken ct)
    {
        if (resource.Connector is not { } source)
            return null;
        return Of(source) is { } reader
            ? await reader.Check(resource.Aggregate is null ? resource : ReadGroups.Whole(resource), source, ct)
            : Error.Invalid("resource.source", $"没有“{source.Kind}”这种接入方式", $"There is no kind of source '{source.Kind}'", "database");
    }

    public DateTimeOffset? WrittenAt(SourceBinding source) => Of(source)?.WrittenAt(source);

    ISource? Of(SourceBinding source) => source.Kind switch { Sql => sql, File => file, Postgres => postgres, Http => http, _ => null };

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

    /// <summary>A value that is not of its field's declared type.</summary>
    public static Error? Wrong(ResourceField field, string? value) =>
        string.IsNullOrEmpty(value) || Fits(field.Type, value) ? null : Drift(field.Name, $"的值不是 {field.Type}", $"is not of type {field.Type}");
}
