using System.Text;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Integration.Trust;

/// <summary>C2SP tlog-witness: what a witness refuses, and that it remembers over a restart.</summary>
public sealed class WitnessTests : IAsyncLifetime
{
    static readonly NodeKey LogKey = SignatureSuites.Ed25519.Generate();
    static readonly NodeKey WitnessKey = SignatureSuites.Ed25519.Generate();
    static readonly NoteKey Log = NoteKey.Of("a/log", LogKey.Public);
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    readonly TestDatabase database = TestDatabase.Sqlite();
    Witness witness = null!;

    public async ValueTask InitializeAsync() => witness = await Witness.Open(database.Options, "w", WitnessKey, TimeProvider.System, cancel: Cancel);

    public async ValueTask DisposeAsync()
    {
        await witness.DisposeAsync();
        await database.DisposeAsync();
    }

    static MerkleTree Tree(int size, string kind = "leaf")
    {
        var tree = new MerkleTree();
        for (var i = 0; i < size; i++)
            tree.Append(Merkle.LeafHash(Encoding.ASCII.GetBytes($"{kind} {i}")));
        return tree;
    }

    static WitnessRequest Request(MerkleTree tree, long oldSize, NodeKey? key = null) => new(
        oldSize,
        oldSize <= tree.Size ? tree.ConsistencyProof(oldSize, tree.Size) : [],
        new Checkpoint("a/log", tree.Size, tree.Root()).Sign(key ?? LogKey).ToString());

    async Task<string?> Refusal(WitnessRequest request) => (await witness.Cosign(request, Log, Cancel)).Error?.Code;

    [Fact]
    public async Task It_cosigns_growth_and_the_same_again()
    {
        foreach (var (from, to) in new[] { (0, 3), (3, 3), (3, 7), (7, 64) })
        {
            var request = Request(Tree(to), from);
            var line = await witness.Cosign(request, Log, Cancel);
            Assert.True(line.Ok, line.Error?.ToString());
            Assert.True(SignedNote.Parse(request.Note + line.Value + "\n").Value.HoldsFor(witness.Key));
        }
    }

    [Fact]
    public async Task It_refuses_roll_back_fork_and_strangers_even_after_a_restart()
    {
        Assert.Null(await Refusal(Request(Tree(10), 0)));
        await witness.DisposeAsync();
        witness = await Witness.Open(database.Options, "w", WitnessKey, TimeProvider.System, cancel: Cancel);

        Assert.Equal(10, (await witness.Last("a/log", Cancel))!.Size);
        Assert.Equal("witness.rollback", await Refusal(Request(Tree(9), 9)));
        Assert.Equal("witness.fork", await Refusal(Request(Tree(10, "other"), 10)));
        Assert.Equal("witness.fork", await Refusal(Request(Tree(12, "other"), 10)));
        Assert.Equal("witness.fork", await Refusal(Request(Tree(12), 10) with { Proof = [] }));
        Assert.Equal("checkpoint.signature", await Refusal(Request(Tree(12), 10, SignatureSuites.Ed25519.Generate())));
        var stale = await witness.Cosign(Request(Tree(12), 5), Log, Cancel);
        Assert.Equal(("witness.stale", "10"), (stale.Error?.Code, stale.Error?.Where));
        Assert.Equal("note.malformed", await Refusal(new WitnessRequest(10, [], "x")));

        // None of that moved it.
        Assert.Null(await Refusal(Request(Tree(12), 10)));
    }

    [Fact]
    public async Task What_it_keeps_of_a_log_that_shows_forks_for_ever_is_bounded()
    {
        Assert.Null(await Refusal(Request(Tree(10), 0)));
        for (var round = 0; round < 3; round++)
            Assert.Equal("witness.fork", await Refusal(Request(Tree(12, "the same"), 10)));
        Assert.Equal(1, await Refusals());
        for (var fork = 0; fork < 150; fork++)
            Assert.Equal("witness.fork", await Refusal(Request(Tree(11, $"fork {fork}"), 10)));
        Assert.Equal(100, await Refusals());
    }

    async Task<long> Refusals()
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={database.Options.Connection};Pooling=false");
        await connection.OpenAsync(Cancel);
        await using var count = connection.CreateCommand();
        count.CommandText = "SELECT count(*) FROM witness_refusals";
        return (long)(await count.ExecuteScalarAsync(Cancel))!;
    }

    [Fact]
    public async Task Of_two_forks_shown_at_once_one_is_cosigned()
    {
        Assert.Null(await Refusal(Request(Tree(4), 0)));
        var a = Tree(4);
        var b = Tree(4);
        a.Append(Merkle.LeafHash("a"u8));
        b.Append(Merkle.LeafHash("b"u8));
        var answers = await Task.WhenAll(witness.Cosign(Request(a, 4), Log, Cancel), witness.Cosign(Request(b, 4), Log, Cancel));
        Assert.Single(answers, answer => answer.Ok);
    }
}
