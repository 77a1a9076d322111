using Tongban.Items.Search;
using Xunit;

namespace Tongban.Tests.Unit.Items;

public class ItemSearchTests
{
    static readonly ItemIndex Index = new(ShippedItems.All.Select(i => i.Item));

    [Theory]
    [InlineData("养老保险关系转移", "pension-transfer")]
    [InlineData("我要办转社保", "pension-transfer")]
    [InlineData("夫妻投靠", "household-move-spouse")]
    [InlineData("怎么办迁户口", "household-move-spouse")]
    [InlineData("异地看病", "offsite-medical")]
    [InlineData("买房 取公积金", "housing-fund-withdrawal")]
    [InlineData("身份证丢了", "id-card-replacement")]
    [InlineData("结婚", "marriage-registration")]
    [InlineData("个体户", "sole-trader-registration")]
    [InlineData("housing fund", "housing-fund-withdrawal")]
    [InlineData("HUKOU", "household-move-spouse")]
    public void What_people_say_finds_the_item_among_the_first_three(string asked, string slug) =>
        Assert.Contains(slug, Index.Find(asked).Take(3).Select(h => h.Item.Slug));

    [Fact]
    public void Part_of_every_name_finds_it()
    {
        foreach (var item in ShippedItems.All.Select(i => i.Item))
        {
            var part = item.Name.Zh[(item.Name.Zh.Length / 3)..];
            Assert.Contains(item.BaseCode, Index.Find(part).Select(h => h.Item.BaseCode));
        }
    }

    [Fact]
    public void A_base_code_finds_its_item_alone_in_front()
    {
        var code = ShippedItems.Named("offsite-medical").Item.BaseCode;
        Assert.Equal(code, Index.Find(code)[0].Item.BaseCode);
    }

    [Theory]
    [InlineData("火星移民")]
    [InlineData("spaceship")]
    public void What_is_not_there_is_not_found(string asked) => Assert.Empty(Index.Find(asked));

    [Fact]
    public void Nothing_asked_shows_all_the_popular_ones_first()
    {
        var all = Index.Find("");
        Assert.Equal(ShippedItems.All.Count, all.Count);
        Assert.Equal(1, all[0].Item.Popular);
    }
}
