using System.Text;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

public sealed class MerkleTreeTests
{
    static byte[] Leaf(int i) => Merkle.LeafHash(Encoding.ASCII.GetBytes($"leaf {i}"));

    static MerkleTree Tree(int size)
    {
        var tree = new MerkleTree();
        for (var i = 0; i < size; i++)
            tree.Append(Leaf(i));
        return tree;
    }

    /// <summary>RFC 6962, 2.1, as it is written there.</summary>
    static byte[] Root(ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length <= 1)
            return leaves.Length == 0 ? Merkle.EmptyRoot : leaves[0];
        var k = 1;
        while (k * 2 < leaves.Length)
            k *= 2;
        return Merkle.NodeHash(Root(leaves[..k]), Root(leaves[k..]));
    }

    [Fact]
    public void RFC_6962_2_1_every_root_up_to_130_leaves_is_that_of_the_definition()
    {
        var leaves = Enumerable.Range(0, 130).Select(Leaf).ToArray();
        var tree = Tree(130);
        for (var size = 0; size <= 130; size++)
            Assert.Equal(Root(leaves.AsSpan(0, size)), tree.Root(size));
    }

    [Fact]
    public void RFC_6962_2_1_1_every_inclusion_proof_holds_and_no_other_leaf_does()
    {
        var tree = Tree(70);
        for (var size = 1; size <= 70; size++)
        {
            var root = tree.Root(size);
            for (var index = 0; index < size; index++)
            {
                var proof = tree.InclusionProof(index, size);
                Assert.True(Merkle.VerifyInclusion(index, size, Leaf(index), proof, root));
                Assert.False(Merkle.VerifyInclusion(index, size, Leaf(index + 1), proof, root));
                Assert.False(Merkle.VerifyInclusion((index + 1) % size, size, Leaf(index), proof, root) && size > 1);
            }
        }
    }

    [Fact]
    public void Leaves_side_by_side_stand_in_the_tree_and_nowhere_else_and_no_others_do()
    {
        var tree = Tree(40);
        for (var size = 1; size <= 40; size++)
        {
            var root = tree.Root(size);
            for (var from = 0; from < size; from++)
            {
                for (var to = from + 1; to <= size; to++)
                {
                    var proof = tree.RangeProof(from, to, size);
                    var leaves = Enumerable.Range(from, to - from).Select(Leaf).ToList();
                    Assert.Equal(root, proof.Root(from, leaves, size));
                    Assert.NotEqual(root, proof.Root(from, [.. leaves.Skip(1), Leaf(99)], size));
                    Assert.True(leaves.Count < 2 || !root.AsSpan().SequenceEqual(proof.Root(from, [.. leaves.AsEnumerable().Reverse()], size)));
                    foreach (var elsewhere in (int[])[from - 1, from + 1, from ^ 1, 0, size - leaves.Count])
                        Assert.True(elsewhere == from || !root.AsSpan().SequenceEqual(proof.Root(elsewhere, leaves, size)));
                    Assert.Null((proof with { Behind = [.. proof.Behind, root] }).Root(from, leaves, size));
                    Assert.Null((proof with { Before = [.. proof.Before, root] }).Root(from, leaves, size));
                    if (proof.Before.Count > 0)
                        Assert.Null((proof with { Before = [.. proof.Before.Skip(1)] }).Root(from, leaves, size));
                    // One path is as long as the longest of those it stands for, and that of the last on its other side.
                    Assert.True(proof.Before.Count + proof.Behind.Count <= 2 * 6);
                }
            }
        }
        Assert.Null(tree.RangeProof(0, 1, 1).Root(0, [], 1));
        Assert.Null(tree.RangeProof(0, 1, 1).Root(0, [new byte[31]], 1));
    }

    [Fact]
    public void RFC_6962_2_1_2_every_consistency_proof_holds_and_not_for_another_past()
    {
        var tree = Tree(70);
        for (var second = 1; second <= 70; second++)
        {
            for (var first = 1; first <= second; first++)
            {
                var proof = tree.ConsistencyProof(first, second);
                Assert.True(Merkle.VerifyConsistency(first, second, tree.Root(first), tree.Root(second), proof), $"{first} → {second}");
                Assert.False(Merkle.VerifyConsistency(first, second, Leaf(1000), tree.Root(second), proof));
                Assert.False(Merkle.VerifyConsistency(first, second, tree.Root(first), Leaf(1000), proof));
            }
        }
    }

    static byte[] Hashes(long tile) => [.. Enumerable.Range((int)tile * MerkleTree.Tile, MerkleTree.Tile).SelectMany(Leaf)];

    static TileHashes Read(MerkleTree tree, params long[] places)
    {
        var read = new TileHashes();
        foreach (var tile in tree.Dropped(places))
            Assert.True(read.Add(tile, Hashes(tile), tree.TileRoot(tile)));
        return read;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_tree_without_its_old_tiles_gives_the_same_roots_and_proofs(bool neverHadThem)
    {
        const int size = (6 * MerkleTree.Tile) + 77;
        var whole = Tree(size);
        var tree = neverHadThem ? new MerkleTree() : Tree(size);
        if (neverHadThem)
        {
            for (var tile = 0; tile < 5; tile++)
                tree.AppendTile(whole.TileRoot(tile));
            for (var i = 5 * MerkleTree.Tile; i < size; i++)
                tree.Append(Leaf(i));
        }
        else
        {
            tree.DropBefore(5 * MerkleTree.Tile);
        }
        Assert.Equal(size, tree.Size);
        Assert.Equal(whole.Root(), tree.Root());
        Assert.Equal([0, 4], tree.Dropped(0, 255, 4 * MerkleTree.Tile, 5 * MerkleTree.Tile, size));
        var random = new Random(7);
        for (var i = 0; i < 400; i++)
        {
            var second = i < 8 ? (i % 7 + 1) * MerkleTree.Tile - (i / 7) : random.Next(1, size + 1);
            second = Math.Min(second, size);
            var (index, first) = (random.Next(second), random.Next(1, second + 1));
            Assert.Equal(whole.Root(second), tree.Root(second, Read(tree, second)));
            Assert.Equal(whole.InclusionProof(index, second), tree.InclusionProof(index, second, Read(tree, index, second)));
            Assert.Equal(whole.ConsistencyProof(first, second), tree.ConsistencyProof(first, second, Read(tree, first, second)));
        }
        for (var i = size; i < size + 300; i++)
        {
            tree.Append(Leaf(i));
            whole.Append(Leaf(i));
        }
        Assert.Equal(whole.Root(), tree.Root());
        tree.Truncate(size);
        whole.Truncate(size);
        Assert.Equal(whole.Root(), tree.Root());
        // Hashes that are not the tile's are not taken.
        Assert.False(new TileHashes().Add(1, Hashes(2), tree.TileRoot(1)));
        Assert.False(new TileHashes().Add(1, Hashes(1)[32..], tree.TileRoot(1)));
    }

    [Fact]
    public void A_truncated_tree_grows_again_as_if_nothing_had_been()
    {
        for (var cut = 0; cut <= 33; cut++)
        {
            var tree = Tree(33);
            tree.Truncate(cut);
            Assert.Equal(Tree(cut).Root(), tree.Root());
            for (var i = cut; i < 40; i++)
                tree.Append(Leaf(i));
            Assert.Equal(Tree(40).Root(), tree.Root());
        }
    }
}
