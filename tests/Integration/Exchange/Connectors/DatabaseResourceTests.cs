using System.Net;
using Microsoft.Data.Sqlite;
using Npgsql;
using Tongban.Exchange;
using Tongban.Trust;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Connectors;

/// <summary>Departments with a database: a SQLite file, or PostgreSQL on the network.</summary>
public sealed class DatabaseResourceTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sqlite_file_that_loses_a_column_or_finds_too_many_is_told_by_name()
    {
        await using var nodes = await AdoptionRegister.Start();
        void Run(string sql)
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(nodes.FolderOf(Anhui), "departments", "civil-adoption.db"), Pooling = false }.ToString());
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
        var register = new AdoptionRegister(nodes);
        Run("CREATE TABLE shouyang (sfzh TEXT, registeredOn TEXT); CREATE VIEW sy AS SELECT registeredOn FROM shouyang");
        Run($"INSERT INTO shouyang SELECT '{Husband}', '2020-03-04'");
        Assert.Empty(await register.Enter("civil-adoption.db", "SELECT * FROM shouyang WHERE sfzh = @citizenId"));
        Assert.Contains("sfzh", await register.Try(Husband), StringComparison.Ordinal);
        Assert.Empty(await register.Change("civil-adoption.db", "SELECT * FROM sy WHERE @citizenId IS NOT NULL"));
        // Tried before it is published: what comes is counted, not shown, and the person reads that it was.
        var tried = await register.Try(Husband);
        Assert.Contains("1 条记录", tried, StringComparison.Ordinal);
        Assert.Contains("都有值", tried, StringComparison.Ordinal);
        // The draft itself still stands on the page.
        Assert.Contains("SELECT * FROM sy", tried, StringComparison.Ordinal);
        Assert.DoesNotContain("2020-03-04", tried, StringComparison.Ordinal);
        Assert.Contains("查询缺少条件 citizenId", await register.Try(""), StringComparison.Ordinal);
        Assert.Equal(2, (await nodes.Get<TransparencyLog>(Anhui).BySubject(nodes.Get<IVault>(Anhui).Forms(nodes.Get<IVault>(Anhui).BlindIndex(AnswerQuery.PersonContext, Husband)), cancel: Ct)).Count);
        Assert.Empty(await register.Publish());
        await register.Agree();
        Assert.Equal("2020-03-04", await register.Ask());
        Run($"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999) INSERT INTO shouyang SELECT '{Husband}', '2020-03-04' FROM n");
        Assert.Equal(1000, (await register.Ask()).Split(',').Length);
        Run($"INSERT INTO shouyang VALUES ('{Husband}', '2020-03-04')");
        Assert.Equal("resource.too-many", await register.Ask());
        // SQLite keeps whatever is put into a column: what is not of the declared type is named by its field, and not shown.
        Run($"DELETE FROM shouyang; INSERT INTO shouyang VALUES ('{Husband}', '2020-03-04'), ('{Husband}', 'May')");
        var mistyped = (await nodes.Ask(AdoptionRegister.Question)).Error!;
        Assert.Equal(("resource.schema-drift", "registeredOn"), (mistyped.Code, mistyped.Where));
        Assert.DoesNotContain("May", mistyped.ToString(), StringComparison.Ordinal);
        Run("DROP VIEW sy; CREATE VIEW sy AS SELECT registeredOn AS djrq FROM shouyang");
        var drift = (await nodes.Ask(AdoptionRegister.Question)).Error!;
        Assert.Equal(("resource.schema-drift", "registeredOn"), (drift.Code, drift.Where));
    }

    [Fact]
    public async Task A_postgresql_database_is_read_only_bound_in_time_and_its_secret_is_nowhere()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var civil = await TestDatabase.Postgres();
        const string Secret = "s3cret-of-the-department";
        Environment.SetEnvironmentVariable("TONGBAN_TEST_CIVIL", civil.Options.Connection + $";Password={Secret}");
        await using var nodes = await AdoptionRegister.Start(n => File.WriteAllText(Path.Combine(n.FolderOf(Anhui), NamedSources.FileName), """{"civil": {"departments": ["340000-civil"], "connection": "env:TONGBAN_TEST_CIVIL", "timeoutMs": 400}, "gone": {"departments": ["340000-civil"], "connection": "Host=127.0.0.1;Port=1;Username=u;Password=s3cret-of-the-department"}}"""));
        async Task Run(string sql)
        {
            await using var connection = new NpgsqlConnection(civil.Options.Connection);
            await connection.OpenAsync(Ct);
#pragma warning disable CA2100 // The test's own words.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(Ct);
        }
        await Run($"""
            CREATE TABLE shouyang (sfzh text, djrq date, n integer);
            INSERT INTO shouyang VALUES ('{Husband}', '2020-03-04', 1), ('{Wife}', '2001-01-01', 2);
            CREATE FUNCTION peek() RETURNS date LANGUAGE plpgsql AS 'BEGIN DELETE FROM shouyang; RETURN NULL; END';
            CREATE VIEW sy AS SELECT sfzh, djrq AS "registeredOn" FROM shouyang;
            """);
        var register = new AdoptionRegister(nodes);
        Assert.Empty(await register.Enter("postgres:gone", "SELECT djrq AS \"registeredOn\" FROM shouyang WHERE sfzh = @citizenId"));
        var refused = await register.Publish();
        Assert.Contains("部门业务系统暂时不能查询", refused, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, refused, StringComparison.Ordinal);

        Assert.Contains("接入点“unknown”", WebUtility.HtmlDecode(await register.Change("postgres:unknown", "SELECT 1")), StringComparison.Ordinal);
        foreach (var (database, select, word) in new[]
        {
            ("postgres:civil", "SELECT djrq FROM shouyang WHERE sfzh = @citizenId", "registeredOn"),
            ("postgres:civil", "SELECT nothing FROM shouyang", "nothing"),
        })
        {
            Assert.Empty(await register.Change(database, select));
            Assert.Contains(word, await register.Publish(), StringComparison.Ordinal);
        }
        const string Good = "SELECT \"registeredOn\" FROM sy WHERE sfzh = @citizenId";
        // When it was last written to is asked as the resource says, and must be a day or a moment.
        Assert.Contains("不带分号", await register.Change("postgres:civil", Good, "SELECT 1; SELECT 2"), StringComparison.Ordinal);
        foreach (var (written, word) in new[] { ("SELECT max(djrq) FROM shouyang", "written"), ("SELECT 'May' AS written", "没有得到一行一个日期或时间"), ("SELECT djrq AS written FROM shouyang", "没有得到一行一个日期或时间") })
        {
            Assert.Empty(await register.Change("postgres:civil", Good, written));
            Assert.Contains(word, await register.Publish(), StringComparison.Ordinal);
        }
        Assert.Empty(await register.Change("postgres:civil", Good, "SELECT max(djrq) AS written FROM shouyang"));
        Assert.Contains("1 条记录", await register.Try(Husband), StringComparison.Ordinal);
        Assert.Empty(await register.Publish());
        await register.Agree();
        Assert.Equal("2020-03-04", await register.Ask());
        var late = await register.Look();
        Assert.Equal((Freshness.Told.BySource, new DateOnly(2020, 3, 4)), (late.Told, late.WrittenOn!.Value));
        Assert.True(late.LateBy > 2000);
        await Run("UPDATE shouyang SET djrq = current_date");
        Assert.Equal(0, (await register.Look()).LateBy);
        await Run("UPDATE shouyang SET djrq = '2020-03-04'");
        // Somebody's words are no number of a person, and asked of nobody.
        Assert.Equal("resource.parameter-wrong", await register.Ask("x' OR '1'='1"));

        await Run($"INSERT INTO shouyang SELECT '{Husband}', '2020-03-04', 3 FROM generate_series(1, 1000)");
        Assert.Equal("resource.too-many", await register.Ask());
        // What would change the department's data fails, whatever the department's own views hide.
        await Run("CREATE OR REPLACE VIEW sy AS SELECT sfzh, peek() AS \"registeredOn\" FROM shouyang");
        var changed = (await nodes.Ask(AdoptionRegister.Question)).Error!;
        Assert.Equal("connector.source-unavailable", changed.Code);
        Assert.Contains("25006", changed.DetailEn, StringComparison.Ordinal);
        // A value of another type than declared: the field is named, the value is not.
        await Run("DROP VIEW sy; CREATE VIEW sy AS SELECT sfzh, 'five'::text AS \"registeredOn\" FROM shouyang");
        Assert.Equal("resource.schema-drift", await register.Ask());
        await Run("DROP VIEW sy; CREATE VIEW sy AS SELECT sfzh, djrq AS \"registeredOn\" FROM shouyang WHERE pg_sleep(0.01) IS NOT NULL");
        Assert.Contains("57014", (await nodes.Ask(AdoptionRegister.Question)).Error!.DetailEn, StringComparison.Ordinal);
    }
}
