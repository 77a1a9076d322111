using System.Globalization;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Chunks on disk, each a sealed file: <c>bulk/{provider or consumer}/{id}/000007</c>. One chunk is in memory at a time.</summary>
sealed class BulkFiles(NodeIdentity node, IVault vault) : ISealedFiles
{
    readonly string folder = Path.Combine(node.DataFolder, "bulk");

    /// <summary>A disk that takes no more is an answer, so that the row that waits for it can say why.</summary>
    public async Task<Result<Done>> Write(BulkRow row, int chunk, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var path = PathOf(row, chunk);
        using var @sealed = new MemoryStream(bytes.Length + 8192);
        await vault.Seal(new MemoryStream(bytes.ToArray(), writable: false), @sealed, Context(row.Id, chunk), ct);
        try
        {
            AtomicFile.Write(path, @sealed.GetBuffer().AsSpan(0, (int)@sealed.Length));
            return Done.It;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return StorageFull.Is(e) ? Full : NotWritten;
        }
    }

    static readonly Error Full = Error.Unavailable("storage.full", "节点的存储空间已满", "The node's disk is full", "请系统管理员腾出空间，之后自动继续", "Have an administrator make room; it goes on by itself then");

    static readonly Error NotWritten = Error.Unavailable("bulk.not-written", "数据块不能写入磁盘", "A chunk cannot be written to the disk", "请系统管理员检查节点的 bulk 文件夹，之后自动继续", "Have an administrator look at the node's folder bulk; it goes on by itself then");

    /// <summary>Null when it is not there.</summary>
    public async Task<byte[]?> Read(BulkRow row, int chunk, CancellationToken ct)
    {
        var path = PathOf(row, chunk);
        if (!File.Exists(path))
            return null;
        await using var file = File.OpenRead(path);
        using var plain = new MemoryStream((int)file.Length);
        return (await vault.Open(file, plain, Context(row.Id, chunk), ct)).Ok ? plain.ToArray() : null;
    }

    public void Delete(BulkRow row)
    {
        var place = FolderOf(row);
        if (Directory.Exists(place))
            Directory.Delete(place, recursive: true);
    }

    string FolderOf(BulkRow row) => Path.Combine(folder, row.Side == DspSide.Provider ? "provider" : "consumer", row.Id);

    string PathOf(BulkRow row, int chunk) => Path.Combine(FolderOf(row), chunk.ToString("D6", CultureInfo.InvariantCulture));

    static string Context(string id, int chunk) => string.Create(CultureInfo.InvariantCulture, $"exchange_bulk.chunk.{id}.{chunk}");

    public string Name => "exchange_bulk.chunk";

    public IEnumerable<string> Paths() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path).All(char.IsAsciiDigit)).Order(StringComparer.Ordinal)
        : [];

    public string ContextOf(string path) => Context(Path.GetFileName(Path.GetDirectoryName(path)!), int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture));
}
