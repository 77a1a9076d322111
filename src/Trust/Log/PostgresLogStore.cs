using System.Data.Common;
using Npgsql;

namespace Tongban.Trust;

/// <summary>
/// A log in a PostgreSQL schema of its own. A group is a handful of statements over arrays, so its cost hardly grows
/// with its size. The writer holds an advisory lock; if its session is lost, the primary key of the leaves still
/// keeps two writers from writing one index.
/// </summary>
sealed class PostgresLogStore : ILogStore
{
    readonly string schema;
    readonly NpgsqlDataSource source;
    NpgsqlConnection? writer;

    public PostgresLogStore(string connection, string schema)
    {
        if (schema.Any(c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')))
            throw new ArgumentException("A schema's name has only a-z, 0-9 and _", nameof(schema));
        this.schema = schema;
        source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { SearchPath = schema });
    }

    public async Task<bool> Prepare(CancellationToken cancel)
    {
        if (writer is not null)
            await writer.DisposeAsync();
        writer = await source.OpenConnectionAsync(cancel);
        await using (var lockCommand = writer.Command("SELECT pg_try_advisory_lock(hashtext(@p0))", $"tongban log {schema}"))
        {
            if (await lockCommand.ExecuteScalarAsync(cancel) is not true)
                return false;
        }
        // A commit is durable when it returns, whatever the server's default is.
        await using (var setup = writer.Command($"SET synchronous_commit = on; CREATE SCHEMA IF NOT EXISTS {schema};"))
            await setup.ExecuteNonQueryAsync(cancel);
        await using var tables = writer.Command(LogSql.Schema("postgres"));
        await tables.ExecuteNonQueryAsync(cancel);
        return true;
    }

    public async Task<ILogTransaction> Begin(bool leaves, CancellationToken cancel)
    {
        if (writer is not { State: System.Data.ConnectionState.Open } && !await Prepare(cancel))
            throw new IOException($"Another process has become the writer of the log '{schema}'");
        return new Transaction(writer!, await writer!.BeginTransactionAsync(cancel));
    }

    /// <summary>Always 0: a group's statements over arrays go straight to their tables.</summary>
    public int Pending => 0;

    public Task<int> Settle(CancellationToken cancel) => Task.FromResult(0);

    public void Settled(int count)
    {
    }

    public Task Reload(CancellationToken cancel) => Task.CompletedTask;

    public async Task<(DbConnection Reader, IReadOnlyList<NewLeaf> Pending)> OpenSnapshot(CancellationToken cancel)
    {
        var reader = await source.OpenConnectionAsync(cancel);
        await using var begin = reader.Command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        await begin.ExecuteNonQueryAsync(cancel);
        return (reader, []);
    }

    public async Task<DbConnection> OpenReader(CancellationToken cancel) => await source.OpenConnectionAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        // The server ends a session a little after the client left; a successor should not have to wait for that.
        if (writer is { State: System.Data.ConnectionState.Open })
        {
            await using var unlock = writer.Command("SELECT pg_advisory_unlock_all()");
            await unlock.ExecuteNonQueryAsync();
        }
        if (writer is not null)
            await writer.DisposeAsync();
        await source.DisposeAsync();
    }

    sealed class Transaction(NpgsqlConnection connection, NpgsqlTransaction transaction) : ILogTransaction
    {
        public async Task Spend(IReadOnlyList<UsedNonce> nonces)
        {
            await using var command = connection.Command(
                "INSERT INTO nonces SELECT * FROM unnest(@p0, @p1, @p2) ON CONFLICT DO NOTHING",
                Column(nonces, n => n.KeyId), Column(nonces, n => n.Nonce), Column(nonces, n => n.KeepUntil));
            await command.ExecuteNonQueryAsync();
        }

        public async Task<IReadOnlyDictionary<string, LogPosition>> Known(IReadOnlyList<string> references)
        {
            var known = new Dictionary<string, LogPosition>();
            await using var command = connection.Command("SELECT reference, idx, at FROM leaves WHERE reference = ANY(@p0)", (object)references.ToArray());
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                known[rows.GetString(0)] = new(rows.GetInt64(1), rows.GetInt64(2), Repeated: true);
            return known;
        }

        public async Task Insert(IReadOnlyList<NewLeaf> leaves, LogHead head)
        {
            await using var batch = new NpgsqlBatch(connection, transaction);
            Add(batch, "INSERT INTO leaves SELECT * FROM unnest(@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8)",
                Column(leaves, l => l.Index), Column(leaves, l => l.Hash), Column(leaves, l => l.Entry.Data), Column(leaves, l => l.At), Column(leaves, l => l.Entry.Reference),
                Column(leaves, l => l.Entry.Nonce?.KeyId), Column(leaves, l => l.Entry.Nonce?.Nonce), Column(leaves, l => l.Entry.Nonce?.KeepUntil), Column(leaves, l => LogSalts.Write(l.Entry.Salts)));
            var metered = leaves.Where(l => l.Entry.Metering is not null).Select(l => (l.Index, M: l.Entry.Metering!)).ToList();
            if (metered.Count > 0)
            {
                Add(batch, "INSERT INTO metering SELECT * FROM unnest(@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8)",
                    Column(metered, m => m.Index), Column(metered, m => m.M.Agreement), Column(metered, m => m.M.Resource), Column(metered, m => m.M.Consumer),
                    Column(metered, m => m.M.Provider), Column(metered, m => m.M.Purpose), Column(metered, m => m.M.Units), Column(metered, m => m.M.At), Column(metered, m => m.M.Outcome));
            }
            var subjects = leaves.SelectMany(l => l.Entry.Subjects.Select(subject => (subject, l.Index))).ToList();
            if (subjects.Count > 0)
                Add(batch, "INSERT INTO subjects SELECT * FROM unnest(@p0, @p1) ON CONFLICT DO NOTHING", Column(subjects, s => s.subject), Column(subjects, s => s.Index));
            Add(batch, "INSERT INTO checkpoints VALUES (@p0, @p1, @p2, 0)", head.Size, head.Note, head.At);
            await batch.ExecuteNonQueryAsync();
        }

        public async Task<int> Execute(string sql, params object[] values)
        {
            await using var command = connection.Command(sql, values);
            return await command.ExecuteNonQueryAsync();
        }

        public Task Commit() => transaction.CommitAsync();

        public ValueTask DisposeAsync() => transaction.DisposeAsync();

        static TColumn[] Column<TRow, TColumn>(IReadOnlyList<TRow> rows, Func<TRow, TColumn> column) => [.. rows.Select(column)];

        static void Add(NpgsqlBatch batch, string sql, params object[] values)
        {
            var command = new NpgsqlBatchCommand(sql);
            for (var i = 0; i < values.Length; i++)
                command.Parameters.Add(new NpgsqlParameter($"p{i}", values[i]));
            batch.BatchCommands.Add(command);
        }
    }
}
