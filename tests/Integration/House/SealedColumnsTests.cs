using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Node;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.House;

/// <summary>Which columns are sealed and which are indexed blindly is written in docs/keys.md, and nowhere else than at the columns themselves.</summary>
public class SealedColumnsTests
{
    static readonly IModel TheModel = Built();

    static IModel Built()
    {
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        foreach (var part in Model.Parts())
            services.AddSingleton(part);
        services.AddNodeDb(new DatabaseOptions("sqlite", ":memory:"), typeof(NodeHost).Assembly.GetName().Name!);
        services.AddKernel();
        using var provider = services.BuildServiceProvider();
        using var scope = provider.CreateScope();
        return scope.ServiceProvider.GetRequiredService<NodeDb>().Model;
    }

    [Fact]
    public void The_table_in_the_docs_is_that_of_the_code()
    {
        var table = ExchangeModule.ColumnsTable(TheModel);
        var docs = File.ReadAllText(Path.Combine(ProjectRoot.Path, "docs", "keys.md"));
        Assert.True(docs.Contains(table, StringComparison.Ordinal), $"docs/keys.md lacks this table:\n{table}");
    }

    [Fact]
    public void What_is_named_as_sealed_or_as_an_index_says_so_to_the_rotation()
    {
        var marked = Columns.Sealed(TheModel).Select(c => (c.Table, c.Column)).Concat(Columns.Blind(TheModel).Select(c => (c.Table, c.Column))).ToHashSet();
        var named = Columns.Any(TheModel).Where(c => c.Column.EndsWith("Sealed", StringComparison.Ordinal) || c.Column.EndsWith("Index", StringComparison.Ordinal));
        Assert.All(named, c => Assert.Contains((c.Table, c.Column), marked));
        // No two columns open each other's values by accident of one context.
        Assert.All(Columns.Sealed(TheModel).GroupBy(c => c.Context).Where(g => g.Count() > 1), g => Assert.Equal("notices.text", g.Key));
    }
}
