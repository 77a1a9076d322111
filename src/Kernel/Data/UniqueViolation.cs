using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Tongban.Kernel.Data;

public static class UniqueViolation
{
    const int SqliteConstraintUnique = 2067;
    const int SqliteConstraintPrimaryKey = 1555;

    public static bool Is(DbUpdateException e) => e.InnerException switch
    {
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode is SqliteConstraintUnique or SqliteConstraintPrimaryKey,
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.UniqueViolation,
        _ => false,
    };

    /// <summary>Whether it was a key of this table that was violated.</summary>
    public static bool IsOf(DbUpdateException e, string table) => e.InnerException switch
    {
        SqliteException sqlite => sqlite.Message.Contains(table + ".", StringComparison.Ordinal),
        PostgresException postgres => postgres.TableName == table,
        _ => false,
    };
}
