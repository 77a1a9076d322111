using System.Text.Json;

namespace Tongban.Kernel.Time;

/// <summary>A date that a clock ran to.</summary>
/// <param name="Provisional">It lies in, or counts through, days whose calendar is not yet published: only weekends were left out.</param>
public readonly record struct DueDate(DateOnly Date, bool Provisional);

/// <summary>
/// Working days of the mainland's official calendar: weekends off, holidays off, make-up days on. A year whose calendar is
/// missing or empty is not yet published; dates that reach into it, or into the last days of the year before, are provisional and are
/// recomputed when it arrives.
/// </summary>
public sealed class WorkingCalendar
{
    readonly Dictionary<DateOnly, bool> isOffDay;
    readonly HashSet<int> published;

    public WorkingCalendar(IReadOnlyDictionary<int, IReadOnlyDictionary<DateOnly, bool>> years)
    {
        // The last days of a year stand in its own paper and in the next one's; the later paper has the word.
        isOffDay = [];
        foreach (var (date, off) in years.OrderBy(y => y.Key).SelectMany(y => y.Value))
            isOffDay[date] = off;
        published = [.. years.Where(y => y.Value.Count > 0).Select(y => y.Key)];
    }

    /// <summary>Reads <c>{year}.json</c> files: <c>{"year":2026,"days":[{"date":"2026-01-01","isOffDay":true}]}</c>.</summary>
    public static WorkingCalendar Load(string folder)
    {
        var years = new Dictionary<int, IReadOnlyDictionary<DateOnly, bool>>();
        foreach (var file in Directory.EnumerateFiles(folder, "*.json"))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("days", out var days))
                throw new InvalidDataException($"{Path.GetFileName(file)} is not a holiday calendar: it has no \"days\".");
            years[root.GetProperty("year").GetInt32()] = days.EnumerateArray().ToDictionary(
                d => DateOnly.ParseExact(d.GetProperty("date").GetString()!, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                d => d.GetProperty("isOffDay").GetBoolean());
        }
        return new WorkingCalendar(years);
    }

    /// <summary>Days before the new year that the next year's paper may still change: 2018-12-31 became a holiday by 2019's, and the Saturday before it a working day.</summary>
    const int LastDays = 3;

    public bool IsPublished(int year) => published.Contains(year);

    /// <summary>Whether this day can no longer change.</summary>
    public bool IsSettled(DateOnly date) => IsPublished(date.Year) && (date.AddDays(LastDays).Year == date.Year || IsPublished(date.Year + 1));

    public bool IsWorkingDay(DateOnly date) =>
        isOffDay.TryGetValue(date, out var off) ? !off : date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday);

    /// <summary>The date on which the last of <paramref name="days"/> working days ends; day one is the next working day.</summary>
    public DueDate Add(DateOnly start, int days)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(days);
        var date = start;
        var provisional = false;
        for (var left = days; left > 0;)
        {
            date = date.AddDays(1);
            provisional |= !IsSettled(date);
            if (IsWorkingDay(date))
                left--;
        }
        return new DueDate(date, provisional);
    }

    /// <summary>Working days after <paramref name="from"/> up to and with <paramref name="to"/>; negative when <paramref name="to"/> has passed.</summary>
    public int Between(DateOnly from, DateOnly to)
    {
        if (to < from)
            return -Between(to, from);
        var days = 0;
        for (var date = from.AddDays(1); date <= to; date = date.AddDays(1))
        {
            if (IsWorkingDay(date))
                days++;
        }
        return days;
    }
}
