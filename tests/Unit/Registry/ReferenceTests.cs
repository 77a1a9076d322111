using Tongban.Registry.Reference;
using Xunit;

namespace Tongban.Tests.Unit.Registry;

public class ReferenceTests
{
    static readonly ReferencePlaces Places = ReferencePlaces.Read(SampleFolder.Data);
    static readonly ReferenceDepartments Departments = ReferenceDepartments.Read(SampleFolder.Data);

    [Theory]
    [InlineData("310000", "上海市")]
    [InlineData("310100", "上海市")]
    [InlineData("310104", "上海市徐汇区")]
    [InlineData("310104010", "上海市徐汇区长桥街道")]
    [InlineData("320583", "江苏省苏州市昆山市")]
    [InlineData("999999", "999999")]
    public void A_place_has_its_full_name_and_no_placeholder(string code, string name) => Assert.Equal(name, Places.Name(code));

    [Theory]
    [InlineData("310000", "Shanghai")]
    [InlineData("310100", "Shanghai")]
    [InlineData("310104", "Xuhui, Shanghai")]
    [InlineData("340100", "Hefei, Anhui")]
    [InlineData("340104", "Hefei, Anhui (蜀山区)")]
    [InlineData("999999", "999999")]
    public void A_place_has_an_English_name_as_far_as_it_is_known(string code, string english) => Assert.Equal(english, Places.Named(code).En);

    [Fact]
    public void A_coded_value_has_English_by_its_field_and_other_text_stays_as_it_is()
    {
        var coded = ReferenceCodedValues.Read(SampleFolder.Data);
        Assert.Equal("Payments paused", coded.Of("hrss.pension-account", "state", "暂停缴费").En);
        Assert.Equal(("Daughter", "Female"), (coded.Of("police.household-register", "relation", "女").En, coded.Of("police.household-register", "sex", "女").En));
        Assert.Equal("女", coded.Of("police.household-register", "name", "女").En);
        Assert.Equal("不在表中", coded.Of("hrss.pension-account", "state", "不在表中").En);
    }

    [Fact]
    public void Children_of_a_municipality_are_its_districts()
    {
        Assert.Equal(["310000", "320000", "330000", "340000"], Places.Children("").Select(p => p.Code));
        Assert.Equal(16, Places.Children("310000").Count);
        Assert.All(Places.Children("310000"), p => Assert.Equal("county", p.Level));
        Assert.Equal(16, Places.Children("340000").Count);
        Assert.Empty(Places.Children("310104010"));
        Assert.Null(Places.Find("999999"));
        Assert.Equal("310100", Places.Find("310104")!.Parent);
    }

    [Fact]
    public void Nine_departments_serve_each_province()
    {
        Assert.Equal(["police", "civil", "estate", "hrss", "fund", "medical", "market", "credit", "data"], Departments.Of("340000").Select(d => d.Kind));
        Assert.Equal("安徽省公安厅", Departments.Find("340000-police")!.Name.Zh);
        Assert.Null(Departments.Find("350000-police"));
        Assert.Empty(Departments.Of("350000"));
    }
}
