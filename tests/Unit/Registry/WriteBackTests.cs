using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Registry.Departments;
using Tongban.Registry.Sample;
using Xunit;
using static Tongban.Registry.RegistryModule;

namespace Tongban.Tests.Unit.Registry;

/// <summary>Write-backs on departments of their own, made anew for each test.</summary>
public sealed class WriteBackTests : IAsyncLifetime
{
    const string Worker = "34019919850312901X", Wife = "340299198711059023", Husband = "310199198608219032", Father = "340299195902179112";
    const string Retiree = "34089919570618905X", Buyer = "310199199004279071";

    static readonly DateOnly On = new(2026, 11, 23);

    static readonly Home Bought = new("U", long.MaxValue);

    readonly SampleFolder sample = new();

    DepartmentSystem Shanghai => new(SampleRegion.DepartmentsFolder(sample.Nodes, "31"));

    DepartmentSystem Anhui => new(SampleRegion.DepartmentsFolder(sample.Nodes, "34"));

    public async ValueTask InitializeAsync() =>
        Assert.True((await SampleRegion.Generate(SampleFolder.Data, sample.Nodes, new SampleOptions(5, 20))).Value.Generated);

    public ValueTask DisposeAsync() => sample.DisposeAsync();

    Dictionary<string, object?> One(string province, string file, string sql) => SampleFolder.Query(sample.Department(province, file), sql).Single();

    long Count(string province, string file, string table) => (long)One(province, file, $"SELECT count(*) AS n FROM {table}")["n"]!;

    [Fact]
    public void A_pension_leaves_one_province_and_arrives_in_the_other()
    {
        var transfer = TransferPensionOut.Run(Anhui, "CASE-1", Worker, On).Value;
        Assert.Equal(106, transfer.Months);
        Assert.Equal(106, transfer.Years.Sum(y => y.Months));
        Assert.Equal(transfer.PersonalFen, transfer.Years.Sum(y => y.CreditedFen + y.InterestFen));
        Assert.Equal("340104", transfer.FromDivision);
        // 国办发〔2009〕66号 article 4: 12 % of the bases of 1998 and later.
        Assert.Equal((long)Math.Round(transfer.Years.Sum(y => (decimal)y.BaseFen) * 0.12m), transfer.PooledFen);
        var left = One("34", "hrss.db", $"SELECT zt, leiji_yueshu, grzh_fen, banjian_bianhao FROM yanglao_zhanghu WHERE sfzh = '{Worker}'");
        Assert.Equal(["已转出", 0L, 0L, "CASE-1"], left.Values);

        var joined = TransferPensionIn.Run(Shanghai, "CASE-1", transfer, On).Value;
        Assert.Equal(117 + 106, joined.Months);
        Assert.Equal(joined.BalanceFen, One("31", "hrss.db", $"SELECT sum(grzh_jizhang_fen + lixi_fen) AS s FROM yanglao_jiaofei WHERE sfzh = '{Worker}'")["s"]);
        Assert.Equal(9L, One("31", "hrss.db", $"SELECT count(*) AS n FROM yanglao_jiaofei WHERE sfzh = '{Worker}' AND zhuanru = 1 AND laiyuan_xzqh = '340104' AND banjian_bianhao = 'CASE-1'")["n"]);
    }

    [Fact]
    public void A_credit_record_is_repaired_after_three_months_and_once()
    {
        const string Firm = "91310199MA99TA015J", Matter = "超标排放";
        var determined = new DateOnly(2026, 3, 12);
        Assert.Equal("credit.too-early", RepairCredit.Run(Shanghai, "CASE-0", Firm, Matter, determined, determined.AddMonths(3).AddDays(-1)).Error?.Code);
        Assert.Equal("credit.no-record", RepairCredit.Run(Shanghai, "CASE-0", Firm, Matter, determined.AddDays(1), On).Error?.Code);
        Assert.Equal("credit.no-record", RepairCredit.Run(Shanghai, "CASE-0", "91340199MA99TA015J", Matter, determined, On).Error?.Code);
        var repaired = RepairCredit.Run(Shanghai, "CASE-1", Firm, Matter, determined, On).Value;
        Assert.Equal(new CreditRepaired(Firm, Matter, "2026-03-12", "2026-11-23"), repaired);
        Assert.Equal(repaired, RepairCredit.Run(Shanghai, "CASE-1", Firm, Matter, determined, On.AddDays(1)).Value);
        Assert.Equal("credit.repaired", RepairCredit.Run(Shanghai, "CASE-2", Firm, Matter, determined, On).Error?.Code);
        Assert.Equal(["已修复", "2026-11-23", "CASE-1"], One("31", "credit.db", $"SELECT xiufu_zt, xiufu_rq, banjian_bianhao FROM shixin WHERE zhuti_dm = '{Firm}' AND shixiang = '{Matter}'").Values);
    }

