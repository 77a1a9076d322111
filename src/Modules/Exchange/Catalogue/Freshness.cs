namespace Tongban.Exchange;

/// <summary>Whether a source is as new as its resource declares.</summary>
static class Freshness
{
    /// <summary>How old data may be. A source that is read at each question is as new as the department's system; a quiet day there is no fault.</summary>
    public static int? Days(string cycle) => cycle switch
    {
        "daily" => 1,
        "weekly" => 7,
        "monthly" => 31,
        "quarterly" => 92,
        "yearly" => 366,
        _ => null,
    };

    /// <summary>Whole days by which it is late; 0 when it is not.</summary>
    public static int LateBy(string cycle, DateOnly writtenOn, DateOnly today) =>
        Days(cycle) is { } days ? Math.Max(0, today.DayNumber - writtenOn.DayNumber - days) : 0;
}
