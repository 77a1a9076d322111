using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Npgsql;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Integration.Trust;

public sealed class TransparencyLogOnSqlite(ITestOutputHelper output) : TransparencyLogSuite(output)
{
    protected override ValueTask<TestDatabase> Database() => ValueTask.FromResult(TestDatabase.Sqlite());

    /// <summary>The files as a kill leaves them: ten groups durable in the journal, none in its tables.</summary>
    async Task<DatabaseOptions> Killed()
    {
        await using var log = await Open();
        for (var i = 0; i < 10; i++)
            Assert.True((await log.Append(Entry($"ref-{i}", nonce: $"nonce-{i}"), Cancel)).Ok);
        var copy = Options.Connection.Replace(".db", ".copy.db", StringComparison.Ordinal);
        foreach (var (from, to) in new[] { (Options.Connection, copy), (Head(Options.Connection), Head(copy)) })
        {
            File.Copy(from, to);
            File.Copy(from + "-wal", to + "-wal");
        }
        await using var file = await OpenFiles(copy);
        await using var count = file.CreateCommand();
        count.CommandText = "SELECT (SELECT count(*) FROM journal) * 100 + (SELECT count(*) FROM leaves)";
        Assert.Equal(1000L, await count.ExecuteScalarAsync(Cancel));
        return new DatabaseOptions("sqlite", copy);
    }

    [Fact]
    public async Task What_a_kill_left_in_the_journal_is_audited_and_stands_after_the_next_start()
    {
        var copy = await Killed();
        var audit = await TransparencyLog.Audit(copy, NoteKey.Of(Origin, Key.Public), cancel: Cancel);
        Assert.True(audit.Clean, string.Join("; ", audit.Findings.Where(f => !f.Ok).Select(f => f.Words.En)));
        Assert.Equal(10, audit.Leaves);

        await using var log = (await TransparencyLog.Open(copy, Origin, Key, TimeProvider.System, cancel: Cancel)).Value;
        Assert.Equal(10, log.Size);
        Assert.Equal(4, (await log.Find("ref-4", Cancel))!.Value.Index);
        Assert.Equal(4, Assert.Single(await log.BySubject("subject-4", cancel: Cancel)).Index);
        Assert.Equal(10, (await log.Metering(-1, 100, cancel: Cancel)).Count);
        Assert.Equal([1, 2, 3], Assert.Single(await log.Salts(4, Cancel), s => s.Name == "name").Value);
        // References and nonces of before are known.
        Assert.True((await log.Append(Entry("ref-4"), Cancel)).Value.Repeated);
        Assert.Equal("signature.replayed", (await log.Append(Entry("other", nonce: "nonce-4"), Cancel)).Error?.Code);
    }

    [Fact]
    public async Task A_kill_between_the_move_to_the_tables_and_the_clearing_of_the_journal_leaves_every_entry_once_and_no_salt_that_was_erased()
    {
        var copy = await Killed();
        var head = Head(copy.Connection);
        var before = await File.ReadAllBytesAsync(head, Cancel);
        await using (var log = (await TransparencyLog.Open(copy, Origin, Key, TimeProvider.System, cancel: Cancel)).Value)
            Assert.Equal(10, log.Size);
        await File.WriteAllBytesAsync(head, before, Cancel);
        async Task<(long Journal, long Leaves)> Rows()
        {
            await using var file = await OpenFiles(copy.Connection);
            await using var count = file.CreateCommand();
            count.CommandText = "SELECT (SELECT count(*) FROM journal) * 100 + (SELECT count(*) FROM leaves)";
            return Math.DivRem((long)(await count.ExecuteScalarAsync(Cancel))!, 100L);
        }
        Assert.Equal((10, 10), await Rows());
        var audit = await TransparencyLog.Audit(copy, NoteKey.Of(Origin, Key.Public), cancel: Cancel);
        Assert.True(audit.Clean, string.Join("; ", audit.Findings.Where(f => !f.Ok).Select(f => f.Words.En)));
        Assert.Equal(10, audit.Leaves);
        await using (var log = (await TransparencyLog.Open(copy, Origin, Key, TimeProvider.System, cancel: Cancel)).Value)
        {
            Assert.Equal(1, (await log.EraseSalts([4], "person", "test", Cancel)).Value);
            Assert.Empty(await log.Salts(4, Cancel));
        }
        Assert.Equal((0, 11), await Rows());
        await using (var log = (await TransparencyLog.Open(copy, Origin, Key, TimeProvider.System, cancel: Cancel)).Value)
        {
            Assert.True((await log.Append(Entry("ref-4"), Cancel)).Value.Repeated);
            Assert.Equal(11, (await log.Append(Entry("ref-10"), Cancel)).Value.Index);
        }
    }

