using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Tongban.Web;

/// <summary>
/// The stylesheets, scripts and pictures that lie embedded in this assembly, each with its compressed forms. One hash over
/// all of them stands in every address, so that files can refer to each other and browsers may keep them for ever.
/// What the client build makes (<c>lib/</c>) may be absent; pages then do without it.
/// </summary>
static partial class AssetStore
{
    const string Root = "wwwroot/";

    /// <summary>Stylesheets that are written in parts and served as one.</summary>
    static readonly Dictionary<string, string[]> Bundles = new(StringComparer.Ordinal)
    {
        ["portal.css"] = ["css/tokens.css", "css/parts.css", "css/forms.css", "css/portal.css"],
        ["console.css"] = ["css/tokens.css", "css/parts.css", "css/forms.css", "css/console.css"],
    };

    static readonly Lazy<Dictionary<string, Asset>> Files = new(Load);

    static readonly Lazy<string> Hash = new(() =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, asset) in Files.Value.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(path));
            hash.AppendData(asset.Plain);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    });

    public static string Version => Hash.Value;

    public static Asset? Find(string path) => Files.Value.GetValueOrDefault(path);

    /// <summary>The address of a file, or null when this build does not have it.</summary>
    public static string? Url(string path) => Files.Value.ContainsKey(path) ? $"/assets/{Version}/{path}" : null;

    static Dictionary<string, Asset> Load()
    {
        var assembly = typeof(AssetStore).Assembly;
        var files = assembly.GetManifestResourceNames().Where(n => n.StartsWith(Root, StringComparison.Ordinal))
            .ToDictionary(n => n[Root.Length..], n => Read(assembly, n), StringComparer.Ordinal);
        var served = files.Where(f => !f.Key.StartsWith("css/", StringComparison.Ordinal))
            .ToDictionary(f => f.Key, f => new Asset(f.Value, TypeOf(f.Key)), StringComparer.Ordinal);
        foreach (var (name, parts) in Bundles)
        {
            var text = string.Concat(parts.Select(p => Squeeze(Encoding.UTF8.GetString(files[p]))));
            served.Add(name, new Asset(Encoding.UTF8.GetBytes(text), TypeOf(name)));
        }
        return served;
    }

    static byte[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Leaves out comments and indentation.</summary>
    internal static string Squeeze(string css) => Indent().Replace(Comment().Replace(css, ""), "");

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s+", RegexOptions.Multiline)]
    private static partial Regex Indent();

    static string TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" or ".mjs" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".ico" => "image/x-icon",
        ".json" or ".map" or ".webmanifest" => "application/json",
        ".woff2" => "font/woff2",
        ".txt" => "text/plain; charset=utf-8",
        var other => throw new InvalidDataException($"No media type is known for {other} files ({path})."),
    };
}

/// <summary>One file. Its compressed forms are made when first asked for, once.</summary>
sealed class Asset(byte[] plain, string type)
{
    /// <summary>The strongest setting takes about a second for a megabyte; big files get the usual one.</summary>
    readonly CompressionLevel level = plain.Length < 100_000 ? CompressionLevel.SmallestSize : CompressionLevel.Optimal;

    Lazy<byte[]>? brotli;
    Lazy<byte[]>? gzip;

    public byte[] Plain => plain;

    public string Type => type;

    public string Tag { get; } = $"\"{Convert.ToHexStringLower(SHA256.HashData(plain))[..16]}\"";

    public bool Compresses => !type.StartsWith("image/png", StringComparison.Ordinal) && !type.StartsWith("font/", StringComparison.Ordinal);

    public byte[] Brotli => LazyInitializer.EnsureInitialized(ref brotli, () => new Lazy<byte[]>(() => Pack(s => new BrotliStream(s, level)))).Value;

    public byte[] Gzip => LazyInitializer.EnsureInitialized(ref gzip, () => new Lazy<byte[]>(() => Pack(s => new GZipStream(s, level)))).Value;

    byte[] Pack(Func<Stream, Stream> packer)
    {
        using var packed = new MemoryStream();
        using (var stream = packer(packed))
            stream.Write(plain);
        return packed.ToArray();
    }
}
