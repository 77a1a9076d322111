using System.Diagnostics;
using System.Text.Json;
using Tongban.Kernel;
using static Tongban.Registry.RegistryModule;

namespace Tongban.Registry.Sample;

/// <summary>
/// Makes the sample region: for each province a folder of department databases, filled with people, families, work,
/// homes and insurance that fit together and name nobody real. Layout: <c>{nodes}/{310000|320000|330000|340000}/departments/*.db</c>.
/// </summary>
static class SampleRegion
{
    /// <summary>The day the facts are true for. Fixed: the personas' stories depend on it.</summary>
    public static readonly DateOnly AsOf = new(2026, 10, 31);

    /// <summary>Raised with every change of schema or of what a seed gives.</summary>
    const int Format = 1;

    sealed record Marker(int Format, ulong Seed, int People, DateOnly AsOf);

    static readonly (string File, Func<World, string, string, long> Write)[] Departments =
    [
        ("hrss.db", HrssFile.Write),
        ("fund.db", FundFile.Write),
        ("police.db", PoliceFile.Write),
        ("medical.db", MedicalFile.Write),
        ("civil.db", CivilFile.Write),
        ("estate.db", EstateFile.Write),
        ("market.db", MarketFile.Write),
        ("credit.db", CreditFile.Write),
    ];

    /// <param name="province">Two digits.</param>
    public static string DepartmentsFolder(string nodesFolder, string province) => RegistryModule.DepartmentsFolder(Path.Combine(nodesFolder, province + "0000"));

    /// <summary>
    /// Generates what is missing. A province is complete or absent: it is written beside its place and moved in one step,
    /// so that a run that was stopped leaves nothing half done. What is there is never overwritten: cases have changed it.
    /// Callers run this from one process at a time, before the nodes start.
    /// </summary>
    /// <param name="dataFolder">The project's <c>data</c> folder.</param>
    /// <param name="nodesFolder">The folder of all nodes.</param>
    public static async Task<Result<SampleReport>> Generate(
        string dataFolder, string nodesFolder, SampleOptions options,
        IProgress<SampleProgress>? progress = null, CancellationToken stop = default)
    {
        var clock = Stopwatch.StartNew();
        var wanted = new Marker(Format, options.Seed, options.People, AsOf);
        var missing = new List<string>();
        foreach (var province in Places.Provinces)
        {
            var folder = DepartmentsFolder(nodesFolder, province);
            if (!Directory.Exists(folder))
                missing.Add(province);
            else if (await ReadMarker(folder, stop) != wanted)
                return Error.Conflict("sample.another", $"{province} 已有另一套样例数据（种子、规模或版本不同）", $"Province {province} already holds a sample region of another seed, size or version",
                    "要重新生成，请用 --fresh 启动（会清除现有数据）", "Start with --fresh to make it anew; existing data is discarded");
        }
        if (missing.Count == 0)
            return new SampleReport(false, new Dictionary<string, long>(), clock.Elapsed);

        progress?.Report(new(new("生成人口与家庭", "People and families"), 0));
        var world = await Task.Run(() => Build(Path.Combine(dataFolder, "reference", "divisions.csv"), options, AsOf), stop);
        var rows = await WriteAll(world, nodesFolder, missing, progress, stop);
        foreach (var province in missing)
        {
            var partial = Partial(nodesFolder, province);
            await File.WriteAllTextAsync(Path.Combine(partial, "sample.json"), JsonSerializer.Serialize(wanted), stop);
            Directory.Move(partial, DepartmentsFolder(nodesFolder, province));
        }
        progress?.Report(new(new("样例数据已就绪", "Sample region ready"), 1));
        return new SampleReport(true, rows, clock.Elapsed);
    }

    public static World Build(string divisionsCsv, SampleOptions options, DateOnly asOf)
    {
        var world = new World(Places.Read(divisionsCsv), asOf);
        var fixedDice = new Dice(1);
        new Personas(world, new Ledgers(world, fixedDice), new Livelihood(world, new Names(fixedDice), fixedDice)).Arrive();
        var (people, firms) = (world.People.Count, world.Firms.Count);
        var jobs = world.Jobs.Count;

        var dice = new Dice(options.Seed);
        var names = new Names(dice.Fork(1));
        new Population(world, names, dice.Fork(2)).GrowTo(options.People);
        var careers = new Careers(world, names, dice.Fork(3));
        careers.FoundFirms(people);
        careers.Employ(people);
        new Ledgers(world, dice.Fork(4)).Keep(world.Jobs[jobs..]);
        new Livelihood(world, names, dice.Fork(5)).Provide(people, firms);
        return world;
    }

    static async Task<Dictionary<string, long>> WriteAll(World world, string nodesFolder, List<string> provinces, IProgress<SampleProgress>? progress, CancellationToken stop)
    {
        foreach (var province in provinces)
        {
            var partial = Partial(nodesFolder, province);
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
            Directory.CreateDirectory(partial);
        }
        var files = (from department in Departments from province in provinces select (province, department)).ToArray();
        var rows = new Dictionary<string, long>();
        await Parallel.ForEachAsync(files, stop, (each, _) =>
        {
            var written = each.department.Write(world, each.province, Path.Combine(Partial(nodesFolder, each.province), each.department.File));
            lock (rows)
            {
                rows[$"{each.province}/{each.department.File}"] = written;
                progress?.Report(new(new("写入部门系统", "Department systems"), 0.2 + 0.8 * rows.Count / files.Length));
            }
            return ValueTask.CompletedTask;
        });
        return rows;
    }

    static string Partial(string nodesFolder, string province) => DepartmentsFolder(nodesFolder, province) + ".partial";

    static async Task<Marker?> ReadMarker(string folder, CancellationToken stop)
    {
        var path = Path.Combine(folder, "sample.json");
        return File.Exists(path) ? JsonSerializer.Deserialize<Marker>(await File.ReadAllTextAsync(path, stop)) : null;
    }
}
