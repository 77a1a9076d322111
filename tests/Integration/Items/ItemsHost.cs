using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Registry;
using Tongban.Contracts.Rulebook;
using Tongban.Items;
using Tongban.Items.Catalogue;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Node;
using Tongban.Rules;
using Tongban.Tests.Support;

namespace Tongban.Tests.Integration.Items;

/// <summary>Room Items alone on a database of its own, with the shipped catalogue, tables and departments.</summary>
sealed class ItemsHost : IAsyncDisposable
{
    readonly TestDatabase database;
    readonly ServiceProvider services;

    ItemsHost(TestDatabase database, ServiceProvider services) => (this.database, this.services) = (database, services);

    public static string Data { get; } = Path.Combine(ProjectRoot.Path, "data");

    public IServiceProvider Services => services;

    public static async Task<ItemsHost> Start()
    {
        var database = TestDatabase.Sqlite();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(new NodeIdentity("CN-YRD/310000", "310000", new Words("上海市", "Shanghai"), false, "http://127.0.0.1", "http://127.0.0.1", "", Data, true));
        services.AddNodeDb(database.Options, typeof(NodeHost).Assembly.GetName().Name!);
        services.AddKernel();
        Neighbours(services);
        services.AddItems();
        var built = services.BuildServiceProvider();
        await MigratedSqlite.Prepare(built.GetRequiredService<DatabaseOptions>());
        await Tongban.Kernel.Data.Database.Migrate(built);
        var host = new ItemsHost(database, built);
        await host.Seed();
        return host;
    }

    /// <summary>Stand-ins for the rooms beside this one: departments as listed, tables by the real engine.</summary>
    public static void Neighbours(IServiceCollection services)
    {
        services.AddSingleton<IDepartments>(new ListedDepartments(Path.Combine(Data, "departments.json")));
        services.AddSingleton<IRulebook>(new FileRulebook(Path.Combine(Data, "rules")));
    }

    public Task Seed() => ActivatorUtilities.CreateInstance<SeedItems>(services).StartAsync(default);

    public async Task<T> In<T>(Func<IServiceProvider, Task<T>> body)
    {
        await using var scope = services.AsNode("test");
        return await body(scope.ServiceProvider);
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        await database.DisposeAsync();
    }
}

sealed class ListedDepartments(string file) : IDepartments
{
    readonly List<Department> all = [.. JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.EnumerateArray().Select(d =>
        new Department(Text(d, "code"), Text(d, "division"), Text(d, "kind"), new Words(Text(d, "name"), Text(d, "nameEn")), Text(d, "creditCode")))];

    public Department? Find(string code) => all.Find(d => d.Code == code);

    public IReadOnlyList<Department> Of(string division) => [.. all.Where(d => d.Division == division)];

    static string Text(JsonElement e, string name) => e.GetProperty(name).GetString()!;
}

/// <summary>Tables straight from their files, through the engine that room Rulebook uses.</summary>
sealed class FileRulebook(string folder) : IRulebook
{
    readonly Dictionary<string, CompiledModel> tables = Directory.EnumerateFiles(folder, "*.dmn").ToDictionary(f => Path.GetFileNameWithoutExtension(f)!, f =>
    {
        var compiled = DmnModel.Read(File.ReadAllText(f)).Model!.Compile();
        return compiled.Diagnostics.Count == 0 ? compiled : throw new InvalidDataException($"{f}: {compiled.Diagnostics[0].Message}");
    });

    public Task<Result<RuleOutcome>> Decide(string ruleId, IReadOnlyDictionary<string, object?> inputs, DateOnly at, CancellationToken ct)
    {
        var table = tables[ruleId];
        var json = JsonSerializer.SerializeToElement(inputs.ToDictionary(i => i.Key, i => i.Value is DateOnly d ? d.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : i.Value));
        var decided = table.Evaluate(ruleId, table.ReadInputs(json));
        var rows = decided.Value.AsList is { } list ? list.ToList() : decided.Value.IsNull ? [] : [decided.Value];
        Result<RuleOutcome> outcome = new RuleOutcome(ruleId, 1, [.. rows.Select(r => Row(r.AsContext!))], []);
        return Task.FromResult(outcome);

        static Dictionary<string, object?> Row(FeelContext row) =>
            row.ToDictionary(e => e.Key, e => (object?)(e.Value.AsString ?? (object?)e.Value.AsBoolean));
    }
}
