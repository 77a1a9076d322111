using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// The tree with the head that readers may see. The writer extends it before its commit and publishes after;
/// readers are given nothing beyond what is published.
/// </summary>
sealed class LogTree(string origin, NodeKey key)
{
    readonly Lock gate = new();
    readonly MerkleTree tree = new();
    volatile LogHead? head;
    string origin = origin;

    /// <summary>The name that checkpoints are signed under from now on.</summary>
    public string Origin
    {
        get
        {
            lock (gate)
                return origin;
        }
        set
        {
            lock (gate)
                origin = value;
        }
    }

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

    public Task<Result<byte[][]>> Inclusion(long index, long size, ReadTile read) =>
        size > Published || index < 0 || index >= size ? Task.FromResult<Result<byte[][]>>(OutOfRange()) : Prove(read, [index, size], dropped => tree.InclusionProof(index, size, dropped));

    public Task<Result<RangeProof>> Range(long from, long to, long size, ReadTile read) =>
        size > Published || from < 0 || to <= from || to > size ? Task.FromResult<Result<RangeProof>>(OutOfRange()) : Prove(read, [from, to, size], dropped => tree.RangeProof(from, to, size, dropped));

    public Task<Result<byte[][]>> Consistency(long first, long second, ReadTile read) =>
        second > Published || first < 0 || first > second ? Task.FromResult<Result<byte[][]>>(OutOfRange()) : Prove(read, [first, second], dropped => tree.ConsistencyProof(first, second, dropped));

    /// <summary>Reads the leaf hashes of a full tile from the rows.</summary>
    public delegate Task<byte[]> ReadTile(long tile);

    /// <summary>What was dropped is read without the lock; more may be dropped meanwhile, then it is read too.</summary>
    async Task<Result<T>> Prove<T>(ReadTile read, long[] places, Func<TileHashes, T> prove)
    {
        var hashes = new TileHashes();
        var have = new HashSet<long>();
        while (true)
        {
            var wanted = new List<(long Tile, byte[] Root)>();
            lock (gate)
            {
                foreach (var tile in tree.Dropped(places))
                {
                    if (have.Add(tile))
                        wanted.Add((tile, tree.TileRoot(tile).ToArray()));
                }
                if (wanted.Count == 0)
                    return prove(hashes);
            }
            foreach (var (tile, root) in wanted)
            {
                if (!hashes.Add(tile, await read(tile), root))
                    return LogRebuild.Tampered($"第 {tile * MerkleTree.Tile}–{(tile * MerkleTree.Tile) + MerkleTree.Tile - 1} 条中有被改动的内容", $"one of the leaves {tile * MerkleTree.Tile}–{(tile * MerkleTree.Tile) + MerkleTree.Tile - 1} was changed", tile * MerkleTree.Tile);
            }
        }
    }

    /// <summary>Leaves that lie in their tables need not stay in memory; the last few thousand are asked for most.</summary>
    public void Drop(long pending)
    {
        lock (gate)
            tree.DropBefore(Math.Max(0, Published - pending - Recent));
    }

    const int Recent = 16 * MerkleTree.Tile;

    /// <summary>Roots of full tiles, from one on, over leaves before an index.</summary>
    public List<(long Tile, byte[] Root)> TileRoots(long from, long before, int most)
    {
        lock (gate)
        {
            var roots = new List<(long, byte[])>();
            for (var tile = from; roots.Count < most && tile < Math.Min(tree.Tiles, before / MerkleTree.Tile); tile++)
                roots.Add((tile, tree.TileRoot(tile).ToArray()));
            return roots;
        }
    }

    /// <summary>A tile whose root was stored.</summary>
    public void AppendTile(ReadOnlySpan<byte> root)
    {
        lock (gate)
            tree.AppendTile(root);
        StoredTiles++;
    }

    /// <summary>How many roots of tiles are in their table, for certain.</summary>
    public long StoredTiles { get; set; }

    /// <summary>Reads what was committed although the writer was told otherwise, so that memory and rows agree again.</summary>
    public async Task CatchUp(ILogStore store, NonceMemory nonces, long now)
    {
        Forget();
        await store.Reload(CancellationToken.None);
        store.Settled(await store.Settle(CancellationToken.None));
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

    /// <summary>Of a level above the leaves' tiles; they are all here.</summary>
    public byte[] Tile(int level, long number, int width)
    {
        lock (gate)
            return tree.Hashes(8 * level, number * MerkleTree.Tile, width);
    }

    public static Error OutOfRange() => Error.NotFound("log.out-of-range", "日志中没有这个位置", "The log has no such position");
}
