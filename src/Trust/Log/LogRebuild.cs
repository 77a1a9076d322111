using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>At start: the tree from the rows, each leaf against its own hash, each checkpoint against the tree.</summary>
static class LogRebuild
{
    /// <summary>Fills and publishes the tree, or says why this log must not be used.</summary>
    public static async Task<Error?> Run(ILogStore store, LogTree tree, NonceMemory nonces, NoteKey key, TimeProvider clock, CancellationToken cancel)
    {
        await using var reader = await store.OpenReader(cancel);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await using (var command = reader.Command("SELECT idx, leaf_hash, data, nonce_key, nonce, nonce_until FROM leaves ORDER BY idx"))
        await using (var rows = await command.ExecuteReaderAsync(cancel))
        {
            for (var expected = 0L; await rows.ReadAsync(cancel); expected++)
            {
                if (rows.GetInt64(0) != expected)
                    return Tampered($"第 {expected} 条缺失", $"leaf {expected} is missing", expected);
                var hash = (byte[])rows[1];
                if (!Merkle.LeafHash((byte[])rows[2]).AsSpan().SequenceEqual(hash))
                    return Tampered($"第 {expected} 条内容被改动", $"the data of leaf {expected} was changed", expected);
                tree.Append(hash);
                nonces.Read(rows, 3, now);
                if (expected % 1024 == 0)
                    cancel.ThrowIfCancellationRequested();
            }
        }
        await nonces.ReadAlone(reader, now, cancel);
        return await Compare(reader, store, tree, key, clock, cancel);
    }

    static async Task<Error?> Compare(System.Data.Common.DbConnection reader, ILogStore store, LogTree tree, NoteKey key, TimeProvider clock, CancellationToken cancel)
    {
        var size = tree.Held;
        LogHead? last = null;
        await using (var command = reader.Command("SELECT note, at, size FROM checkpoints ORDER BY size"))
        await using (var rows = await command.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                var previous = last?.Size ?? 0;
                last = LogHead.Stored(rows.GetString(0), rows.GetInt64(1));
                if (last is null || last.Size != rows.GetInt64(2))
                    return Tampered($"大小 {rows.GetInt64(2)} 的检查点被改动", $"the checkpoint of size {rows.GetInt64(2)} was changed", null);
                if (last.Size > size)
                    return Error.Conflict("log.truncated", $"日志丢失了末尾：检查点有 {last.Size} 条，实际 {size} 条，从第 {size} 条起缺失", $"The log lost its tail: a checkpoint states {last.Size} leaves, there are {size}; missing from leaf {size}", "请从见证方取回缺失部分，或恢复更新的备份", "Fetch the tail from the witnesses, or restore a later backup");
                if (!last.Checkpoint.Root.AsSpan().SequenceEqual(tree.Root(last.Size)))
                    return Tampered($"第 {previous}–{last.Size - 1} 条中有被改动的内容", $"one of the leaves {previous}–{last.Size - 1} was changed", previous);
            }
        }
        if (last is null && size == 0)
        {
            // A new log begins with a signed checkpoint of size 0, so that there is always one to show.
            var first = tree.Sign(clock.GetUtcNow().ToUnixTimeMilliseconds());
            await using var transaction = await store.Begin(cancel);
            await transaction.Execute("INSERT INTO checkpoints (size, note, at, cosigned) VALUES (0, @p0, @p1, 0)", first.Note, first.At);
            await transaction.Commit();
            last = first;
        }
        if (last is null || last.Size != size)
            return Tampered($"第 {last?.Size ?? 0} 条起没有签名的检查点", $"from leaf {last?.Size ?? 0} on there is no signed checkpoint", last?.Size ?? 0);
        // Only the last one's signature is checked here; `audit` checks them all.
        if (!Checkpoint.Verify(last.Note, key).Ok)
            return Error.Conflict("log.key", "日志的最后检查点不是本节点的日志密钥或名称所签", "The log's last checkpoint was not signed by this node's log key and origin", "请核对密钥库与日志是否属于同一节点", "Check that keystore and log belong to the same node");
        tree.Publish(last);
        return null;
    }

    public static Error Tampered(string what, string whatEn, long? index) => Error.Conflict(
        "log.tampered", $"日志被改动：{what}", $"The log was tampered with: {whatEn}",
        "请勿启动该节点；请从备份或见证方恢复并查明原因", "Do not start this node; restore it from a backup or its witnesses, and find out why") with
    { Where = index is null ? null : $"leaf {index}" };
}
