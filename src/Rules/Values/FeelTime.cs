using System.Globalization;

namespace Tongban.Rules;

/// <summary>An offset from UTC, or a zone of the IANA database whose offset depends on the date.</summary>
/// <param name="Text">As it is written after the time: "Z", "+08:00" or "@Asia/Shanghai".</param>
public sealed record FeelZone(string Text, TimeSpan? FixedOffset, TimeZoneInfo? Info)
{
    public static readonly FeelZone Utc = new("Z", TimeSpan.Zero, null);

    /// <summary>Null when the offset is over 18 hours or the zone is unknown.</summary>
    public static FeelZone? Parse(string text) => TemporalText.Zone(text);

    public static FeelZone Of(TimeSpan offset)
    {
        if (offset == TimeSpan.Zero)
            return Utc;
        var a = offset.Duration();
        var text = string.Create(CultureInfo.InvariantCulture, $"{(offset < TimeSpan.Zero ? '-' : '+')}{a.Hours:00}:{a.Minutes:00}{(a.Seconds == 0 ? "" : $":{a.Seconds:00}")}");
        return new(text, offset, null);
    }

    /// <summary>The offset at a local date and time; years the CLR cannot hold take the rules of the nearest year it can.</summary>
    public TimeSpan OffsetAt(FeelDate date, FeelTime time)
    {
        if (FixedOffset is { } o)
            return o;
        var year = Math.Clamp(date.Year, 1, 9998);
        var day = Math.Min(date.Day, DateTime.DaysInMonth(year, date.Month));
        return Info!.GetUtcOffset(new DateTime(year, date.Month, day, time.Hour, time.Minute, time.Second, DateTimeKind.Unspecified));
    }

    /// <summary>For a time without a date: the standard offset.</summary>
    public TimeSpan StandardOffset => FixedOffset ?? Info!.BaseUtcOffset;

    public bool Equals(FeelZone? other) => other is not null && (Info is null ? other.Info is null && FixedOffset == other.FixedOffset : Info.Id == other.Info?.Id);

    public override int GetHashCode() => Info is null ? FixedOffset.GetHashCode() : Info.Id.GetHashCode();
}

/// <summary>A time of day to the nanosecond, with or without a zone.</summary>
public sealed record FeelTime(int Hour, int Minute, int Second, int Nanos = 0, FeelZone? Zone = null)
{
    public const long NanosPerSecond = 1_000_000_000L, NanosPerDay = 86_400L * NanosPerSecond;

    public static readonly FeelTime Midnight = new(0, 0, 0);

    public static FeelTime? Create(long hour, long minute, long second, int nanos = 0, FeelZone? zone = null) =>
        hour is >= 0 and < 24 && minute is >= 0 and < 60 && second is >= 0 and < 60 ? new((int)hour, (int)minute, (int)second, nanos, zone) : null;

    public static FeelTime? Parse(string text) => TemporalText.Time(text);

    public static FeelTime FromNanoOfDay(long nanos, FeelZone? zone)
    {
        var s = (int)(nanos / NanosPerSecond);
        return new(s / 3600, s / 60 % 60, s % 60, (int)(nanos % NanosPerSecond), zone);
    }

    public long NanoOfDay => (Hour * 3600L + Minute * 60L + Second) * NanosPerSecond + Nanos;

    /// <summary>Nanoseconds of the day in UTC (may lie outside one day); local time when there is no zone.</summary>
    public long Instant => NanoOfDay - (Zone is null ? 0 : (long)Zone.StandardOffset.TotalSeconds * NanosPerSecond);

    public override string ToString()
    {
        var fraction = Nanos == 0 ? "" : "." + Nanos.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0');
        return string.Create(CultureInfo.InvariantCulture, $"{Hour:00}:{Minute:00}:{Second:00}{fraction}{Zone?.Text}");
    }
}

/// <summary>A day and a time of day; the zone, if any, is the time's.</summary>
public sealed record FeelDateTime(FeelDate Date, FeelTime Time)
{
    public static FeelDateTime? Parse(string text) => TemporalText.DateTime(text);

    public static FeelDateTime From(DateTimeOffset t)
    {
        var nanos = (int)(t.Ticks % TimeSpan.TicksPerSecond * 100);
        return new(FeelDate.From(DateOnly.FromDateTime(t.DateTime)), new FeelTime(t.Hour, t.Minute, t.Second, nanos, FeelZone.Of(t.Offset)));
    }

    public bool HasZone => Time.Zone is not null;

    public Int128 LocalNanos => (Int128)Date.EpochDay * FeelTime.NanosPerDay + Time.NanoOfDay;

    /// <summary>Nanoseconds since 1970-01-01T00:00Z; local nanoseconds when there is no zone.</summary>
    public Int128 Instant =>
        LocalNanos - (Time.Zone is { } z ? (Int128)(long)z.OffsetAt(Date, Time).TotalSeconds * FeelTime.NanosPerSecond : 0);

    /// <summary>Counts on the local clock and keeps the zone.</summary>
    public FeelDateTime? Add(DaysTimeDuration d)
    {
        var nanos = LocalNanos + d.Nanos;
        var day = Int128.DivRem(nanos, FeelTime.NanosPerDay);
        var (q, r) = day.Remainder < 0 ? (day.Quotient - 1, day.Remainder + FeelTime.NanosPerDay) : day;
        return q < -400_000_000_000L || q > 400_000_000_000L || FeelDate.FromEpochDay((long)q) is not { } date
            ? null : new(date, FeelTime.FromNanoOfDay((long)r, Time.Zone));
    }

    public FeelDateTime? AddMonths(long months) => Date.AddMonths(months) is { } d ? new(d, Time) : null;

    public override string ToString() => $"{Date}T{Time}";
}
