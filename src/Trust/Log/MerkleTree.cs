namespace Tongban.Trust;

/// <summary>
/// A growing Merkle tree (RFC 6962). Over every tile of 256 leaves (C2SP tlog-tiles) it keeps each hash, a quarter of a byte a leaf; within
/// tiles only of those that were not dropped (<see cref="DropBefore"/>). What a proof needs of a dropped tile is handed in with it. Appending
/// takes amortised constant and a proof logarithmic time. Not safe for concurrent use: the log holds a lock around it.
/// </summary>
public sealed class MerkleTree
{
    /// <summary>Leaves of a tile.</summary>
    public const int Tile = 1 << TileHeight;
    const int TileHeight = 8;

    readonly List<HashColumn> levels = [new(0)];

    public long Size => levels[0].Count;

    /// <summary>Appends a leaf by its hash (<see cref="Merkle.LeafHash"/>).</summary>
    public void Append(ReadOnlySpan<byte> leafHash)
    {
        levels[0].Add(leafHash);
        Carry(0);
    }

    /// <summary>Appends a whole tile of which only the root is known: it is as if it had been dropped.</summary>
    public void AppendTile(ReadOnlySpan<byte> root)
    {
        if (Size % Tile != 0)
            throw new InvalidOperationException("The tile before is not full");
        for (var level = 0; level < TileHeight; level++)
            Level(level).Pass(Tile >> level);
        Level(TileHeight).Add(root);
        Carry(TileHeight);
    }

    void Carry(int level)
    {
        for (; levels[level].Count % 2 == 0; level++)
        {
            var last = levels[level].Count - 1;
            Level(level + 1).Add(Merkle.NodeHash(levels[level][last - 1], levels[level][last]));
        }
    }

    HashColumn Level(int level)
    {
        if (level == levels.Count)
            levels.Add(new(level));
        return levels[level];
    }

