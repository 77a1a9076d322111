using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Tongban.Trust;

/// <summary>
/// A log in two SQLite files of its own: the head, where a group is one row of the journal and one checkpoint (one fsync a group), and the
/// leaves, where entries go to their tables a thousand at a time and share pages. A file has one writer, so that groups go on while
/// earlier ones are moved. Both: write-ahead log, synchronous FULL, secure_delete so that erased salts are overwritten.
/// </summary>
sealed class SqliteLogStore(string path) : ILogStore
{
    const string Pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA secure_delete=ON;";

    readonly string headPath = Path.ChangeExtension(path, ".head.db");
    readonly string readers = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = true }.ToString();
    FileStream? writerLock;
    SqliteConnection? head;
    SqliteConnection? tables;
    GroupStatements? groups;
    TableStatements? inserts;
    readonly List<NewLeaf> pending = [];
    readonly Dictionary<string, LogPosition> pendingReferences = [];
    volatile int pendingCount;
    long? settledBefore;

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
        tables = await OpenWriter(path, "PRAGMA wal_autocheckpoint=8000; PRAGMA cache_size=-16384;", LogSql.Schema("sqlite"), cancel);
        head = await OpenWriter(headPath, "PRAGMA wal_autocheckpoint=4000;", LogSql.Schema("sqlite-head"), cancel);
        await Attach(head, path, "leaves", cancel);
        (groups, inserts) = (new GroupStatements(head), new TableStatements(tables));
        await Reload(cancel);
        try
        {
            Settled(await Settle(cancel));
        }
        catch (SqliteException twice) when (twice.SqliteErrorCode == raw.SQLITE_CONSTRAINT)
        {
            throw new InvalidDataException("an entry of the journal stands in the leaves already", twice);
        }
        return true;
    }

    static async Task<SqliteConnection> OpenWriter(string file, string pragmas, string schema, CancellationToken cancel)
    {
        var writer = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        await writer.OpenAsync(cancel);
        await using var setup = writer.Command(Pragmas + pragmas + schema);
        await setup.ExecuteNonQueryAsync(cancel);
        return writer;
    }

    /// <summary>Every table has a name of its own, so that statements need not say in which file it lies.</summary>
    static async Task Attach(SqliteConnection connection, string file, string name, CancellationToken cancel)
    {
        await using (var attached = connection.Command("SELECT count(*) FROM pragma_database_list WHERE name = @p0", name))
        {
            if (await attached.ExecuteScalarAsync(cancel) is not 0L)
                return;
        }
        await using var attach = connection.Command($"ATTACH DATABASE @p0 AS {name}", file);
        await attach.ExecuteNonQueryAsync(cancel);
    }

    public Task<ILogTransaction> Begin(bool leaves, CancellationToken cancel) =>
        Task.FromResult<ILogTransaction>(new Transaction(this, head!, groups!, leaves));

    public Task<int> Settle(CancellationToken cancel)
    {
        // The writer goes on adding to the list.
        var batch = pending.ToArray();
        return batch.Length == 0 ? Task.FromResult(0) : Task.Run(() => Move(batch), cancel);
    }

    int Move(NewLeaf[] batch)
    {
        inserts!.Begin.Run();
        try
        {
            // In the order of each index, so that neighbours meet on one page.
            foreach (var leaf in batch)
                inserts.Insert(leaf);
            foreach (var (subject, index) in batch.SelectMany(leaf => leaf.Entry.Subjects.Select(subject => (subject, leaf.Index))).Order())
                inserts.Subject.Bind(1, subject).Bind(2, index).Run();
            inserts.Commit.Run();
        }
        finally
        {
            // After a commit there is nothing left to roll back.
            if (raw.sqlite3_get_autocommit(tables!.Handle) == 0)
                inserts.Rollback.Run();
        }
        return batch.Length;
    }

    public void Settled(int count)
    {
        if (count == 0)
            return;
        settledBefore = pending[count - 1].Index + 1;
        foreach (var leaf in pending.Take(count))
            pendingReferences.Remove(leaf.Entry.Reference);
        pending.RemoveRange(0, count);
        pendingCount = pending.Count;
    }

    public async Task Reload(CancellationToken cancel)
    {
        pending.Clear();
        pendingReferences.Clear();
        (settledBefore, var waiting) = await ReadJournal(head!, cancel);
        Add(waiting);
    }

    void Add(IReadOnlyList<NewLeaf> leaves)
    {
        pending.AddRange(leaves);
        foreach (var leaf in leaves)
            pendingReferences[leaf.Entry.Reference] = new(leaf.Index, leaf.At, Repeated: true);
        pendingCount = pending.Count;
    }

    /// <summary>What is not in the tables yet. A row of the journal stays until a group after the move; one that a kill left is passed over.</summary>
    static async Task<(long Settled, IReadOnlyList<NewLeaf> Waiting)> ReadJournal(DbConnection reader, CancellationToken cancel)
    {
        await using var most = reader.Command("SELECT COALESCE(MAX(idx) + 1, 0) FROM leaves");
        var settled = (long)(await most.ExecuteScalarAsync(cancel))!;
        await using var command = reader.Command("SELECT first, at, entries FROM journal ORDER BY first");
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var leaves = new List<NewLeaf>();
        while (await rows.ReadAsync(cancel))
            leaves.AddRange(LogJournal.Read(rows.GetInt64(0), rows.GetInt64(1), (byte[])rows[2]).Where(leaf => leaf.Index >= settled));
        return (settled, leaves);
    }

    public async Task<DbConnection> OpenReader(CancellationToken cancel) => await OpenReader(readers, cancel);

    async Task<SqliteConnection> OpenReader(string connection, CancellationToken cancel)
    {
        var reader = new SqliteConnection(connection);
        try
        {
            await reader.OpenAsync(cancel);
            await Attach(reader, headPath, "head", cancel);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    public async Task<(DbConnection Reader, IReadOnlyList<NewLeaf> Pending)> OpenSnapshot(CancellationToken cancel)
    {
        if (!File.Exists(headPath))
            throw new InvalidDataException($"{Path.GetFileName(headPath)}, which belongs to {Path.GetFileName(path)}, is missing");
        for (var tries = 1; ; tries++)
        {
            var reader = await OpenReader(new SqliteConnectionStringBuilder(readers) { Pooling = false }.ToString(), cancel);
            try
            {
                await using (var begin = reader.Command("BEGIN"))
                    await begin.ExecuteNonQueryAsync(cancel);
                // The view of the leaves begins before that of the head: what was moved in between would be missing from both.
                var (settled, waiting) = await ReadJournal(reader, cancel);
                await using var size = reader.Command("SELECT COALESCE(MAX(size), 0) FROM checkpoints");
                if ((long)(await size.ExecuteScalarAsync(cancel))! == settled + waiting.Count || tries == 5)
                    return (reader, waiting);
            }
            catch
            {
                await reader.DisposeAsync();
                throw;
            }
            await reader.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Pooled readers would hold the files open; and only a writer that is the last to close leaves them without a write-ahead log.
        using (var pool = new SqliteConnection(readers))
            SqliteConnection.ClearPool(pool);
        groups?.Dispose();
        inserts?.Dispose();
        if (head is not null)
            await head.DisposeAsync();
        if (tables is not null)
            await tables.DisposeAsync();
        if (writerLock is not null)
            await writerLock.DisposeAsync();
    }

    /// <summary>Statements of the head's writer, prepared once.</summary>
    sealed class GroupStatements(SqliteConnection connection) : IDisposable
    {
        public SqliteStatement Begin { get; } = new(connection, "BEGIN");
        public SqliteStatement BeginWhole { get; } = new(connection, "BEGIN IMMEDIATE");
        public SqliteStatement Commit { get; } = new(connection, "COMMIT");
        public SqliteStatement Rollback { get; } = new(connection, "ROLLBACK");
        public SqliteStatement Spend { get; } = new(connection, "INSERT INTO nonces VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
        public SqliteStatement Known { get; } = new(connection, "SELECT idx, at FROM leaves WHERE reference = ?");
        public SqliteStatement Journal { get; } = new(connection, "INSERT INTO journal VALUES (?, ?, ?)");
        public SqliteStatement Checkpoint { get; } = new(connection, "INSERT INTO checkpoints VALUES (?, ?, ?, 0)");
        public SqliteStatement Clear { get; } = new(connection, "DELETE FROM journal WHERE first < ?");

        public void Dispose()
        {
            foreach (var statement in new[] { Begin, BeginWhole, Commit, Rollback, Spend, Known, Journal, Checkpoint, Clear })
                statement.Dispose();
        }
    }

    /// <summary>Statements of the leaves' writer, prepared once.</summary>
    sealed class TableStatements(SqliteConnection connection) : IDisposable
    {
        public SqliteStatement Begin { get; } = new(connection, "BEGIN IMMEDIATE");
        public SqliteStatement Commit { get; } = new(connection, "COMMIT");
        public SqliteStatement Rollback { get; } = new(connection, "ROLLBACK");
        public SqliteStatement Leaf { get; } = new(connection, "INSERT INTO leaves VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        public SqliteStatement Meter { get; } = new(connection, "INSERT INTO metering VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        public SqliteStatement Subject { get; } = new(connection, "INSERT INTO subjects VALUES (?, ?) ON CONFLICT DO NOTHING");

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
            foreach (var statement in new[] { Begin, Commit, Rollback, Leaf, Meter, Subject })
                statement.Dispose();
        }
    }

    // SQLite works in this process: its calls are synchronous by nature, and the writer's task is theirs.
    sealed class Transaction : ILogTransaction
    {
        readonly SqliteLogStore store;
        readonly SqliteConnection connection;
        readonly GroupStatements statements;
        IReadOnlyList<NewLeaf> added = [];
        bool open;

        public Transaction(SqliteLogStore store, SqliteConnection connection, GroupStatements statements, bool leaves)
        {
            (this.store, this.connection, this.statements) = (store, connection, statements);
            // Both files are locked at once where both may be written: a view taken before a move could not be written to after it.
            (leaves ? statements.BeginWhole : statements.Begin).Run();
            open = true;
            if (store.settledBefore is { } before)
                statements.Clear.Bind(1, before).Run();
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
            store.settledBefore = null;
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
