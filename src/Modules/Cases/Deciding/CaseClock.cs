using System.Globalization;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Deciding;

/// <summary>A stretch in which the clock stood still: from the day of the notice to the day of the answer, both not counted.</summary>
/// <param name="From">ISO date.</param>
/// <param name="To">ISO date; null while the answer is awaited.</param>
sealed record Suspension(string From, string? To, string Reason);

/// <summary>Time limits of a case, in working days after the day of acceptance.</summary>
static class CaseClock
{
    /// <summary>A deciding body accepts or refuses to accept within five days; unless it asks for more in that time, the matter counts as accepted (行政许可法 第三十二条).</summary>
    public const int DaysToAccept = 5;

    /// <summary>One extension, at most ten days (行政许可法 第四十二条).</summary>
    public const int LongestExtension = 10;

    /// <summary>Days a person is given to bring what is missing, unless the officer says otherwise; the law names none.</summary>
    public const int DaysToSupplement = 10;

    /// <summary>
    /// Days after the last one for a supplement before the matter counts as withdrawn: what was handed in on that day at another
    /// node must have had time to arrive.
    /// </summary>
    public const int DaysOnTheWay = 3;

    /// <summary>
    /// The last working day of the limit. Days in suspensions do not count; a suspension that begins after the limit has run
    /// out changes nothing. A matter to be decided on the spot that was suspended is due on the working day after the answer.
    /// </summary>
    /// <param name="suspensions">In order, disjoint, all ended.</param>
    public static DueDate Due(WorkingCalendar calendar, DateOnly accepted, int days, IReadOnlyList<Suspension> suspensions)
    {
        var total = days;
        var due = calendar.Add(accepted, total);
        foreach (var suspension in suspensions)
        {
            var from = Day(suspension.From);
            var to = Day(suspension.To ?? throw new ArgumentException("A running suspension has no due date.", nameof(suspensions)));
            if (from > due.Date)
                continue;
            if (days == 0)
            {
                due = calendar.Add(to, 1);
                continue;
            }
            // Days before acceptance never counted, so only those after it are given back.
            var dayBefore = from.AddDays(-1) < accepted ? accepted : from.AddDays(-1);
            total += to < dayBefore ? 0 : calendar.Between(dayBefore, to);
            due = calendar.Add(accepted, total);
        }
        return due;
    }

    /// <summary>Whether this one of a case's dates is provisional: the later may reach into the unpublished year when the earlier does not.</summary>
    /// <param name="any">One of the case's dates was provisional when it was computed.</param>
    public static bool Provisional(WorkingCalendar calendar, bool any, string iso) => any && !calendar.IsSettled(Day(iso));

    public static DateOnly Day(string iso) => DateOnly.ParseExact(iso, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
