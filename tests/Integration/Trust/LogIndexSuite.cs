using System.Text.Json.Nodes;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Integration.Trust;

public sealed class LogIndexOnSqlite : LogIndexSuite
{
    protected override ValueTask<TestDatabase> Database() => ValueTask.FromResult(TestDatabase.Sqlite());
}

public sealed class LogIndexOnPostgres : LogIndexSuite
{
    protected override async ValueTask<TestDatabase> Database()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        return await TestDatabase.Postgres();
    }
}

/// <summary>The index of persons of a log under another key: leaves stay, everybody is found, an audit sees every change.</summary>
public abstract class LogIndexSuite : IAsyncLifetime
{
    const string Origin = "CN-YRD/340000/log";
    const int Leaves = 450;

    static readonly NodeKey Key = SignatureSuites.Ed25519.Generate();
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    readonly string folder = Directory.CreateTempSubdirectory("tongban-logindex-").FullName;
    TestDatabase database = null!;
    Keystore keys = null!;

    protected abstract ValueTask<TestDatabase> Database();

    Vault Vault => keys.Vault;

    public async ValueTask InitializeAsync()
    {
        database = await Database();
        keys = Keystore.Create(Path.Combine(folder, "keys"), "pass", 1000).Value;
    }

    public async ValueTask DisposeAsync()
    {
        if (database is not null)
            await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    async Task<TransparencyLog> Open() => (await TransparencyLog.Open(database.Options, Origin, Key, TimeProvider.System, cancel: Cancel)).Value;

    string Person(int n) => Vault.BlindIndex("person", $"number {n}");

    /// <summary>As the node makes it: in the form that is written now.</summary>
    LogEntry About(int n, string reference) => LogEntry.Of(reference, "test.happened", new JsonObject { ["n"] = n }, about: Vault.Written(Person(n)));

    async Task Fill(TransparencyLog log)
    {
        for (var i = 0; i < Leaves; i++)
            Assert.True((await log.Append(About(i % 30, $"ref-{i}"), Cancel)).Ok);
        // One that is about two, one that is about nobody, one whose salts are gone.
        var (a, b) = (Person(1), Person(2));
        var named = Commitment.Make(LogEntry.Named([a, b]));
        await log.Append(new LogEntry("both", System.Text.Encoding.UTF8.GetBytes($$"""{"about":"{{named.Value}}","kind":"test","ref":"both","v":1}""")) { Subjects = [a, b], Salts = [new LogSalt(LogEntry.About, named.Salt), new LogSalt("other", [7])] }, Cancel);
        await log.Append(LogEntry.Of("nobody", "test.happened", []), Cancel);
        await log.EraseSalts([3], "person", "test", Cancel);
    }

    async Task<LogAudit> Audit(IVault? vault) => await TransparencyLog.Audit(database.Options, NoteKey.Of(Origin, Key.Public), vault: vault, cancel: Cancel);

    async Task AssertClean(IVault? vault)
    {
        var audit = await Audit(vault);
        Assert.True(audit.Clean, string.Join("; ", audit.Findings.Where(f => !f.Ok).Select(f => f.Words.En)));
    }

    async Task<long> Found(TransparencyLog log, int person) => (await log.BySubject(Vault.Forms(Person(person)), count: 1000, cancel: Cancel)).Count;

    [Fact]
    public async Task Everybody_is_found_before_amid_and_after_and_the_leaves_are_what_they_were()
    {
        await using var log = await Open();
        await Fill(log);
        var (root, salts) = (log.Head.Checkpoint.Root, await log.Salts(5, Cancel));
        Assert.Equal(16, await Found(log, 1));
        keys.RotateIndex(DateTimeOffset.UtcNow);
        Assert.Equal(16, await Found(log, 1));
        Assert.Equal(Leaves + 1, (await TransparencyLog.UnderKeys(database.Options, Vault, cancel: Cancel)).Older);
        Assert.True(await TransparencyLog.AnyOlder(database.Options, Vault, cancel: Cancel));

        // Stopped in the midst, with appends beside it.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await log.Reindex(Vault, _ => stop.Cancel(), stop.Token));
        var amid = await TransparencyLog.UnderKeys(database.Options, Vault, cancel: Cancel);
        Assert.InRange(amid.Older, 1, Leaves);
        Assert.Equal(16, await Found(log, 1));
        await log.Append(About(1, "amid"), Cancel);
        Assert.Equal(17, await Found(log, 1));
        await AssertClean(Vault);

        Assert.Equal(amid.Older, (await log.Reindex(Vault, _ => { }, Cancel)).Value);
        Assert.Equal(0, (await log.Reindex(Vault, _ => { }, Cancel)).Value);
        Assert.Equal(0, (await TransparencyLog.UnderKeys(database.Options, Vault, cancel: Cancel)).Older);
        Assert.False(await TransparencyLog.AnyOlder(database.Options, Vault, cancel: Cancel));
        Assert.True(keys.RetireIndex("i1", TimeSpan.Zero).Ok);
        Assert.Equal((17, 16, 15), (await Found(log, 1), await Found(log, 2), await Found(log, 7)));
        var proof = (await log.Consistency(Leaves + 3, Leaves + 4, Cancel)).Value;
        Assert.True(Merkle.VerifyConsistency(Leaves + 3, Leaves + 4, root, log.Head.Checkpoint.Root, proof));

        // With the keystore an audit opens what is sealed, without it it says that it could not.
        await AssertClean(Vault);
        await AssertClean(null);
        Assert.Contains("is sealed", (await Audit(null)).Findings.Single(f => f.Step == "persons").Words.En, StringComparison.Ordinal);
        // Nothing that the old key could be tried against is left in the clear.
        var now = await log.Salts(5, Cancel);
        Assert.Equal([LogAbout.Sealed], now.Select(s => s.Name));
        Assert.Equal([LogEntry.About], salts.Select(s => s.Name));
        Assert.Equal(["other", LogAbout.Sealed], (await log.Salts(Leaves, Cancel)).Select(s => s.Name));
        Assert.Empty(await log.Salts(3, Cancel));
        var about = StatedIn((await log.Leaves(5, 1, Cancel))[0]);
        Assert.True(LogAbout.Is(about, now, 5, Person(5), Vault));
        Assert.False(LogAbout.Is(about, now, 5, Person(6), Vault));
        // Moved to another leaf, what is sealed opens nothing.
        Assert.False(LogAbout.Is(about, now, 35, Person(5), Vault));
        Assert.Equal(1, (await log.EraseSalts([5], "person", "test", Cancel)).Value);
        Assert.False(LogAbout.Is(about, await log.Salts(5, Cancel), 5, Person(5), Vault));
        await AssertClean(Vault);
    }

    static string StatedIn(LogLeaf leaf) => JsonNode.Parse(leaf.Data)![LogEntry.About]!.ToString();

    [Fact]
    public async Task A_second_change_of_the_key_and_of_the_envelope_leave_it_whole()
    {
        await using var log = await Open();
        await Fill(log);
        foreach (var old in new[] { "i1", "i2" })
        {
            keys.RotateIndex(DateTimeOffset.UtcNow);
            Assert.InRange((await log.Reindex(Vault, _ => { }, Cancel)).Value, Leaves, Leaves + 10);
            Assert.True(keys.RetireIndex(old, TimeSpan.Zero).Ok);
            await log.Append(About(1, $"after {old}"), Cancel);
        }
        Assert.Equal(18, await Found(log, 1));
        keys.RotateEnvelope(SealCipher.Sm4);
        var sealedWith = (await TransparencyLog.UnderKeys(database.Options, Vault, cancel: Cancel)).Sealed;
        Assert.Equal(Leaves + 1, sealedWith["k1"]);
        Assert.Equal(sealedWith["k1"], (await log.Reseal(Vault, Cancel)).Value);
        Assert.Equal(["k2"], (await TransparencyLog.UnderKeys(database.Options, Vault, cancel: Cancel)).Sealed.Keys);
        Assert.Equal(0, (await log.Reseal(Vault, Cancel)).Value);
        Assert.True(keys.RetireEnvelope("k1", TimeSpan.Zero).Ok);
        await AssertClean(Vault);
    }

    [Theory]
    [InlineData("UPDATE subjects SET subject = (SELECT subject FROM subjects WHERE idx = 11) WHERE idx = 10")]
    [InlineData("DELETE FROM subjects WHERE idx = 10")]
    [InlineData("UPDATE leaves SET salts = (SELECT salts FROM leaves WHERE idx = 40) WHERE idx = 10")]
    public async Task An_audit_with_the_keystore_finds_whoever_was_changed_in_the_index_afterwards(string change)
    {
        await using var log = await Open();
        await Fill(log);
        keys.RotateIndex(DateTimeOffset.UtcNow);
        await log.Reindex(Vault, _ => { }, Cancel);
        await Sql(change);
        Assert.Equal("persons", (await Audit(Vault)).Findings.Single(f => !f.Ok).Step);
    }

    [Fact]
    public async Task A_row_that_is_not_what_its_leaf_says_is_left_for_the_audit()
    {
        await using var log = await Open();
        await Fill(log);
        await Sql($"UPDATE subjects SET subject = '{Person(29)}' WHERE idx = 10");
        keys.RotateIndex(DateTimeOffset.UtcNow);
        await log.Reindex(Vault, _ => { }, Cancel);
        Assert.Equal(1, (await TransparencyLog.UnderKeys(database.Options, Vault, cancel: Cancel)).Older);
        Assert.Equal("persons", (await Audit(Vault)).Findings.Single(f => !f.Ok).Step);
    }

    async Task Sql(string sql)
    {
        await using System.Data.Common.DbConnection connection = database.Options.IsSqlite
            ? new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={database.Options.Connection};Pooling=False")
            : new Npgsql.NpgsqlConnection(new Npgsql.NpgsqlConnectionStringBuilder(database.Options.Connection) { SearchPath = "tblog" }.ToString());
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        Assert.True(await command.ExecuteNonQueryAsync(Cancel) > 0, "the test changed nothing");
    }
}
