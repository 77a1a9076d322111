using System.Text;
using Microsoft.Win32.SafeHandles;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Where the lines of a CSV file stand, by the hash of one column, so that a query reads its own lines only. Holds places, no values:
/// 12 bytes a line. The file stays open, so that one put in its place by renaming does not disturb who reads this one.
/// </summary>
sealed class CsvIndex : IDisposable
{
    /// <summary>A longer record is a quotation mark that was never closed.</summary>
    public const int LongestRecord = (1 << 20) - 1;

    static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    readonly SafeFileHandle file;
    int[] hashes = [];

    /// <summary>Of a record, the offset times 2^20 and the length.</summary>
    long[] places = [];

    CsvIndex(SafeFileHandle file) => (this.file, WrittenAt, Length) = (file, File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));

    public DateTime WrittenAt { get; }

    public long Length { get; }

    public IReadOnlyList<string> Columns { get; private set; } = [];

    /// <summary>Whether nobody wrote into the file since; a file put in its place is another one.</summary>
    public bool Untouched => File.GetLastWriteTimeUtc(file) == WrittenAt && RandomAccess.GetLength(file) == Length;

    /// <summary>A column that holds numbers with a check of their own (<see cref="Identifiers"/>).</summary>
    public readonly record struct Identifier(string Column, string Element);

    /// <param name="key">The column that is looked up; null when all lines are always wanted.</param>
    /// <param name="identifiers">Each line is held to them: a number that is mistyped in the file is found by nobody, so the line is named before anything is answered.</param>
    public static Result<CsvIndex> Build(string path, string? key, IReadOnlyList<Identifier> identifiers)
    {
        var index = new CsvIndex(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var wrong = index.Read(Path.GetFileName(path), key, identifiers);
        if (wrong is null)
            return index;
        index.Dispose();
        return wrong;
    }

    Error? Read(string name, string? key, IReadOnlyList<Identifier> identifiers)
    {
        var (found, at, keyAt, line, start) = (new List<(int Hash, long Place)>(), 0L, -1, 1L, 0L);
        var held = new List<(int At, Identifier Is)>();
        var (block, record, quoted, firstLine) = (new byte[1 << 16], new List<byte>(512), false, 1L);
        while (RandomAccess.Read(file, block, at) is > 0 and var read)
        {
            for (var i = 0; i < read; i++)
            {
                var b = block[i];
                record.Add(b);
                if (record.Count > LongestRecord)
                    return Bad(name, firstLine, "引号没有结束，或这一行太长", "a quotation mark is not closed, or the line is too long");
                quoted ^= b == '"';
                if (b != '\n')
                    continue;
                line++;
                if (quoted)
                    continue;
                var cells = Cells(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(record));
                if (!cells.Ok)
                    return Bad(name, firstLine, "不是 UTF-8 编码的 CSV", "this is no CSV in UTF-8");
                if (Columns.Count == 0)
                {
                    if (cells.Value.Length == 0 || cells.Value.Distinct(StringComparer.Ordinal).Count() != cells.Value.Length)
                        return Bad(name, firstLine, "列名不能重复", "the names of the columns must differ");
                    (Columns, keyAt) = (cells.Value, key is null ? -1 : Array.IndexOf(cells.Value, key));
                    held.AddRange(identifiers.Select(i => (At: Array.IndexOf(cells.Value, i.Column), i)).Where(h => h.At >= 0));
                }
                else if (cells.Value.Length > 0)
                {
                    if (cells.Value.Length != Columns.Count)
                        return Bad(name, firstLine, $"应有 {Columns.Count} 列，这里有 {cells.Value.Length} 列", $"{Columns.Count} columns are needed, there are {cells.Value.Length}");
                    foreach (var (column, identifier) in held)
                    {
                        if (cells.Value[column].Length > 0 && Identifiers.Wrong(identifier.Element, cells.Value[column]) is { } wrong)
                            return Bad(name, firstLine, $"{identifier.Column}：{wrong.Zh}", $"{identifier.Column}: {wrong.En}");
                    }
                    found.Add((Hash(keyAt < 0 ? "" : cells.Value[keyAt]), (start << 20) | (long)record.Count));
                }
                (start, firstLine) = (at + i + 1, line);
                record.Clear();
            }
            at += read;
        }
        if (record.Count > 0 || Columns.Count == 0)
            return Bad(name, firstLine, "文件没有写完：最后一行要以换行结束", "the file is not complete: its last line ends with a line break");
        (hashes, places) = ([.. found.Select(f => f.Hash)], [.. found.Select(f => f.Place)]);
        Array.Sort(hashes, places);
        return null;
    }

    /// <summary>The lines whose key may be <paramref name="key"/>, in the order of the file; the caller compares.</summary>
    public IEnumerable<Result<string[]>> Find(string key)
    {
        var hash = Hash(key);
        var from = Array.BinarySearch(hashes, hash);
        if (from < 0)
            yield break;
        var to = from;
        while (from > 0 && hashes[from - 1] == hash)
            from--;
        while (to < hashes.Length && hashes[to] == hash)
            to++;
        foreach (var place in places[from..to].Order())
            yield return At(place);
    }

    /// <summary>Some lines, to see what is in them.</summary>
    public IEnumerable<Result<string[]>> Some(int most) => places.Take(most).Select(At);

    Result<string[]> At(long place)
    {
        var record = new byte[place & LongestRecord];
        return RandomAccess.Read(file, record, place >> 20) == record.Length ? Cells(record) : Changed;
    }

    static Result<string[]> Cells(ReadOnlySpan<byte> record)
    {
        try
        {
            return CsvText.Read(Strict.GetString(record), "file").Map(rows => rows.Count == 0 ? [] : rows[0].Select(c => c.Text).ToArray());
        }
        catch (DecoderFallbackException)
        {
            return Changed;
        }
    }

    // Different in every process: nobody can choose lines that fall together.
    static int Hash(string key) => key.GetHashCode(StringComparison.Ordinal);

    static Error Bad(string name, long line, string zh, string en) =>
        new(ErrorKind.Unavailable, "connector.file-line", $"{name} 第 {line} 行：{zh}", $"{name}, line {line}: {en}", name, "请提供部门改正文件", "The department has to correct the file");

    public static readonly Error Changed = Error.Unavailable("connector.file-changing", "部门的文件正在更新", "The department's file is being written", "请稍后再试", "Try again in a moment");

    public void Dispose() => file.Dispose();
}
