using Microsoft.Data.Sqlite;
using Npgsql;

namespace Tongban.Kernel.Data;

/// <summary>The disk, or the share of it this node may use, has no room: nothing was saved, and the same can succeed once there is.</summary>
public static class StorageFull
{
    const int SqliteFull = 13;
    const int NoSpaceLeft = 28;
    const int QuotaExceeded = 122;

    /// <summary>What is known to be this, for whoever hears exceptions only.</summary>
    public static IOException With(string message) => new(message, NoSpaceLeft);

    public static bool Is(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            // On Unix an IOException carries the system's error number.
            if (e is SqliteException { SqliteErrorCode: SqliteFull } or PostgresException { SqlState: PostgresErrorCodes.DiskFull }
                or IOException { HResult: NoSpaceLeft or QuotaExceeded })
                return true;
        }
        return false;
    }
}
