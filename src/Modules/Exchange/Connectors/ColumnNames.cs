using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>Under which names a source has the fields and parameters, a line for each that it names otherwise: <c>field = name</c>, <c>@parameter = name</c>.</summary>
sealed class ColumnNames
{
    readonly Dictionary<string, string> names = new(StringComparer.Ordinal);

    public string Of(ResourceField field) => names.GetValueOrDefault(field.Name, field.Name);

    public string Of(ResourceParameter parameter) => names.GetValueOrDefault("@" + parameter.Name, parameter.Name);

    public static Result<ColumnNames> Read(IEnumerable<string> lines, IReadOnlyList<ResourceField> fields, IReadOnlyList<ResourceParameter> parameters)
    {
        var columns = new ColumnNames();
        foreach (var line in lines)
        {
            var at = line.IndexOf('=', StringComparison.Ordinal);
            var (name, column) = at < 0 ? ("", "") : (line[..at].Trim(), line[(at + 1)..].Trim());
            if (column.Length is 0 or > 100 || !(name.StartsWith('@') ? parameters.Any(p => p.Name == name[1..]) : fields.Any(f => f.Name == name)) || !columns.names.TryAdd(name, column))
                return Error.Invalid("resource.entry", $"“{line}”应写成 字段 = 列名 或 @查询条件 = 列名", $"Write '{line}' as: field = column, or @parameter = column", "select", "改正后重新提交", "Correct it and submit again");
        }
        return columns;
    }
}
