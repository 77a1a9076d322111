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
    [InlineData("登记的婚姻", "civil.marriage civil.divorce")]
    [InlineData("公积金的账户", "fund.account")]
    [InlineData("账户与婚姻", "")]
    [InlineData("的", "")]
    [InlineData("账户中的公积金", "fund.account")]
    [InlineData("民政厅 登记日期", "civil.divorce civil.marriage fund.account")]
    public void Every_word_must_stand_somewhere_and_the_name_says_most(string words, string codes) =>
        Assert.Equal(codes, string.Join(' ', Index.Find(words).OrderByDescending(f => f.Score).ThenBy(f => f.Offer.Code, StringComparer.Ordinal).Select(f => f.Offer.Code)));

    [Theory]
    [InlineData("基本医疗保险的参保人", "基本 医疗 保险 参保人")]
    [InlineData("占道经营", "占道 经营")]
    [InlineData("网格员和社区", "网格员 社区")]
    [InlineData("账户中的公积金", "账户 公积金")]
    [InlineData("异地就医的备案情况", "异地就医 备案 情况")]
    public void A_sentence_is_cut_into_its_words(string sentence, string words) => Assert.Equal(words, string.Join(' ', ChineseWords.Of(sentence)));

    [Fact]
    public void What_has_the_words_in_this_order_comes_first()
    {
        var index = new CatalogueIndex(new CatalogueDocument("CN-YRD/340000", "340000", [Offer("a", "登记婚姻", ""), Offer("b", "婚姻登记", "")]));
        Assert.Equal(["b", "a"], index.Find("婚姻登记").OrderByDescending(f => f.Score).Select(f => f.Offer.Code));
    }

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
