using System.Globalization;
using Tongban.Kernel.Time;

namespace Tongban.Web;

/// <summary>How dates, money and days are written for people. Dates are civil dates of Asia/Shanghai.</summary>
public static class Formats
{
    static readonly CultureInfo En = CultureInfo.InvariantCulture;

    static readonly string[] Weekdays = ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"];

    /// <summary><c>2026年11月22日 星期日</c>; <c>Sun 22 Nov 2026</c>.</summary>
    public static string Date(DateOnly date, bool english) => english
        ? date.ToString("ddd d MMM yyyy", En)
        : string.Create(En, $"{date.Year}年{date.Month}月{date.Day}日 {Weekdays[(int)date.DayOfWeek]}");

    /// <summary>A date of the past, such as a birth date: nobody plans by its weekday.</summary>
    public static string Day(DateOnly date, bool english) => english
        ? date.ToString("d MMM yyyy", En)
        : string.Create(En, $"{date.Year}年{date.Month}月{date.Day}日");

    /// <summary>Date and minute of an instant given as Unix milliseconds UTC.</summary>
    public static string Moment(long unixMilliseconds, bool english)
    {
        var local = LocalTime.Of(Instant(unixMilliseconds));
        var date = Date(DateOnly.FromDateTime(local.DateTime), english);
        return string.Create(En, $"{date}{(english ? ", " : " ")}{local:HH:mm}");
    }

    /// <summary>What another node said may lie outside of all calendars: it is shown as their edge.</summary>
    static DateTimeOffset Instant(long unixMilliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(unixMilliseconds, -62_000_000_000_000, 253_000_000_000_000));

    /// <summary><c>2026-11-22 14:05</c>, for tables.</summary>
    public static string ShortMoment(long unixMilliseconds) =>
        LocalTime.Of(Instant(unixMilliseconds)).ToString("yyyy-MM-dd HH:mm", En);

    /// <summary><c>¥1,234.50</c> from fen; whole yuan without decimals.</summary>
    public static string Money(long fen)
    {
        var yuan = Math.Abs(fen) / 100m;
        var text = yuan.ToString(fen % 100 == 0 ? "#,##0" : "#,##0.00", En);
        return fen < 0 ? $"−¥{text}" : $"¥{text}";
    }

    /// <summary>A fee: nothing to pay is said in words.</summary>
    public static string Fee(long fen, bool english) => fen == 0 ? english ? "Free" : "免费" : Money(fen);

    /// <summary>A promise in working days; 0 is decided on the spot.</summary>
    public static string WorkingDays(int days, bool english) => (days, english) switch
    {
        (0, false) => "当场办结",
        (0, true) => "On the spot",
        (1, true) => "1 working day",
        (_, true) => string.Create(En, $"{days} working days"),
        _ => string.Create(En, $"{days} 个工作日"),
    };

    /// <summary>What is left of a clock, in working days; negative is overdue.</summary>
    public static string DaysLeft(int days, bool english) => (days, english) switch
    {
        (0, false) => "今天到期",
        (0, true) => "Due today",
        ( < 0, false) => string.Create(En, $"已超期 {-days} 个工作日"),
        ( < 0, true) => $"{WorkingDays(-days, true)} overdue",
        (_, false) => string.Create(En, $"还剩 {days} 个工作日"),
        _ => $"{WorkingDays(days, true)} left",
    };

    /// <summary>How many times one must come in person.</summary>
    public static string Visits(int visits, bool english) => (visits, english) switch
    {
        (0, false) => "不用跑",
        (0, true) => "No visit",
        (1, true) => "1 visit",
        (_, false) => string.Create(En, $"最多跑 {visits} 次"),
        _ => string.Create(En, $"Up to {visits} visits"),
    };

    /// <summary>A size in bytes as kB or MB, rounded up.</summary>
    public static string Size(long bytes) => bytes < 1_000_000
        ? string.Create(En, $"{Math.Max(1, (bytes + 999) / 1000)} KB")
        : string.Create(En, $"{Math.Ceiling(bytes / 100_000m) / 10m:0.#} MB");
}
