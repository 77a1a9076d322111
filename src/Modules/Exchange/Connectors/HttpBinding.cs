using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// How a resource lies in a department's web service. First line <c>GET /path/{parameter}?name={parameter}</c> or <c>POST /path</c> (the
/// parameters are then a JSON object in the body, which is better for what names a person: addresses end up in logs); then, where needed,
/// <c>rows = /pointer</c> to the array (without it the answer itself) and <c>field = /pointer</c> within a row (without it the member of that name).
/// </summary>
sealed class HttpBinding
{
    readonly Dictionary<string, string[]> pointers = new(StringComparer.Ordinal);
    string[] rows = [];

    public required bool IsPost { get; init; }

    public required string Path { get; init; }

    public static Result<HttpBinding> Read(IReadOnlyList<string> lines, IReadOnlyList<ResourceField> fields, IReadOnlyList<ResourceParameter> parameters)
    {
        var first = lines.Count > 0 ? lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        if (first is not ["GET" or "POST", ['/', ..] path] || !Placed(path, parameters) || (first[0] == "POST" && path.Contains('{', StringComparison.Ordinal)))
        {
            return Wrong("第一行应写成 GET /路径/{查询条件} 或 POST /路径", "Write the first line as: GET /path/{parameter}, or POST /path");
        }
        if (first[0] == "GET" && parameters.FirstOrDefault(p => !path.Contains($"{{{p.Name}}}", StringComparison.Ordinal)) is { } unused)
            return Wrong($"路径里没有用到查询条件 {unused.Name}", $"The path does not use the parameter {unused.Name}");
        var binding = new HttpBinding { IsPost = first[0] == "POST", Path = path };
        foreach (var line in lines.Skip(1))
        {
            var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts is not [var name, ['/', ..] pointer] || pointer.Length > 200)
                return Wrong($"“{line}”应写成 rows = /位置 或 字段 = /位置", $"Write '{line}' as: rows = /pointer, or field = /pointer");
            var steps = pointer[1..].Split('/').Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
            if (name == "rows" && binding.rows.Length == 0)
                binding.rows = steps;
            else if (!fields.Any(f => f.Name == name) || !binding.pointers.TryAdd(name, steps))
                return Wrong($"字段 {name} 不在字段表里或写了两次", $"The field {name} is not declared, or stands twice");
        }
        return binding;
    }

    static Error Wrong(string zh, string en) => Error.Invalid("resource.entry", zh, en, "select", "改正后重新提交", "Correct it and submit again");

    /// <summary>Every brace of the path names a parameter, and nothing of it leads out of the service.</summary>
    static bool Placed(string path, IReadOnlyList<ResourceParameter> parameters)
    {
        var rest = parameters.Aggregate(path, (text, p) => text.Replace($"{{{p.Name}}}", "x", StringComparison.Ordinal));
        return path.Length <= 500 && rest.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '?' or '&' or '=' or '~') && !rest.Contains("..", StringComparison.Ordinal) && !rest.StartsWith("//", StringComparison.Ordinal);
    }

    /// <summary>The path with its values, each as one segment or one value of the query; one that is left out is empty. Null where a value would lead to another path.</summary>
    public string? With(IReadOnlyDictionary<string, string> parameters, IReadOnlyList<ResourceParameter> declared) =>
        !IsPost && declared.Any(p => parameters.GetValueOrDefault(p.Name) is "." or "..")
            ? null
            : declared.Aggregate(Path, (text, p) => text.Replace($"{{{p.Name}}}", Uri.EscapeDataString(parameters.GetValueOrDefault(p.Name, "")), StringComparison.Ordinal));

    /// <summary>The array of rows; a single object counts as one row, null as none. Null when there is neither.</summary>
    public IReadOnlyList<JsonElement>? Rows(JsonElement answer) => At(answer, rows) switch
    {
        { ValueKind: JsonValueKind.Array } array => [.. array.EnumerateArray()],
        { ValueKind: JsonValueKind.Object } one => [one],
        { ValueKind: JsonValueKind.Null } => [],
        _ => null,
    };

    /// <summary>What a row says for a field: its text; null where it is null; <paramref name="there"/> says whether the row has it at all.</summary>
    public string? Value(JsonElement row, ResourceField field, out bool there)
    {
        var found = At(row, pointers.GetValueOrDefault(field.Name) ?? [field.Name]);
        there = found is { ValueKind: JsonValueKind.Null or JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False };
        return found switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString() is { Length: > 0 } given ? given : null,
            { ValueKind: JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } value => value.GetRawText(),
            _ => null,
        };
    }

    static JsonElement? At(JsonElement element, string[] steps)
    {
        foreach (var step in steps)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element))
                return null;
        }
        return element;
    }
}
