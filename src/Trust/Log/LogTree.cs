using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// The tree in memory with the head that readers may see. The writer extends it before its commit and publishes after;
/// readers are given nothing beyond what is published.
/// </summary>
sealed class LogTree(string origin, NodeKey key)
{
    readonly Lock gate = new();
    readonly MerkleTree tree = new();
    volatile LogHead? head;

    /// <summary>The head that is durable.</summary>
    public LogHead Head => head ?? throw new InvalidOperationException("The log is not open");

    public long Published => head?.Size ?? 0;

    public LogHead Extend(IReadOnlyList<NewLeaf> leaves, long at)
    {
        lock (gate)
        {
            foreach (var leaf in leaves)
                tree.Append(leaf.Hash);
            return Sign(at);
        }
    }

    public LogHead Sign(long at)
    {
        lock (gate)
        {
            var checkpoint = new Checkpoint(origin, tree.Size, tree.Root());
            return new(checkpoint, checkpoint.Sign(key).ToString(), at);
        }
    }

    public void Publish(LogHead newest) => head = newest;

    /// <summary>Back to what is published: the group's transaction failed.</summary>
    public void Forget()
    {
        lock (gate)
            tree.Truncate(Math.Min(Published, tree.Size));
    }

    public void Append(ReadOnlySpan<byte> leafHash)
    {
        lock (gate)
            tree.Append(leafHash);
    }

    /// <summary>Leaves in memory, published or not.</summary>
    public long Held
    {
        get
        {
            lock (gate)
                return tree.Size;
        }
    }

    public byte[] Root(long size)
    {
        lock (gate)
            return tree.Root(size);
    }

    public Result<byte[][]> Inclusion(long index, long size)
    {
        if (size > Published || index < 0 || index >= size)
            return OutOfRange();
        lock (gate)
            return tree.InclusionProof(index, size);
    }

    public Result<byte[][]> Consistency(long first, long second)
    {
        if (second > Published || first < 0 || first > second)
            return OutOfRange();
        lock (gate)
            return tree.ConsistencyProof(first, second);
    }

    /// <summary>Reads what was committed although the writer was told otherwise, so that memory and rows agree again.</summary>
    public async Task CatchUp(ILogStore store, NonceMemory nonces, long now)
    {
        Forget();
        await store.Reload(CancellationToken.None);
        await store.Settle(CancellationToken.None);
        await using var reader = await store.OpenReader(CancellationToken.None);
        await using (var command = reader.Command("SELECT leaf_hash, nonce_key, nonce, nonce_until FROM leaves WHERE idx >= @p0 ORDER BY idx", Published))
        await using (var rows = await command.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync())
            {
                Append((byte[])rows[0]);
                nonces.Read(rows, 1, now);
            }
        }
        await nonces.ReadAlone(reader, now, CancellationToken.None);
        await using var last = reader.Command("SELECT note, at FROM checkpoints ORDER BY size DESC LIMIT 1");
        await using var row = await last.ExecuteReaderAsync();
        if (!await row.ReadAsync() || LogHead.Stored(row.GetString(0), row.GetInt64(1)) is not { } newest || !newest.Checkpoint.Root.AsSpan().SequenceEqual(Root(newest.Size)))
            throw new InvalidDataException($"The rows of the log {origin} do not agree with its last checkpoint");
        Publish(newest);
    }

    static Error OutOfRange() => Error.NotFound("log.out-of-range", "日志中没有这个位置", "The log has no such position");
}
