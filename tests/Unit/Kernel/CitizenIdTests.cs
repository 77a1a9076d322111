using Tongban.Kernel;
using Xunit;

namespace Tongban.Tests.Unit.Kernel;

/// <summary>GB 11643-1999 and GB 32100-2015.</summary>
public class CitizenIdTests
{
    static readonly DateOnly Today = new(2026, 11, 22);

    [Theory]
    [InlineData("11010519491231002X")]
    [InlineData("11010519491231002x")]
    [InlineData("440524188001010014")]
    [InlineData("310101180001010012")]
    public void The_standards_examples_pass(string id) => Assert.Equal(id.ToUpperInvariant(), CitizenId.Parse(id, Today).Value.ToString());

    [Theory]
    [InlineData("110105194912310021", "citizen-id.check")]
    [InlineData("11010519491231002", "citizen-id.length")]
    [InlineData("1101051949123A002X", "citizen-id.character")]
    [InlineData("340101180001010014", "citizen-id.check")]
    [InlineData("110105194913310024", "citizen-id.birth-date")]
    [InlineData(null, "citizen-id.length")]
    public void What_is_wrong_is_named(string? id, string code) => Assert.Equal(code, CitizenId.Parse(id, Today).Error!.Code);

    [Fact]
    public void A_birth_date_after_today_is_refused()
    {
        var tomorrow = CitizenId.Make("310199", Today.AddDays(1), 1).ToString();
        Assert.Equal("citizen-id.birth-date-future", CitizenId.Parse(tomorrow, Today).Error!.Code);
        Assert.True(CitizenId.Parse(tomorrow, Today.AddDays(1)).Ok);
    }

    [Fact]
    public void Any_one_mistyped_digit_is_found()
    {
        const string good = "440524188001010014";
        for (var i = 0; i < 17; i++)
        {
            for (var digit = '0'; digit <= '9'; digit++)
            {
                if (good[i] == digit)
                    continue;
                Assert.False(CitizenId.Parse(good[..i] + digit + good[(i + 1)..], Today).Ok);
            }
        }
    }

    [Theory]
    [InlineData("2008-02-29", "2025-02-28", 17)]
    [InlineData("2008-02-29", "2026-03-01", 18)]
    [InlineData("2008-11-22", "2026-11-22", 18)]
    [InlineData("2008-11-23", "2026-11-22", 17)]
    public void Age_is_whole_years(string birth, string at, int years) =>
        Assert.Equal(years, CitizenId.Make("310199", DateOnly.Parse(birth, null), 1).AgeAt(DateOnly.Parse(at, null)));

    [Theory]
    [InlineData("91350100M000100Y43", true)]
    [InlineData("91350100M000100Y4Z", false)]
    [InlineData("11100000000013338W", true)]
    [InlineData("1110000000001333", false)]
    [InlineData("I1100000000013338W", false)]
    public void Credit_codes_are_checked(string code, bool good) => Assert.Equal(good, CreditCode.Parse(code).Ok);
}
