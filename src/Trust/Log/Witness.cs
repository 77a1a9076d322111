using Microsoft.Data.Sqlite;
using Npgsql;
using System.Data.Common;
using Tongban.Kernel;
using Tongban.Kernel.Data;

namespace Tongban.Trust;

/// <summary>What a log asks a witness: its new checkpoint, and the proof that it continues what the witness last saw.</summary>
/// <param name="OldSize">The size the proof starts from: what the log believes the witness last cosigned.</param>
/// <param name="Proof">Consistency proof from old to new size; empty from 0.</param>
/// <param name="Note">The signed checkpoint.</param>
public sealed record WitnessRequest(long OldSize, IReadOnlyList<byte[]> Proof, string Note);

/// <summary>
/// A witness (C2SP tlog-witness): it cosigns a checkpoint only if it continues the last one it cosigned of the same log,
/// and remembers that durably before it answers. It never goes back, whatever a log shows it.
/// </summary>
public sealed class Witness : IAsyncDisposable
{
    /// <summary>Of one log, each of its checkpoints once: the first are what shows that it did not continue.</summary>
    const int MostRefusals = 100;

    readonly SemaphoreSlim turn = new(1, 1);
    readonly DbDataSource source;
    readonly NodeKey key;
    readonly TimeProvider clock;

    Witness(DbDataSource source, string name, NodeKey key, TimeProvider clock)
    {
        (this.source, this.key, this.clock) = (source, key, clock);
        Key = NoteKey.Of(name, key.Public, NoteKeyKind.CosignatureV1);
    }

    /// <summary>What others trust to verify this witness's cosignatures.</summary>
    public NoteKey Key { get; }

