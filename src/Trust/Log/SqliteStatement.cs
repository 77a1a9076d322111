using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Tongban.Trust;

/// <summary>
/// A statement prepared once and run for every leaf, without what an ADO.NET command makes anew at each run. For the log's
/// one writer only: not safe for concurrent use. Parameters count from 1.
/// </summary>
sealed class SqliteStatement : IDisposable
{
    readonly sqlite3 database;
    readonly sqlite3_stmt statement;

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        database = connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out statement));
    }

    public SqliteStatement Bind(int at, long value)
    {
        Check(raw.sqlite3_bind_int64(statement, at, value));
        return this;
    }

    public SqliteStatement Bind(int at, string value)
    {
        // With its length, so that a NUL character does not end it. SQLite takes a copy.
        Span<byte> small = stackalloc byte[512];
        Check(Encoding.UTF8.TryGetBytes(value, small, out var written)
            ? raw.sqlite3_bind_text(statement, at, small[..written])
            : raw.sqlite3_bind_text(statement, at, Encoding.UTF8.GetBytes(value).AsSpan()));
        return this;
    }

    public SqliteStatement BindNull(int at)
    {
        Check(raw.sqlite3_bind_null(statement, at));
        return this;
    }

    public SqliteStatement Bind(int at, ReadOnlySpan<byte> value)
    {
        // An empty span has no address, which SQLite would take for NULL.
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, at, 0) : raw.sqlite3_bind_blob(statement, at, value));
        return this;
    }

    /// <returns>How many rows changed.</returns>
    public int Run()
    {
        var code = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (code != raw.SQLITE_DONE)
            Check(code);
        return raw.sqlite3_changes(database);
    }

    /// <summary>The first two columns of the one row; null when there is none.</summary>
    public (long First, long Second)? Pair()
    {
        var code = raw.sqlite3_step(statement);
        (long, long)? found = code == raw.SQLITE_ROW ? (raw.sqlite3_column_int64(statement, 0), raw.sqlite3_column_int64(statement, 1)) : null;
        raw.sqlite3_reset(statement);
        if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
            Check(code);
        return found;
    }

    public void Dispose() => statement.Dispose();

    /// <summary>The same exceptions as ADO.NET's, so that callers need not know which was used.</summary>
    void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            SqliteException.ThrowExceptionForRC(code, database);
    }
}
