using System.Text.Json;
using System.Text.Json.Serialization;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Departments' systems that are reached over the network, by name: <c>sources.json</c> in the node's folder. An administrator writes it; a
/// steward says only the name, so that nobody points the node at an address of their own, and no secret stands in a resource.
/// </summary>
sealed class NamedSources(NodeIdentity node)
{
    public const string FileName = "sources.json";

    /// <summary>A value that stands in the environment and not in the file, such as <c>env:CIVIL_PASSWORD</c>.</summary>
    const string FromEnvironment = "env:";

    /// <param name="Connection">PostgreSQL: a connection string. Its role should be allowed to read only.</param>
    /// <param name="Url">HTTP: what the paths of resources are appended to.</param>
    /// <param name="Headers">HTTP: sent with every request, such as Authorization.</param>
    /// <param name="TimeoutMs">Of one statement, or one attempt.</param>
    public sealed record Source(string? Connection, Uri? Url, IReadOnlyDictionary<string, string>? Headers, int TimeoutMs = 3000);

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip };

    readonly Lazy<Result<Dictionary<string, Source>>> all = new(() => Load(Path.Combine(node.DataFolder, FileName)));

    public Result<Source> Find(string name)
    {
        if (!all.Value.Ok)
            return all.Value.Error;
        return all.Value.Value.TryGetValue(name, out var source) ? source : Error.Invalid(
            "resource.source", $"节点的 {FileName} 里没有接入点“{name}”", $"The node's {FileName} has no source '{name}'", "database", "请系统管理员登记后再试", "Have an administrator enter it, then try again");
    }

    /// <summary>Read once, at the first use; what stands in it is in no error.</summary>
    static Result<Dictionary<string, Source>> Load(string file)
    {
        if (!System.IO.File.Exists(file))
            return new Dictionary<string, Source>();
        try
        {
            var read = JsonSerializer.Deserialize<Dictionary<string, Source>>(System.IO.File.ReadAllBytes(file), Json) ?? [];
            return read.ToDictionary(s => s.Key, s => s.Value with
            {
                Connection = s.Value.Connection is { } connection ? Resolved(connection) : null,
                Headers = s.Value.Headers?.ToDictionary(h => h.Key, h => Resolved(h.Value)),
            });
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return Error.Unavailable("connector.settings", $"{FileName} 不能读取{(e is JsonException { LineNumber: { } line } ? $"（第 {line + 1} 行）" : "")}",
                $"{FileName} cannot be read{(e is JsonException { LineNumber: { } at } ? $" (line {at + 1})" : "")}", "请系统管理员改正后重启节点", "Have an administrator correct it and restart the node");
        }
    }

    static string Resolved(string value) =>
        value.StartsWith(FromEnvironment, StringComparison.Ordinal) ? Environment.GetEnvironmentVariable(value[FromEnvironment.Length..]) ?? "" : value;
}
