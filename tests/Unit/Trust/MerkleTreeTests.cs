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
