using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Tongban.Trust;

/// <summary>
/// A log in a SQLite file of its own: write-ahead log, synchronous FULL (one fsync a group), secure_delete so that erased salts are overwritten.
/// A group is one row of the journal and one checkpoint; its leaves go to their tables a thousand at a time, where they share pages.
/// </summary>
sealed class SqliteLogStore(string path) : ILogStore
{
    readonly string readers = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = true }.ToString();
    FileStream? writerLock;
    SqliteConnection? writer;
    Statements? statements;
    readonly List<NewLeaf> pending = [];
    readonly Dictionary<string, LogPosition> pendingReferences = [];
    volatile int pendingCount;

    public int Pending => pendingCount;

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
        await Reload(cancel);
        try
        {
            await Settle(cancel);
        }
        catch (SqliteException twice) when (twice.SqliteErrorCode == raw.SQLITE_CONSTRAINT)
        {
            throw new InvalidDataException("an entry of the journal stands in the leaves already", twice);
        }
        return true;
    }

    public Task<ILogTransaction> Begin(CancellationToken cancel) =>
        Task.FromResult<ILogTransaction>(new Transaction(this, writer!, statements!));

    public async Task Settle(CancellationToken cancel)
    {
        if (pending.Count == 0)
            return;
        await using var transaction = new Transaction(this, writer!, statements!);
        // In the order of each index, so that neighbours meet on one page.
        foreach (var leaf in pending)
            statements!.Insert(leaf);
        foreach (var (subject, index) in pending.SelectMany(leaf => leaf.Entry.Subjects.Select(subject => (subject, leaf.Index))).Order())
            statements!.Subject.Bind(1, subject).Bind(2, index).Run();
        await transaction.Execute("DELETE FROM journal");
        await transaction.Commit();
        Forget();
    }

    public async Task Reload(CancellationToken cancel)
    {
        Forget();
        Add(await ReadJournal(writer!, cancel));
    }

    void Add(IReadOnlyList<NewLeaf> leaves)
    {
        pending.AddRange(leaves);
        foreach (var leaf in leaves)
            pendingReferences[leaf.Entry.Reference] = new(leaf.Index, leaf.At, Repeated: true);
        pendingCount = pending.Count;
    }

    void Forget()
    {
        pending.Clear();
        pendingReferences.Clear();
        pendingCount = 0;
    }

    static async Task<IReadOnlyList<NewLeaf>> ReadJournal(DbConnection reader, CancellationToken cancel)
    {
        await using var command = reader.Command("SELECT first, at, entries FROM journal ORDER BY first");
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var leaves = new List<NewLeaf>();
        while (await rows.ReadAsync(cancel))
            leaves.AddRange(LogJournal.Read(rows.GetInt64(0), rows.GetInt64(1), (byte[])rows[2]));
        return leaves;
    }

    public async Task<DbConnection> OpenReader(CancellationToken cancel)
    {
        var reader = new SqliteConnection(readers);
        await reader.OpenAsync(cancel);
        return reader;
    }

    public async Task<(DbConnection Reader, IReadOnlyList<NewLeaf> Pending)> OpenSnapshot(CancellationToken cancel)
    {
        var reader = new SqliteConnection(new SqliteConnectionStringBuilder(readers) { Pooling = false }.ToString());
        try
        {
            await reader.OpenAsync(cancel);
            await using (var begin = reader.Command("BEGIN"))
                await begin.ExecuteNonQueryAsync(cancel);
            return (reader, await ReadJournal(reader, cancel));
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
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
        public SqliteStatement Journal { get; } = new(connection, "INSERT INTO journal VALUES (?, ?, ?)");
        public SqliteStatement Checkpoint { get; } = new(connection, "INSERT INTO checkpoints VALUES (?, ?, ?, 0)");

        /// <summary>A leaf and its metering record.</summary>
        public void Insert(NewLeaf added)
        {
            var (index, hash, entry, at) = added;
            var leaf = Leaf.Bind(1, index).Bind(2, hash).Bind(3, entry.Data).Bind(4, at).Bind(5, entry.Reference);
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
                Meter.Bind(1, index).Bind(2, m.Agreement).Bind(3, m.Resource).Bind(4, m.Consumer).Bind(5, m.Provider)
                    .Bind(6, m.Purpose).Bind(7, m.Units).Bind(8, m.At).Bind(9, m.Outcome).Run();
            }
        }

        public void Dispose()
        {
            foreach (var statement in new[] { Begin, Commit, Rollback, Spend, Known, Leaf, Meter, Subject, Journal, Checkpoint })
                statement.Dispose();
        }
    }

    // SQLite works in this process: its calls are synchronous by nature, and the writer's task is theirs.
    sealed class Transaction : ILogTransaction
    {
        readonly SqliteLogStore store;
        readonly SqliteConnection connection;
        readonly Statements statements;
        IReadOnlyList<NewLeaf> added = [];
        bool open;

        public Transaction(SqliteLogStore store, SqliteConnection connection, Statements statements)
        {
            (this.store, this.connection, this.statements) = (store, connection, statements);
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
                if (store.pendingReferences.TryGetValue(reference, out var position))
                    known[reference] = position;
                else if (statements.Known.Bind(1, reference).Pair() is { } found)
                    known[reference] = new(found.First, found.Second, Repeated: true);
            }
            return Task.FromResult<IReadOnlyDictionary<string, LogPosition>>(known);
        }

        public Task Insert(IReadOnlyList<NewLeaf> leaves, LogHead head)
        {
            using var entries = new MemoryStream(1024 * leaves.Count);
            using var writer = new BinaryWriter(entries);
            LogJournal.Write(writer, leaves);
            writer.Flush();
            statements.Journal.Bind(1, leaves[0].Index).Bind(2, leaves[0].At).Bind(3, entries.GetBuffer().AsSpan(0, (int)entries.Length)).Run();
            statements.Checkpoint.Bind(1, head.Size).Bind(2, head.Note).Bind(3, head.At).Run();
            added = leaves;
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
            store.Add(added);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            // SQLite rolls back by itself on some failures; a second time would be an error of its own.
            if (open && raw.sqlite3_get_autocommit(connection.Handle) == 0)
                statements.Rollback.Run();
            open = false;
            return ValueTask.CompletedTask;
        }
    }
}
