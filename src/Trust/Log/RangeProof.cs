using System.Numerics;

namespace Tongban.Trust;

/// <summary>
/// That leaves which follow one another stand in a tree: the roots over what lies before and behind them, in the fewest whole subtrees. With one
/// leaf it is no larger than an audit path; with many it is hardly larger, where each would have a path of its own.
/// </summary>
/// <param name="Before">From the left.</param>
/// <param name="Behind">From the left.</param>
public sealed record RangeProof(IReadOnlyList<byte[]> Before, IReadOnlyList<byte[]> Behind)
{
    /// <summary>Whole subtrees (from, to), in order, the fewest that cover [from, to): each as large as its place and what is left allow.</summary>
    internal static IEnumerable<(long From, long To)> Subtrees(long from, long to)
    {
        while (from < to)
        {
            var left = 1L << BitOperations.Log2((ulong)(to - from));
            var place = from == 0 ? left : from & -from;
            var size = Math.Min(left, place);
            yield return (from, from + size);
            from += size;
        }
    }

    /// <summary>The root of the tree of a size in which these leaves stand from an index on; null when the proof is not one for that.</summary>
    public byte[]? Root(long first, IReadOnlyList<byte[]> leafHashes, long size)
    {
        if (first < 0 || leafHashes.Count == 0 || size > long.MaxValue >> 1 || first > size - leafHashes.Count)
            return null;
        var end = first + leafHashes.Count;
        // Whole subtrees from the left, each with how many leaves it has; two of one size that belong together are joined as they meet.
        var nodes = new List<(long Leaves, byte[] Hash)>();
        if (!Add(nodes, Before, 0, first))
            return null;
        for (var i = 0; i < leafHashes.Count; i++)
        {
            if (leafHashes[i].Length != Merkle.HashSize)
                return null;
            Add(nodes, first + i, 1, leafHashes[i]);
        }
        return Add(nodes, Behind, end, size) ? Fold(nodes) : null;
    }

    static bool Add(List<(long Leaves, byte[] Hash)> nodes, IReadOnlyList<byte[]> hashes, long from, long to)
    {
        var at = 0;
        foreach (var (begin, end) in Subtrees(from, to))
        {
            if (at == hashes.Count || hashes[at].Length != Merkle.HashSize)
                return false;
            Add(nodes, begin, end - begin, hashes[at++]);
        }
        return at == hashes.Count;
    }

    static void Add(List<(long Leaves, byte[] Hash)> nodes, long from, long leaves, byte[] hash)
    {
        // A right-hand child: its left-hand sibling was added just before.
        while ((from & leaves) != 0)
        {
            hash = Merkle.NodeHash(nodes[^1].Hash, hash);
            nodes.RemoveAt(nodes.Count - 1);
            from -= leaves;
            leaves <<= 1;
        }
        nodes.Add((leaves, hash));
    }

    static byte[] Fold(List<(long Leaves, byte[] Hash)> nodes)
    {
        var root = nodes[^1].Hash;
        for (var i = nodes.Count - 2; i >= 0; i--)
            root = Merkle.NodeHash(nodes[i].Hash, root);
        return root;
    }
}

/// <summary>Leaves that follow one another, with the checkpoint over them and the proof between the two.</summary>
public sealed record LoggedRange(LogHead Head, long First, RangeProof Proof);
