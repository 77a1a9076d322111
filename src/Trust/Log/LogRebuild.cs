using System.Data.Common;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// At start: the tree from the rows, each leaf against its own hash, each checkpoint against the tree. Of a log of more than
/// <see cref="CheckedWhole"/> leaves only the last of them are read; what lies before stands by the roots of its tiles, which the last
/// checkpoint's signature covers, and is read by an audit.
/// </summary>
static class LogRebuild
{
    const int CheckedWhole = 256 * MerkleTree.Tile;

    /// <summary>Longer than any signature can be accepted: nonces of older leaves are over.</summary>
    static readonly TimeSpan LongestNonce = TimeSpan.FromMinutes(10);

    /// <summary>Fills and publishes the tree, or says why this log must not be used.</summary>
    public static async Task<Error?> Run(ILogStore store, LogTree tree, NonceMemory nonces, NoteKey key, TimeProvider clock, CancellationToken cancel)
    {
        await using var reader = await store.OpenReader(cancel);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var from = await Tiles(reader, tree, cancel);
        var sizes = await Sizes(reader, from, cancel);
        var roots = new Queue<byte[]>(sizes.Count);
        if (sizes.TryPeek(out var size) && size == from)
            Reach(tree, sizes, roots);
        await using (var command = reader.Command("SELECT idx, leaf_hash, data, nonce_key, nonce, nonce_until FROM leaves WHERE idx >= @p0 ORDER BY idx", from))
        await using (var rows = await command.ExecuteReaderAsync(cancel))
        {
            for (var expected = from; await rows.ReadAsync(cancel); expected++)
            {
                if (rows.GetInt64(0) != expected)
                    return Tampered($"第 {expected} 条缺失", $"leaf {expected} is missing", expected);
                var hash = (byte[])rows[1];
                if (!Merkle.LeafHash((byte[])rows[2]).AsSpan().SequenceEqual(hash))
                    return Tampered($"第 {expected} 条内容被改动", $"the data of leaf {expected} was changed", expected);
                tree.Append(hash);
                nonces.Read(rows, 3, now);
                if (sizes.TryPeek(out size) && size == expected + 1)
                    Reach(tree, sizes, roots);
                if (expected % 1024 == 0)
                    cancel.ThrowIfCancellationRequested();
            }
        }
        await EarlierNonces(reader, nonces, from, now, cancel);
        await nonces.ReadAlone(reader, now, cancel);
        return await Compare(reader, store, tree, roots, from, key, clock, cancel);
    }

    /// <summary>The root at a size that a checkpoint states, taken while the tree has it.</summary>
    static void Reach(LogTree tree, Queue<long> sizes, Queue<byte[]> roots) => roots.Enqueue(tree.Root(sizes.Dequeue()));

    /// <summary>Takes the roots of tiles that need not be read leaf by leaf; returns the first leaf to read.</summary>
    static async Task<long> Tiles(DbConnection reader, LogTree tree, CancellationToken cancel)
    {
        await using var most = reader.Command("SELECT COALESCE(MAX(idx) + 1, 0) FROM leaves");
        var taken = ((long)(await most.ExecuteScalarAsync(cancel))! - CheckedWhole) / MerkleTree.Tile;
        if (taken <= 0)
            return 0;
        await using var command = reader.Command("SELECT n, root FROM tiles WHERE n < @p0 ORDER BY n", taken);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var next = 0L;
        // Up to the first that is missing: from there on the leaves are read.
        for (; await rows.ReadAsync(cancel) && rows.GetInt64(0) == next && rows[1] is byte[] { Length: Merkle.HashSize } root; next++)
            tree.AppendTile(root);
        return next * MerkleTree.Tile;
    }

    static async Task<Queue<long>> Sizes(DbConnection reader, long from, CancellationToken cancel)
    {
        await using var command = reader.Command("SELECT size FROM checkpoints WHERE size >= @p0 ORDER BY size", from);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var sizes = new Queue<long>();
        while (await rows.ReadAsync(cancel))
            sizes.Enqueue(rows.GetInt64(0));
        return sizes;
    }

