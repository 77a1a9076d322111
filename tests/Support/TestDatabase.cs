using Npgsql;
using Tongban.Kernel.Data;

namespace Tongban.Tests.Support;

/// <summary>An empty database of its own for one test, on either engine.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    readonly string? folder;
    readonly string? name;

    TestDatabase(DatabaseOptions options, string? folder, string? name) => (Options, this.folder, this.name) = (options, folder, name);

    public DatabaseOptions Options { get; }

    /// <summary>The server that ./test started; null when PostgreSQL tests are not asked for.</summary>
    public static string? PostgresServer => Environment.GetEnvironmentVariable("TONGBAN_TEST_POSTGRES") is { Length: > 0 } server ? server : null;

    public const string NoPostgres = "No PostgreSQL: set TONGBAN_TEST_POSTGRES to a connection string of a server where databases may be created (./test does).";

    public static TestDatabase Sqlite()
    {
        var folder = Directory.CreateTempSubdirectory("tongban-db-").FullName;
        return new TestDatabase(new DatabaseOptions("sqlite", Path.Combine(folder, "node.db")), folder, null);
    }

    /// <summary>In a folder of the test's own, which it removes.</summary>
    public static TestDatabase SqliteIn(string folder) => new(new DatabaseOptions("sqlite", Path.Combine(folder, "node.db")), null, null);

    public static async Task<TestDatabase> Postgres()
    {
        var name = "t_" + Guid.NewGuid().ToString("N")[..12];
        await using var server = new NpgsqlConnection(PostgresServer);
        await server.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", server);
        await create.ExecuteNonQueryAsync();
        var connection = new NpgsqlConnectionStringBuilder(PostgresServer) { Database = name }.ToString();
        return new TestDatabase(new DatabaseOptions("postgres", connection), null, name);
    }

    public async ValueTask DisposeAsync()
    {
        if (folder is not null)
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
        if (name is not null)
        {
            await using var pool = new NpgsqlConnection(Options.Connection);
            NpgsqlConnection.ClearPool(pool);
            await using var server = new NpgsqlConnection(PostgresServer);
            await server.OpenAsync();
            await using var drop = new NpgsqlCommand($"DROP DATABASE IF EXISTS {name} WITH (FORCE)", server);
            await drop.ExecuteNonQueryAsync();
        }
    }
}