    /// <param name="database">A SQLite file of the witness's own, or a PostgreSQL connection.</param>
    /// <param name="name">The witness's name, such as <c>CN-YRD/000000/witness</c>.</param>
    /// <param name="key">Ed25519.</param>
    public static async Task<Witness> Open(DatabaseOptions database, string name, NodeKey key, TimeProvider clock, string schema = "tbwitness", CancellationToken cancel = default)
    {
        if (database.IsSqlite)
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(database.Connection))!);
        DbDataSource source = database.IsSqlite
            ? SqliteFactory.Instance.CreateDataSource(new SqliteConnectionStringBuilder { DataSource = database.Connection, Pooling = false }.ToString())
            : NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Connection) { SearchPath = schema });
        var witness = new Witness(source, name, key, clock);
        await using var connection = await witness.Connect(cancel);
        if (!database.IsSqlite)
        {
            await using var make = connection.Command($"CREATE SCHEMA IF NOT EXISTS {schema}");
            await make.ExecuteNonQueryAsync(cancel);
        }
        await using var tables = connection.Command(
            """
            CREATE TABLE IF NOT EXISTS witnessed (origin TEXT PRIMARY KEY, size BIGINT NOT NULL, note TEXT NOT NULL, at BIGINT NOT NULL);
            CREATE TABLE IF NOT EXISTS witness_refusals (origin TEXT NOT NULL, at BIGINT NOT NULL, code TEXT NOT NULL, note TEXT NOT NULL, held TEXT NOT NULL);
            CREATE INDEX IF NOT EXISTS witness_refusals_by_origin ON witness_refusals (origin);
            """);
        await tables.ExecuteNonQueryAsync(cancel);
        return witness;
    }

    /// <summary>
    /// Cosigns or refuses. The result is the cosignature line. Refusals: those of <see cref="Checkpoint.Verify"/>;
    /// <c>witness.stale</c> (the log's idea of what was last seen is wrong; <c>Where</c> holds the right size, ask again from there);
    /// <c>witness.rollback</c> (smaller than what was cosigned); <c>witness.fork</c> (does not continue it; the two notes are kept as evidence).
    /// </summary>
    /// <param name="log">The key of the log, from the directory.</param>
    public async Task<Result<string>> Cosign(WitnessRequest request, NoteKey log, CancellationToken cancel = default)
    {
        var verified = Checkpoint.Verify(request.Note, log);
        if (!verified.Ok)
            return verified.Error;
        await turn.WaitAsync(cancel);
        try
        {
            return await Decide(request, verified.Value.Checkpoint, verified.Value.Note, cancel);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The last checkpoint cosigned of a log; null when none was.</summary>
    public async Task<LogHead?> Last(string origin, CancellationToken cancel = default)
    {
        await using var connection = await Connect(cancel);
        await using var command = connection.Command("SELECT note, at FROM witnessed WHERE origin = @p0", origin);
        await using var row = await command.ExecuteReaderAsync(cancel);
        return await row.ReadAsync(cancel) ? LogHead.Stored(row.GetString(0), row.GetInt64(1)) : null;
    }

    async Task<Result<string>> Decide(WitnessRequest request, Checkpoint shown, SignedNote note, CancellationToken cancel)
    {
        var held = await Last(shown.Origin, cancel);
        var size = held?.Size ?? 0;
        if (shown.Size < size)
            return await Refuse("witness.rollback", "检查点倒退", "The checkpoint is smaller than one already cosigned", request, shown, held!, cancel);
        if (request.OldSize != size)
            return Error.Conflict("witness.stale", $"见证方上次见到的大小为 {size}", $"The witness last saw size {size}", "请从该大小重新生成证明", "Make the proof from that size") with { Where = size.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        var continues = size == 0
            ? request.Proof.Count == 0 && (shown.Size > 0 || shown.Root.AsSpan().SequenceEqual(Merkle.EmptyRoot))
            : Merkle.VerifyConsistency(size, shown.Size, held!.Checkpoint.Root, shown.Root, request.Proof);
        if (!continues)
        {
            return held is null
                ? Error.Invalid("witness.proof", "首个检查点的证明应为空", "The proof of a first checkpoint is empty")
                : await Refuse("witness.fork", "检查点不延续此前已见证的日志（分叉）", "The checkpoint does not continue the log that was cosigned: a fork", request, shown, held, cancel);
        }
        if (!await Remember(shown, request.Note, size, held is null, cancel))
            return Error.Conflict("witness.stale", "见证状态已被更新，请重试", "The witness's state has just changed; ask again");
        return SignedNote.Cosign(note.Text, Key.Name, key, clock.GetUtcNow()).ToString();
    }

    // Where several replicas share the database, only one of two that saw the same state may go on.
    async Task<bool> Remember(Checkpoint shown, string note, long size, bool first, CancellationToken cancel)
    {
        await using var connection = await Connect(cancel);
        await using var command = first
            ? connection.Command("INSERT INTO witnessed (origin, size, note, at) VALUES (@p0, @p1, @p2, @p3) ON CONFLICT DO NOTHING", shown.Origin, shown.Size, note, Now)
            : connection.Command("UPDATE witnessed SET size = @p1, note = @p2, at = @p3 WHERE origin = @p0 AND size = @p4", shown.Origin, shown.Size, note, Now, size);
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    async Task<Error> Refuse(string code, string detail, string detailEn, WitnessRequest request, Checkpoint shown, LogHead held, CancellationToken cancel)
    {
        await using var connection = await Connect(cancel);
        await using var command = connection.Command(
            """
            INSERT INTO witness_refusals (origin, at, code, note, held) SELECT @p0, @p1, @p2, @p3, @p4
            WHERE NOT EXISTS (SELECT 1 FROM witness_refusals WHERE origin = @p0 AND code = @p2 AND note = @p3) AND (SELECT count(*) FROM witness_refusals WHERE origin = @p0) < @p5
            """, shown.Origin, Now, code, request.Note, held.Note, MostRefusals);
        await command.ExecuteNonQueryAsync(cancel);
        return Error.Conflict(code, detail, detailEn, "已保留两份检查点作为证据，请联系该节点运维", "Both checkpoints are kept as evidence; contact the operator of that node");
    }

    long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    async Task<DbConnection> Connect(CancellationToken cancel)
    {
        var connection = await source.OpenConnectionAsync(cancel);
        if (connection is SqliteConnection)
        {
            await using var pragmas = connection.Command("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
            await pragmas.ExecuteNonQueryAsync(cancel);
        }
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        turn.Dispose();
        await source.DisposeAsync();
    }
}
