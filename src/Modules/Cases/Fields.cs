using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;

namespace Tongban.Cases;

/// <summary>
/// What a write was sent, whether by a form or as JSON: names and texts. Members of a JSON object inside another are named
/// with a dot (<c>reasons.home</c>), as a form names them.
/// </summary>
sealed class Fields
{
    readonly Dictionary<string, string> values;

    Fields(Dictionary<string, string> values, IFormFileCollection? files, bool isForm)
    {
        this.values = values;
        Files = files;
        IsForm = isForm;
    }

    /// <summary>The caller is a browser form: it is answered with a page.</summary>
    public bool IsForm { get; }

    public IFormFileCollection? Files { get; }

    public string this[string name] => values.GetValueOrDefault(name)?.Trim() ?? "";

    public bool Has(string name) => values.ContainsKey(name);

    /// <summary>Everything below a name: <c>reasons.home</c> as <c>home</c>.</summary>
    public Dictionary<string, string> Below(string name) => values
        .Where(v => v.Key.StartsWith(name + ".", StringComparison.Ordinal))
        .ToDictionary(v => v.Key[(name.Length + 1)..], v => v.Value.Trim());

    /// <summary>The revision the caller saw; -1 when it sent none, which no row has.</summary>
    public long Revision => long.TryParse(this["revision"], NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : -1;

    public static async Task<Result<Fields>> Read(HttpRequest request, CancellationToken ct)
    {
        if (request.HasFormContentType)
        {
            var form = await request.ReadFormAsync(ct);
            return new Fields(form.ToDictionary(f => f.Key, f => f.Value.Count > 1 ? string.Join(' ', f.Value!) : f.Value.ToString()), form.Files, IsPage(request));
        }
        if (!request.HasJsonContentType())
            return new Fields([], null, false);
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, default, ct);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return Of(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is a text that is no Unicode, found when it is read. Answered below.
        }
        return Error.Invalid("request.json", "请求正文不是有效的 JSON 对象", "The body is not a JSON object", "body", "请按接口说明组织请求", "Send one JSON object");
    }

    public static Fields Of(JsonElement root, IFormFileCollection? files = null)
    {
        var values = new Dictionary<string, string>();
        Flatten(root, "", values);
        return new Fields(values, files, false);
    }

    /// <summary>A form sent to a page; the same content type sent to the API comes from a program.</summary>
    static bool IsPage(HttpRequest request) => !request.Path.StartsWithSegments("/api");

    static void Flatten(JsonElement element, string name, Dictionary<string, string> into)
    {
        foreach (var member in element.EnumerateObject())
        {
            var path = name.Length == 0 ? member.Name : $"{name}.{member.Name}";
            switch (member.Value.ValueKind)
            {
                case JsonValueKind.Object: Flatten(member.Value, path, into); break;
                case JsonValueKind.String: into[path] = member.Value.GetString()!; break;
                case JsonValueKind.Null or JsonValueKind.Undefined: break;
                default: into[path] = member.Value.GetRawText(); break;
            }
        }
    }
}
