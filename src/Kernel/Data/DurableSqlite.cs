using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Tongban.Kernel.Data;

/// <summary>Write-ahead log with full synchronisation: what was committed survives a kill and a power cut.</summary>
sealed class DurableSqlite : DbConnectionInterceptor
{
    public static readonly DurableSqlite Instance = new();

    const string Pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA wal_autocheckpoint=4000; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=1073741824;";

    // The pool hands the same handle out again and again, and a handle keeps what it was once told.
    static readonly ConditionalWeakTable<object, object> Told = [];

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        if (!Told.TryAdd(((SqliteConnection)connection).Handle!, Instance))
            return;
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
    }

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        // Nothing here waits for anything but the disk, as always with SQLite.
        ConnectionOpened(connection, eventData);
        return Task.CompletedTask;
    }
}
