using System.Buffers.Text;
using System.Text;

namespace Tongban.Kernel;

/// <summary>One page of a list, by key: stable while rows come and go.</summary>
/// <param name="Next">Cursor of the next page; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>An opaque cursor over the key of the last row seen.</summary>
public static class Cursor
{
    public const int DefaultSize = 20;
    public const int MaximumSize = 100;

    public static string Of(params object[] key) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join('|', key)));

    /// <summary>The parts of a cursor; a damaged cursor is <see cref="ErrorKind.Invalid"/>.</summary>
    public static Result<string[]> Read(string cursor, int parts)
    {
        try
        {
            var key = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('|');
            if (key.Length == parts)
                return key;
        }
        catch (FormatException)
        {
            // Answered below.
        }
        return Invalid;
    }

    public static readonly Error Invalid = Error.Invalid("page.cursor", "翻页位置无效", "The page cursor is not valid", "after", "请回到第一页", "Start again from the first page");

    public static int Size(int? asked) => Math.Clamp(asked ?? DefaultSize, 1, MaximumSize);

    /// <summary>Makes a page from one row more than its size.</summary>
    public static Page<T> Page<T>(List<T> rows, int size, Func<T, object[]> key)
    {
        if (rows.Count <= size)
            return new Page<T>(rows, null);
        rows.RemoveRange(size, rows.Count - size);
        return new Page<T>(rows, Of(key(rows[^1])));
    }
}
