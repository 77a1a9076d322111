using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Registry;
using Tongban.Items.Catalogue;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Rulebook.Versions;
using Tongban.Node;
using Tongban.Tests.Integration.Cases;
using Tongban.Tests.Integration.Items;
using Tongban.Tests.Support;

namespace Tongban.Tests.Integration.House;

/// <summary>A node's database as its first start leaves it, with what ships: rules at all, items at governments. Hundreds of regions under test begin with it.</summary>
static class SeededSqlite
{
    static readonly Lazy<Task<byte[]>> Governments = new(() => Make(items: true));
    static readonly Lazy<Task<byte[]>> Others = new(() => Make(items: false));

    public static Task Prepare(NodeSettings settings) => MigratedSqlite.Prepare(settings.DatabaseOptions(), settings.Identity().IsGovernment ? Governments : Others);

    static Task<byte[]> Make(bool items) => MigratedSqlite.Make(
        async services =>
        {
            await Database.Migrate(services);
            await ActivatorUtilities.CreateInstance<SeedTables>(services).StartAsync(default);
            if (items)
                await ActivatorUtilities.CreateInstance<SeedItems>(services).StartAsync(default);
        },
        services =>
        {
            services.AddLogging();
            // Whatever day a test plays on, they are in force.
            services.AddSingleton<TimeProvider>(new FixedClock(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.FromHours(8))));
            services.AddSingleton(new NodeIdentity("CN-YRD/310000", "310000", new Words("上海市", "Shanghai"), false, "http://127.0.0.1", "http://127.0.0.1", "", SharedData.Folder, true));
            services.AddKernel();
            foreach (var part in Model.Parts())
                services.AddSingleton(part);
            services.AddSingleton<IDepartments>(new ListedDepartments(Path.Combine(SharedData.Folder, "departments.json")));
        });
}
