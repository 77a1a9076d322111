using Microsoft.Data.Sqlite;
using Tongban.Kernel;

namespace Tongban.Bench;

/// <summary>The systems of two departments of the node that is asked, with just the tables the measures read.</summary>
static class BenchDepartments
{
    public const string Division = "340000";

    /// <summary>One marriage for each of so many people made up here, of about 1 KB as an answer. Returns their numbers.</summary>
    public static List<string> Marriages(string folder, int people)
    {
        var ids = Enumerable.Range(0, people).Select(i => CitizenId.Make("340199", new DateOnly(1960, 1, 1).AddDays(i), (i % 400 * 2) + 1).ToString()).ToList();
        Marriages(folder, ids);
        return ids;
    }

    public static void Marriages(string folder, IReadOnlyList<string> ids)
    {
        var office = string.Concat(Enumerable.Repeat("样例民政局婚姻登记处", 26));
        Fill(folder, "civil.db", """
            CREATE TABLE hunyin (djzh TEXT, djrq TEXT, djjg TEXT, xzqh TEXT, nan_sfzh TEXT, nan_xm TEXT, nv_sfzh TEXT, nv_xm TEXT, zt TEXT);
            CREATE INDEX nan ON hunyin (nan_sfzh);
            CREATE INDEX nv ON hunyin (nv_sfzh);
            """,
            "INSERT INTO hunyin VALUES (@number, '2015-10-01', @office, '340199', @id, '样例甲', @other, '样例乙', '有效')",
            ids.Select((id, i) => new Dictionary<string, string>
            {
                ["@number"] = $"J340199-2015-{i:D6}",
                ["@office"] = office,
                ["@id"] = id,
                ["@other"] = CitizenId.Make("340199", new DateOnly(1961, 1, 1).AddDays(i), (i % 400 * 2) + 2).ToString(),
            }));
    }

    public static void Jobs(string folder, IReadOnlyList<string> ids) => Fill(folder, "hrss.db", """
        CREATE TABLE jiuye (id INTEGER PRIMARY KEY, sfzh TEXT, xm TEXT, danwei_dm TEXT, danwei_mc TEXT, xzqh TEXT, kaishi_rq TEXT, jieshu_rq TEXT);
        CREATE INDEX sfzh ON jiuye (sfzh);
        """,
        "INSERT INTO jiuye (sfzh, xm, danwei_dm, danwei_mc, xzqh, kaishi_rq) VALUES (@id, '样例甲', '', '样例单位', '340199', '2015-10-01')",
        ids.Select(id => new Dictionary<string, string> { ["@id"] = id }));

    static void Fill(string folder, string database, string schema, string insert, IEnumerable<Dictionary<string, string>> rows)
    {
        Directory.CreateDirectory(Path.Combine(folder, "departments"));
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "departments", database), Pooling = false }.ToString());
        connection.Open();
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.CommandText = schema;
        command.ExecuteNonQuery();
        command.CommandText = insert;
        foreach (var row in rows)
        {
            command.Parameters.Clear();
            foreach (var (name, value) in row)
                command.Parameters.AddWithValue(name, value);
            command.ExecuteNonQuery();
        }
        transaction.Commit();
    }
}
