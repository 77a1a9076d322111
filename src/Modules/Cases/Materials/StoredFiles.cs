using System.Security.Cryptography;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Cases.Materials;

/// <summary>
/// The content-addressed store: <c>{data}/files/ab/cdef…</c>, each file sealed. A file is written beside its place, forced to
/// disk and then renamed, so that a name never stands for half a file. The same content is kept once.
/// </summary>
sealed class StoredFiles(NodeIdentity node, IVault vault, TimeProvider clock) : IStoredFiles, ISealedFiles
{
    readonly string folder = Path.Combine(node.DataFolder, "files");

    public bool Has(string hash) => IsHash(hash) && File.Exists(PathOf(hash));

    public async Task<Result<Stream>> Open(string hash, CancellationToken ct)
    {
        if (!Has(hash))
            return Missing;
        await using var file = File.OpenRead(PathOf(hash));
        var plain = new MemoryStream(checked((int)file.Length));
        var opened = await vault.Open(file, plain, Context(hash), ct);
        if (!opened.Ok)
            return opened.Error;
        plain.Position = 0;
        return plain;
    }

    public async Task<Result<UploadedFile>> Save(Stream content, string name, CancellationToken ct)
    {
        var read = await Read(content, ct);
        if (!read.Ok)
            return read.Error;
        var bytes = read.Value;
        var plainName = PlainName(name);
        var kind = FileKind.Of(bytes, plainName);
        if (!kind.Ok)
            return kind.Error;
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        await Keep(hash, bytes, ct);
        return new UploadedFile(hash, plainName, kind.Value.MediaType, bytes.Length);
    }

    public async Task<Result<Done>> Receive(string hash, Stream content, CancellationToken ct)
    {
        var read = await Read(content, ct);
        if (!read.Ok)
            return read.Error;
        if (!string.Equals(Convert.ToHexStringLower(SHA256.HashData(read.Value)), hash, StringComparison.Ordinal))
            return Error.Invalid("file.hash", "文件内容与其哈希不符", "The content does not have this hash", "hash");
        await Keep(hash, read.Value, ct);
        return Done.It;
    }

    /// <summary>Removes a file nobody uses. One that was handed in within the last day stays, as its use may be about to be saved.</summary>
    public void Remove(string hash)
    {
        var path = PathOf(hash);
        if (File.Exists(path) && File.GetLastWriteTimeUtc(path) < clock.GetUtcNow().UtcDateTime.AddDays(-1))
            File.Delete(path);
    }

    /// <summary>
    /// Looks through one twenty-fourth of the store. Halves of files that a crash left are removed; the hashes of whole files
    /// that were last handed in more than a week ago are returned, a folder at a time.
    /// </summary>
    public IEnumerable<IReadOnlyList<string>> Aged(int hour)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        for (var part = hour % 24; part < 256; part += 24)
        {
            var name = part.ToString("x2", System.Globalization.CultureInfo.InvariantCulture);
            var place = new DirectoryInfo(Path.Combine(folder, name));
            if (!place.Exists)
                continue;
            var hashes = new List<string>();
            foreach (var file in place.EnumerateFiles())
            {
                if (IsHash(name + file.Name))
                {
                    if (file.LastWriteTimeUtc < now.AddDays(-7))
                        hashes.Add(name + file.Name);
                }
                else if (file.LastWriteTimeUtc < now.AddDays(-1))
                {
                    file.Delete();
                }
            }
            yield return hashes;
        }
    }

    static async Task<Result<byte[]>> Read(Stream content, CancellationToken ct)
    {
        if (content.CanSeek && content.Length - content.Position is var length and <= IStoredFiles.MaximumLength)
        {
            var whole = new byte[length];
            await content.ReadExactlyAsync(whole, ct);
            return whole;
        }
        using var buffer = new MemoryStream();
        var chunk = new byte[64 * 1024];
        for (int read; (read = await content.ReadAsync(chunk, ct)) > 0;)
        {
            if (buffer.Length + read > IStoredFiles.MaximumLength)
            {
                return Error.Invalid("file.too-large", $"文件超过 {IStoredFiles.MaximumLength / 1_000_000} MB", $"The file is larger than {IStoredFiles.MaximumLength / 1_000_000} MB", "file",
                    "请降低扫描分辨率，或分成几个文件上传", "Scan at a lower resolution, or split it into several files");
            }
            buffer.Write(chunk, 0, read);
        }
        return buffer.ToArray();
    }

    async Task Keep(string hash, byte[] bytes, CancellationToken ct)
    {
        var path = PathOf(hash);
        if (File.Exists(path))
        {
            File.SetLastWriteTimeUtc(path, clock.GetUtcNow().UtcDateTime);
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var beside = $"{path}.{Guid.CreateVersion7():N}";
        try
        {
            using (var @sealed = new MemoryStream(bytes.Length + 4096))
            using (var file = File.OpenHandle(beside, FileMode.CreateNew, FileAccess.Write))
            {
                await vault.Seal(new MemoryStream(bytes), @sealed, Context(hash), ct);
                RandomAccess.Write(file, @sealed.GetBuffer().AsSpan(0, (int)@sealed.Length), 0);
                // By the node's clock, which is what its age is told by.
                File.SetLastWriteTimeUtc(file, clock.GetUtcNow().UtcDateTime);
                RandomAccess.FlushToDisk(file);
            }
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            // On a full disk half a file would take the room that is needed to recover.
            File.Delete(beside);
            throw;
        }
    }

    string PathOf(string hash) => Path.Combine(folder, hash[..2], hash[2..]);

    static string Context(string hash) => $"cases.file.{hash}";

    public string Name => "cases.file";

    /// <summary>Whole files only: what is still being written beside its place has a longer name.</summary>
    public IEnumerable<string> Paths() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => IsHash(HashOf(path))).Order(StringComparer.Ordinal)
        : [];

    public string ContextOf(string path) => Context(HashOf(path));

    static string HashOf(string path) => Path.GetFileName(Path.GetDirectoryName(path)!) + Path.GetFileName(path);

    static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The last part of what a browser calls the file, without control characters, at most 120 characters.</summary>
    static string PlainName(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var clean = new string([.. last.Where(c => !char.IsControl(c))]).Trim();
        if (clean.Length <= 120)
            return clean;
        var extension = Path.GetExtension(clean);
        return extension.Length > 10 ? clean[..120] : clean[..(120 - extension.Length)] + extension;
    }

    static readonly Error Missing = Error.NotFound("file.missing", "文件不存在", "There is no such file");
}