    [Fact]
    public async Task Groups_go_on_while_others_are_moved_and_readers_find_what_they_were_told()
    {
        await using var log = await Open();
        await Parallel.ForAsync(0, 8, Cancel, async (writer, ct) =>
        {
            for (var i = 0; i < 700; i++)
            {
                var position = (await log.Append(Entry($"ref-{writer}-{i}"), ct)).Value;
                if (i % 50 == writer)
                    Assert.Equal(position.Index, (await log.Find($"ref-{writer}-{i}", ct))!.Value.Index);
                if (i % 90 == writer)
                    Assert.Equal(1, (await log.EraseSalts([position.Index], "person", "test", ct)).Value);
            }
        });
        // 64 of them were erased, and a leaf of its own says so of each.
        Assert.Equal(5664, log.Size);
        Assert.True((await log.Verify(cancel: Cancel)).Clean);
        Assert.Equal(5664, (await TransparencyLog.Audit(Options, NoteKey.Of(Origin, Key.Public), cancel: Cancel)).Leaves);
    }

    [Fact]
    public async Task A_log_without_its_head_is_not_opened()
    {
        var copy = await Killed();
        File.Delete(Head(copy.Connection));
        await using (var file = new SqliteConnection($"Data Source={copy.Connection};Pooling=False"))
        {
            await file.OpenAsync(Cancel);
            await using var one = file.CreateCommand();
            one.CommandText = "INSERT INTO leaves VALUES (0, zeroblob(32), zeroblob(1), 1, 'x', NULL, NULL, NULL, NULL)";
            await one.ExecuteNonQueryAsync(Cancel);
        }
        Assert.Contains((await TransparencyLog.Audit(copy, NoteKey.Of(Origin, Key.Public), cancel: Cancel)).Findings, f => f.Step == "leaves" && !f.Ok);
        Assert.Equal("log.tampered", (await TransparencyLog.Open(copy, Origin, Key, TimeProvider.System, cancel: Cancel)).Error?.Code);
    }

    [Theory]
    [InlineData("UPDATE journal SET entries = unhex(replace(hex(entries), hex('ref-4'), hex('ref-X'))) WHERE first = 4", "log.tampered", "leaves")]
    [InlineData("UPDATE journal SET entries = zeroblob(20) WHERE first = 4", "log.tampered", "leaves")]
    [InlineData("DELETE FROM journal WHERE first = 4", "log.tampered", "leaves")]
    [InlineData("DELETE FROM journal WHERE first = 9", "log.truncated", "leaves")]
    [InlineData("DELETE FROM checkpoints WHERE size = 10", "log.tampered", "leaves")]
    [InlineData("INSERT INTO leaves SELECT 4, zeroblob(32), entries, at, 'x', NULL, NULL, NULL, NULL FROM journal WHERE first = 4", "log.tampered", "leaves")]
    [InlineData("INSERT INTO leaves SELECT -1, zeroblob(32), zeroblob(1), 1, 'ref-4', NULL, NULL, NULL, NULL", "log.tampered", "leaves")]
    public async Task A_changed_journal_is_found(string change, string code, string step)
    {
        var copy = await Killed();
        await using (var file = await OpenFiles(copy.Connection))
        {
            await using var command = file.CreateCommand();
            command.CommandText = change;
            Assert.True(await command.ExecuteNonQueryAsync(Cancel) > 0);
        }
        var audit = await TransparencyLog.Audit(copy, NoteKey.Of(Origin, Key.Public), cancel: Cancel);
        Assert.Contains(audit.Findings, f => f.Step == step && !f.Ok);
        Assert.Equal(code, (await TransparencyLog.Open(copy, Origin, Key, TimeProvider.System, cancel: Cancel)).Error?.Code);
    }
}

