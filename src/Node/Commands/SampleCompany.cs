using Microsoft.Data.Sqlite;

namespace Tongban.Node.Commands;

/// <summary>
/// The own system of the sample region's telecom: how many phones stayed in a county in a month, by the province their number is of. Made
/// from a fixed seed; nobody is counted.
/// </summary>
static class SampleCompany
{
    static readonly string[] Months = ["2026-08", "2026-09", "2026-10"];

    static readonly (string Name, int Weight)[] Counties = [("上海市徐汇区", 9), ("上海市青浦区", 6), ("苏州市吴江区", 7), ("嘉兴市嘉善县", 3), ("合肥市蜀山区", 5)];

    /// <summary>From the next to the farthest: the last have a handful of people, or none.</summary>
    static readonly string[] Origins = ["上海", "江苏", "浙江", "安徽", "河南", "江西", "湖北", "山东", "四川", "湖南", "广东", "福建", "贵州", "陕西", "甘肃", "云南", "广西", "青海", "海南", "西藏"];

    public static void Make(string folder)
    {
        var departments = Path.Combine(folder, "departments");
        var file = Path.Combine(departments, "telecom.db");
        if (File.Exists(file))
            return;
        Directory.CreateDirectory(departments);
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file + ".new", Pooling = false }.ToString());
        connection.Open();
        using var transaction = connection.BeginTransaction();
        using var table = connection.CreateCommand();
        table.CommandText = "CREATE TABLE zhuliu (tjy TEXT NOT NULL, qx TEXT NOT NULL, lyd TEXT NOT NULL, rs INTEGER NOT NULL, ts INTEGER NOT NULL)";
        table.ExecuteNonQuery();
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO zhuliu VALUES ($month, $county, $origin, $people, $days)";
        // One statement, set anew for each row.
        var values = new[] { "$month", "$county", "$origin", "$people", "$days" }.Select(name => insert.Parameters.AddWithValue(name, "")).ToList();
        var random = new Random(20261129);
        foreach (var month in Months)
        {
            foreach (var (county, weight) in Counties)
            {
                for (var origin = 0; origin < Origins.Length; origin++)
                {
                    var people = (int)(weight * 900 * Math.Exp(-0.48 * origin) * (0.7 + (0.6 * random.NextDouble())));
                    if (people == 0)
                        continue;
                    object[] row = [month, county, Origins[origin], people, people * random.Next(5, 28)];
                    for (var i = 0; i < row.Length; i++)
                        values[i].Value = row[i];
                    insert.ExecuteNonQuery();
                }
            }
        }
        transaction.Commit();
        connection.Close();
        File.Move(file + ".new", file);
    }
}
