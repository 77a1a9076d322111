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
    /// <summary>Columns added to tables that may hold rows: the migration gives these the empty value, every later insert states one.</summary>
    static readonly string[] AddedWithAnEmptyValue = ["cases_filing.Reference ", "cases_filing.WithdrawSequence ", "identity_code.Target "];

    static string WithoutTheEmptyValue(string column) =>
        AddedWithAnEmptyValue.Any(a => column.StartsWith(a, StringComparison.Ordinal)) ? column.Replace(" default=''", " default=none", StringComparison.Ordinal).Replace(" default=0", " default=none", StringComparison.Ordinal) : column;

    [Fact]
    public async Task Migrated_schema_equals_the_model_on_SQLite()
    {
        await using var migrated = TestDatabase.Sqlite();
        await using var created = TestDatabase.Sqlite();
        await Compare(migrated, created, """
            SELECT m.name || '.' || c.name || ' ' || c.type || ' null=' || (1 - c."notnull") || ' pk=' || c.pk || ' default=' || coalesce(c.dflt_value, 'none') FROM sqlite_master m, pragma_table_info(m.name) c
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT IN ('kernel_migrations', '__EFMigrationsLock')
            UNION ALL
            SELECT m.name || ' autoincrement=' || (m.sql LIKE '%AUTOINCREMENT%') || ' check=' || (m.sql LIKE '%CHECK (%') || ' collate=' || (m.sql LIKE '%COLLATE%')
            FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT IN ('kernel_migrations', '__EFMigrationsLock')
            UNION ALL
            SELECT m.name || ' foreign key (' || k."from" || ') ' || k."table" || ' (' || coalesce(k."to", '') || ') delete=' || k.on_delete || ' update=' || k.on_update
            FROM sqlite_master m, pragma_foreign_key_list(m.name) k WHERE m.type = 'table'
            UNION ALL
            SELECT m.tbl_name || ' index ' || CASE WHEN m.sql IS NULL THEN 'of its table' ELSE m.name END || ' unique=' || i."unique" || ' (' || (SELECT group_concat(x.name || ' ' || x."desc" || ' ' || x.coll) FROM pragma_index_xinfo(m.name) x WHERE x.key = 1) || ')'
                || CASE WHEN i.partial = 1 THEN substr(m.sql, instr(m.sql, ' WHERE ')) ELSE '' END
            FROM sqlite_master m JOIN pragma_index_list(m.tbl_name) i ON i.name = m.name
            WHERE m.type = 'index' AND m.tbl_name NOT IN ('kernel_migrations', '__EFMigrationsLock')
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
                || ' default=' || coalesce(regexp_replace(column_default, '::[a-z ]+$', ''), 'none') || ' collate=' || coalesce(collation_name, '')
            FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT IN ('kernel_migrations', '__EFMigrationsLock')
            UNION ALL
            SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT IN ('kernel_migrations', '__EFMigrationsLock')
            UNION ALL
            SELECT c.conrelid::regclass::text || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
            WHERE n.nspname = 'public' AND c.conrelid::regclass::text NOT IN ('kernel_migrations', '"__EFMigrationsLock"')
            """);
    }

    static async Task Compare(TestDatabase migrated, TestDatabase created, string catalogue)
    {
        List<string> fromMigrations, fromModel;
        await using (var services = Services(migrated))
        {
            await Tongban.Kernel.Data.Database.Migrate(services);
            fromMigrations = [.. (await Read(services, catalogue)).Select(WithoutTheEmptyValue)];
        }
        await using (var services = Services(created))
        {
            await using var scope = services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            await db.Database.GetService<IRelationalDatabaseCreator>().EnsureCreatedAsync();
            fromModel = await Read(services, catalogue);
        }
        Assert.NotEmpty(fromModel);
        string[] differences = [.. fromModel.Except(fromMigrations).Select(c => $"only in the model: {c}"), .. fromMigrations.Except(fromModel).Select(c => $"only in the migrations: {c}")];
        Assert.True(differences.Length == 0, string.Join('\n', differences));
        Assert.Equal(fromModel.Count, fromMigrations.Count);
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