    static async Task EarlierNonces(DbConnection reader, NonceMemory nonces, long before, long now, CancellationToken cancel)
    {
        await using var command = reader.Command("SELECT at, nonce_key, nonce, nonce_until FROM leaves WHERE idx < @p0 ORDER BY idx DESC", before);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel) && rows.GetInt64(0) >= now - (long)LongestNonce.TotalMilliseconds)
            nonces.Read(rows, 1, now);
    }

    static async Task<Error?> Compare(DbConnection reader, ILogStore store, LogTree tree, Queue<byte[]> roots, long from, NoteKey key, TimeProvider clock, CancellationToken cancel)
    {
        var size = tree.Held;
        LogHead? last = null;
        await using (var command = reader.Command("SELECT note, at, size FROM checkpoints WHERE size >= @p0 ORDER BY size", from))
        await using (var rows = await command.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                var previous = last?.Size ?? from;
                last = LogHead.Stored(rows.GetString(0), rows.GetInt64(1));
                if (last is null || last.Size != rows.GetInt64(2))
                    return Tampered($"大小 {rows.GetInt64(2)} 的检查点被改动", $"the checkpoint of size {rows.GetInt64(2)} was changed", null);
                if (last.Size > size)
                    return Error.Conflict("log.truncated", $"日志丢失了末尾：检查点有 {last.Size} 条，实际 {size} 条，从第 {size} 条起缺失", $"The log lost its tail: a checkpoint states {last.Size} leaves, there are {size}; missing from leaf {size}", "请从见证方取回缺失部分，或恢复更新的备份", "Fetch the tail from the witnesses, or restore a later backup");
                if (!roots.TryDequeue(out var root) || !last.Checkpoint.Root.AsSpan().SequenceEqual(root))
                    return Tampered($"第 {previous}–{last.Size - 1} 条中有被改动的内容", $"one of the leaves {previous}–{last.Size - 1} was changed", previous);
            }
        }
        if (last is null && size == 0)
        {
            // A new log begins with a signed checkpoint of size 0, so that there is always one to show.
            var first = tree.Sign(clock.GetUtcNow().ToUnixTimeMilliseconds());
            await using var transaction = await store.Begin(leaves: false, cancel);
            await transaction.Execute("INSERT INTO checkpoints (size, note, at, cosigned) VALUES (0, @p0, @p1, 0)", first.Note, first.At);
            await transaction.Commit();
            last = first;
        }
        if (last is null || last.Size != size)
            return Tampered($"第 {last?.Size ?? 0} 条起没有签名的检查点", $"from leaf {last?.Size ?? 0} on there is no signed checkpoint", last?.Size ?? 0);
        // Only the last one's signature is checked here; `audit` checks them all. It names the epoch that the log is in.
        if (LogEpoch.Number(key.Name, last.Checkpoint.Origin) is not null)
            key = NoteKey.Of(last.Checkpoint.Origin, key.Key);
        if (!Checkpoint.Verify(last.Note, key).Ok)
            return Error.Conflict("log.key", "日志的最后检查点不是本节点的日志密钥或名称所签", "The log's last checkpoint was not signed by this node's log key and origin", "请核对密钥库与日志是否属于同一节点", "Check that keystore and log belong to the same node");
        tree.Origin = key.Name;
        tree.Publish(last);
        return null;
    }

    public static Error Tampered(string what, string whatEn, long? index) => Error.Conflict(
        "log.tampered", $"日志被改动：{what}", $"The log was tampered with: {whatEn}",
        "请勿启动该节点；请从备份或见证方恢复并查明原因", "Do not start this node; restore it from a backup or its witnesses, and find out why") with
    { Where = index is null ? null : $"leaf {index}" };
}
