using System.Globalization;

namespace Tongban.Rules;

/// <summary>A day of the proleptic Gregorian calendar, years −999,999,999 to 999,999,999 (XML Schema, as FEEL uses it).</summary>
public sealed record FeelDate : IComparable<FeelDate>
{
    public const int LastYear = 999_999_999;

    FeelDate(int year, int month, int day) => (Year, Month, Day) = (year, month, day);

    public int Year { get; }
    public int Month { get; }
    public int Day { get; }

    /// <summary>Null when there is no such day.</summary>
    public static FeelDate? Create(long year, long month, long day) =>
        year is >= -LastYear and <= LastYear && month is >= 1 and <= 12 && day >= 1 && day <= DaysIn((int)year, (int)month)
            ? new FeelDate((int)year, (int)month, (int)day) : null;

    public static FeelDate From(DateOnly d) => new(d.Year, d.Month, d.Day);

    public static FeelDate? Parse(string text) => TemporalText.Date(text);

    /// <summary>The CLR date, or null outside years 1 to 9999.</summary>
    public DateOnly? ToDateOnly() => Year is >= 1 and <= 9999 ? new DateOnly(Year, Month, Day) : null;

    static bool IsLeap(int year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    static int DaysIn(int year, int month) => month switch
    {
        2 => IsLeap(year) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    /// <summary>Days since 1970-01-01 (the algorithm of eras of 400 years).</summary>
    public long EpochDay
    {
        get
        {
            long y = Month <= 2 ? Year - 1L : Year;
            var era = (y >= 0 ? y : y - 399) / 400;
            var yearOfEra = y - era * 400;
            var dayOfYear = (153 * (Month + (Month > 2 ? -3 : 9)) + 2) / 5 + Day - 1;
            var dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
            return era * 146_097 + dayOfEra - 719_468;
        }
    }

    public static FeelDate? FromEpochDay(long days)
    {
        days += 719_468;
        var era = (days >= 0 ? days : days - 146_096) / 146_097;
        var dayOfEra = days - era * 146_097;
        var yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        var dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        var mp = (5 * dayOfYear + 2) / 153;
        var day = dayOfYear - (153 * mp + 2) / 5 + 1;
        var month = mp < 10 ? mp + 3 : mp - 9;
        return Create(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day);
    }

    /// <summary>1 is Monday, 7 is Sunday (ISO 8601).</summary>
    public int Weekday => (int)((((EpochDay + 3) % 7) + 7) % 7) + 1;

    public int DayOfYear => (int)(EpochDay - new FeelDate(Year, 1, 1).EpochDay) + 1;

    /// <summary>ISO 8601 week number.</summary>
    public int WeekOfYear
    {
        get
        {
            var thursday = FromEpochDay(EpochDay + 4 - Weekday) ?? this;
            return (thursday.DayOfYear - 1) / 7 + 1;
        }
    }

    public FeelDate? AddDays(long days) => FromEpochDay(EpochDay + days);

    /// <summary>Keeps the day of month, or takes the last day of a shorter month.</summary>
    public FeelDate? AddMonths(long months)
    {
        if (months is < -24_000_000_000L or > 24_000_000_000L)
            return null;
        var total = Year * 12L + (Month - 1) + months;
        var year = total >= 0 ? total / 12 : (total - 11) / 12;
        if (year is < -LastYear or > LastYear)
            return null;
        var month = (int)(total - year * 12) + 1;
        return Create(year, month, Math.Min(Day, DaysIn((int)year, month)));
    }

    public int CompareTo(FeelDate? other) => other is null ? 1 : (Year, Month, Day).CompareTo((other.Year, other.Month, other.Day));

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Year < 0 ? "-" : "")}{Math.Abs(Year):0000}-{Month:00}-{Day:00}");
}