public sealed class TransparencyLogOnPostgres(ITestOutputHelper output) : TransparencyLogSuite(output)
{
    protected override async ValueTask<TestDatabase> Database()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        return await TestDatabase.Postgres();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_lost_connection_costs_one_group_and_the_log_goes_on()
    {
        await using var log = await Open();
        for (var i = 0; i < 5; i++)
        {
            Assert.True((await log.Append(Entry($"before-{i}"), Cancel)).Ok);
            await Sql("SET search_path = tblog; SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database()); UPDATE leaves SET at = at");
            var lost = await log.Append(Entry($"lost-{i}"), Cancel);
            // The same reference again: it stands once, whatever became of the first attempt.
            // The server may take a moment to free the dead session's lock.
            while (!lost.Ok)
            {
                Assert.Equal("log.unavailable", lost.Error.Code);
                lost = await log.Append(Entry($"lost-{i}"), Cancel);
            }
        }
        Assert.Equal(10, log.Size);
        Assert.True((await log.Verify(cancel: Cancel)).Clean);
    }
}

/// <summary>What a transparency log promises, the same on both engines.</summary>
public abstract class TransparencyLogSuite(ITestOutputHelper output) : IAsyncLifetime
{
    protected const string Origin = "CN-YRD/340000/log";
    protected static readonly NodeKey Key = SignatureSuites.Ed25519.Generate();
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    readonly Exchange.TestClock clock = new();
    TestDatabase database = null!;

    protected abstract ValueTask<TestDatabase> Database();

    protected DatabaseOptions Options => database.Options;

    public async ValueTask InitializeAsync() => database = await Database();

