using System.Text.Json;
using System.Text.Json.Serialization;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Node;

/// <summary>What a node reads from <c>node.json</c> in its folder. Paths are relative to that folder.</summary>
public sealed record NodeSettings
{
    /// <summary>Region and division, such as <c>CN-YRD/340000</c>.</summary>
    public required string Id { get; init; }

    public required Words Name { get; init; }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:5134</c>.</summary>
    public required string Listen { get; init; }

    /// <summary>Where residents and other nodes reach it; <see cref="Listen"/> when not given.</summary>
    public string? PublicUrl { get; init; }

    public required string HubUrl { get; init; }

    public bool IsHub { get; init; }

    public bool Demo { get; init; }

    /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
    public string Database { get; init; } = "sqlite";

    /// <summary>PostgreSQL connection string; unused on SQLite.</summary>
    public string? Connection { get; init; }

    /// <summary>Cipher of sealed fields and files: <c>aes-256-gcm</c> or <c>sm4-ctr-hmac-sm3</c>. As the keystore has it when not given; what was sealed before still opens.</summary>
    public string? Sealing { get; init; }

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
        Id[(Id.IndexOf('/', StringComparison.Ordinal) + 1)..],
        Name,
        IsHub,
        PublicUrl ?? Listen,
        HubUrl,
        Folder,
        SharedData.Folder,
        Demo);

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
