using System.Text.Json;
using System.Text.Json.Serialization;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Node;

/// <summary>What a node reads from <c>node.json</c> in its folder. Paths are relative to that folder.</summary>
public sealed record NodeSettings
{
    /// <summary>Region and division, such as <c>CN-YRD/340000</c>; of a company <c>CN-YRD/COM/{credit code}</c>, of another organisation <c>CN-YRD/ORG/{credit code}</c>.</summary>
    public required string Id { get; init; }

    public required Words Name { get; init; }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:5134</c>.</summary>
    public required string Listen { get; init; }

    /// <summary>Where residents and other nodes reach it; <see cref="Listen"/> when not given.</summary>
    public string? PublicUrl { get; init; }

    public required string HubUrl { get; init; }

    public bool IsHub { get; init; }

    /// <summary>Where a company or organisation has its seat; a government's is in its id.</summary>
    public string? Division { get; init; }

    /// <summary>The systems of a company or organisation that provide resources, by short name.</summary>
    public IReadOnlyDictionary<string, Words>? Systems { get; init; }

    public bool Demo { get; init; }

    /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
    public string Database { get; init; } = "sqlite";

    /// <summary>PostgreSQL connection string; unused on SQLite.</summary>
    public string? Connection { get; init; }

    /// <summary>Cipher of sealed fields and files: <c>aes-256-gcm</c> or <c>sm4-ctr-hmac-sm3</c>. As the keystore has it when not given; what was sealed before still opens.</summary>
    public string? Sealing { get; init; }

    /// <summary>Smallest group of counts that leaves this node where a resource says nothing else, 3 to 1,000; 10 when not given.</summary>
    public int? LeastGroup { get; init; }

    /// <summary>Where times of exchanges are sent as OTLP; nowhere when neither this nor <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is given.</summary>
    public OtlpSettings? Otlp { get; init; }

    [JsonIgnore]
    public string Folder { get; init; } = ".";

    public const string FileName = "node.json";

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static Result<NodeSettings> Load(string folder)
    {
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            return Error.Invalid("node.settings-missing", $"找不到 {file}", $"{file} does not exist", "folder",
                "请用 tongban region 建立示范区域，或写好 node.json", "Create a sample region with 'tongban region', or write a node.json");
        }
        try
        {
            var settings = JsonSerializer.Deserialize<NodeSettings>(File.ReadAllBytes(file), Json)
                ?? throw new JsonException("The file is empty.");
            if (settings.Sealing is { } cipher && SealCipher.ByName(cipher) is null)
            {
                return Error.Invalid("node.sealing-unknown", $"{file}: 没有封存算法 {cipher}", $"{file}: there is no cipher {cipher}", "sealing",
                    $"请改为 {string.Join(" 或 ", SealCipher.All)}", $"Write {string.Join(" or ", SealCipher.All)}");
            }
            if (NodeIds.ClassOf(settings.Id) != NodeIds.Government && (!NodeIds.IsWellFormed(settings.Id, settings.Id.Split('/')[0]) || settings.Division is not { Length: 6 } || settings.Systems is not { Count: > 0 }))
            {
                return Error.Invalid("node.company-settings", $"{file}: 企业或组织节点须有统一社会信用代码、注册地 division 和至少一个 systems", $"{file}: the node of a company or organisation needs its credit code, its division and at least one of systems", "id",
                    "请参照 docs/try/companies.md 填写", "Write them as docs/try/companies.md shows");
            }
            if (settings.LeastGroup is < 3 or > 1000)
                return Error.Invalid("node.least-group", $"{file}: leastGroup 应为 3 到 1000", $"{file}: leastGroup is to be 3 to 1000", "leastGroup");
            return settings with { Folder = Path.GetFullPath(folder) };
        }
        catch (JsonException e)
        {
            return Error.Invalid("node.settings-unreadable", $"{file} 不是有效的设置: {e.Message}", $"{file} is not valid settings: {e.Message}",
                e.Path, "请改正后重试", "Correct it and try again");
        }
    }

    public void Save()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllBytes(Path.Combine(Folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Json));
    }

    public NodeIdentity Identity() => new(
        Id,
        NodeIds.IsGovernment(Id) ? NodeIds.CodeOf(Id) : Division!,
        Name,
        IsHub,
        PublicUrl ?? Listen,
        HubUrl,
        Folder,
        SharedData.Folder,
        Demo)
    {
        Systems = Systems ?? new Dictionary<string, Words>(),
    };

    public DatabaseOptions DatabaseOptions() => Database == "sqlite"
        ? new DatabaseOptions("sqlite", Path.Combine(Folder, "node.db"))
        : new DatabaseOptions("postgres", Connection ?? throw new InvalidOperationException("node.json names PostgreSQL but has no \"connection\"."));
}

/// <summary>The data that ships with the product.</summary>
public static class SharedData
{
    /// <summary><c>TONGBAN_DATA</c>, or the <c>data</c> folder found beside the binary or above it.</summary>
    public static string Folder { get; } = Find();

    static string Find()
    {
        if (Environment.GetEnvironmentVariable("TONGBAN_DATA") is { Length: > 0 } given)
            return Path.GetFullPath(given);
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var data = Path.Combine(folder, "data");
            if (File.Exists(Path.Combine(data, "SOURCES.md")))
                return data;
        }
        throw new InvalidOperationException("The product's data folder was not found; set TONGBAN_DATA to it.");
    }
}

/// <param name="Endpoint">Of an OpenTelemetry collector, OTLP over HTTP: <c>http://127.0.0.1:4318</c>.</param>
/// <param name="Traces">Share of exchanges that are sent as traces as well, 0 to 1.</param>
public sealed record OtlpSettings(string Endpoint, double Traces = 0.01);
