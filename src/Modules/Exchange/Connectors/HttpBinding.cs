using System.Globalization;
using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// How a resource lies in a department's web service. First line <c>GET /path/{parameter}?name={parameter}</c> or <c>POST /path</c> (the
/// parameters are then a JSON object in the body, which is better for what names a person: addresses end up in logs); then, where needed,
/// <c>rows = /pointer</c> to the array (without it the answer itself) and <c>field = /pointer</c> within a row (without it the member of that name).
/// Of a service that answers in pages, how it goes on: <c>next = /pointer</c> to the address of the next page (GET; none on the last), or
/// <c>page = name first</c>, a parameter that counts pages until one is empty; and where it says so, <c>total = /pointer</c> to the number of all rows.
/// </summary>
sealed class HttpBinding
{
    readonly Dictionary<string, string[]> pointers = new(StringComparer.Ordinal);
    string[] rows = [];
    string[]? next;
    string[]? total;

    /// <summary>The parameter that counts pages, and what the first is.</summary>
    public (string Name, long First)? Page { get; private set; }

    /// <summary>Whether there may be more than one answer says, and it is known how to get at it.</summary>
    public bool IsPaged => next is not null || Page is not null;

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
            if (parts is ["page", { } counted] && !counted.StartsWith('/'))
            {
                if (binding.IsPaged || counted.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [{ } counter, { } begins] || !ResourceDefinition.IsName(counter) || parameters.Any(p => p.Name == counter)
                    || !long.TryParse(begins, NumberStyles.None, CultureInfo.InvariantCulture, out var at) || at > 1)
                    return Wrong("翻页应写成 page = 参数名 起始页码（0 或 1），且只写一种翻页方式", "Write: page = parameter first (0 or 1); and only one way to go on");
                binding.Page = (counter, at);
                continue;
            }
            if (parts is not [var name, ['/', ..] pointer] || pointer.Length > 200)
                return Wrong($"“{line}”应写成 rows = /位置 或 字段 = /位置", $"Write '{line}' as: rows = /pointer, or field = /pointer");
            var steps = pointer[1..].Split('/').Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
            if (name == "rows" && binding.rows.Length == 0)
                binding.rows = steps;
            else if (name == "next" && !binding.IsPaged && !binding.IsPost)
                binding.next = steps;
            else if (name == "total" && binding.total is null)
                binding.total = steps;
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

    /// <summary>The address of the next page as the service gives it; null on the last.</summary>
    public string? Next(JsonElement answer) => next is not null && At(answer, next) is { ValueKind: JsonValueKind.String } link && IsText(link, out var given) && given.Length > 0 ? given : null;

    /// <summary>How many rows there are in all, where the service says so.</summary>
    public long? Total(JsonElement answer) => total is not null && At(answer, total) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var all) ? all : null;

    public bool SaysTotal => total is not null;

    /// <summary>What a row says for a field: its text; null where it is null; <paramref name="there"/> says whether the row has it at all.</summary>
    public string? Value(JsonElement row, ResourceField field, out bool there)
    {
        var found = At(row, pointers.GetValueOrDefault(field.Name) ?? [field.Name]);
        if (found is { ValueKind: JsonValueKind.String } text)
        {
            there = IsText(text, out var given);
            return given.Length > 0 ? given : null;
        }
        there = found is { ValueKind: JsonValueKind.Null or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False };
        return found is { ValueKind: JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } value ? value.GetRawText() : null;
    }

    /// <summary>False where it holds half a character, which is no text.</summary>
    static bool IsText(JsonElement element, out string text)
    {
        try
        {
            text = element.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
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
