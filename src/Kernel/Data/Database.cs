using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Tongban.Kernel.Access;

namespace Tongban.Kernel.Data;

/// <summary>Where the node keeps its records.</summary>
/// <param name="Provider"><c>sqlite</c> or <c>postgres</c>.</param>
/// <param name="Connection">A SQLite file path, or a PostgreSQL connection string.</param>
public sealed record DatabaseOptions(string Provider, string Connection)
{
    public bool IsSqlite => Provider == "sqlite";
}

public static class Database
{
    public static IServiceCollection AddNodeDb(this IServiceCollection services, DatabaseOptions options, string migrationsAssembly)
    {
        services.AddSingleton(options);
        services.AddSingleton(new WriteGate(options.IsSqlite));
        services.AddSingleton<ModelParts>();
        services.AddSingleton<IModelPart, KernelModel>();
        services.AddScoped<CurrentActor>();
        // The options are the same for every scope: made once, not at every request.
        services.AddDbContext<NodeDb>(builder => Use(builder, options, migrationsAssembly), ServiceLifetime.Scoped, ServiceLifetime.Singleton);
        return services;
    }

    public static void Use(DbContextOptionsBuilder builder, DatabaseOptions options, string migrationsAssembly)
    {
        if (options.IsSqlite)
        {
            var connection = new SqliteConnectionStringBuilder { DataSource = options.Connection, ForeignKeys = true, Pooling = true }.ToString();
            builder.UseSqlite(connection, s => s.MigrationsAssembly(migrationsAssembly).MigrationsHistoryTable("kernel_migrations"))
                .AddInterceptors(DurableSqlite.Instance, GateAtTransaction.Instance);
        }
        else
        {
            builder.UseNpgsql(Prepared(options.Connection), p => p.MigrationsAssembly(migrationsAssembly).MigrationsHistoryTable("kernel_migrations"));
        }
        builder.ReplaceService<IModelCacheKeyFactory, ModelKey>().EnableThreadSafetyChecks(false);
    }

    /// <summary>
    /// Statements that come again are prepared, which halves what PostgreSQL spends on them. A connection string that says
    /// <c>Max Auto Prepare</c> itself is left as it is: behind a pooler that changes servers between transactions it must be 0.
    /// </summary>
    internal static string Prepared(string connection) =>
        connection.Contains("Max Auto Prepare", StringComparison.OrdinalIgnoreCase)
            ? connection
            : new NpgsqlConnectionStringBuilder(connection) { MaxAutoPrepare = 200 }.ConnectionString;

    /// <summary>Brings the schema up to date. Safe to call at every start; a lock row left by a killed migration is cleared first.</summary>
    public static async Task Migrate(IServiceProvider services, CancellationToken ct = default)
    {
        await using var scope = services.CreateAsyncScope();
        var options = scope.ServiceProvider.GetRequiredService<DatabaseOptions>();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        if (options.IsSqlite)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.Connection))!);
            await using var held = new FileStream(options.Connection + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            await db.Database.OpenConnectionAsync(ct);
            await db.Database.ExecuteSqlRawAsync("""DROP TABLE IF EXISTS "__EFMigrationsLock";""", ct);
            await db.Database.MigrateAsync(ct);
            await db.Database.CloseConnectionAsync();
        }
        else
        {
            await db.Database.MigrateAsync(ct);
        }
    }
}
