using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Tongban.Trust;

/// <summary>A log in a SQLite file of its own: write-ahead log, synchronous FULL (one fsync a group), secure_delete so that erased salts are overwritten.</summary>
sealed class SqliteLogStore(string path) : ILogStore
{
    readonly string readers = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = true }.ToString();
    FileStream? writerLock;
    SqliteConnection? writer;
    Statements? statements;

    public async Task<bool> Prepare(CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        try
        {
            writerLock ??= new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path + ".lock"))
        {
            return false;
        }
        writer = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        await writer.OpenAsync(cancel);
        await using (var pragmas = writer.Command("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA secure_delete=ON;"))
            await pragmas.ExecuteNonQueryAsync(cancel);
        await using (var schema = writer.Command(LogSql.Schema("sqlite")))
            await schema.ExecuteNonQueryAsync(cancel);
        statements = new Statements(writer);
        return true;
    }

    public Task<ILogTransaction> Begin(CancellationToken cancel) =>
        Task.FromResult<ILogTransaction>(new Transaction(writer!, statements!));

    public async Task<DbConnection> OpenReader(CancellationToken cancel)
    {
        var reader = new SqliteConnection(readers);
        await reader.OpenAsync(cancel);
        return reader;
    }

    public async ValueTask DisposeAsync()
    {
        statements?.Dispose();
        if (writer is not null)
            await writer.DisposeAsync();
        // Pooled readers would hold the file open after the log is closed.
        using (var pool = new SqliteConnection(readers))
            SqliteConnection.ClearPool(pool);
        if (writerLock is not null)
            await writerLock.DisposeAsync();
    }

    /// <summary>Statements prepared once for the life of the writer.</summary>
    sealed class Statements(SqliteConnection connection) : IDisposable
    {
        public SqliteCommand Spend { get; } = Prepared(connection, "INSERT INTO nonces VALUES (@p0, @p1, @p2) ON CONFLICT DO NOTHING", 3);
        public SqliteCommand Known { get; } = Prepared(connection, "SELECT idx, at FROM refs WHERE reference = @p0", 1);
        public SqliteCommand Leaf { get; } = Prepared(connection, "INSERT INTO leaves VALUES (@p0, @p1, @p2, @p3)", 4);
        public SqliteCommand Reference { get; } = Prepared(connection, "INSERT INTO refs VALUES (@p0, @p1, @p2)", 3);
        public SqliteCommand Meter { get; } = Prepared(connection, "INSERT INTO metering VALUES (@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8)", 9);
        public SqliteCommand Subject { get; } = Prepared(connection, "INSERT INTO subjects VALUES (@p0, @p1) ON CONFLICT DO NOTHING", 2);
        public SqliteCommand Salt { get; } = Prepared(connection, "INSERT INTO salts VALUES (@p0, @p1, @p2)", 3);

        public void Dispose()
        {
            foreach (var command in new[] { Spend, Known, Leaf, Reference, Meter, Subject, Salt })
                command.Dispose();
        }

        static SqliteCommand Prepared(SqliteConnection connection, string sql, int parameters)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < parameters; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"@p{i}" });
            return command;
        }
    }

    // SQLite works in this process: its calls are synchronous by nature, and the writer's task is theirs.
    sealed class Transaction(SqliteConnection connection, Statements statements) : ILogTransaction
    {
        readonly SqliteTransaction transaction = connection.BeginTransaction(deferred: false);

        public Task<IReadOnlyList<bool>> Spend(IReadOnlyList<UsedNonce> nonces) =>
            Task.FromResult<IReadOnlyList<bool>>([.. nonces.Select(n => Run(statements.Spend, n.KeyId, n.Nonce, n.KeepUntil) == 1)]);

        public Task<IReadOnlyDictionary<string, LogPosition>> Known(IReadOnlyList<string> references)
        {
            var known = new Dictionary<string, LogPosition>();
            foreach (var reference in references)
            {
                Bind(statements.Known, reference);
                using var row = statements.Known.ExecuteReader();
                if (row.Read())
                    known[reference] = new(row.GetInt64(0), row.GetInt64(1), Repeated: true);
            }
            return Task.FromResult<IReadOnlyDictionary<string, LogPosition>>(known);
        }

        public Task Insert(IReadOnlyList<NewLeaf> leaves)
        {
            foreach (var (index, hash, entry, at) in leaves)
            {
                Run(statements.Leaf, index, hash, entry.Data, at);
                Run(statements.Reference, entry.Reference, index, at);
                if (entry.Metering is { } m)
                    Run(statements.Meter, index, m.Agreement, m.Resource, m.Consumer, m.Provider, m.Purpose, m.Units, m.At, m.Outcome);
                foreach (var subject in entry.Subjects)
                    Run(statements.Subject, subject, index);
                foreach (var salt in entry.Salts)
                    Run(statements.Salt, index, salt.Name, salt.Value);
            }
            return Task.CompletedTask;
        }

        public Task<int> Execute(string sql, params object[] values)
        {
            using var command = (SqliteCommand)connection.Command(sql, values);
            command.Transaction = transaction;
            return Task.FromResult(command.ExecuteNonQuery());
        }

        public Task Commit()
        {
            transaction.Commit();
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => transaction.DisposeAsync();

        int Run(SqliteCommand command, params ReadOnlySpan<object> values)
        {
            Bind(command, values);
            return command.ExecuteNonQuery();
        }

        void Bind(SqliteCommand command, params ReadOnlySpan<object> values)
        {
            command.Transaction = transaction;
            for (var i = 0; i < values.Length; i++)
                command.Parameters[i].Value = values[i];
        }
    }
}
