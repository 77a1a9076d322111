using System.Globalization;
using System.Text.RegularExpressions;

namespace Tongban.Rules;

/// <summary>Reads the lexical forms of FEEL dates, times, durations and zones (XML Schema 1.1 part 2, ISO 8601).</summary>
static partial class TemporalText
{
    [GeneratedRegex(@"\A(-?)([1-9]\d{4,8}|\d{4})-(\d\d)-(\d\d)\z", RegexOptions.CultureInvariant)]
    private static partial Regex DateForm { get; }

    [GeneratedRegex(@"\A(\d\d):(\d\d):(\d\d)(?:\.(\d{1,30}))?(Z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z0-9_+\-/]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex TimeForm { get; }

    [GeneratedRegex(@"\A(-?)P(?:(\d{1,18})Y)?(?:(\d{1,18})M)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex MonthsForm { get; }

    [GeneratedRegex(@"\A(-?)P(?:(\d{1,15})D)?(?:T(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15})(?:\.(\d{1,30}))?S)?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex DaysForm { get; }

    static long Int(Group g) => g.Success ? long.Parse(g.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    public static FeelDate? Date(string text)
    {
        var m = DateForm.Match(text);
        return m.Success ? FeelDate.Create(m.Groups[1].Length > 0 ? -Int(m.Groups[2]) : Int(m.Groups[2]), Int(m.Groups[3]), Int(m.Groups[4])) : null;
    }

    public static FeelTime? Time(string text)
    {
        var m = TimeForm.Match(text);
        if (!m.Success)
            return null;
        FeelZone? zone = null;
        if (m.Groups[5].Success && (zone = Zone(m.Groups[5].Value)) is null)
            return null;
        return FeelTime.Create(IsDayEnd(text) ? 0 : Int(m.Groups[1]), Int(m.Groups[2]), Int(m.Groups[3]), Nanos(m.Groups[4]), zone);
    }

    /// <summary>24:00:00 is the first moment of the next day (XML Schema 1.1 part 2, §3.3.7).</summary>
    static bool IsDayEnd(ReadOnlySpan<char> time) => time.StartsWith("24:00:00") && !time.StartsWith("24:00:00.");

    static int Nanos(Group fraction) =>
        fraction.Success ? int.Parse(fraction.Value.PadRight(9, '0').AsSpan(0, 9), NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    public static FeelDateTime? DateTime(string text)
    {
        var t = text.IndexOf('T');
        if (t < 0)
            return Date(text) is { } only ? new(only, FeelTime.Midnight) : null;
        if (Date(text[..t]) is not { } date || Time(text[(t + 1)..]) is not { } time)
            return null;
        return IsDayEnd(text.AsSpan(t + 1)) ? date.AddDays(1) is { } next ? new(next, time) : null : new(date, time);
    }

    public static FeelZone? Zone(string text)
    {
        if (text == "Z")
            return FeelZone.Utc;
        if (text.StartsWith('@'))
            return TimeZoneInfo.TryFindSystemTimeZoneById(text[1..], out var info) ? new(text, null, info) : null;
        var parts = text[1..].Split(':');
        var seconds = int.Parse(parts[0], CultureInfo.InvariantCulture) * 3600
            + int.Parse(parts[1], CultureInfo.InvariantCulture) * 60
            + (parts.Length > 2 ? int.Parse(parts[2], CultureInfo.InvariantCulture) : 0);
        if (seconds > 18 * 3600 || int.Parse(parts[1], CultureInfo.InvariantCulture) > 59)
            return null;
        return FeelZone.Of(TimeSpan.FromSeconds(text[0] == '-' ? -seconds : seconds));
    }

    /// <summary>Either kind of duration, or null.</summary>
    public static FeelValue Duration(string text)
    {
        if (text.EndsWith('P') || text.EndsWith('T'))
            return FeelValue.Null;
        var m = MonthsForm.Match(text);
        if (m.Success)
        {
            var months = (Int128)Int(m.Groups[2]) * 12 + Int(m.Groups[3]);
            return months > long.MaxValue ? FeelValue.Null : FeelValue.Of(new YearsMonthsDuration(m.Groups[1].Length > 0 ? -(long)months : (long)months));
        }
        m = DaysForm.Match(text);
        if (!m.Success)
            return FeelValue.Null;
        var seconds = (Int128)Int(m.Groups[2]) * 86_400 + (Int128)Int(m.Groups[3]) * 3600 + (Int128)Int(m.Groups[4]) * 60 + Int(m.Groups[5]);
        var nanos = seconds * FeelTime.NanosPerSecond + Nanos(m.Groups[6]);
        return FeelValue.Of(new DaysTimeDuration(m.Groups[1].Length > 0 ? -nanos : nanos));
    }

    /// <summary>What <c>@"…"</c> means: the first of date, date and time, time, duration that reads the text.</summary>
    public static FeelValue Any(string text)
    {
        if (text.Contains('T') && !text.StartsWith('P') && !text.StartsWith("-P", StringComparison.Ordinal))
            return FeelValue.Of(DateTime(text));
        if (Date(text) is { } d)
            return FeelValue.Of(d);
        return Time(text) is { } t ? FeelValue.Of(t) : Duration(text);
    }
}
