using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Departments' systems that are reached over the network, by name: <c>sources.json</c> in the node's folder. An administrator writes it; a
/// steward says only the name, so that nobody points the node at an address of their own, and no secret stands in a resource. Whose a source is
/// stands there as well (<see cref="SourceOwners"/>).
/// </summary>
sealed partial class NamedSources(NodeIdentity node, ILogger<NamedSources> log)
{
    public const string FileName = "sources.json";

    /// <summary>A value that stands in the environment and not in the file, such as <c>env:CIVIL_PASSWORD</c>.</summary>
    const string FromEnvironment = "env:";

    /// <param name="Connection">PostgreSQL: a connection string. Its role should be allowed to read only.</param>
    /// <param name="Url">HTTP: what the paths of resources are appended to.</param>
    /// <param name="Headers">HTTP: sent with every request, such as Authorization.</param>
    /// <param name="TimeoutMs">Of one statement, or one attempt.</param>
    /// <param name="Departments">Codes of those whose resources may read it, or <see cref="Everybody"/>; without it none may.</param>
    public sealed record Source(string? Connection, Uri? Url, IReadOnlyDictionary<string, string>? Headers, int TimeoutMs = 3000, IReadOnlyList<string>? Departments = null)
    {
        public bool IsOf(string department) => Departments?.Any(d => d is Everybody || d == department) == true;
    }

    const string Everybody = "*";

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip };

    readonly Lazy<Result<Dictionary<string, Source>>> all = new(() => Load(Path.Combine(node.DataFolder, FileName), log));

    public Result<Source> Find(string name)
    {
        if (!all.Value.Ok)
            return all.Value.Error;
        return all.Value.Value.TryGetValue(name, out var source) ? source : Error.Invalid(
            "resource.source", $"节点的 {FileName} 里没有接入点“{name}”", $"The node's {FileName} has no source '{name}'", "database", "请系统管理员登记后再试", "Have an administrator enter it, then try again");
    }

    /// <summary>Whether it is entered for the department; of one that is not entered at all the same is said as of another department's.</summary>
    public Result<bool> IsOf(string name, string department) => all.Value.Map(sources => sources.GetValueOrDefault(name)?.IsOf(department) == true);

    /// <summary>Read once, at the first use; what stands in it is in no error.</summary>
    static Result<Dictionary<string, Source>> Load(string file, ILogger log)
    {
        if (!System.IO.File.Exists(file))
            return new Dictionary<string, Source>();
        try
        {
            var read = JsonSerializer.Deserialize<Dictionary<string, Source>>(System.IO.File.ReadAllBytes(file), Json) ?? [];
            foreach (var (name, _) in read.Where(s => s.Value.Departments is not { Count: > 0 }))
                LogNobodys(log, name);
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Source {Name} in sources.json names no departments: no resource is read from it.")]
    static partial void LogNobodys(ILogger log, string name);
}
