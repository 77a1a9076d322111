using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Items;
using Tongban.Items;
using Tongban.Items.Catalogue;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Xunit;

namespace Tongban.Tests.Integration.Items;

public class CatalogueTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Seeding_again_changes_nothing()
    {
        await using var host = await ItemsHost.Start();
        var before = await Rows(host);
        Assert.NotEmpty(before);
        Assert.All(before, r => Assert.Equal(1, r.Version));
        await host.Seed();
        Assert.Equal(before, await Rows(host));
    }

    [Fact]
    public async Task A_changed_file_gives_a_new_version_and_a_case_goes_on_under_the_old_one()
    {
        await using var host = await ItemsHost.Start();
        var loaded = ItemFiles.Load(Path.Combine(ItemsHost.Data, "items"), host.Services.GetRequiredService<Contracts.Registry.IDepartments>());
        var pension = loaded.Single(i => i.Item.Slug == "pension-transfer");
        var shanghai = pension.Variants.Single(v => v.Division == "310000");
        var faster = pension with { Variants = [.. pension.Variants.Select(v => v == shanghai ? v with { PromisedDays = 5 } : v)] };
        var written = await host.In(s => SeedItems.Seed(s.GetRequiredService<NodeDb>(), [faster], TimeProvider.System, Ct));
        Assert.Equal((0, 1), written);

        var old = await host.In(s => s.GetRequiredService<IItems>().Variant(shanghai.ImplementationCode, 1, Ct));
        var now = await host.In(s => s.GetRequiredService<IItems>().Variant(shanghai.ImplementationCode, 2, Ct));
        Assert.Equal(shanghai.PromisedDays, old.Value.PromisedDays);
        Assert.Equal(5, now.Value.PromisedDays);
        var rows = (await Rows(host)).Where(r => r.Code == shanghai.ImplementationCode).ToList();
        Assert.Equal([true, false], rows.Select(r => r.Ended));
    }

    [Fact]
    public async Task A_version_that_never_was_is_not_found()
    {
        await using var host = await ItemsHost.Start();
        var code = (await Rows(host))[0].Code;
        var missing = await host.In(s => s.GetRequiredService<IItems>().Variant(code, 9, Ct));
        Assert.Equal(ErrorKind.NotFound, missing.Error!.Kind);
    }

    static Task<List<(string Code, int Version, bool Ended)>> Rows(ItemsHost host) => host.In(async s =>
        (await s.GetRequiredService<NodeDb>().Set<VariantRow>().AsNoTracking().OrderBy(v => v.ImplementationCode).ThenBy(v => v.Version).ToListAsync(Ct))
        .ConvertAll(v => (v.ImplementationCode, v.Version, v.ValidUntil is not null)));
}
