using System.Data.Common;
using System.Security.Cryptography;
using System.Text;

namespace Tongban.Trust;

/// <summary>
/// Every nonce that a signature could still be accepted with, in memory: the leaves and the table of nonces hold them durably, and
/// they are read back at start. A nonce is asked about once for every request, and its place in an index on disk would be anywhere.
/// Belongs to the one writer: not safe for concurrent use. Some 60 bytes a nonce, for the few minutes that a signature can live.
/// </summary>
sealed class NonceMemory
{
    readonly HashSet<UInt128> held = [];
    readonly Queue<(UInt128 Name, long Until)> byAge = [];

    /// <param name="name">As <see cref="Name"/> gives it.</param>
    public bool Holds(UInt128 name) => held.Contains(name);

    public void Add(UInt128 name, long until)
    {
        if (held.Add(name))
            byAge.Enqueue((name, until));
    }

    /// <summary>Takes the nonce of a stored leaf, from three columns, unless it has none or it is over.</summary>
    public void Read(DbDataReader row, int at, long now)
    {
        if (!row.IsDBNull(at + 2) && row.GetInt64(at + 2) >= now)
            Add(Name(new(row.GetString(at), row.GetString(at + 1), row.GetInt64(at + 2))), row.GetInt64(at + 2));
    }

    /// <summary>Takes the nonces that were spent without a leaf.</summary>
    public async Task ReadAlone(DbConnection reader, long now, CancellationToken cancel)
    {
        await using var command = reader.Command("SELECT keyid, nonce, keep_until FROM nonces");
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            Read(rows, 0, now);
    }

    /// <summary>Forgets what is over. One that lives longer keeps those behind it, at most by the longest life that a profile allows.</summary>
    public void Forget(long now)
    {
        while (byAge.TryPeek(out var oldest) && oldest.Until < now)
            held.Remove(byAge.Dequeue().Name);
    }

    /// <summary>128 bits of a hash stand for key and nonce: two that share them cannot be found, and would only refuse one of the two.</summary>
    public static UInt128 Name(UsedNonce nonce)
    {
        var size = Encoding.UTF8.GetByteCount(nonce.KeyId) + 1 + Encoding.UTF8.GetByteCount(nonce.Nonce);
        Span<byte> text = size <= 512 ? stackalloc byte[512] : new byte[size];
        var written = Encoding.UTF8.GetBytes(nonce.KeyId, text);
        // No text that is stored holds this byte, so no two pairs give one text.
        text[written++] = 0;
        written += Encoding.UTF8.GetBytes(nonce.Nonce, text[written..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        LibCrypto.Sha256(text[..written], [], hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
