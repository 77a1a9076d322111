using System.Globalization;
using System.Text;

namespace Tongban.Rules;

/// <summary>A length of time in days, hours, minutes and seconds, to the nanosecond.</summary>
public sealed record DaysTimeDuration(Int128 Nanos)
{
    public static DaysTimeDuration FromSeconds(long seconds) => new((Int128)seconds * FeelTime.NanosPerSecond);

    public static DaysTimeDuration? Parse(string text) => TemporalText.Duration(text).AsDaysTimeDuration;

    Int128 Size => Nanos < 0 ? -Nanos : Nanos;
    long Signed(Int128 part) => (long)(Nanos < 0 ? -part : part);

    public long Days => Signed(Size / FeelTime.NanosPerDay);
    public long Hours => Signed(Size / (3600 * (Int128)FeelTime.NanosPerSecond) % 24);
    public long Minutes => Signed(Size / (60 * (Int128)FeelTime.NanosPerSecond) % 60);
    public long Seconds => Signed(Size / FeelTime.NanosPerSecond % 60);

    public Number? TotalSeconds => Number.Divide(new((decimal)Nanos), new(FeelTime.NanosPerSecond));

    /// <summary>Null when the result does not fit.</summary>
    public static DaysTimeDuration? FromSeconds(Number seconds) =>
        Math.Abs(seconds.Value) < 1e18m ? new((Int128)(seconds.Value * FeelTime.NanosPerSecond)) : null;

    public override string ToString()
    {
        if (Nanos == 0)
            return "PT0S";
        var size = Size;
        var fraction = (long)(size % FeelTime.NanosPerSecond);
        long days = Math.Abs(Days), hours = Math.Abs(Hours), minutes = Math.Abs(Minutes), seconds = Math.Abs(Seconds);
        var text = new StringBuilder(Nanos < 0 ? "-P" : "P");
        if (days != 0)
            text.Append(CultureInfo.InvariantCulture, $"{days}D");
        if (hours != 0 || minutes != 0 || seconds != 0 || fraction != 0)
            text.Append('T');
        if (hours != 0)
            text.Append(CultureInfo.InvariantCulture, $"{hours}H");
        if (minutes != 0)
            text.Append(CultureInfo.InvariantCulture, $"{minutes}M");
        if (seconds != 0 || fraction != 0)
            text.Append(CultureInfo.InvariantCulture, $"{seconds}{(fraction == 0 ? "" : "." + fraction.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0'))}S");
        return text.ToString();
    }
}

/// <summary>A length of time in whole months.</summary>
public sealed record YearsMonthsDuration(long TotalMonths)
{
    public static YearsMonthsDuration? Parse(string text) => TemporalText.Duration(text).AsYearsMonthsDuration;

    public long Years => TotalMonths / 12;
    public long Months => TotalMonths % 12;

    /// <summary>Whole months from one day to another; negative when the second is earlier (DMN 1.5 table 74). The time of day does not count.</summary>
    public static YearsMonthsDuration Between(FeelDate from, FeelDate to)
    {
        if (to.CompareTo(from) < 0)
            return new(-Between(to, from).TotalMonths);
        var months = (to.Year - (long)from.Year) * 12 + to.Month - from.Month;
        return new(to.Day >= from.Day ? months : months - 1);
    }

    public override string ToString()
    {
        if (TotalMonths == 0)
            return "P0M";
        var (y, m) = (Math.Abs(Years), Math.Abs(Months));
        return string.Create(CultureInfo.InvariantCulture, $"{(TotalMonths < 0 ? "-" : "")}P{(y == 0 ? "" : $"{y}Y")}{(m == 0 ? "" : $"{m}M")}");
    }
}
