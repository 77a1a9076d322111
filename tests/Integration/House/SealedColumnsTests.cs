using System.Text.RegularExpressions;
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

    /// <summary>Of these the account's own kind is asked for, and its key is no index: a staff login, another node's word.</summary>
    static readonly string[] PlainKeys = ["StaffAccounts.cs", "SignInAbroad.cs"];

    /// <summary>While the index's key is replaced a value has two forms: rows are looked for under both (Forms, OwnKeys) and compared with Same or IsOwn.</summary>
    [Fact]
    public void No_blind_index_is_compared_as_if_it_had_one_form()
    {
        // Names that other things share are looked at by hand.
        var names = string.Join('|', Columns.Blind(TheModel).Select(c => c.Column).Distinct().Except(["Target", "Seen"]));
        var comparison = new Regex($$"""\.({{names}})\s*[!=]=(?!\s*(null|""))|[!=]=\s*[\w.!]+\.({{names}})\b|\bequals\s+\w+\.({{names}})\b|\.({{names}})\.Equals\(""");
        var source = Path.Combine(ProjectRoot.Path, "src");
        var found = from file in Directory.EnumerateFiles(source, "*.*", SearchOption.AllDirectories)
                    where file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal)
                    where !file.Contains("/obj/", StringComparison.Ordinal) && Path.GetFileName(file) is not "RowRule.cs" && !PlainKeys.Contains(Path.GetFileName(file))
                    from line in File.ReadLines(file)
                    where comparison.IsMatch(line)
                    select $"{Path.GetRelativePath(source, file)}: {line.Trim()}";
        Assert.Empty(found);
    }
}
