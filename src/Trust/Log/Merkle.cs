using System.Security.Cryptography;

namespace Tongban.Trust;

/// <summary>The hashes and proof checks of RFC 6962, section 2.1 (verification as in RFC 9162, sections 2.1.3 and 2.1.4).</summary>
public static class Merkle
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashSize = SHA256.HashSizeInBytes;

    /// <summary>The root of the empty tree: SHA-256 of nothing.</summary>
    public static byte[] EmptyRoot => SHA256.HashData([]);

    /// <summary>SHA-256(0x00 ‖ data).</summary>
    public static byte[] LeafHash(ReadOnlySpan<byte> data)
    {
        var hash = new byte[HashSize];
        HashOf([0], data, hash);
        return hash;
    }

    /// <summary>SHA-256(first ‖ second).</summary>
    internal static void HashOf(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> hash) => LibCrypto.Sha256(first, second, hash);

    /// <summary>SHA-256(0x01 ‖ left ‖ right).</summary>
    public static byte[] NodeHash(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> both = stackalloc byte[1 + HashSize * 2];
        both[0] = 1;
        left.CopyTo(both[1..]);
        right.CopyTo(both[(1 + HashSize)..]);
        var hash = new byte[HashSize];
        LibCrypto.Sha256(both, [], hash);
        return hash;
    }

    /// <summary>Whether a leaf stands at an index of the tree of a size and root. False for anything out of range or of the wrong length.</summary>
    public static bool VerifyInclusion(long index, long size, ReadOnlySpan<byte> leafHash, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= size || leafHash.Length != HashSize || !AllHashes(proof))
            return false;
        var (node, last, hash) = (index, size - 1, leafHash.ToArray());
        foreach (var sibling in proof)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = NodeHash(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                    (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                hash = NodeHash(hash, sibling);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        return last == 0 && root.SequenceEqual(hash);
    }

    /// <summary>
    /// Whether the tree of the second size begins with the tree of the first. The empty tree proves nothing, so a first size
    /// of 0 is false; equal sizes need equal roots and an empty proof.
    /// </summary>
    public static bool VerifyConsistency(long firstSize, long secondSize, ReadOnlySpan<byte> firstRoot, ReadOnlySpan<byte> secondRoot, IReadOnlyList<byte[]> proof)
    {
        if (firstSize <= 0 || secondSize < firstSize || firstRoot.Length != HashSize || secondRoot.Length != HashSize || !AllHashes(proof))
            return false;
        if (firstSize == secondSize)
            return proof.Count == 0 && firstRoot.SequenceEqual(secondRoot);
        if (proof.Count == 0)
            return false;
        var (node, last) = (firstSize - 1, secondSize - 1);
        while ((node & 1) == 1)
            (node, last) = (node >> 1, last >> 1);
        // A first size that is a power of two is itself the first subtree, and its root is not sent.
        var at = long.IsPow2(firstSize) ? 0 : 1;
        var first = at == 0 ? firstRoot.ToArray() : proof[0];
        var second = first;
        for (; at < proof.Count; at++)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                first = NodeHash(proof[at], first);
                second = NodeHash(proof[at], second);
                while ((node & 1) == 0 && node != 0)
                    (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                second = NodeHash(second, proof[at]);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        return last == 0 && firstRoot.SequenceEqual(first) && secondRoot.SequenceEqual(second);
    }

    static bool AllHashes(IReadOnlyList<byte[]> proof)
    {
        foreach (var hash in proof)
        {
            if (hash.Length != HashSize)
                return false;
        }
        return true;
    }
}
