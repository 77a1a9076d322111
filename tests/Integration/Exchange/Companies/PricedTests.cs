using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Trust;
using Tongban.Web;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Companies;

/// <summary>Rights in data and the price of its use, at both ends of an agreement.</summary>
public sealed class PricedTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static async Task Agree(TwoNodes region, Func<AgreementTerms, AgreementTerms> change)
    {
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var terms = change(new AgreementTerms("ag-priced", Anhui, Shanghai, Marriage, 1, ["registerNumber", "state"], ["*"], false, new AgreementBasis(AgreementBasis.Legal, new Words("依法", "by law")), now - 60_000, now + (40L * 24 * 3600_000), 100));
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.True((await region.Get<AgreementBook>(node).Import([region.Sign(terms, Anhui, Shanghai)], Ct)).Ok);
    }

    static Task<Result<ExchangeAnswer>> Ask(TwoNodes region, string purpose = Item) => region.Get<IExchange>(Shanghai).Query(
        new ExchangeQuestion(Anhui, Marriage, new Dictionary<string, string> { ["citizenId"] = Husband }, ["registerNumber", "state"], purpose, "", "subject-1", null, "account-1"), Ct);

    [Fact]
    public async Task Both_sides_come_to_the_same_fen_though_their_clocks_are_on_two_sides_of_a_month()
    {
        // Read by each side at its own instant: the answer says when, and both meter by that.
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        await region.Register(Anhui, Marriage, DataRights.Operator, Anhui);
        await Agree(region, t => t with { Price = new PricePlan(PricePlan.Row, 7, 2), UseClass = UseClass.Industry });
        foreach (var purpose in new[] { Item, Item, RelatedItem })
            Assert.True((await Ask(region, purpose)).Ok);

        async Task<List<(string, long, long)>> Metered(string node) =>
            [.. (await region.Get<TransparencyLog>(node).Metering(-1, 100, "ag-priced", Ct)).Select(m => (m.Metering.Purpose, m.Metering.Units, m.Metering.At))];
        Assert.Equal(await Metered(Anhui), await Metered(Shanghai));
        var month = LocalTime.DateOf(region.Clock.GetUtcNow().ToUnixTimeMilliseconds()) is var day ? new DateOnly(day.Year, day.Month, 1) : default;
        var uses = new Dictionary<string, IReadOnlyList<PurposeUse>>();
        foreach (var node in new[] { Anhui, Shanghai })
        {
            uses[node] = await MonthlyUse.Of(region.Get<TransparencyLog>(node), "ag-priced", month, withRows: true, Ct);
            using var steward = new Browser(Role.Steward);
            var page = await steward.Read(region.Url(node) + "/console/agreements/ag-priced");
            // Three rows at 7 fen for two: 10.5, so 11; and its parts.
            Assert.Contains($">{Formats.Money(11)}<", page, StringComparison.Ordinal);
            Assert.Contains("每 2 行 7 分", page, StringComparison.Ordinal);
            Assert.Contains("产业", page, StringComparison.Ordinal);
        }
        Assert.Equal(uses[Anhui], uses[Shanghai]);
        Assert.Equal([(2L, 2L), (1L, 1L)], uses[Anhui].OrderByDescending(u => u.Calls).Select(u => (u.Calls, u.Rows)));
    }

    [Fact]
    public async Task A_right_that_ends_stops_what_rested_on_it_at_once()
    {
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        await Agree(region, t => t with { FenPerCall = 5, UseClass = UseClass.Industry });
        // Whatever both signed: without the right nothing is charged, so nothing is answered.
        Assert.Equal("rights.no-operation", (await Ask(region)).Error?.Code);
        var right = await region.Register(Anhui, Marriage, DataRights.Operator, Anhui);
        Assert.True((await Ask(region)).Ok);
        using var steward = new Browser(Role.Steward);
        var page = region.Url(Anhui) + "/console/rights";
        Assert.Equal(303, (int)(await steward.Submit(page, $"/console/rights/{right.Id}/end")).StatusCode);
        Assert.Equal("rights.no-operation", (await Ask(region)).Error?.Code);
        Assert.Contains("已终止", await steward.Read(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_replica_notices_that_a_right_ended()
    {
        await using var region = await TwoNodes.Start();
        await Agree(region, t => t with { Processing = true });
        Assert.Equal("rights.no-processing", (await Ask(region)).Error?.Code);
        var right = await region.Register(Anhui, Marriage, DataRights.Processor, Shanghai);
        Assert.True((await Ask(region)).Ok);
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), async db =>
        {
            var row = (await db.FindAsync<RightRow>([right.Id], Ct))!;
            (row.EndedAt, row.Revision) = (region.Clock.GetUtcNow().ToUnixTimeMilliseconds() - 1, row.Revision + 1);
            return await db.SaveChangesAsync(Ct);
        });
        Assert.True((await Ask(region)).Ok);
        await region.Get<OwnResources>(Anhui).Refresh(Ct);
        Assert.Equal("rights.no-processing", (await Ask(region)).Error?.Code);
    }

    [Fact]
    public async Task A_steward_registers_rights_on_the_page_and_from_a_file_and_the_catalogue_says_so()
    {
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        using var steward = new Browser(Role.Steward);
        var page = region.Url(Anhui) + "/console/rights";
        (string, string)[] fields = [("resource", Marriage), ("kind", "operator"), ("party", Anhui), ("basis", "皖数据〔2026〕1号"), ("from", ""), ("until", "")];
        Assert.Equal(400, (int)(await steward.Submit(page, "/console/rights", [.. fields.Where(f => f.Item1 != "basis"), ("basis", "")])).StatusCode);
        Assert.Equal(400, (int)(await steward.Submit(page, "/console/rights", [.. fields.Where(f => f.Item1 != "party"), ("party", Hub)])).StatusCode);
        Assert.Equal(303, (int)(await steward.Submit(page, "/console/rights", fields)).StatusCode);
        var shown = await steward.Read(page);
        Assert.Contains("皖数据〔2026〕1号", shown, StringComparison.Ordinal);

        // Out, a line added, and in again: what is in force already adds nothing; a mistake stores nothing.
        var csv = await steward.Read(region.Url(Anhui) + "/console/rights.csv");
        async Task<int> Import(string text)
        {
            using var answer = await steward.Submit(await steward.Get(page), "/console/rights/import", file: ("file", text));
            return (int)answer.StatusCode;
        }
        Assert.Equal(400, await Import(csv + $"{Marriage},processor,{Shanghai},依据文件,,\n{Marriage},owner,{Shanghai},依据文件,,\n"));
        Assert.Equal(400, await Import("resource,kind\n"));
        Assert.Single(region.Get<OwnResources>(Anhui).RightsOf(Marriage));
        Assert.Equal(303, await Import(csv + $"{Marriage},processor,{Shanghai},依据文件,,\n"));
        Assert.Equal([DataRights.Operator, DataRights.Processor], region.Get<OwnResources>(Anhui).RightsOf(Marriage).Select(r => r.Kind).Order());

        // What begins in years is registered once, however often it is taken in and stands in the file; so is what was taken in without a first day.
        var coming = $"{Marriage},processor,{Shanghai},依据文件,2099-01-01,2099-12-31\n";
        for (var i = 0; i < 2; i++)
            Assert.Equal(303, await Import(csv + coming + coming + $"{Marriage},processor,{Shanghai},依据文件,,\n"));
        Assert.Equal(3, region.Get<OwnResources>(Anhui).RightsOf(Marriage).Count);

        var turtle = await steward.Read(region.Url(Anhui) + "/catalogue.ttl");
        Assert.Contains("dcat:hadRole <urn:tongban:right:operator>", turtle, StringComparison.Ordinal);
        Assert.Contains("产品经营权", await steward.Read(region.Url(Anhui) + $"/console/catalogue/340000/{Marriage}"), StringComparison.Ordinal);
    }
}
