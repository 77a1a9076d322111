using Tongban.Exchange;
using Tongban.Kernel;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

public class CatalogueIndexTests
{
    static ResourceOffer Offer(string code, string zh, string en, string summary = "") =>
        new(code, 1, new Words(zh, en), new Words(summary, ""), "340000-civil", new Words("安徽省民政厅", "Civil affairs"), [], "conditional", "daily", [], [new FieldOffer("a", new Words("登记日期", "Day"), "date", 1, false)]);

    static readonly CatalogueIndex Index = new(new CatalogueDocument("CN-YRD/340000", "340000",
        [Offer("civil.marriage", "婚姻登记信息", "Marriage registration"), Offer("civil.divorce", "离婚登记信息", "Divorce registration", "不含婚姻登记"), Offer("fund.account", "公积金账户", "Housing fund ＡＣＣＯＵＮＴ")]));

    [Theory]
    [InlineData("婚姻", "civil.marriage civil.divorce")]
    [InlineData("离婚登记", "civil.divorce")]
    [InlineData("公 积金", "fund.account")]
    [InlineData("金", "fund.account")]
    [InlineData("REGISTR", "civil.divorce civil.marriage")]
    [InlineData("account", "fund.account")]
    [InlineData("离婚 户", "")]
    [InlineData("婚礼", "")]
    [InlineData("民政厅 登记日期", "civil.divorce civil.marriage fund.account")]
    public void Every_word_must_stand_somewhere_and_the_name_says_most(string words, string codes) =>
        Assert.Equal(codes, string.Join(' ', Index.Find(words).OrderByDescending(f => f.Score).ThenBy(f => f.Offer.Code, StringComparer.Ordinal).Select(f => f.Offer.Code)));

    /// <summary>U+FFFE is no character, and a text with it cannot be normalised.</summary>
    [Fact]
    public void A_character_that_is_none_breaks_no_search()
    {
        var index = new CatalogueIndex(new CatalogueDocument("CN-YRD/340000", "340000", [Offer("civil.marriage", "婚姻\uFFFE登记", "Marriage")]));
        Assert.Single(index.Find("登记\uFFFE"));
    }

    [Fact]
    public void No_word_finds_all() => Assert.Equal(3, Index.Find(" ，。").Count());
}
