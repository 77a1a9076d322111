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
        await using (var pragmas = writer.Command("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA secure_delete=ON; PRAGMA wal_autocheckpoint=8000; PRAGMA cache_size=-16384;"))
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
        public SqliteStatement Begin { get; } = new(connection, "BEGIN IMMEDIATE");
        public SqliteStatement Commit { get; } = new(connection, "COMMIT");
        public SqliteStatement Rollback { get; } = new(connection, "ROLLBACK");
        public SqliteStatement Spend { get; } = new(connection, "INSERT INTO nonces VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
        public SqliteStatement Known { get; } = new(connection, "SELECT idx, at FROM leaves WHERE reference = ?");
        public SqliteStatement Leaf { get; } = new(connection, "INSERT INTO leaves VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        public SqliteStatement Meter { get; } = new(connection, "INSERT INTO metering VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        public SqliteStatement Subject { get; } = new(connection, "INSERT INTO subjects VALUES (?, ?) ON CONFLICT DO NOTHING");
        public SqliteStatement Checkpoint { get; } = new(connection, "INSERT INTO checkpoints VALUES (?, ?, ?, 0)");

        public void Dispose()
        {
            foreach (var statement in new[] { Begin, Commit, Rollback, Spend, Known, Leaf, Meter, Subject, Checkpoint })
                statement.Dispose();
        }
    }

    // SQLite works in this process: its calls are synchronous by nature, and the writer's task is theirs.
    sealed class Transaction : ILogTransaction
    {
        readonly SqliteConnection connection;
        readonly Statements statements;
        bool open;

        public Transaction(SqliteConnection connection, Statements statements)
        {
            (this.connection, this.statements) = (connection, statements);
            statements.Begin.Run();
            open = true;
        }

        public Task Spend(IReadOnlyList<UsedNonce> nonces)
        {
            foreach (var nonce in nonces)
                statements.Spend.Bind(1, nonce.KeyId).Bind(2, nonce.Nonce).Bind(3, nonce.KeepUntil).Run();
            return Task.CompletedTask;
        }

        public Task<IReadOnlyDictionary<string, LogPosition>> Known(IReadOnlyList<string> references)
        {
            var known = new Dictionary<string, LogPosition>();
            foreach (var reference in references)
            {
                if (statements.Known.Bind(1, reference).Pair() is { } found)
                    known[reference] = new(found.First, found.Second, Repeated: true);
            }
            return Task.FromResult<IReadOnlyDictionary<string, LogPosition>>(known);
        }

        public Task Insert(IReadOnlyList<NewLeaf> leaves, LogHead head)
        {
            foreach (var (index, hash, entry, at) in leaves)
            {
                var leaf = statements.Leaf.Bind(1, index).Bind(2, hash).Bind(3, entry.Data).Bind(4, at).Bind(5, entry.Reference);
                if (entry.Nonce is { } nonce)
                    leaf.Bind(6, nonce.KeyId).Bind(7, nonce.Nonce).Bind(8, nonce.KeepUntil);
                else
                    leaf.BindNull(6).BindNull(7).BindNull(8);
                if (LogSalts.Write(entry.Salts) is { } salts)
                    leaf.Bind(9, salts);
                else
                    leaf.BindNull(9);
                leaf.Run();
                if (entry.Metering is { } m)
                {
                    statements.Meter.Bind(1, index).Bind(2, m.Agreement).Bind(3, m.Resource).Bind(4, m.Consumer).Bind(5, m.Provider)
                        .Bind(6, m.Purpose).Bind(7, m.Units).Bind(8, m.At).Bind(9, m.Outcome).Run();
                }
                foreach (var subject in entry.Subjects)
                    statements.Subject.Bind(1, subject).Bind(2, index).Run();
            }
            statements.Checkpoint.Bind(1, head.Size).Bind(2, head.Note).Bind(3, head.At).Run();
            return Task.CompletedTask;
        }

        public Task<int> Execute(string sql, params object[] values)
        {
            using var command = connection.Command(sql, values);
            return Task.FromResult(command.ExecuteNonQuery());
        }

        public Task Commit()
        {
            statements.Commit.Run();
            open = false;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            // SQLite rolls back by itself on some failures; a second time would be an error of its own.
            if (open && SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0)
                statements.Rollback.Run();
            open = false;
            return ValueTask.CompletedTask;
        }
    }
}
