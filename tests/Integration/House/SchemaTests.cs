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
    static readonly string[] AddedWithAnEmptyValue = ["cases_filing.Reference ", "cases_filing.WithdrawSequence ", "exchange_agreement.TakenAt ", "identity_code.Target ", "exchange_consent.FetchMost ", "exchange_consent.AlsoAbout ", "exchange_revocation.HeardAt ", "exchange_watch.MostAcked ", "exchange_ack.After "];

    static string WithoutTheEmptyValue(string column) =>
        AddedWithAnEmptyValue.Any(a => column.StartsWith(a, StringComparison.Ordinal)) ? column.Replace(" default=''", " default=none", StringComparison.Ordinal).Replace(" default=0", " default=none", StringComparison.Ordinal) : column;

    const string SqliteCatalogue = """
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
    """;

    const string PostgresCatalogue = """
    SELECT table_name || '.' || column_name || ' ' || data_type || coalesce('(' || character_maximum_length || ')', '') || ' null=' || is_nullable || ' identity=' || is_identity
        || ' default=' || coalesce(regexp_replace(column_default, '::[a-z ]+$', ''), 'none') || ' collate=' || coalesce(collation_name, '')
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT IN ('kernel_migrations', '__EFMigrationsLock')
    UNION ALL
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT IN ('kernel_migrations', '__EFMigrationsLock')
    UNION ALL
    SELECT c.conrelid::regclass::text || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
    WHERE n.nspname = 'public' AND c.conrelid::regclass::text NOT IN ('kernel_migrations', '"__EFMigrationsLock"')
    """;

    [Fact]
    public async Task Migrated_schema_equals_the_model_on_SQLite()
    {
        await using var migrated = TestDatabase.Sqlite();
        await using var created = TestDatabase.Sqlite();
        Assert.Empty(await Differences(migrated, created, SqliteCatalogue));
    }

    [Fact]
    public async Task Migrated_schema_equals_the_model_on_PostgreSQL()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var migrated = await TestDatabase.Postgres();
        await using var created = await TestDatabase.Postgres();
        Assert.Empty(await Differences(migrated, created, PostgresCatalogue));
    }

    /// <summary>What a migration may miss, each kind by itself; and what the comparison must name.</summary>
    static readonly (string Change, string Named)[] Missed =
    [
        ("""ALTER TABLE cases_filing ADD COLUMN "Extra" TEXT""", "cases_filing.Extra"),
        ("""ALTER TABLE cases_filing ADD COLUMN "Defaulted" INTEGER DEFAULT 7""", "default=7"),
        ("""ALTER TABLE cases_filing DROP COLUMN "Progress" """, "cases_filing.Progress"),
        ("""CREATE UNIQUE INDEX extra_unique ON cases_filing ("FiledAt")""", "extra_unique"),
        ("""CREATE INDEX extra_partial ON cases_filing ("FiledAt") WHERE "FiledAt" > 0""", "extra_partial"),
        ("""CREATE INDEX extra_order ON cases_filing ("FiledAt" DESC)""", "extra_order"),
        ("""CREATE TABLE extra_check (a INTEGER PRIMARY KEY, b INTEGER CHECK (b > 1))""", "extra_check.b"),
        ("""CREATE TABLE extra_child (b INTEGER REFERENCES extra_check (a) ON DELETE CASCADE)""", "CASCADE"),
    ];

    [Fact]
    public async Task Whatever_a_migration_misses_is_named_on_SQLite()
    {
        await using var migrated = TestDatabase.Sqlite();
        await using var created = TestDatabase.Sqlite();
        await EachIsNamed(migrated, created, SqliteCatalogue);
    }

    [Fact]
    public async Task Whatever_a_migration_misses_is_named_on_PostgreSQL()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var migrated = await TestDatabase.Postgres();
        await using var created = await TestDatabase.Postgres();
        await EachIsNamed(migrated, created, PostgresCatalogue);
    }

    /// <summary>One after the other on one pair: each names something of its own.</summary>
    static async Task EachIsNamed(TestDatabase migrated, TestDatabase created, string catalogue)
    {
        foreach (var (change, named) in Missed)
        {
            Assert.DoesNotContain(await Differences(migrated, created, catalogue), d => d.Contains(named, StringComparison.Ordinal));
            Assert.Contains(await Differences(migrated, created, catalogue, change), d => d.Contains(named, StringComparison.Ordinal));
        }
    }

    /// <param name="change">Done to the database of the model before they are compared.</param>
    static async Task<string[]> Differences(TestDatabase migrated, TestDatabase created, string catalogue, string? change = null)
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
            if (change is not null)
                await db.Database.ExecuteSqlRawAsync(change);
            fromModel = await Read(services, catalogue);
        }
        Assert.NotEmpty(fromModel);
        return [.. fromModel.Except(fromMigrations).Select(c => $"only in the model: {c}"), .. fromMigrations.Except(fromModel).Select(c => $"only in the migrations: {c}")];
    }

    static async Task<List<string>> Read(IServiceProvider services, string sql)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var rows = await db.Database.SqlQueryRaw<string>(sql).ToListAsync();
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    internal static ServiceProvider Services(TestDatabase database)
    {
        var services = new ServiceCollection();
        services.AddNodeDb(database.Options, typeof(NodeHost).Assembly.GetName().Name!);
        foreach (var part in Model.Parts())
            services.AddSingleton(part);
        return services.BuildServiceProvider();
    }
}
