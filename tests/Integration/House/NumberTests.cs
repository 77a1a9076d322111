using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Data;
using Tongban.Node;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.House;

/// <summary>Numbers of a run are never given twice, whoever asks at the same time and whichever way.</summary>
public sealed class NumberTests
{
    [Fact]
    public Task Numbers_are_unique_on_SQLite() => Unique(TestDatabase.Sqlite());

    [Fact]
    public async Task Numbers_are_unique_on_PostgreSQL()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await Unique(await TestDatabase.Postgres());
    }

    static async Task Unique(TestDatabase database)
    {
        await using var held = database;
        // Two replicas of a node: each takes blocks of its own.
        await using var one = Services(database);
        await using var two = Services(database);
        await Database.Migrate(one);
        var taken = await Task.WhenAll(Enumerable.Range(0, 120).Select(i => Task.Run(() => i % 3 == 2 ? Gapless(one) : (i % 3 == 0 ? one : two).GetRequiredService<NumberBlocks>().Next("run"))));
        Assert.Equal(taken.Length, taken.Distinct().Count());
        var after = await one.GetRequiredService<NumberBlocks>().Next("run");
        Assert.DoesNotContain(after, taken);
        Assert.Equal(1, await one.GetRequiredService<NumberBlocks>().Next("another"));
    }

    static async Task<long> Gapless(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        return await db.InTransaction(() => db.NextNumber("run"));
    }

    static ServiceProvider Services(TestDatabase database)
    {
        var services = new ServiceCollection();
        services.AddNodeDb(database.Options, typeof(NodeHost).Assembly.GetName().Name!);
        services.AddSingleton<NumberBlocks>();
        return services.BuildServiceProvider();
    }
}