    public async ValueTask DisposeAsync()
    {
        if (database is not null)
            await database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task<Result<TransparencyLog>> TryOpen(NodeKey? key = null, string origin = Origin) =>
        TransparencyLog.Open(database.Options, origin, key ?? Key, clock, cancel: Cancel);

    protected async Task<TransparencyLog> Open()
    {
        var opened = await TryOpen();
        Assert.True(opened.Ok, opened.Error?.ToString());
        return opened.Value;
    }

    protected static LogEntry Entry(string reference, string? nonce = null)
    {
        var entry = LogEntry.Of(
            reference, "test.happened", new JsonObject { ["n"] = reference },
            new Metering("agreement-1", "resource-1", "AH", "SH", "purpose", 1, 1_790_000_000_000, "answered"), "subject-" + reference[^1]);
        return entry with
        {
            Nonce = nonce is null ? null : new UsedNonce("kid", nonce, long.MaxValue),
            Salts = [.. entry.Salts, new LogSalt("name", [1, 2, 3])],
        };
    }

    protected static string Head(string path) => Path.ChangeExtension(path, ".head.db");

    /// <summary>Both files of a log on SQLite.</summary>
    protected static async Task<System.Data.Common.DbConnection> OpenFiles(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        await connection.OpenAsync(Cancel);
        await using var attach = connection.CreateCommand();
        attach.CommandText = $"ATTACH DATABASE '{Head(path)}' AS head";
        await attach.ExecuteNonQueryAsync(Cancel);
        return connection;
    }

    async Task<System.Data.Common.DbConnection> OpenSchema()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.Options.Connection) { SearchPath = "tblog" }.ToString());
        await connection.OpenAsync(Cancel);
        return connection;
    }

    protected async Task Sql(string sql)
    {
        await using var connection = database.Options.IsSqlite ? await OpenFiles(database.Options.Connection) : await OpenSchema();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(await command.ExecuteNonQueryAsync(Cancel) > 0, "the test changed nothing");
    }

    [Fact]
    public async Task What_was_appended_is_there_with_its_receipt_and_after_a_restart()
    {
        await using (var log = await Open())
        {
            Assert.Equal(0, log.Head.Size);
            for (var i = 0; i < 20; i++)
                Assert.Equal(i, (await log.Append(Entry($"ref-{i}"), Cancel)).Value.Index);
        }
        await using var again = await Open();
        Assert.Equal(20, again.Head.Size);
        Assert.Equal(7, (await again.Find("ref-7", Cancel))!.Value.Index);
        Assert.Null(await again.Find("ref-99", Cancel));
        Assert.Equal([5, 6], (await again.Leaves(5, 2, Cancel)).Select(leaf => leaf.Index));
        Assert.Equal([18, 8], (await again.BySubject("subject-8", cancel: Cancel)).Select(leaf => leaf.Index));
        Assert.Equal(3, (await again.Metering(16, 10, "agreement-1", Cancel)).Count);
        Assert.Empty(await again.Metering(-1, 10, "agreement-2", Cancel));
        for (var i = 0; i < 20; i++)
        {
            var receipt = Receipt.Parse((await again.Receipt($"ref-{i}", cancel: Cancel)).Value.ToText()).Value;
            var verdict = ReceiptVerifier.Verify(receipt, [again.Key], [], 0);
            Assert.True(verdict.Holds, string.Join('\n', verdict.Steps));
            Assert.Contains($"\"ref\":\"ref-{i}\"", receipt.LeafText, StringComparison.Ordinal);
        }
        var audit = await again.Verify(cancel: Cancel);
        Assert.True(audit.Clean, string.Join('\n', audit.Findings));
        Assert.Equal(20, audit.Leaves);
    }

    [Fact]
    public async Task A_reference_stands_once_and_a_nonce_is_answered_once()
    {
        await using var log = await Open();
        Assert.Equal(new LogPosition(0, 0, false), (await log.Append(Entry("a", "nonce-1"), Cancel)).Value with { At = 0 });
        var again = (await log.Append(Entry("a", "nonce-2"), Cancel)).Value;
        Assert.Equal((0, true), (again.Index, again.Repeated));
        Assert.Equal("signature.replayed", (await log.Append(Entry("b", "nonce-1"), Cancel)).Error?.Code);
        Assert.Equal("signature.replayed", (await log.Append(Entry("b", "nonce-2"), Cancel)).Error?.Code);
        Assert.Null(await log.Find("b", Cancel));
        Assert.Equal(1, (await log.Append(Entry("b", "nonce-3"), Cancel)).Value.Index);
        Assert.Equal(2, log.Size);
    }

    [Fact]
    public async Task A_spent_nonce_stays_spent_after_a_restart_until_it_is_over()
    {
        var soon = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 60_000;
        await using (var log = await Open())
        {
            Assert.True((await log.Append(Entry("a", "with-leaf"), Cancel)).Ok);
            Assert.True((await log.Append(Entry("a", "with-known-reference"), Cancel)).Value.Repeated);
            Assert.True((await log.Spend(new UsedNonce("kid", "alone", soon), Cancel)).Ok);
            Assert.True((await log.Spend(new UsedNonce("kid", "over", 1), Cancel)).Ok);
        }
        await using var again = await Open();
        foreach (var nonce in (string[])["with-leaf", "with-known-reference", "alone"])
        {
            Assert.Equal("signature.replayed", (await again.Spend(new UsedNonce("kid", nonce, soon), Cancel)).Error?.Code);
            Assert.Equal("signature.replayed", (await again.Append(Entry("b", nonce), Cancel)).Error?.Code);
        }
        // Over: no signature with it would be accepted any more, and it may be kept again. Another key's nonce is another nonce.
        Assert.True((await again.Spend(new UsedNonce("kid", "over", soon), Cancel)).Ok);
        Assert.True((await again.Spend(new UsedNonce("other", "alone", soon), Cancel)).Ok);
        Assert.Equal(1, again.Size);
    }

    [Fact]
    public async Task Of_the_same_nonce_sent_many_times_at_once_one_is_logged_and_its_neighbours_are_not_disturbed()
    {
        await using var log = await Open();
        var replays = Enumerable.Range(0, 50).Select(i => log.Append(Entry($"replay-{i}", "one"), Cancel)).ToList();
        var others = Enumerable.Range(0, 50).Select(i => log.Append(Entry($"other-{i}", $"nonce-{i}"), Cancel)).ToList();
        var same = Enumerable.Range(0, 50).Select(i => log.Append(Entry("same", $"same-{i}"), Cancel)).ToList();
        var results = await Task.WhenAll(replays);
        Assert.Single(results, r => r.Ok);
        Assert.All(results.Where(r => !r.Ok), r => Assert.Equal("signature.replayed", r.Error!.Code));
        Assert.All(await Task.WhenAll(others), r => Assert.True(r.Ok));
        Assert.Single((await Task.WhenAll(same)).Select(r => r.Value.Index).Distinct());
        Assert.Equal(52, log.Size);
        Assert.True((await log.Verify(cancel: Cancel)).Clean);
    }

    [Fact]
    public async Task What_no_database_stores_is_refused_alone()
    {
        await using var log = await Open();
        var good = Entry("good");
        var results = await Task.WhenAll(
            log.Append(good, Cancel),
            log.Append(Entry("nul\0"), Cancel),
            log.Append(Entry("lone\ud800"), Cancel),
            log.Append(good with { Reference = "" }, Cancel),
            log.Append(good with { Reference = "minus", Metering = good.Metering! with { Units = -1 } }, Cancel));
        Assert.True(results[0].Ok);
        Assert.All(results.Skip(1), r => Assert.Equal("log.entry", r.Error?.Code));
        Assert.Equal(1, log.Size);
    }

    [Fact]
    public async Task Later_trees_continue_earlier_ones()
    {
        await using var log = await Open();
        var heads = new List<LogHead> { log.Head };
        for (var i = 0; i < 12; i++)
        {
            await log.Append(Entry($"ref-{i}"), Cancel);
            heads.Add(log.Head);
        }
        foreach (var early in heads.Skip(1))
        {
            foreach (var late in heads.Where(h => h.Size >= early.Size))
            {
                var proof = (await log.Consistency(early.Size, late.Size, Cancel)).Value;
                Assert.True(Merkle.VerifyConsistency(early.Size, late.Size, early.Checkpoint.Root, late.Checkpoint.Root, proof));
            }
        }
        Assert.Equal("log.out-of-range", (await log.Consistency(3, 99, Cancel)).Error?.Code);
        Assert.Equal("log.out-of-range", (await log.Inclusion(12, 12, Cancel)).Error?.Code);
        Assert.Equal("log.out-of-range", (await log.Inclusion(-1, 5, Cancel)).Error?.Code);
    }

    [Fact]
    public async Task A_large_log_starts_from_its_tiles_proves_what_memory_dropped_and_finds_a_changed_tile()
    {
        const int size = 70_000;
        async Task Append(TransparencyLog log, int from, int to)
        {
            foreach (var some in Enumerable.Range(from, to - from).Chunk(8000))
                await Task.WhenAll(some.Select(i => log.Append(new LogEntry($"ref-{i}", System.Text.Encoding.UTF8.GetBytes($"{{\"n\":{i}}}")), Cancel)));
        }
        async Task<bool> Proved(TransparencyLog log, long index)
        {
            var receipt = (await log.Receipt($"ref-{index}", cancel: Cancel)).Value;
            return ReceiptVerifier.Verify(receipt, [log.Key], [], 0).Holds;
        }
        LogHead early;
        await using (var log = await Open())
        {
            await Append(log, 0, 5000);
            early = log.Head;
            await Append(log, 5000, size);
            // The roots of tiles are stored every five seconds.
            clock.Ahead += TimeSpan.FromSeconds(6);
            await log.Append(Entry("one"), Cancel);
            clock.Ahead += TimeSpan.FromSeconds(6);
            await log.Append(Entry("two"), Cancel);
            Assert.True(await Proved(log, 3));
        }
        await using (var log = await Open())
        {
            Assert.Equal(size + 2, log.Size);
            foreach (var index in new[] { 0, 255, 256, 4095, 30_000, 69_999 })
                Assert.True(await Proved(log, index), $"leaf {index}");
            var proof = (await log.Consistency(early.Size, log.Size, Cancel)).Value;
            Assert.True(Merkle.VerifyConsistency(early.Size, log.Size, early.Checkpoint.Root, log.Head.Checkpoint.Root, proof));
            await Append(log, size, size + 300);
            Assert.True(await Proved(log, size + 299));
            Assert.True((await log.Verify(cancel: Cancel)).Clean);
        }
        // A leaf that a start does not read: its proof and an audit find it.
        await Sql("UPDATE leaves SET leaf_hash = (SELECT leaf_hash FROM leaves WHERE idx = 11) WHERE idx = 10");
        await using (var log = await Open())
        {
            Assert.Equal("log.tampered", (await log.Receipt("ref-3", cancel: Cancel)).Error?.Code);
            Assert.Contains((await log.Verify(cancel: Cancel)).Findings, f => f.Step == "leaves" && !f.Ok);
        }
        await Sql("UPDATE tiles SET root = (SELECT root FROM tiles WHERE n = 2) WHERE n = 1");
        Assert.Equal("log.tampered", (await TryOpen()).Error?.Code);
    }

    [Fact]
    public async Task Erased_salts_are_gone_and_every_proof_still_holds()
    {
        await using var log = await Open();
        await log.Append(Entry("a"), Cancel);
        Assert.Equal([LogEntry.About, "name"], (await log.Salts(0, Cancel)).Select(s => s.Name));
        var root = log.Head;
        Assert.Equal(1, (await log.EraseSalts([0], "person", "test", Cancel)).Value);
        Assert.Empty(await log.Salts(0, Cancel));
        Assert.Equal((0L, true), ErasedLeaf.Read((await log.Leaves(1, 1, Cancel))[0].Data));
        // Done again it is done already, and nothing is said twice.
        Assert.Equal(0, (await log.EraseSalts([0, 1, 7], "person", "test", Cancel)).Value);
        Assert.Equal(2, log.Size);
        Assert.True(await log.Continues(root.Checkpoint, Cancel));
        var audit = await log.Verify(cancel: Cancel);
        Assert.True(audit.Clean);
        Assert.Contains("1 were erased on request", audit.Findings.Single(f => f.Step == "persons").Words.En, StringComparison.Ordinal);
        Assert.True(ReceiptVerifier.Verify((await log.Receipt("a", cancel: Cancel)).Value, [log.Key], [], 0).Holds);
    }

    async Task Filled()
    {
        await using var log = await Open();
        for (var i = 0; i < 10; i++)
            await log.Append(Entry($"ref-{i}"), Cancel);
    }

    [Theory]
    [InlineData("UPDATE leaves SET data = leaf_hash WHERE idx = 4", "log.tampered", "leaf 4")]
    [InlineData("DELETE FROM leaves WHERE idx = 4", "log.tampered", "leaf 4")]
    [InlineData("UPDATE leaves SET data = (SELECT data FROM leaves WHERE idx = 5), leaf_hash = (SELECT leaf_hash FROM leaves WHERE idx = 5) WHERE idx = 4", "log.tampered", "leaf 4")]
    [InlineData("DELETE FROM leaves WHERE idx = 9", "log.truncated", null)]
    [InlineData("DELETE FROM checkpoints WHERE size = 10", "log.tampered", "leaf 9")]
    [InlineData("UPDATE checkpoints SET note = 'x' WHERE size = 3", "log.tampered", null)]
    public async Task A_changed_log_does_not_start(string change, string code, string? where)
    {
        await Filled();
        await Sql(change);
        var refused = await TryOpen();
        Assert.Equal((code, where), (refused.Error?.Code, refused.Error?.Where));
    }

    [Theory]
    [InlineData("UPDATE metering SET units = 100 WHERE idx = 4", "metering")]
    [InlineData("DELETE FROM metering WHERE idx = 4", "metering")]
    [InlineData("INSERT INTO metering SELECT 40, agreement, resource, consumer, provider, purpose, units, at, outcome FROM metering WHERE idx = 4", "metering")]
    [InlineData("INSERT INTO cosignatures (size, witness, line, at) VALUES (40, 'hub/witness', 'x', 0)", "cosignatures")]
    [InlineData("INSERT INTO cosignatures (size, witness, line, at) VALUES (4, 'hub/witness', 'x', 0); DELETE FROM checkpoints WHERE size = 4", "cosignatures")]
    [InlineData("UPDATE leaves SET reference = 'other' WHERE idx = 4", "references")]
    [InlineData("DELETE FROM subjects WHERE idx = 4", "persons")]
    [InlineData("UPDATE leaves SET salts = NULL WHERE idx = 4", "persons")]
    [InlineData("UPDATE leaves SET salts = NULL WHERE idx = 4; DELETE FROM subjects WHERE idx = 4", "persons")]
    [InlineData("UPDATE subjects SET subject = 'subject-9' WHERE idx = 4", "persons")]
    [InlineData("INSERT INTO subjects SELECT 'subject-9', 4", "persons")]
    [InlineData("INSERT INTO subjects SELECT 'subject-9', 40", "persons")]
    [InlineData("UPDATE leaves SET salts = (SELECT salts FROM leaves WHERE idx = 5) WHERE idx = 4", "persons")]
    [InlineData("UPDATE checkpoints SET cosigned = 1 WHERE size = 4", "cosignatures")]
    [InlineData("UPDATE leaves SET reference = '' WHERE idx = 4", "references")]
    [InlineData("UPDATE leaves SET data = leaf_hash WHERE idx = 4", "leaves")]
    [InlineData("UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 5) WHERE size = 4", "checkpoints")]
    public async Task An_audit_finds_what_was_changed(string change, string step)
    {
        await using var log = await Open();
        for (var i = 0; i < 10; i++)
            await log.Append(Entry($"ref-{i}"), Cancel);
        Assert.True((await log.Verify(cancel: Cancel)).Clean);
        Assert.NotNull(await log.Find("ref-4", Cancel));
        await Sql(change);
        var finding = Assert.Single((await log.Verify(cancel: Cancel)).Findings, f => f.Step == step && !f.Ok);
        Assert.Contains("4", finding.Words.En, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_key_or_a_second_process_is_refused()
    {
        await Filled();
        Assert.Equal("log.key", (await TryOpen(SignatureSuites.Ed25519.Generate())).Error?.Code);
        Assert.Equal("log.key", (await TryOpen(origin: "CN-YRD/310000/log")).Error?.Code);
        await using var log = await Open();
        Assert.Equal("log.in-use", (await TryOpen()).Error?.Code);
    }

    [Fact]
    public async Task A_witness_follows_the_log_and_the_receipt_carries_its_cosignature()
    {
        await using var second = TestDatabase.Sqlite();
        await using var witness = await Witness.Open(second.Options, "hub/witness", SignatureSuites.Ed25519.Generate(), TimeProvider.System, cancel: Cancel);
        await using var log = await Open();
        var seen = 0L;
        for (var round = 0; round < 5; round++)
        {
            await log.Append(Entry($"ref-{round}"), Cancel);
            var head = log.Head;
            var line = await witness.Cosign(new WitnessRequest(seen, (await log.Consistency(seen, head.Size, Cancel)).Value, head.Note), log.Key, Cancel);
            Assert.True(line.Ok, line.Error?.ToString());
            Assert.True((await log.AddCosignature(head.Size, line.Value, witness.Key, Cancel)).Ok);
            Assert.True((await log.AddCosignature(head.Size, line.Value, witness.Key, Cancel)).Ok);
            seen = head.Size;
        }
        await log.Append(Entry("pending"), Cancel);
        var stranger = NoteKey.Of("stranger", SignatureSuites.Ed25519.Generate().Public, NoteKeyKind.CosignatureV1);
        for (var round = 0; round < 5; round++)
        {
            var receipt = (await log.Receipt($"ref-{round}", 1, Cancel)).Value;
            Assert.True(ReceiptVerifier.Verify(receipt, [log.Key], [witness.Key], 1).Holds);
            Assert.False(ReceiptVerifier.Verify(receipt, [log.Key], [witness.Key], 2).Holds);
            Assert.False(ReceiptVerifier.Verify(receipt, [log.Key], [stranger], 1).Holds);
            Assert.False(ReceiptVerifier.Verify(receipt with { Index = receipt.Index + 1 }, [log.Key], [witness.Key], 1).Holds);
            Assert.False(ReceiptVerifier.Verify(receipt with { Leaf = Encoding.UTF8.GetBytes(receipt.LeafText.Replace("AH", "ZJ")) }, [log.Key], [witness.Key], 1).Holds);
        }
        var pending = ReceiptVerifier.Verify((await log.Receipt("pending", 1, Cancel)).Value, [log.Key], [witness.Key], 1);
        Assert.Equal(["witnesses"], pending.Steps.Where(step => !step.Ok).Select(step => step.Step));
        Assert.Equal("checkpoint.cosignature", (await log.AddCosignature(2, SignedNote.Cosign("x\n", "hub/witness", Key, DateTimeOffset.UnixEpoch).ToString(), witness.Key, Cancel)).Error?.Code);
        Assert.Equal("checkpoint.unknown", (await log.AddCosignature(99, "x", witness.Key, Cancel)).Error?.Code);
        var audit = await log.Verify([witness.Key], cancel: Cancel);
        Assert.True(audit.Clean, string.Join('\n', audit.Findings));
        Assert.Contains("5 cosignatures", audit.Findings.Single(f => f.Step == "cosignatures").Words.En, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callers_at_once_share_a_commit()
    {
        const int callers = 32, each = 150;
        await using var log = await Open();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(i => log.Append(Entry($"warm-{i}", $"warm-{i}"), Cancel)));
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(
            async () =>
            {
                for (var i = 0; i < each; i++)
                    Assert.True((await log.Append(Entry($"{caller}-{i}", $"{caller}-{i}"), Cancel)).Ok);
            },
            Cancel)));
        var rate = callers * each / watch.Elapsed.TotalSeconds;
        output.WriteLine($"{database.Options.Provider}: {rate:N0} appends/s with {callers} callers, each leaf with reference, metering, nonce, subject, salt and covered by a signed checkpoint");
        Assert.Equal(callers * (each + 1), log.Size);
        // The rate depends on the machine; that groups form does not. Each group leaves one checkpoint.
        var groups = (await log.Verify(cancel: Cancel)).Checkpoints;
        output.WriteLine($"{groups} groups");
        Assert.True(groups < callers * each / 4, $"{groups} groups for {callers * each} appends");
    }
}
