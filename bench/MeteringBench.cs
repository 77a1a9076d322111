using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Bench;

/// <summary>
/// What an agreement's page and the list of exchanges ask of a log with many metering records: the sums of one agreement's months, and all sums by
/// month. Options: <c>--records 1000000</c>, spread over 20 agreements and 60 days; the first of them has half.
/// </summary>
static class MeteringBench
{
    public static async Task<int> Run(string[] args)
    {
        var records = Load.Option(args, "--records", 1_000_000);
        var folder = Directory.CreateTempSubdirectory("tongban-metering-").FullName;
        try
        {
            var file = Path.Combine(folder, "log.db");
            var database = new DatabaseOptions("sqlite", file);
            var key = SignatureSuites.Ed25519.Generate();
            await (await TransparencyLog.Open(database, "bench/log", key, TimeProvider.System)).Value.DisposeAsync();
            Fill(file, records);
            await using var log = (await TransparencyLog.Open(database, "bench/log", key, TimeProvider.System)).Value;
            const long day = 86_400_000;
            await Time("metering.agreement_with_half", () => log.UnitsByPurpose("ag-0", 0, 30 * day));
            await Time("metering.agreement_with_a_fortieth", () => log.UnitsByPurpose("ag-7", 0, 30 * day));
            await Time("metering.page_of_1000", () => log.Metered("ag-0", 0, 60 * day, null, 1000));
            await Time("metering.all_sums_at_first", () => log.MeteringSums(0, long.MaxValue, 0), 1);
            await Time("metering.all_sums_of_the_last_1000", () => log.MeteringSums(records - 1000, long.MaxValue, 0));
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    static void Fill(string file, long records)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $records)
            INSERT INTO metering SELECT i, 'ag-' || (CASE WHEN i % 2 = 0 THEN 0 ELSE (i / 2) % 20 END), 'civil.marriage', 'CN-YRD/310000', 'CN-YRD/340000', 'p', 1, i * 5184000000 / $records, 'answered' FROM n
            """;
        command.Parameters.AddWithValue("$records", records);
        command.CommandTimeout = 600;
        command.ExecuteNonQuery();
    }

    static async Task Time<T>(string name, Func<Task<T>> ask, int times = 5)
    {
        var took = new List<double>();
        for (var i = 0; i < times; i++)
        {
            var watch = Stopwatch.StartNew();
            await ask();
            took.Add(watch.Elapsed.TotalMilliseconds);
        }
        Load.Figure(name, Load.Median(took), "ms");
    }
}
