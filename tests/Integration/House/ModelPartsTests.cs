using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Data;
using Tongban.Node;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.House;

/// <summary>Hosts of one process with other parts have other models, whichever was built first.</summary>
public sealed class ModelPartsTests
{
    [Fact]
    public void A_host_sees_the_tables_of_its_own_parts_only()
    {
        var whole = Tables(Model.Parts());
        var one = Model.Parts().First();
        var alone = Tables([one]);
        Assert.Contains(alone, t => t.StartsWith(one.Prefix, StringComparison.Ordinal));
        Assert.All(alone, t => Assert.True(t.StartsWith(one.Prefix, StringComparison.Ordinal) || t.StartsWith("kernel_", StringComparison.Ordinal), t));
        Assert.All(Model.Parts(), p => Assert.Contains(whole, t => t.StartsWith(p.Prefix, StringComparison.Ordinal)));
        Assert.True(alone.Count < whole.Count);
    }

    static List<string> Tables(IEnumerable<IModelPart> parts)
    {
        var services = new ServiceCollection();
        services.AddNodeDb(new DatabaseOptions("sqlite", ":memory:"), typeof(NodeHost).Assembly.GetName().Name!);
        foreach (var part in parts)
            services.AddSingleton(part);
        using var provider = services.BuildServiceProvider();
        using var scope = provider.CreateScope();
        return [.. scope.ServiceProvider.GetRequiredService<NodeDb>().Model.GetEntityTypes().Select(e => e.GetTableName()).OfType<string>()];
    }
}
