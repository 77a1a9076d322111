using FsCheck;
using FsCheck.Fluent;
using Tongban.Exchange;
using Tongban.Kernel;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

/// <summary>A department's own codes and dates against the region's, in both directions.</summary>
public class CodeMappingTests
{
    static readonly DateOnly Today = new(2026, 11, 23);

    static Words W(string text) => new(text, text);

    static readonly CodeList Sex = new("sex", 2, W("性别"), "GB/T 2261.1", [new("男", W("男")), new("女", W("女")), new("旧", W("旧"), Until: "2026-01-01"), new("新", W("新"), From: "2027-01-01")]);

    static CodeMapping Of(params (string Local, string Code)[] entries) => new([.. entries.Select(e => new CodeEntry(e.Local, e.Code))], null, [new("1", "男")], false, "");

    static CodeMapping Dates(string form, bool states = false) => new([], form, [new("", "")], states, "");

    [Theory]
    [InlineData("1", "男")]
    [InlineData("M", "男")]
    [InlineData("2", "女")]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("9", "mapping.unmapped")]
    [InlineData("男", "mapping.unmapped")]
    [InlineData("8", "mapping.code-ended")]
    [InlineData("7", "mapping.code-ended")]
    public void A_local_code_becomes_the_regions_or_is_refused(string? local, string? expected)
    {
        var came = Of(("1", "男"), ("M", "男"), ("2", "女"), ("8", "旧"), ("7", "新")).ToRegion(local, Sex, Today);
        Assert.Equal(expected, came.Ok ? came.Value : came.Error.Code);
    }

    [Fact]
    public void Where_the_steward_says_so_an_unknown_code_is_stated_and_never_passed_on()
    {
        var mapping = Of(("1", "男")) with { States = true };
        Assert.Equal(CodeMapping.Unmapped, mapping.ToRegion("9", Sex, Today).Value);
        Assert.Equal("男", mapping.ToRegion("1", Sex, Today).Value);
        Assert.False(mapping.ToRegion("1", null, Today).Ok);
    }

    [Theory]
    [InlineData("女", "2")]
    [InlineData("男", "mapping.ambiguous")]
    [InlineData("旧", "mapping.unmapped")]
    [InlineData(null, null)]
    public void The_way_back_is_one_code_or_none(string? code, string? expected)
    {
        var came = Of(("1", "男"), ("M", "男"), ("2", "女")).ToLocal(code, Sex, Today);
        Assert.Equal(expected, came.Ok ? came.Value : came.Error.Code);
    }

    [Theory]
    [InlineData(false, "女", "2")]
    [InlineData(false, "男", "mapping.ambiguous")]
    [InlineData(true, "女", "2")]
    [InlineData(true, "旧", "mapping.unmapped")]
    [InlineData(true, CodeMapping.Unmapped, "mapping.ambiguous")]
    [InlineData(false, CodeMapping.Unmapped, "mapping.ambiguous")]
    [InlineData(true, "", "")]
    public void A_department_is_asked_by_one_code_or_not_at_all(bool states, string code, string expected)
    {
        var came = (Of(("1", "男"), ("M", "男"), ("2", "女")) with { States = states }).ToAsk(code, Sex, Today);
        Assert.Equal(expected, came.Ok ? came.Value : came.Error.Code);
    }

    [Theory]
    [InlineData("yyyyMMdd", "2015-03-01", "20150301")]
    [InlineData("yyyyMMdd", "May", "mapping.unmapped")]
    [InlineData("yyyy-MM-dd HH:mm:ss", "2015-03-01", "mapping.ambiguous")]
    [InlineData("yyyy-MM-dd HH:mm:ss", "", "")]
    public void A_department_that_writes_moments_is_not_asked_by_a_day(string form, string day, string expected)
    {
        var came = Dates(form, states: true).ToAsk(day, null, Today);
        Assert.Equal(expected, came.Ok ? came.Value : came.Error.Code);
        // What it answers is turned all the same.
        if (day.Length > 0 && day != "May")
            Assert.True(Dates(form).ToLocal(day, null, Today).Ok);
    }

    [Theory]
    [InlineData("yyyyMMdd", "20150301", "2015-03-01")]
    [InlineData("yyyy年M月d日", "2015年3月1日", "2015-03-01")]
    [InlineData("yyyy/M/d", "2015/3/1", "2015-03-01")]
    [InlineData("yyyy-MM-dd HH:mm:ss", "2015-03-01 08:30:00", "2015-03-01")]
    [InlineData("yyyyMMdd", "2015-03-01", "mapping.unmapped")]
    [InlineData("yyyyMMdd", "20150230", "mapping.unmapped")]
    public void Dates_are_read_in_their_form_and_in_no_other(string form, string local, string expected)
    {
        var came = Dates(form).ToRegion(local, null, Today);
        Assert.Equal(expected, came.Ok ? came.Value : came.Error.Code);
        if (came.Ok && !form.Contains('H', StringComparison.Ordinal))
            Assert.Equal(local, Dates(form).ToLocal(came.Value, null, Today).Value);
    }

    [Fact]
    public void What_is_wrong_in_itself_is_not_published()
    {
        static string? Where(CodeMapping mapping) => mapping.Check(Sex, Today)?.Detail;
        Assert.Null(Where(Of(("1", "男"), ("2", "女"))));
        Assert.Contains("第三性", Where(Of(("1", "男"), ("3", "第三性"))), StringComparison.Ordinal);
        Assert.Contains("旧", Where(Of(("1", "男"), ("8", "旧"))), StringComparison.Ordinal);
        Assert.Contains("测试未通过", Where(Of(("1", "女"))), StringComparison.Ordinal);
        Assert.Contains("至少写一条测试", Where(Of(("1", "男")) with { Tests = [] }), StringComparison.Ordinal);
        Assert.NotNull(Of(("1", "男")).Check(null, Today));
        Assert.Null(Where(Of(("1", "男")) with { Tests = [new("9", CodeMapping.Refused)] }));
    }

    [Fact]
    public void A_mapping_for_systems_must_know_one_local_code_for_every_code()
    {
        Assert.Empty(Of(("1", "男"), ("2", "女")).NotBack(Sex, Today));
        Assert.Equal(["女"], Of(("1", "男")).NotBack(Sex, Today));
        Assert.Equal(["男"], Of(("1", "男"), ("M", "男"), ("2", "女")).NotBack(Sex, Today));
    }

    [Fact]
    public void Whatever_a_department_writes_only_codes_in_force_come_out()
    {
        var code = Gen.Elements("a", "b", "c", "d", "e", "", "x y", "中", "unmapped");
        var day = Gen.Elements<string?>(null, "2020-01-01", "2026-11-23", "2026-11-24", "2030-05-05");
        var value = from c in code.Where(c => c is not ("" or "unmapped")) from f in day from u in day select new CodeValue(c, W(c), f, u);
        var made = from values in value.ListOf()
                   from entries in (from l in code from c in code select new CodeEntry(l, c)).ListOf()
                   from states in Gen.Elements(true, false)
                   from asked in code.ListOf()
                   from offset in Gen.Choose(-3000, 3000)
                   select (List: new CodeList("l", 1, W("l"), null, [.. values.DistinctBy(v => v.Code)]), Mapping: new CodeMapping([.. entries], null, [], states, ""), asked, On: Today.AddDays(offset));
        Prop.ForAll(Arb.From(made), m => m.asked.All(local =>
        {
            var came = m.Mapping.ToRegion(local, m.List, m.On);
            // A second reading of the rule, by hand.
            bool InForce(string c) => m.List.Values.Any(v => v.Code == c && (v.From is null || DateOnly.Parse(v.From, null) <= m.On) && (v.Until is null || m.On < DateOnly.Parse(v.Until, null)));
            var meant = m.Mapping.Entries.FirstOrDefault(e => e.Local == local)?.Code;
            return meant is not null ? came.Ok == InForce(meant) && (!came.Ok || came.Value == meant)
                : local.Length == 0 ? came is { Ok: true, Value: null }
                : m.Mapping.States ? came is { Ok: true, Value: CodeMapping.Unmapped } : !came.Ok;
        })).QuickCheckThrowOnFailure();
    }
}
