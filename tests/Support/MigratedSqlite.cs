using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Data;
using Tongban.Node;

namespace Tongban.Tests.Support;

/// <summary>
/// A SQLite database with the schema of all migrations and nothing in it: made once in a process and copied for each test, of which hundreds
/// begin with one. That the migrations themselves make it is for SchemaTests, which take nothing from here.
/// </summary>
public static class MigratedSqlite
{
    static readonly Lazy<Task<byte[]>> Template = new(() => Make(services => Database.Migrate(services)));

    /// <summary>Where the database is SQLite and is not there yet.</summary>
    /// <param name="template">A file of <see cref="Make"/>'s; without it there is nothing in the database.</param>
    public static async Task Prepare(DatabaseOptions options, Lazy<Task<byte[]>>? template = null)
    {
        if (!options.IsSqlite || File.Exists(options.Connection))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.Connection))!);
        // Two nodes on one database may begin at once.
        var mine = $"{options.Connection}.{Guid.NewGuid():N}";
        await File.WriteAllBytesAsync(mine, await (template ?? Template).Value);
        try
        {
            File.Move(mine, options.Connection);
        }
        catch (IOException) when (File.Exists(options.Connection))
        {
            File.Delete(mine);
        }
    }

    /// <summary>The file of a database that was filled so.</summary>
    public static async Task<byte[]> Make(Func<IServiceProvider, Task> fill, Action<IServiceCollection>? with = null)
    {
        var folder = Directory.CreateTempSubdirectory("tongban-template-").FullName;
        var path = Path.Combine(folder, "node.db");
        var services = new ServiceCollection();
        services.AddNodeDb(new DatabaseOptions("sqlite", path), typeof(NodeHost).Assembly.GetName().Name!);
        with?.Invoke(services);
        await using (var built = services.BuildServiceProvider())
            await fill(built);
        // All of it into the one file.
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString()))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            command.ExecuteNonQuery();
        }
        var bytes = await File.ReadAllBytesAsync(path);
        SqliteConnection.ClearPool(new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, ForeignKeys = true, Pooling = true }.ToString()));
        Directory.Delete(folder, recursive: true);
        return bytes;
    }
}
