using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Who exchanges with whom: each node sees its own, the hub only what both sides publish.</summary>
public sealed class PictureTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_sees_its_own_exchanges_by_month_direction_and_resource()
    {
        await using var region = await Asked(3);
        using var steward = new Browser(Role.Steward);
        foreach (var node in new[] { Shanghai, Anhui })
        {
            var page = await steward.Read(region.Url(node) + "/console/exchange/picture");
            Assert.Contains("aria-label=\"上海市向安徽省查询 3 次\"", page, StringComparison.Ordinal);
            Assert.DoesNotContain("安徽省向上海市查询", page, StringComparison.Ordinal);
            Assert.Contains("<svg", page, StringComparison.Ordinal);
        }
        var one = await steward.Read($"{region.Url(Anhui)}/console/exchange/picture?month=all&from={Uri.EscapeDataString(Shanghai)}&to={Uri.EscapeDataString(Anhui)}");
        Assert.Contains(Marriage, one, StringComparison.Ordinal);
        Assert.DoesNotContain(Husband, one, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hub_shows_what_both_sides_publish_and_nothing_before_or_after()
    {
        await using var region = await Asked(12);
        using var steward = new Browser(Role.Steward);
        Assert.Equal("counts.not-published", (await region.Get<PeerClient>(Hub).Get(Anhui, "/peer/counts", Ct)).Error?.Code);
        Assert.Empty(await Shown(region));
        await Publish(region, Anhui, on: true);
        // The other side did not choose to be seen.
        Assert.Empty(await Shown(region));
        await Publish(region, Shanghai, on: true);
        var use = Assert.Single(await Shown(region));
        Assert.Equal((Shanghai, Anhui, Marriage, 12L), (use.Consumer, use.Provider, use.Resource, use.Count));
        Assert.Contains("aria-label=\"上海市向安徽省查询 12 次\"", await steward.Read(region.Url(Hub) + "/console/exchange/picture"), StringComparison.Ordinal);
        await Publish(region, Shanghai, on: false);
        Assert.Empty(await Shown(region));
        Assert.DoesNotContain("12 次", await steward.Read(region.Url(Hub) + "/console/exchange/picture"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_few_are_not_published_and_nobody_signs_for_another()
    {
        await using var region = await Asked(9);
        await Publish(region, Anhui, on: true);
        var token = (await region.Get<PeerClient>(Hub).Get(Anhui, "/peer/counts", Ct)).Value;
        var directory = region.Get<RegionDirectory>(Hub).Trusted;
        Assert.Empty(MonthlyCounts.Verify(token, directory, Anhui)!.Uses);
        Assert.Null(MonthlyCounts.Verify(token, directory, Shanghai));
        var made = new MonthlyCounts(1, Anhui, 1, [new("2026-11", Shanghai, Anhui, Marriage, 500)]);
        Assert.Null(MonthlyCounts.Verify(made.Sign(region.Keys(Shanghai).Signing), directory, Anhui));
        Assert.NotNull(MonthlyCounts.Verify(made.Sign(region.Keys(Anhui).Signing), directory, Anhui));
        // Said twice, one is added to the other nowhere; and a month is a month.
        Assert.Null(MonthlyCounts.Verify((made with { Uses = [.. made.Uses, made.Uses[0] with { Count = 20 }] }).Sign(region.Keys(Anhui).Signing), directory, Anhui));
        Assert.Null(MonthlyCounts.Verify((made with { Uses = [made.Uses[0] with { Month = "2026-13" }] }).Sign(region.Keys(Anhui).Signing), directory, Anhui));
        // Of exchanges between two others it can say nothing.
        Assert.Null(MonthlyCounts.Verify((made with { Uses = [new("2026-11", Shanghai, Hub, Marriage, 500)] }).Sign(region.Keys(Anhui).Signing), directory, Anhui));
    }

    static async Task<TwoNodes> Asked(int exchanges)
    {
        var region = await TwoNodes.Start(hub: true, also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        var consent = await region.Consent(Husband);
        for (var i = 0; i < exchanges; i++)
            Assert.True((await region.Ask(Question(consent))).Ok);
        return region;
    }

    static async Task<IReadOnlyList<MonthlyCounts.Use>> Shown(TwoNodes region)
    {
        await region.Get<RegionCounts>(Hub).Look(Ct);
        return [.. region.Get<RegionCounts>(Hub).Shown()];
    }

    static async Task Publish(TwoNodes region, string node, bool on)
    {
        using var steward = new Browser(Role.Steward);
        var page = await steward.Read(region.Url(node) + "/console/exchange/picture");
        Assert.Contains(on ? "没有公布" : "正在公布", page, StringComparison.Ordinal);
        using var done = await steward.Submit(region.Url(node) + "/console/exchange/picture", "/console/exchange/picture", ("publish", on ? "yes" : "no"));
        Assert.Contains(on ? "正在公布" : "没有公布", await steward.Read(region.Url(node) + "/console/exchange/picture"), StringComparison.Ordinal);
    }
}
