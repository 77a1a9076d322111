using System.Text;
using Tongban.Exchange;
using Tongban.Kernel;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

/// <summary>How the region's data standard is made, read, and followed by the next one.</summary>
public class StandardTests
{
    static Words W(string text) => new(text, text);

    static readonly StandardDocument One = StandardChange.Make(null, "CN-YRD",
        [new("person.sex", 0, W("性别"), "text", null, null, "sex", 2, true), new("person.birth-date", 0, W("出生日期"), "date", "yyyy-MM-dd", 10, null, 3, true)],
        [new("sex", 0, W("性别"), "GB/T 2261.1", [new("男", W("男")), new("女", W("女"))])]).Value;

    static CodeList Sex(params CodeValue[] values) => new("sex", 0, W("性别"), "GB/T 2261.1", values);

    [Fact]
    public void Only_what_changed_gets_a_new_version()
    {
        Assert.Equal((1, 1, 1), (One.Version, One.Element("person.sex")!.Version, One.List("sex")!.Version));
        var two = StandardChange.Make(One, "CN-YRD", [One.Elements[1]], [Sex(new("男", W("男")), new("女", W("女")), new("未说明", W("未说明")))]).Value;
        Assert.Equal((2, 1, 2), (two.Version, two.Element("person.birth-date")!.Version, two.List("sex")!.Version));
        Assert.Equal(["代码集 sex 改为第 2 版", "性别增加“未说明 未说明”"], StandardChange.Told(One, two).Select(w => w.Zh));
        Assert.Null(StandardChange.Refuses(One, two));
        Assert.Equal("standard.same", StandardChange.Make(One, "CN-YRD", One.Elements, One.Lists).Error?.Code);
    }

    [Fact]
    public void Codes_lists_and_elements_end_but_never_vanish()
    {
        Assert.Contains("请写明停用日期", StandardChange.Make(One, "CN-YRD", [], [Sex(new CodeValue("男", W("男")))]).Error?.Detail, StringComparison.Ordinal);
        var ended = StandardChange.Make(One, "CN-YRD", [], [Sex(new("男", W("男")), new("女", W("女"), Until: "2027-01-01"))]).Value;
        Assert.True(ended.List("sex")!.IsInForce("女", new DateOnly(2026, 12, 31)));
        Assert.False(ended.List("sex")!.IsInForce("女", new DateOnly(2027, 1, 1)));
        Assert.NotNull(StandardChange.Refuses(One, new StandardDocument("CN-YRD", 2, [One.Elements[0]], One.Lists)));
        Assert.NotNull(StandardChange.Refuses(One, new StandardDocument("CN-YRD", 2, One.Elements, [])));
    }

    [Fact]
    public void Versions_that_do_not_follow_are_refused()
    {
        var two = StandardChange.Make(One, "CN-YRD", [], [Sex(new("男", W("男")), new("女", W("女")), new("未说明", W("未说明")))]).Value;
        Assert.NotNull(StandardChange.Refuses(One, two with { Version = 3 }));
        Assert.NotNull(StandardChange.Refuses(two, One));
        Assert.NotNull(StandardChange.Refuses(One, two with { Region = "CN-XXX" }));
        // Changed without saying so, and saying so without a change.
        Assert.NotNull(StandardChange.Refuses(One, new StandardDocument("CN-YRD", 2, two.Elements, [two.Lists[0] with { Version = 1 }])));
        Assert.NotNull(StandardChange.Refuses(One, new StandardDocument("CN-YRD", 2, [One.Elements[0] with { Version = 2 }, One.Elements[1]], One.Lists)));
    }

    [Theory]
    [InlineData("""{"region":"r","version":1,"elements":[],"lists":[{"list":"a","version":1,"name":{"zh":"a","en":"a"},"values":[{"code":"x","name":{"zh":"x","en":"x"}},{"code":"x","name":{"zh":"x","en":"x"}}]}]}""")]
    [InlineData("""{"region":"r","version":1,"elements":[],"lists":[{"list":"a","version":1,"name":{"zh":"a","en":"a"},"values":[{"code":"unmapped","name":{"zh":"x","en":"x"}}]}]}""")]
    [InlineData("""{"region":"r","version":1,"elements":[],"lists":[{"list":"a","version":1,"name":{"zh":"a","en":"a"},"values":[{"code":"x","name":{"zh":"x","en":"x"},"until":"2026-02-30"}]}]}""")]
    [InlineData("""{"region":"r","version":1,"elements":[{"element":"a","version":1,"label":{"zh":"a","en":"a"},"type":"text","list":"none","level":1,"personal":false}],"lists":[]}""")]
    [InlineData("""{"region":"r","version":1,"elements":[null],"lists":[]}""")]
    [InlineData("""{"region":"r","version":0,"elements":[],"lists":[]}""")]
    [InlineData("[]")]
    public void What_contradicts_itself_is_not_read(string text) => Assert.Equal("standard.malformed", StandardDocument.Parse(Encoding.UTF8.GetBytes(text)).Error?.Code);

    [Fact]
    public void What_is_shipped_is_read_back_and_comes_out_and_in_as_csv()
    {
        var shipped = StandardDocument.Shipped(Registry.SampleFolder.Data, "CN-YRD");
        Assert.Equal(shipped.ToBytes(), StandardDocument.Parse(shipped.ToBytes()).Value.ToBytes());
        var (elements, none) = StandardCsv.Read(StandardCsv.Elements(shipped), "file").Value;
        var (_, lists) = StandardCsv.Read("\uFEFF" + StandardCsv.Lists(shipped.Lists), "file").Value;
        Assert.Empty(none);
        Assert.Equal("standard.same", StandardChange.Make(shipped, "CN-YRD", elements, lists).Error?.Code);
        Assert.NotNull(shipped.ListOf("person.sex")?.Value("男"));
        Assert.Contains("第 3 行第 1 列", StandardCsv.Read(string.Join(',', StandardCsv.ElementColumns) + "\na.b,甲,,text,,,,1,否\nA B,甲,,text,,,,1,否", "file").Error?.Detail, StringComparison.Ordinal);
    }
}
