using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>What the product ships is taken in once: a version that was published stays as it was, whatever a newer file says.</summary>
public sealed class ShippedResourceTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_published_version_stays_and_the_file_that_differs_is_named()
    {
        await using var region = await TwoNodes.Start(without: Shanghai);
        var held = region.Get<OwnResources>(Anhui).Find(Marriage)!;
        var before = await Row(region, 1);
        var warned = new Warnings();
        var wider = held.Definition with { Fields = [.. held.Definition.Fields.Select(f => f with { Personal = false })] };

        var own = await Start(region, warned, wider);
        Assert.Equal((before.Document, before.Revision), ((await Row(region, 1)).Document, (await Row(region, 1)).Revision));
        Assert.Contains(own.Find(Marriage, 1)!.Definition.Fields, f => f.Personal);
        var said = Assert.Single(warned.Said);
        Assert.Contains("civil.marriage.json", said, StringComparison.Ordinal);
        Assert.Contains("next version number", said, StringComparison.Ordinal);

        // Under the next number it is taken in, and both are answered.
        own = await Start(region, warned, wider with { Version = 2 });
        Assert.Equal((2, true), (own.Find(Marriage)!.Definition.Version, own.Find(Marriage, 1) is not null));
        Assert.Single(warned.Said);
    }

    [Fact]
    public async Task How_the_departments_system_is_read_is_corrected_under_the_same_number()
    {
        await using var region = await TwoNodes.Start(without: Shanghai);
        var held = region.Get<OwnResources>(Anhui).Find(Marriage)!;
        var warned = new Warnings();
        var own = await Start(region, warned, held.Definition with { Connector = held.Definition.Connector! with { Database = "civil-2.db" } });
        Assert.Equal("civil-2.db", own.Find(Marriage, 1)!.Definition.Connector!.Database);
        Assert.Empty(warned.Said);
    }

    [Fact]
    public async Task A_stewards_own_version_of_the_number_stays_and_keeps_nothing_else_out()
    {
        await using var region = await TwoNodes.Start(without: Shanghai);
        var held = region.Get<OwnResources>(Anhui).Find(Marriage)!;
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
        {
            db.Add(ResourceRow.Of(held.Definition with { Version = 2 }, "340000", held.Department, 1));
            return db.SaveChangesAsync(Ct);
        });
        var warned = new Warnings();
        var own = await Start(region, warned, held.Definition with { Version = 2 }, held.Definition with { Version = 3 });
        Assert.Equal(ResourceState.Draft, (await Row(region, 2)).State);
        Assert.Single(warned.Said);
        Assert.NotNull(own.Find(Marriage, 3));
    }

    /// <summary>The node as it starts with other files.</summary>
    static async Task<OwnResources> Start(TwoNodes region, Warnings warned, params ResourceDefinition[] shipped)
    {
        var department = region.Get<OwnResources>(Anhui).Find(Marriage)!;
        var own = new OwnResources(
            region.Get<NodeIdentity>(Anhui), region.Clock, region.Get<IServiceScopeFactory>(Anhui),
            [.. shipped.Select(s => new OwnResource(s, department.Department, department.DepartmentName) { File = "civil.marriage.json" })], log: warned);
        await own.Prepare(Ct);
        return own;
    }

    static Task<ResourceRow> Row(TwoNodes region, int version) =>
        region.As<NodeDb, ResourceRow>(Anhui, Actor.Node("test"), db => db.Set<ResourceRow>().AsNoTracking().SingleAsync(r => r.Code == Marriage && r.Version == version, Ct));

    sealed class Warnings : ILogger<OwnResources>
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Said.Add(formatter(state, exception));
    }
}
