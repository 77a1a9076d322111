namespace Tongban.Trust;

/// <summary>
/// A growing Merkle tree (RFC 6962). It keeps the hash of every complete subtree, 64 bytes a leaf, so appending takes
/// amortised constant and a proof logarithmic time. Not safe for concurrent use: the log holds a lock around it.
/// </summary>
public sealed class MerkleTree
{
    readonly List<HashColumn> levels = [new()];

    public long Size => levels[0].Count;

    /// <summary>Appends a leaf by its hash (<see cref="Merkle.LeafHash"/>).</summary>
    public void Append(ReadOnlySpan<byte> leafHash)
    {
        levels[0].Add(leafHash);
        for (var level = 0; levels[level].Count % 2 == 0; level++)
        {
            if (level + 1 == levels.Count)
                levels.Add(new());
            var last = levels[level].Count - 1;
            levels[level + 1].Add(Merkle.NodeHash(levels[level][last - 1], levels[level][last]));
        }
    }

    /// <summary>Forgets the leaves from a size on: a group whose transaction failed.</summary>
    public void Truncate(long size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Size);
        for (var level = 0; level < levels.Count; level++)
            levels[level].Truncate(size >> level);
    }

    public ReadOnlySpan<byte> LeafHash(long index) => levels[0][index];

    public byte[] Root() => Root(Size);

    /// <summary>The root the tree had at an earlier size.</summary>
    public byte[] Root(long size)
    {
        Within(size);
        return size == 0 ? Merkle.EmptyRoot : Range(0, size);
    }

    /// <summary>The audit path of a leaf in the tree of a size, from the leaf up.</summary>
    public byte[][] InclusionProof(long index, long size)
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
                proof.Add(Range(middle, to));
                to = middle;
            }
            else
            {
                proof.Add(Range(from, middle));
                from = middle;
            }
        }
        proof.Reverse();
        return [.. proof];
    }

    /// <summary>That the tree of the second size begins with the tree of the first; empty when the sizes are equal or the first is 0.</summary>
    public byte[][] ConsistencyProof(long firstSize, long secondSize)
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
                proof.Add(Range(middle, to));
                to = middle;
            }
            else
            {
                proof.Add(Range(from, middle));
                (from, whole) = (middle, false);
            }
        }
        if (!whole)
            proof.Add(Range(from, to));
        proof.Reverse();
        return [.. proof];
    }

    /// <summary>The root over leaves [from, to), where from is a multiple of the next power of two.</summary>
    byte[] Range(long from, long to)
    {
        var size = to - from;
        if (long.IsPow2(size))
        {
            var level = (int)long.Log2(size);
            return levels[level][from >> level].ToArray();
        }
        var middle = from + Split(size);
        return Merkle.NodeHash(Range(from, middle), Range(middle, to));
    }

    /// <summary>The largest power of two below a size.</summary>
    static long Split(long size) => 1L << (int)long.Log2(size - 1);

    void Within(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Size);
    }

    /// <summary>Hashes side by side in blocks, so that growth copies nothing and no hash is an object.</summary>
    sealed class HashColumn
    {
        const int PerBlock = 1024;

        readonly List<byte[]> blocks = [];

        public long Count { get; private set; }

        public ReadOnlySpan<byte> this[long index] => blocks[(int)(index / PerBlock)].AsSpan((int)(index % PerBlock) * Merkle.HashSize, Merkle.HashSize);

        public void Add(ReadOnlySpan<byte> hash)
        {
            if (Count / PerBlock == blocks.Count)
                blocks.Add(new byte[PerBlock * Merkle.HashSize]);
            hash.CopyTo(blocks[(int)(Count / PerBlock)].AsSpan((int)(Count % PerBlock) * Merkle.HashSize));
            Count++;
        }

        public void Truncate(long count)
        {
            Count = count;
            var kept = (int)((count + PerBlock - 1) / PerBlock);
            blocks.RemoveRange(kept, blocks.Count - kept);
        }
    }
}