    /// <summary>Forgets the leaves from a size on: a group whose transaction failed.</summary>
    public void Truncate(long size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Size);
        for (var level = 0; level < levels.Count; level++)
            levels[level].Truncate(size >> level);
    }

    /// <summary>Keeps no hash within the full tiles that lie before an index.</summary>
    public void DropBefore(long index)
    {
        for (var level = 0; level < Math.Min(TileHeight, levels.Count); level++)
            levels[level].DropBefore((index & -Tile) >> level);
    }

    /// <summary>How many full tiles there are.</summary>
    public long Tiles => Size / Tile;

    /// <summary>The root over a full tile's leaves.</summary>
    public ReadOnlySpan<byte> TileRoot(long tile) => levels[TileHeight][tile];

    /// <summary>Hashes of one level, side by side.</summary>
    public byte[] Hashes(int level, long from, int count)
    {
        var hashes = new byte[count * Merkle.HashSize];
        for (var i = 0; i < count; i++)
            levels[level][from + i].CopyTo(hashes.AsSpan(i * Merkle.HashSize));
        return hashes;
    }

    /// <summary>The tiles that were dropped and that a proof about these places or sizes needs.</summary>
    public IReadOnlyList<long> Dropped(params ReadOnlySpan<long> places)
    {
        var tiles = new List<long>(places.Length);
        foreach (var place in places)
        {
            if (place % Tile != 0 || place < Size)
            {
                var tile = place / Tile;
                if (!levels[0].Holds(tile * Tile) && tile < Tiles && !tiles.Contains(tile))
                    tiles.Add(tile);
            }
        }
        return tiles;
    }

    public byte[] Root() => Root(Size);

    /// <summary>The root the tree had at an earlier size.</summary>
    public byte[] Root(long size, TileHashes? dropped = null)
    {
        Within(size);
        return size == 0 ? Merkle.EmptyRoot : Range(0, size, dropped);
    }

    /// <summary>The audit path of a leaf in the tree of a size, from the leaf up.</summary>
    public byte[][] InclusionProof(long index, long size, TileHashes? dropped = null)
    {
        Within(size);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var proof = new List<byte[]>();
        var (from, to) = (0L, size);
        while (to - from > 1)
        {
            var middle = from + Split(to - from);
            if (index < middle)
            {
                proof.Add(Range(middle, to, dropped));
                to = middle;
            }
            else
            {
                proof.Add(Range(from, middle, dropped));
                from = middle;
            }
        }
        proof.Reverse();
        return [.. proof];
    }

    /// <summary>That the leaves [from, to) stand in the tree of a size.</summary>
    public RangeProof RangeProof(long from, long to, long size, TileHashes? dropped = null)
    {
        Within(size);
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(to, from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, size);
        return new(
            [.. Trust.RangeProof.Subtrees(0, from).Select(part => Range(part.From, part.To, dropped))],
            [.. Trust.RangeProof.Subtrees(to, size).Select(part => Range(part.From, part.To, dropped))]);
    }

    /// <summary>That the tree of the second size begins with the tree of the first; empty when the sizes are equal or the first is 0.</summary>
    public byte[][] ConsistencyProof(long firstSize, long secondSize, TileHashes? dropped = null)
    {
        Within(secondSize);
        ArgumentOutOfRangeException.ThrowIfNegative(firstSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstSize, secondSize);
        if (firstSize == 0)
            return [];
        var proof = new List<byte[]>();
        var (from, to, whole) = (0L, secondSize, true);
        while (firstSize < to)
        {
            var middle = from + Split(to - from);
            if (firstSize <= middle)
            {
                proof.Add(Range(middle, to, dropped));
                to = middle;
            }
            else
            {
                proof.Add(Range(from, middle, dropped));
                (from, whole) = (middle, false);
            }
        }
        if (!whole)
            proof.Add(Range(from, to, dropped));
        proof.Reverse();
        return [.. proof];
    }

    /// <summary>The root over leaves [from, to), where from is a multiple of the next power of two.</summary>
    byte[] Range(long from, long to, TileHashes? dropped)
    {
        var size = to - from;
        if (long.IsPow2(size))
        {
            var level = (int)long.Log2(size);
            if (levels[level].Holds(from >> level))
                return levels[level][from >> level].ToArray();
            if (level == 0)
                return dropped?.Leaf(from) ?? throw new InvalidOperationException($"The tile of leaf {from} was dropped and not handed in");
        }
        var middle = from + Split(size);
        return Merkle.NodeHash(Range(from, middle, dropped), Range(middle, to, dropped));
    }

    /// <summary>The largest power of two below a size.</summary>
    static long Split(long size) => 1L << (int)long.Log2(size - 1);

    void Within(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Size);
    }

    /// <summary>The hashes of one level side by side in blocks of one tile, so that growth copies nothing and no hash is an object.</summary>
    sealed class HashColumn(int level)
    {
        readonly int perBlock = level < TileHeight ? Tile >> level : Tile;
        readonly List<byte[]> blocks = [];

        /// <summary>Blocks that were dropped or never held.</summary>
        long first;

        public long Count { get; private set; }

        public bool Holds(long index) => index < Count && index >= first * perBlock;

        public ReadOnlySpan<byte> this[long index] => blocks[(int)((index / perBlock) - first)].AsSpan((int)(index % perBlock) * Merkle.HashSize, Merkle.HashSize);

        public void Add(ReadOnlySpan<byte> hash)
        {
            if ((Count / perBlock) - first == blocks.Count)
                blocks.Add(new byte[perBlock * Merkle.HashSize]);
            hash.CopyTo(blocks[(int)((Count / perBlock) - first)].AsSpan((int)(Count % perBlock) * Merkle.HashSize));
            Count++;
        }

        /// <summary>So many are there and are not held; what came before is not either.</summary>
        public void Pass(int count)
        {
            Count += count;
            first = Count / perBlock;
            blocks.Clear();
        }

        public void DropBefore(long index)
        {
            var gone = (int)Math.Clamp((index / perBlock) - first, 0, blocks.Count);
            blocks.RemoveRange(0, gone);
            first += gone;
        }

        public void Truncate(long count)
        {
            Count = count;
            var kept = (int)(((count + perBlock - 1) / perBlock) - first);
            if (kept < 0)
                throw new InvalidOperationException("What was dropped cannot be taken back");
            blocks.RemoveRange(kept, blocks.Count - kept);
        }
    }
}

/// <summary>Leaf hashes of tiles that a tree dropped, read again for one proof.</summary>
public sealed class TileHashes
{
    readonly Dictionary<long, byte[]> tiles = [];

    /// <summary>False when they are not the tile whose root that is.</summary>
    public bool Add(long tile, byte[] hashes, ReadOnlySpan<byte> root)
    {
        if (hashes.Length != MerkleTree.Tile * Merkle.HashSize)
            return false;
        var tree = new MerkleTree();
        for (var i = 0; i < MerkleTree.Tile; i++)
            tree.Append(hashes.AsSpan(i * Merkle.HashSize, Merkle.HashSize));
        if (!tree.TileRoot(0).SequenceEqual(root))
            return false;
        tiles[tile] = hashes;
        return true;
    }

    public byte[]? Leaf(long index) =>
        tiles.TryGetValue(index / MerkleTree.Tile, out var hashes) ? hashes[((int)(index % MerkleTree.Tile) * Merkle.HashSize)..][..Merkle.HashSize] : null;
}