    [Fact]
    public void Everything_happens_once_for_a_case_and_answers_the_same_again()
    {
        var first = TransferPensionOut.Run(Anhui, "CASE-1", Worker, On).Value;
        var again = TransferPensionOut.Run(Anhui, "CASE-1", Worker, On.AddDays(3)).Value;
        Assert.Equal(first.Years, again.Years);
        Assert.Equal(first with { Years = [] }, again with { Years = [] });
        var joined = TransferPensionIn.Run(Shanghai, "CASE-1", first, On).Value;
        Assert.Equal(joined, TransferPensionIn.Run(Shanghai, "CASE-1", first, On).Value);

        var page = MoveHouseholdOut.Run(Anhui, "CASE-2", Wife, "310104", "夫妻投靠", On).Value;
        Assert.Equal(page, MoveHouseholdOut.Run(Anhui, "CASE-2", Wife, "310104", "夫妻投靠", On).Value);
        var home = MoveHouseholdIn.Run(Shanghai, "CASE-2", page, Husband, null, "夫妻投靠", On).Value;
        Assert.Equal(home, MoveHouseholdIn.Run(Shanghai, "CASE-2", page, Husband, null, "夫妻投靠", On).Value);

        var filed = FileOffsiteTreatment.Run(Anhui, "CASE-3", Retiree, "310100", "异地安置退休人员", On, On).Value;
        Assert.Equal(filed, FileOffsiteTreatment.Run(Anhui, "CASE-3", Retiree, "310100", "异地安置退休人员", On, On).Value);
        var paid = WithdrawHousingFund.Run(Shanghai, "CASE-4", Buyer, null, 1_000_00, "购买自住住房", Bought, On).Value;
        Assert.Equal(paid, WithdrawHousingFund.Run(Shanghai, "CASE-4", Buyer, null, 1_000_00, "购买自住住房", Bought, On).Value);

        Assert.Equal(1, Count("34", "hrss.db", "banjian_huixie"));
        Assert.Equal(1, Count("31", "hrss.db", "banjian_huixie"));
        Assert.Equal(1, (long)One("31", "police.db", "SELECT count(*) AS n FROM qianyi WHERE banjian_bianhao = 'CASE-2'")["n"]!);
        Assert.Equal(1, (long)One("34", "medical.db", $"SELECT count(*) AS n FROM yidi_beian WHERE sfzh = '{Retiree}'")["n"]!);
        Assert.Equal(1, Count("31", "fund.db", "gjj_tiqu"));
    }

