using System.Data.Common;

namespace Tongban.Trust;

/// <summary>A leaf about to be stored, with what hangs on it.</summary>
sealed record NewLeaf(long Index, byte[] Hash, LogEntry Entry, long At);

/// <summary>
/// Where a log lies. There is one writer: <see cref="Prepare"/> takes a lock that a second process does not get.
/// Reads go through connections of their own and see what is committed.
/// </summary>
interface ILogStore : IAsyncDisposable
{
    /// <summary>Makes the tables if needed and becomes the writer; false when another process is.</summary>
    Task<bool> Prepare(CancellationToken cancel);

    /// <summary>Begins the transaction of one group; a connection that broke is replaced.</summary>
    /// <param name="leaves">It may change leaves that are in their tables, and waits for whoever moves some there now.</param>
    Task<ILogTransaction> Begin(bool leaves, CancellationToken cancel);

    /// <summary>How many committed leaves are not in their tables yet; readers of those tables settle first.</summary>
    int Pending { get; }

    /// <summary>Moves what is pending when it is called into the tables, in a transaction of its own; further groups may be written meanwhile. One at a time.</summary>
    /// <returns>How many, for <see cref="Settled"/>.</returns>
    Task<int> Settle(CancellationToken cancel);

    /// <summary>The first so many are no longer pending. For the writer alone, between groups.</summary>
    void Settled(int count);

    /// <summary>Learns anew what is pending: after a commit of which nobody knows whether it happened.</summary>
    Task Reload(CancellationToken cancel);

    /// <summary>An open connection for reading; the caller disposes it.</summary>
    Task<DbConnection> OpenReader(CancellationToken cancel);

    /// <summary>The same with one view of the log, however long it is read; and what is pending in that view, in order.</summary>
    Task<(DbConnection Reader, IReadOnlyList<NewLeaf> Pending)> OpenSnapshot(CancellationToken cancel);
}

/// <summary>One group's transaction. Nothing is durable before <see cref="Commit"/> returned; disposing without it rolls back.</summary>
interface ILogTransaction : IAsyncDisposable
{
    /// <summary>Keeps nonces that no leaf carries. They are known to be new.</summary>
    Task Spend(IReadOnlyList<UsedNonce> nonces);

    /// <summary>The positions of those references that are already logged.</summary>
    Task<IReadOnlyDictionary<string, LogPosition>> Known(IReadOnlyList<string> references);

    /// <summary>Stores leaves with what hangs on them, and the checkpoint over them.</summary>
    Task Insert(IReadOnlyList<NewLeaf> leaves, LogHead head);

    /// <summary>Runs one statement; parameters are <c>@p0</c>, <c>@p1</c>, …</summary>
    /// <returns>How many rows changed.</returns>
    Task<int> Execute(string sql, params object[] values);

    Task Commit();
}

static class LogSql
{
    public static string Schema(string engine)
    {
        using var stream = typeof(LogSql).Assembly.GetManifestResourceStream($"log.{engine}.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    public static DbCommand Command(this DbConnection connection, string sql, params object[] values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = $"@p{i}";
            parameter.Value = values[i];
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
