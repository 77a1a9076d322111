using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Tongban.Exchange;
using Tongban.Tests.Integration.Exchange.Connectors;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.Bulk.BulkRegister;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Bulk;

/// <summary>A whole register out of each kind of source: all of it as declared, or nothing.</summary>
public sealed class BulkSourceTests
{
    const int Some = 5000;

    /// <summary>Rows of a thousand characters, for three chunks.</summary>
    const int Wide = 10_000;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_a_sqlite_file_each_value_is_of_its_declared_type()
    {
        await using var nodes = await AdoptionRegister.Start();
        Sqlite(nodes, "CREATE TABLE shouyang (djrq DATE); INSERT INTO shouyang VALUES ('2020-03-04'), ('May'), (NULL)");
        await Offer(nodes, "civil-adoption.db", "SELECT djrq AS registeredOn FROM shouyang", type: "date");
        var id = await Begin(nodes);
        Assert.Equal("resource.schema-drift", (await Given(nodes, id, r => r.Attempts > 0)).Code);
        Assert.Empty(Chunks(nodes, Anhui));
        Sqlite(nodes, "UPDATE shouyang SET djrq = '2020-05-01' WHERE djrq = 'May'");
        Later(nodes);
        Assert.Equal((BulkState.Done, 3L), await Fetched(nodes, id, Over) is var row ? (row.State, row.Rows) : default);
        // The third has none: an empty line.
        Assert.Equal(["registeredOn", "2020-03-04", "2020-05-01"], await File(nodes, id));
    }

