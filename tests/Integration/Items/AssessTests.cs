using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Items;
using Tongban.Contracts.Rulebook;
using Tongban.Items.Assess;
using Tongban.Items.Catalogue;
using Tongban.Kernel;
using Xunit;

namespace Tongban.Tests.Integration.Items;

/// <summary>The four matters as the fixed people of the sample region would file them, and every other way through the guides.</summary>
public class AssessTests : IAsyncLifetime
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    ItemsHost host = null!;

    public async ValueTask InitializeAsync() => host = await ItemsHost.Start();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task Pension_of_a_worker_who_went_from_Anhui_to_Shanghai()
    {
        var found = await Assess("pension-transfer", new() { ["currentProvince"] = "310000", ["formerProvince"] = "340000", ["householdProvince"] = "340000", ["overAge"] = "no", ["employment"] = "employed" });
        Assert.Equal("310000-hrss", found.Variant.Department);
        Assert.Equal(HandlingMode.JointPlaces, found.Variant.Mode);
        Assert.Equal(
            [("identity", "340000"), ("former-account", "340000"), ("former-ledger", "340000"), ("current-account", "310000"), ("employment", "310000")],
            found.Requirements.Select(r => (r.Id, r.Division!)));
        Assert.All(found.Requirements, r => Assert.NotNull(r.EvidenceType));
        Assert.Equal(
            [("review", "310000-hrss", null), ("transfer-out", "340000-hrss", "pension-transfer-out"), ("transfer-in", "310000-hrss", "pension-transfer-in")],
            found.Variant.Steps.Select(s => (s.Id, s.Department, s.Effect)));
        Assert.Equal(["transfer-out"], found.Variant.Steps[2].After);
    }

    [Fact]
    public async Task Household_of_a_wife_who_joins_her_husband_in_Shanghai()
    {
        var found = await Assess("household-move-spouse", new() { ["spouseProvince"] = "310000", ["householdProvince"] = "340000", ["marriageProvince"] = "340000", ["housing"] = "owned" });
        Assert.Equal("310000-police", found.Variant.Department);
        Assert.Equal(
            [("identity", "340000", "applicant"), ("register", "340000", "applicant"), ("marriage", "340000", "applicant"), ("spouse-register", "310000", "spouse"), ("home", "310000", "spouse")],
            found.Requirements.Select(r => (r.Id, r.Division!, r.Subject)));
        Assert.All(found.Requirements.Where(r => r.Subject == "spouse"), r => Assert.Equal("marriage.husbandId|marriage.wifeId", r.SubjectFrom));
        Assert.Equal(["310000-police", "310000-estate", "310000-police", "340000-police"], found.Variant.Steps.Select(s => s.Department));
        Assert.Equal(["check-household", "check-home"], found.Variant.Steps[2].After);
        Assert.Equal("household-move-in", found.Variant.Result!.Effect);
    }

    [Fact]
    public async Task A_rented_home_needs_a_lease_and_no_search_of_the_estate_register()
    {
        var found = await Assess("household-move-spouse", new() { ["spouseProvince"] = "310000", ["householdProvince"] = "340000", ["marriageProvince"] = "340000", ["housing"] = "rented" });
        Assert.Contains(found.Requirements, r => r is { Id: "lease", EvidenceType: null, Division: null });
        Assert.DoesNotContain(found.Variant.Steps, s => s.Id == "check-home");
        Assert.Equal(["check-household"], found.Variant.Steps.Single(s => s.Id == "approve-in").After);
    }

    [Fact]
    public async Task Treatment_of_a_retiree_insured_in_Anhui_who_lives_in_Shanghai()
    {
        var found = await Assess("offsite-medical", new() { ["residenceProvince"] = "310000", ["insuredProvince"] = "340000", ["reason"] = "异地安置退休人员" });
        Assert.Equal("340000-medical", found.Variant.Department);
        Assert.Equal("offsite-medical-decide", found.Variant.DecideAtOnceRule);
        Assert.Equal([("insurance", "340000"), ("residence", "310000")], found.Requirements.Select(r => (r.Id, r.Division!)));
        Assert.Equal(0, found.Variant.Result!.ValidMonths);
        var referred = await Assess("offsite-medical", new() { ["residenceProvince"] = "310000", ["insuredProvince"] = "340000", ["reason"] = "异地转诊人员" });
        Assert.Equal(6, referred.Variant.Result!.ValidMonths);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task An_answer_without_a_value_is_a_question_left_open(string? answer)
    {
        var code = (await Item("offsite-medical")).Item.BaseCode;
        var open = await host.In(s => s.GetRequiredService<IItems>().Assess(code, new Dictionary<string, string> { ["residenceProvince"] = answer!, ["insuredProvince"] = "340000" }, Ct));
        Assert.Equal(("item.answer-missing", "residenceProvince"), (open.Error!.Code, open.Error.Where));
    }

    [Fact]
    public async Task Fund_of_a_buyer_with_a_home_in_Jiangsu()
    {
        var found = await Assess("housing-fund-withdrawal", new() { ["fundProvince"] = "310000", ["homeProvince"] = "320000", ["householdProvince"] = "310000", ["ownedBy"] = "self" });
        Assert.Equal("310000-fund", found.Variant.Department);
        Assert.Equal([("identity", "310000"), ("fund-account", "310000"), ("property", "320000"), ("invoice", null)], found.Requirements.Select(r => (r.Id, r.Division)));
        Assert.Equal(["320000-estate", "310000-fund"], found.Variant.Steps.Select(s => s.Department));
        Assert.All(found.Variant.Steps, s => Assert.Empty(s.After));
    }

    [Fact]
    public async Task A_jurisdiction_that_asks_for_less_asks_for_less()
    {
        var found = await Assess("housing-fund-withdrawal", new() { ["fundProvince"] = "330000", ["homeProvince"] = "320000", ["householdProvince"] = "330000", ["ownedBy"] = "self" });
        Assert.DoesNotContain(found.Requirements, r => r.Id == "invoice");
        var anhui = await Assess("pension-transfer", new() { ["currentProvince"] = "340000", ["formerProvince"] = "310000", ["householdProvince"] = "340000", ["overAge"] = "no", ["employment"] = "employed" });
        Assert.Contains(anhui.Requirements, r => r is { Id: "transfer-application", Optional: true, EvidenceType: null });
    }

    [Theory]
    [InlineData("pension-transfer")]
    [InlineData("household-move-spouse")]
    [InlineData("offsite-medical")]
    [InlineData("housing-fund-withdrawal")]
    public async Task Every_way_through_the_guide_ends_in_an_authority_or_an_advice(string slug)
    {
        var item = await Item(slug);
        var ways = Ways(item.Item.Questions, [.. item.Variants.Keys.Order(StringComparer.Ordinal)], []).ToList();
        Assert.True(ways.Count >= 48);
        int decided = 0, advised = 0;
        await host.In(async s =>
        {
            var items = s.GetRequiredService<IItems>();
            foreach (var way in ways)
            {
                var result = await items.Assess(item.Item.BaseCode, way, Ct);
                if (!result.Ok)
                {
                    Assert.Equal("item.other-way", result.Error.Code);
                    Assert.NotEqual(result.Error.Detail, result.Error.DetailEn);
                    advised++;
                    continue;
                }
                decided++;
                Assert.Contains(result.Value.Requirements, r => !r.Optional);
                Assert.All(result.Value.Requirements, r => Assert.Equal(r.EvidenceType is null, r.Division is null));
                var again = await items.Assess(result.Value.Variant.ImplementationCode, result.Value.Variant.Version, way, Ct);
                Assert.Equal(result.Value.Requirements.Select(r => r.Id), again.Value.Requirements.Select(r => r.Id));
            }
            return Done.It;
        });
        Assert.True(decided > 0 && advised > 0);
    }

    [Fact]
    public async Task Every_general_item_assesses_in_every_province()
    {
        var shelf = host.Services.GetRequiredService<Shelf>();
        foreach (var item in (await shelf.Catalogue(Ct)).Items.Values.Where(i => !i.Item.Tailored))
        {
            foreach (var division in item.Variants.Keys)
            {
                var found = await host.In(s => s.GetRequiredService<IItems>().Assess(item.Item.BaseCode, new Dictionary<string, string> { ["division"] = division }, Ct));
                Assert.Equal(division, found.Value.Variant.Division);
                Assert.False(found.Value.Variant.Tailored);
                Assert.Equal(found.Value.Variant.Department, Assert.Single(found.Value.Variant.Steps).Department);
                Assert.All(found.Value.Requirements, r => Assert.Null(r.EvidenceType));
            }
        }
    }

    [Fact]
    public async Task A_missing_and_an_unknown_answer_are_named()
    {
        var code = (await Item("offsite-medical")).Item.BaseCode;
        var missing = await host.In(s => s.GetRequiredService<IItems>().Assess(code, new Dictionary<string, string> { ["residenceProvince"] = "310000" }, Ct));
        Assert.Equal(("item.answer-missing", "insuredProvince"), (missing.Error!.Code, missing.Error.Where));
        var unknown = await host.In(s => s.GetRequiredService<IItems>().Assess(code, new Dictionary<string, string> { ["residenceProvince"] = "110000" }, Ct));
        Assert.Equal(("item.answer-unknown", "residenceProvince"), (unknown.Error!.Code, unknown.Error.Where));
        var none = await host.In(s => s.GetRequiredService<IItems>().Assess("000000000000", new Dictionary<string, string>(), Ct));
        Assert.Equal(ErrorKind.NotFound, none.Error!.Kind);
    }

    [Theory]
    [InlineData("异地安置退休人员", true, "正常参保", "有效", "2027-01-01", "approve")]
    [InlineData("异地长期居住人员", true, "正常参保", "有效", "2026-11-22", "approve")]
    [InlineData("异地安置退休人员", true, "正常参保", "有效", "2026-11-21", "people")]
    [InlineData("异地安置退休人员", true, "暂停参保", "有效", "2027-01-01", "people")]
    [InlineData("异地安置退休人员", true, "正常参保", null, null, "people")]
    [InlineData("异地安置退休人员", false, null, "有效", "2027-01-01", "people")]
    [InlineData("常驻异地工作人员", true, "正常参保", "有效", "2027-01-01", "people")]
    [InlineData("异地转诊人员", true, "正常参保", "有效", "2027-01-01", "people")]
    public async Task Decided_at_once_only_when_everything_is_confirmed(string reason, bool found, string? insurance, string? permit, string? validTo, string decision)
    {
        var outcome = await host.Services.GetRequiredService<IRulebook>().Decide("offsite-medical-decide", new Dictionary<string, object?>
        {
            ["reason"] = reason,
            ["insuranceFound"] = found,
            ["insuranceState"] = insurance,
            ["permitState"] = permit,
            ["permitValidTo"] = validTo is null ? null : DateOnly.Parse(validTo, System.Globalization.CultureInfo.InvariantCulture),
            ["today"] = new DateOnly(2026, 11, 22),
        }, new DateOnly(2026, 11, 22), Ct);
        Assert.Equal(decision, Assert.Single(outcome.Value.Outputs)["decision"]);
    }

    static IEnumerable<Dictionary<string, string>> Ways(IReadOnlyList<Question> questions, string[] divisions, Dictionary<string, string> so)
    {
        if (Answers.Next(questions, so) is not { } next)
            return [so];
        var answers = next.Kind == "province" ? divisions : [.. next.Options!.Select(o => o.Value)];
        return answers.SelectMany(a => Ways(questions, divisions, new(so) { [next.Id] = a }));
    }

    async Task<Assessment> Assess(string slug, Dictionary<string, string> answers)
    {
        var code = (await Item(slug)).Item.BaseCode;
        return (await host.In(s => s.GetRequiredService<IItems>().Assess(code, answers, Ct))).Value;
    }

    async Task<ShelvedItem> Item(string slug) =>
        (await host.Services.GetRequiredService<Shelf>().Catalogue(Ct)).Items.Values.Single(i => i.Item.Slug == slug);
}
