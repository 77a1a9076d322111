using System.Security.Cryptography;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Seals the values of one column with the newest envelope key. A value that does not open stops it: nothing is lost, and somebody must look.</summary>
static class ResealRows
{
    public static Task<long> Run(NodeDb db, Vault vault, SealedColumn column, Action<long> progress, CancellationToken ct) =>
        new ColumnWalk(db, column, value => Again(vault, column, value)).Run(progress, ct);

    /// <summary>Null of what is sealed with the newest key, or not sealed at all, such as the empty text of a phone that was not given.</summary>
    static object? Again(Vault vault, SealedColumn column, object value)
    {
        if (value is byte[] bytes)
            return Vault.KeyOf(bytes) is { } of && of != vault.KeyId ? vault.Seal(Opened(vault.TryOpen(bytes, column.Context), column), column.Context) : null;
        var text = (string)value;
        return Vault.KeyOf(text) is { } id && id != vault.KeyId ? vault.Seal(vault.Open(text, column.Context), column.Context) : null;
    }

    static byte[] Opened(Result<byte[]> opened, SealedColumn column) => opened.Ok
        ? opened.Value
        : throw new CryptographicException($"A stored value of {column.Table}.{column.Column} does not open: {opened.Error.Code}");
}