    [Fact]
    public async Task A_csv_file_comes_whole_and_one_with_a_wrong_line_not_at_all()
    {
        await using var nodes = await AdoptionRegister.Start();
        var file = Path.Combine(nodes.FolderOf(Anhui), "departments", "civil-adoption.csv");
        void Put(IEnumerable<string> lines, int minutesAgo)
        {
            System.IO.File.WriteAllText(file, string.Concat(lines.Select(l => l + "\n")));
            System.IO.File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-minutesAgo));
        }
        List<string> good = ["序号,登记日期", .. Enumerable.Range(0, Some).Select(i => $"{i:D40},{new DateOnly(2000, 1, 1).AddDays(i % 9000):yyyy-MM-dd}")];
        Put(good, 9);
        await Offer(nodes, "civil-adoption.csv", "registeredOn = 登记日期", type: "date");
        foreach (var (wrong, code, ago) in new[] { ("1,2020-03-04,1", "connector.file-line", 8), ("1,五月", "resource.schema-drift", 7) })
        {
            Put([.. good.Take(3000), wrong, .. good.Skip(3000)], ago);
            var refused = await Begin(nodes);
            Assert.Equal(code, (await Given(nodes, refused, r => r.Attempts > 0)).Code);
            Assert.Empty(Chunks(nodes, Anhui));
        }
        Put(good, 6);
        var id = await Begin(nodes);
        Assert.Equal((BulkState.Done, (long)Some), await Fetched(nodes, id, Over) is var row ? (row.State, row.Rows) : default);
        Assert.Equal(good.Select(l => l.Split(',')[1]).Skip(1), (await File(nodes, id)).Skip(1));
    }

    [Fact]
    public async Task A_postgresql_table_comes_whole_and_one_that_fails_on_the_way_not_at_all()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var civil = await TestDatabase.Postgres();
        Environment.SetEnvironmentVariable("TONGBAN_TEST_CIVIL_WHOLE", civil.Options.Connection);
        // A whole table is bound by half an hour, not by the time of one question.
        await using var nodes = await AdoptionRegister.Start(n => System.IO.File.WriteAllText(Path.Combine(n.FolderOf(Anhui), NamedSources.FileName), """{"civil": {"departments": ["340000-civil"], "connection": "env:TONGBAN_TEST_CIVIL_WHOLE", "timeoutMs": 200}}"""));
        async Task Run(string sql)
        {
            await using var connection = new NpgsqlConnection(civil.Options.Connection);
            await connection.OpenAsync(Ct);
#pragma warning disable CA2100 // The test's own words.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(Ct);
        }
        // It fails in the third chunk.
        await Run($"""CREATE TABLE shouyang AS SELECT n, lpad(n::text, 1000, '0') AS djrq FROM generate_series(0, {Wide - 1}) n; CREATE VIEW sy AS SELECT djrq AS "registeredOn" FROM shouyang WHERE n <> {Wide - 9} OR 1 / (n - {Wide - 9}) > 0""");
        await Offer(nodes, "postgres:civil", "SELECT \"registeredOn\" FROM sy");
        var id = await Begin(nodes);
        Assert.Equal("connector.source-unavailable", (await Given(nodes, id, r => r.Attempts > 0)).Code);
        Assert.Empty(Chunks(nodes, Anhui));
        await Run("""CREATE OR REPLACE VIEW sy AS SELECT djrq AS "registeredOn" FROM shouyang WHERE n <> 7 OR pg_sleep(0.6) IS NOT NULL ORDER BY n""");
        Later(nodes);
        Assert.Equal((BulkState.Done, (long)Wide, 3), await Fetched(nodes, id, Over) is var row ? (row.State, row.Rows, row.Chunks) : default);
        Assert.Equal(Enumerable.Range(0, Wide).Select(n => $"{n:D1000}"), (await File(nodes, id)).Skip(1));
    }

    /// <summary>A service of 25 rows, ten to a page.</summary>
    static Func<HttpContext, Task> Pages(Func<int, string> more, Func<HttpContext, int> asked, int rows = 25) => http =>
    {
        var page = asked(http);
        var items = Enumerable.Range(page * 10, Math.Clamp(rows - (page * 10), 0, 10)).Select(n => $$"""{"registeredOn": "{{new DateOnly(2000, 1, 1).AddDays(n):yyyy-MM-dd}}"}""");
        return Department.Json($$"""{"items": [{{string.Join(',', items)}}]{{more(page)}}}""")(http);
    };

    static byte[] Body(HttpContext http)
    {
        using var body = new MemoryStream();
        http.Request.Body.CopyToAsync(body, Ct).GetAwaiter().GetResult();
        return body.ToArray();
    }

    [Theory]
    [InlineData("GET /adoptions?size=10\r\nrows = /items\r\nnext = /links/next", ",\"links\":{\"next\":\"?size=10&from=@\"}", "")]
    [InlineData("GET /adoptions?size=10\r\nrows = /items\r\npage = from 0", "", "")]
    [InlineData("POST /adoptions\r\nrows = /items\r\npage = from 0\r\ntotal = /total", ",\"total\":25", "")]
    // Only a part, as a service gives it that is written to meanwhile; another system; the same page for ever.
    [InlineData("POST /adoptions\r\nrows = /items\r\npage = from 0\r\ntotal = /total", ",\"total\":26", "resource.schema-drift")]
    [InlineData("GET /adoptions\r\nrows = /items\r\nnext = /links/next", ",\"links\":{\"next\":\"http://127.0.0.1:1/api/adoptions?from=@\"}", "resource.schema-drift")]
    [InlineData("GET /adoptions\r\nrows = /items\r\nnext = /links/next", ",\"links\":{\"next\":\"/elsewhere?from=@\"}", "resource.schema-drift")]
    [InlineData("GET /adoptions\r\nrows = /items\r\nnext = /links/next", ",\"links\":{\"next\":\"?from=1\"}", "resource.schema-drift")]
    [InlineData("GET /adoptions\r\nrows = /items\r\npage = ignored 0", "", "resource.schema-drift")]
    [InlineData("GET /adoptions\r\nrows = /items", "", "bulk.not-from-here")]
    public async Task A_web_service_comes_whole_where_it_is_said_how_it_goes_on(string select, string more, string refused)
    {
        await using var department = new Department();
        await department.Start();
        await using var nodes = await AdoptionRegister.Start(n => System.IO.File.WriteAllText(
            Path.Combine(n.FolderOf(Anhui), NamedSources.FileName), $$$"""{"court": {"departments": ["340000-civil"], "url": "{{{department.Url}}}/api", "timeoutMs": 1500}}"""));
        // Of its own words the last page says no next one.
        department.Answer = Pages(
            page => page >= 2 && more.Contains("@", StringComparison.Ordinal) ? ",\"links\":{\"next\":null}" : more.Replace("@", $"{page + 1}", StringComparison.Ordinal),
            http => http.Request.Method == "POST" ? JsonDocument.Parse(Body(http)).RootElement.GetProperty("from").GetInt32() : int.TryParse(http.Request.Query["from"], out var from) ? from : 0);
        await Offer(nodes, "http:court", select, type: "date");
        var id = await Begin(nodes);
        if (refused.Length > 0)
        {
            Assert.Equal(refused, (await Given(nodes, id, r => r.Code is not null)).Code);
            Assert.Empty(Chunks(nodes, Anhui));
            return;
        }
        Assert.Equal((BulkState.Done, 25L), await Fetched(nodes, id, Over) is var row ? (row.State, row.Rows) : default);
        Assert.Equal(Enumerable.Range(0, 25).Select(n => $"{new DateOnly(2000, 1, 1).AddDays(n):yyyy-MM-dd}"), (await File(nodes, id)).Skip(1));
        // A question gets all pages too, and never a part as if it were all.
        Assert.Equal(25, (await new AdoptionRegister(nodes).AskAll()).Split(',').Length);
        // A service that fails on the way leaves nothing, and is asked anew.
        var whole = department.Answer;
        department.Answer = http => http.Request.Query["from"] == "1" || http.Request.Method == "POST" ? Department.Status(401)(http) : whole(http);
        var second = await Begin(nodes);
        Assert.Equal("connector.source-unavailable", (await Given(nodes, second, r => r.Attempts > 0)).Code);
        department.Answer = whole;
        Later(nodes);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, second, Over)).State);
    }

    [Fact]
    public async Task How_a_service_goes_on_is_said_once_and_rightly()
    {
        await using var nodes = await AdoptionRegister.Start();
        var register = new AdoptionRegister(nodes);
        foreach (var wrong in new[] { "page = p", "page = p 2", "page = a b 1", "page = p 1\r\nnext = /n", "next = /n\r\nnext = /m", "page = p 1\r\npage = q 1" })
            Assert.Contains("写", await register.Enter("http:court", "GET /x\r\n" + wrong, parameters: ""), StringComparison.Ordinal);
        Assert.NotEmpty(await register.Enter("http:court", "POST /x\r\nnext = /n", parameters: ""));
    }
}
