using System.Net;
using System.Text.Encodings.Web;
using FsCheck;
using FsCheck.Fluent;
using Tongban.Web;

namespace Tongban.Tests.Unit.Web;

public class FormatsTests
{
    [Fact]
    public void A_date_carries_its_weekday()
    {
        Assert.Equal("2026年11月22日 星期日", Formats.Date(new DateOnly(2026, 11, 22), english: false));
        Assert.Equal("Sun 22 Nov 2026", Formats.Date(new DateOnly(2026, 11, 22), english: true));
    }

    [Fact]
    public void An_instant_is_written_in_the_regions_time()
    {
        // 16:30 UTC is past midnight in Shanghai.
        var instant = new DateTimeOffset(2026, 11, 22, 16, 30, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        Assert.Equal("2026年11月23日 星期一 00:30", Formats.Moment(instant, english: false));
        Assert.Equal("2026-11-23 00:30", Formats.ShortMoment(instant));
    }

    [Theory]
    [InlineData(123450, "¥1,234.50")]
    [InlineData(12000, "¥120")]
    [InlineData(5, "¥0.05")]
    [InlineData(-250, "−¥2.50")]
    public void Money_is_written_from_fen(long fen, string text) => Assert.Equal(text, Formats.Money(fen));

    [Theory]
    [InlineData(3, "还剩 3 个工作日", "3 working days left")]
    [InlineData(1, "还剩 1 个工作日", "1 working day left")]
    [InlineData(0, "今天到期", "Due today")]
    [InlineData(-2, "已超期 2 个工作日", "2 working days overdue")]
    public void Days_left_are_said_in_words(int days, string zh, string en)
    {
        Assert.Equal(zh, Formats.DaysLeft(days, english: false));
        Assert.Equal(en, Formats.DaysLeft(days, english: true));
    }

    [Fact]
    public void Nothing_to_pay_is_said_in_words() => Assert.Equal(("免费", "Free"), (Formats.Fee(0, english: false), Formats.Fee(0, english: true)));
}

public class PlainTests
{
    [Fact]
    public void Characters_beyond_ascii_become_themselves_and_markup_stays_escaped() =>
        Assert.Equal("<p>办&lt;b&gt; &#x27;𠮷 &amp;#x529E;</p>", PageResult.Plain("<p>&#x529E;&lt;b&gt; &#x27;&#x20BB7; &amp;#x529E;</p>"));

    [Fact]
    public void Whatever_is_encoded_reads_the_same_and_holds_no_new_markup() => Prop.ForAll<string?>(text =>
    {
        var encoded = HtmlEncoder.Default.Encode(text ?? "");
        var plain = PageResult.Plain(encoded);
        Assert.Equal(WebUtility.HtmlDecode(encoded), WebUtility.HtmlDecode(plain));
        Assert.DoesNotContain(plain, c => c is '<' or '>' or '"' or '\'');
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void An_instant_outside_of_all_calendars_is_shown_as_their_edge(long instant)
    {
        Assert.NotEmpty(Formats.Moment(instant, english: false));
        Assert.NotEmpty(Formats.ShortMoment(instant));
    }
}