    [Fact]
    public async Task Two_deliveries_at_once_change_the_department_once()
    {
        var stop = TestContext.Current.CancellationToken;
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => WithdrawHousingFund.Run(Shanghai, "CASE-4", Buyer, null, 5_000_00, "购买自住住房", Bought, On), stop)));
        Assert.Single(results.Select(r => r.Value).Distinct());
        Assert.Equal(1, Count("31", "fund.db", "gjj_tiqu"));
    }

    [Fact]
    public void A_case_number_serves_one_person()
    {
        Assert.True(FileOffsiteTreatment.Run(Anhui, "CASE-3", Retiree, "310100", "异地安置退休人员", On, On).Ok);
        Assert.Equal("department.case-used", FileOffsiteTreatment.Run(Anhui, "CASE-3", Father, "310100", "异地长期居住人员", On, On).Error!.Code);
    }

    [Fact]
    public void A_refusal_leaves_no_trace_and_says_why()
    {
        Assert.Equal("pension.retired", TransferPensionOut.Run(Anhui, "C", Retiree, On).Error!.Code);
        Assert.Equal("pension.still-paying", TransferPensionOut.Run(Shanghai, "C", Worker, On).Error!.Code);
        Assert.Equal("pension.no-account", TransferPensionOut.Run(Anhui, "C", Husband, On).Error!.Code);
        Assert.Equal("household.head", MoveHouseholdOut.Run(Anhui, "C", Father, "310104", "夫妻投靠", On).Error!.Code);
        Assert.Equal("household.not-registered", MoveHouseholdOut.Run(Anhui, "C", Husband, "310104", "夫妻投靠", On).Error!.Code);
        Assert.Equal("medical.not-insured", FileOffsiteTreatment.Run(Shanghai, "C", Retiree, "310100", "异地安置退休人员", On, On).Error!.Code);
        Assert.Equal("fund.balance", WithdrawHousingFund.Run(Shanghai, "C", Buyer, null, long.MaxValue, "购买自住住房", Bought, On).Error!.Code);
        Assert.Equal("fund.price", WithdrawHousingFund.Run(Shanghai, "C", Buyer, null, 100_01, "购买自住住房", new Home("U", 100_00), On).Error!.Code);
        Assert.Equal("fund.amount", WithdrawHousingFund.Run(Shanghai, "C", Buyer, null, 0, "购买自住住房", Bought, On).Error!.Code);
        Assert.Equal(ErrorKind.Unavailable, TransferPensionOut.Run(new DepartmentSystem(Path.Combine(sample.Nodes, "absent")), "C", Worker, On).Error!.Kind);
        foreach (var province in new[] { "31", "34" })
        {
            foreach (var file in new[] { "hrss.db", "police.db", "medical.db", "fund.db" })
                Assert.Equal(0, Count(province, file, "banjian_huixie"));
        }
    }

    [Fact]
    public void A_withdrawal_is_for_the_home_the_register_names_whatever_was_entered()
    {
        Result<IReadOnlyDictionary<string, string>> Withdraw(string number, string typed, string fen) => ApplyEffect.Run(Shanghai, new EffectDue(
            number, "decision", WithdrawHousingFund.Effect, "310000-fund", new Contracts.Cases.Person(Buyer, "", "", "310104"),
            new Dictionary<string, string> { ["unitNumber"] = typed, ["price"] = "99999999900", ["accountNumber"] = "of-somebody-else", ["amount"] = fen },
            new Dictionary<string, string>
            {
                ["property.unitNumber"] = "HOME-1",
                ["property.price"] = "100000",
                ["fund-account.accountNumber"] = (string)One("31", "fund.db", $"SELECT zhanghao FROM gjj_zhanghu WHERE sfzh = '{Buyer}'")["zhanghao"]!,
            }), On);

        Assert.Equal("fund.price", Withdraw("CASE-4", "", "100001").Error!.Code);
        Assert.True(Withdraw("CASE-4", "", "100000").Ok);
        Assert.Equal("HOME-1", One("31", "fund.db", "SELECT bdcdyh FROM gjj_tiqu")["bdcdyh"]);
        Assert.Equal("fund.home-used", Withdraw("CASE-5", "", "1").Error!.Code);
        Assert.Equal("fund.home-used", Withdraw("CASE-6", "ANOTHER", "1").Error!.Code);
        Assert.Equal("effect.missing", ApplyEffect.Run(Shanghai, new EffectDue("CASE-7", "decision", WithdrawHousingFund.Effect, "310000-fund", new Contracts.Cases.Person(Buyer, "", "", "310104"),
            new Dictionary<string, string> { ["amount"] = "1", ["price"] = "5" }, new Dictionary<string, string>()), On).Error!.Code);
    }

    [Fact]
    public void A_second_case_finds_the_matter_done()
    {
        var transfer = TransferPensionOut.Run(Anhui, "CASE-1", Worker, On).Value;
        Assert.Equal("pension.already-gone", TransferPensionOut.Run(Anhui, "CASE-9", Worker, On).Error!.Code);
        Assert.True(TransferPensionIn.Run(Shanghai, "CASE-1", transfer, On).Ok);
        Assert.Equal("pension.paid-twice", TransferPensionIn.Run(Shanghai, "CASE-9", transfer, On).Error!.Code);
        Assert.True(WithdrawHousingFund.Run(Shanghai, "CASE-4", Buyer, null, 100, "购买自住住房", Bought, On).Ok);
        Assert.Equal("fund.home-used", WithdrawHousingFund.Run(Shanghai, "CASE-5", Buyer, null, 100, "购买自住住房", Bought, On).Error!.Code);
    }

    [Fact]
    public void Months_paid_in_both_places_stop_the_transfer_as_a_whole()
    {
        var transfer = TransferPensionOut.Run(Anhui, "CASE-1", Worker, On).Value;
        var doubled = transfer with { Years = [.. transfer.Years, transfer.Years[^1] with { Year = 2020, Months = 1 }] };
        var before = Count("31", "hrss.db", "yanglao_jiaofei");
        Assert.Equal("pension.paid-twice", TransferPensionIn.Run(Shanghai, "CASE-1", doubled, On).Error!.Code);
        Assert.Equal(before, Count("31", "hrss.db", "yanglao_jiaofei"));
    }

    [Fact]
    public void A_wife_leaves_her_fathers_household_and_joins_her_husbands()
    {
        var page = MoveHouseholdOut.Run(Anhui, "CASE-2", Wife, "310104", "夫妻投靠", On).Value;
        Assert.Equal(("苏婉清", "19871105", "340202", Father), (page.Name, page.Birth, page.FromDivision, page.FatherId));
        Assert.Equal("迁出", One("34", "police.db", $"SELECT zt FROM renkou WHERE sfzh = '{Wife}'")["zt"]);
        Assert.Equal("正常", One("34", "police.db", $"SELECT h.zt FROM renkou r JOIN hu h ON h.huhao = r.huhao WHERE r.sfzh = '{Wife}'")["zt"]);

        var home = MoveHouseholdIn.Run(Shanghai, "CASE-2", page, Husband, null, "夫妻投靠", On).Value;
        Assert.Equal(("妻", "陆景行", "310104"), (home.Relation, home.HeadName, home.Division));
        Assert.Equal(["迁入", "340202", "310104", "2026-11-23"], One("31", "police.db",
            "SELECT fangxiang, yuan_xzqh, xin_xzqh, riqi FROM qianyi WHERE banjian_bianhao = 'CASE-2'").Values);
        Assert.Equal("household.already-here", MoveHouseholdIn.Run(Shanghai, "CASE-9", page, Husband, null, "夫妻投靠", On).Error!.Code);
    }

    [Fact]
    public void A_new_filing_of_the_same_kind_replaces_the_old_one()
    {
        Assert.True(FileOffsiteTreatment.Run(Anhui, "CASE-3", Retiree, "310100", "异地安置退休人员", On, On).Ok);
        var second = FileOffsiteTreatment.Run(Anhui, "CASE-6", Retiree, "320100", "异地安置退休人员", On.AddDays(1), On.AddDays(1)).Value;
        Assert.Matches("^340800[0-9]{8}$", second.FilingNumber);
        Assert.Equal("320100", One("34", "medical.db", $"SELECT jiuyi_xzqh FROM yidi_beian WHERE sfzh = '{Retiree}' AND zt = '有效'")["jiuyi_xzqh"]);
    }

    [Fact]
    public void A_withdrawal_reduces_the_balance_by_what_was_paid()
    {
        var before = (long)One("31", "fund.db", $"SELECT yue_fen FROM gjj_zhanghu WHERE sfzh = '{Buyer}'")["yue_fen"]!;
        var withdrawn = WithdrawHousingFund.Run(Shanghai, "CASE-4", Buyer, null, before, "购买自住住房", Bought, On).Value;
        Assert.Equal(0, withdrawn.BalanceFen);
        Assert.Equal(0L, One("31", "fund.db", $"SELECT yue_fen FROM gjj_zhanghu WHERE sfzh = '{Buyer}'")["yue_fen"]);
        Assert.Equal("fund.balance", WithdrawHousingFund.Run(Shanghai, "CASE-7", Buyer, null, 1, "购买自住住房", Bought, On).Error!.Code);
    }

    static readonly Dictionary<string, string> Nothing = [];

    static EffectDue Due(string effect, string citizenId, Dictionary<string, string> form, IReadOnlyDictionary<string, string>? data = null) =>
        new("CASE-8", "step", effect, "any", new Contracts.Cases.Person(citizenId, "", "", ""), form, data ?? Nothing);

    [Fact]
    public void Effects_of_the_walks_hand_on_what_the_next_step_needs()
    {
        var transfer = ApplyEffect.Run(Anhui, Due("pension-transfer-out", Worker, Nothing), On).Value;
        Assert.Equal("106", transfer["transferredMonths"]);
        Assert.Equal("223", ApplyEffect.Run(Shanghai, Due("pension-transfer-in", Worker, Nothing, transfer), On).Value["months"]);

        var page = ApplyEffect.Run(Anhui, Due("household-move-out", Wife, new() { ["toDivision"] = "310104" }), On).Value;
        Assert.Equal("妻", ApplyEffect.Run(Shanghai, Due("household-move-in", Wife, Nothing, Joined(page)), On).Value["relation"]);

        var filed = ApplyEffect.Run(Anhui, Due("offsite-medical-filing", Retiree, new() { ["treatmentDivision"] = "310100", ["filingKind"] = "retired", ["startDate"] = "2026-12-01" }), On).Value;
        Assert.Equal(("2026-12-01", "异地安置退休人员"), (filed["from"], filed["filingKind"]));
        var paid = ApplyEffect.Run(Shanghai, Due("housing-fund-withdrawal", Buyer, new() { ["amount"] = "10000000", ["unitNumber"] = "U", ["price"] = "10000000" }), On).Value;
        Assert.Equal("15536000", paid["balanceFen"]);
    }

    /// <summary>What the case holds besides: the marriage that was fetched as evidence.</summary>
    static Dictionary<string, string> Joined(IReadOnlyDictionary<string, string> data) =>
        new(data) { ["marriage.husbandId"] = Husband, ["marriage.wifeId"] = Wife };

    [Fact]
    public void A_household_is_joined_that_evidence_names_and_not_one_that_was_typed()
    {
        var page = MoveHouseholdOut.Run(Anhui, "CASE-2", Wife, "310104", "夫妻投靠", On).Value;
        Assert.Equal("household.other", MoveHouseholdIn.Run(Shanghai, "CASE-2", page, Husband, "31010400000001", "夫妻投靠", On).Error!.Code);
        Assert.Equal("household.where-to", MoveHouseholdIn.Run(Shanghai, "CASE-2", page, null, null, "夫妻投靠", On).Error!.Code);
        Assert.Equal("household.no-sponsor", MoveHouseholdIn.Run(Shanghai, "CASE-2", page, null, "31010499999999", "夫妻投靠", On).Error!.Code);
        Assert.Equal("妻", MoveHouseholdIn.Run(Shanghai, "CASE-2", page, null, "31010400000003", "夫妻投靠", On).Value.Relation);
    }

    [Fact]
    public void Effects_say_what_they_lack()
    {
        Assert.Equal("effect.unknown", ApplyEffect.Run(Anhui, Due("no-such-effect", Worker, Nothing), On).Error!.Code);
        Assert.Equal(("effect.missing", "transfer"), Lacks(Due("pension-transfer-in", Worker, Nothing)));
        Assert.Equal(("effect.missing", "page"), Lacks(Due("household-move-in", Wife, Nothing)));
        Assert.Equal(("effect.unreadable", "transfer"), Lacks(Due("pension-transfer-in", Worker, new() { ["transfer"] = "{" })));
        Assert.Equal(("effect.unreadable", "page"), Lacks(Due("household-move-in", Wife, new() { ["page"] = "{}" })));
        var another = ApplyEffect.Run(Anhui, Due("pension-transfer-out", Worker, Nothing), On).Value;
        Assert.Equal(("effect.other-person", null), Lacks(Due("pension-transfer-in", Buyer, Nothing, another)));
        Assert.Equal(("effect.amount", "amount"), Lacks(Due("housing-fund-withdrawal", Buyer, new() { ["amount"] = "0.001" })));

        (string, string?) Lacks(EffectDue due)
        {
            var error = ApplyEffect.Run(Shanghai, due, On).Error!;
            return (error.Code, error.Where);
        }
    }

    [Theory]
    [InlineData("户主", false, "妻")]
    [InlineData("户主", true, "夫")]
    [InlineData("子", false, "儿媳")]
    [InlineData("女", true, "女婿")]
    [InlineData("兄弟姐妹", true, "其他亲属")]
    public void Relation_of_a_spouse_to_the_head_follows_the_spouses(string sponsor, bool man, string relation) =>
        Assert.Equal(relation, MoveHouseholdIn.RelationOf(man, sponsor));
}
