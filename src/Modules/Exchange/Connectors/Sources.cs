using System.Globalization;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>How one kind of department system is read. Nothing of a department is kept, and no value stands in an error.</summary>
interface ISource
{
    /// <summary>The rows as text, each in the order of <paramref name="fields"/>; fields not asked for are not read out.</summary>
    Result<List<string?[]>> Read(ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields);

    /// <summary>Whether the department's system gives exactly the declared fields. Hands out no row.</summary>
    Error? Check(ResourceDefinition resource, SourceBinding source);

    /// <summary>When the department's system was last written to; null when that is not known.</summary>
    DateTimeOffset? WrittenAt(SourceBinding source);
}

/// <summary>The departments' own systems, each by the kind that its resource names.</summary>
sealed class Sources(SqlConnector sql, FileConnector file)
{
    public const string Sql = "sql";
    public const string File = "file";

    public Result<List<string?[]>> Read(ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields)
    {
        foreach (var parameter in resource.Parameters)
        {
            if (parameter.Required && (!parameters.TryGetValue(parameter.Name, out var value) || value.Length == 0))
            {
                return Error.Invalid("resource.parameter-missing", $"查询缺少条件 {parameter.Name}", $"The query lacks the parameter {parameter.Name}",
                    parameter.Name, "请补充查询条件", "Add it to the query");
            }
        }
        return resource.Connector is { } source && Of(source) is { } reader
            ? reader.Read(resource, source, parameters, fields)
            : Error.Unavailable("connector.none", "这项资源还没有接入部门业务系统", "This resource is not joined to the department's own system yet", "请向提供部门询问", "Ask the department");
    }

    public Error? Check(ResourceDefinition resource)
    {
        if (resource.Connector is not { } source)
            return null;
        return Of(source) is { } reader
            ? reader.Check(resource, source)
            : Error.Invalid("resource.source", $"没有“{source.Kind}”这种接入方式", $"There is no kind of source '{source.Kind}'", "database");
    }

    public DateTimeOffset? WrittenAt(SourceBinding source) => Of(source)?.WrittenAt(source);

    ISource? Of(SourceBinding source) => source.Kind switch { Sql => sql, File => file, _ => null };

    /// <summary>A source that no longer gives what the catalogue declares; the field is named, never its value.</summary>
    public static Error Drift(string field, string zh, string en) => new(
        ErrorKind.Unavailable, "resource.schema-drift",
        $"部门业务系统与目录不一致：字段 {field} {zh}", $"The department's system and the catalogue differ: field {field} {en}", field, "请提供部门改正后再试", "The department has to correct it; try again then");

    /// <summary>Whether a text that a source gave is of the declared type.</summary>
    public static bool Fits(string type, string value) => type switch
    {
        "date" => DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "integer" or "money" => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        "number" => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number),
        _ => true,
    };
}
