using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Node;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.House;

/// <summary>A database that was migrated and one made from the model have the same catalogue, on both engines.</summary>
public class SchemaTests
{
    [Fact]
    public async Task Migrated_schema_equals_the_model_on_SQLite()
    {
        await using var migrated = TestDatabase.Sqlite();
        await using var created = TestDatabase.Sqlite();
        await Compare(migrated, created, """
            SELECT m.name || '.' || c.name || ' ' || c.type || ' null=' || (1 - c."notnull") || ' pk=' || c.pk FROM sqlite_master m, pragma_table_info(m.name) c
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT IN ('kernel_migrations', '__EFMigrationsLock')
            UNION ALL
            SELECT m.tbl_name || ' index ' || m.name || ' unique=' || i."unique" || ' (' || (SELECT group_concat(x.name) FROM pragma_index_info(m.name) x) || ')' || coalesce(substr(m.sql, instr(m.sql, ' WHERE ')) , '')
            FROM sqlite_master m JOIN pragma_index_list(m.tbl_name) i ON i.name = m.name
            WHERE m.type = 'index' AND m.sql IS NOT NULL
            """);
    }

    [Fact]
    public async Task Migrated_schema_equals_the_model_on_PostgreSQL()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var migrated = await TestDatabase.Postgres();
        await using var created = await TestDatabase.Postgres();
        await Compare(migrated, created, """
            SELECT table_name || '.' || column_name || ' ' || data_type || coalesce('(' || character_maximum_length || ')', '') || ' null=' || is_nullable || ' identity=' || is_identity
            FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT IN ('kernel_migrations', '__EFMigrationsLock')
            UNION ALL
            SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT IN ('kernel_migrations', '__EFMigrationsLock')
            """);
    }

    static async Task Compare(TestDatabase migrated, TestDatabase created, string catalogue)
    {
        List<string> fromMigrations, fromModel;
        await using (var services = Services(migrated))
        {
            await Tongban.Kernel.Data.Database.Migrate(services);
            fromMigrations = await Read(services, catalogue);
        }
        await using (var services = Services(created))
        {
            await using var scope = services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            await db.Database.GetService<IRelationalDatabaseCreator>().EnsureCreatedAsync();
            fromModel = await Read(services, catalogue);
        }
        Assert.NotEmpty(fromModel);
        Assert.Equal(string.Join('\n', fromModel), string.Join('\n', fromMigrations));
    }

    static async Task<List<string>> Read(IServiceProvider services, string sql)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var rows = await db.Database.SqlQueryRaw<string>(sql).ToListAsync();
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    static ServiceProvider Services(TestDatabase database)
    {
        var services = new ServiceCollection();
        services.AddNodeDb(database.Options, typeof(NodeHost).Assembly.GetName().Name!);
        foreach (var part in Model.Parts())
            services.AddSingleton(part);
        return services.BuildServiceProvider();
    }
}
