namespace Tongban.Rules.Functions;

/// <summary>Dates (DMN 1.5 tables 79 and 80). "now" and "today" read the clock that the evaluation was given.</summary>
static class TemporalFunctions
{
    static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    static readonly string[] Months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    public static void Register(BuiltinSet set)
    {
        set.Add("day of year", (_, a) => Date(a[0]) is { } d ? d.DayOfYear : null, "date");
        set.Add("day of week", (_, a) => Date(a[0]) is { } d ? Days[d.Weekday - 1] : null, "date");
        set.Add("month of year", (_, a) => Date(a[0]) is { } d ? Months[d.Month - 1] : null, "date");
        set.Add("week of year", (_, a) => Date(a[0]) is { } d ? d.WeekOfYear : null, "date");
        set.Add("now", (s, _) => FeelValue.Of(FeelDateTime.From(s.Options.Clock.GetLocalNow())), "");
        set.Add("today", (s, _) => FeelValue.Of(FeelDateTime.From(s.Options.Clock.GetLocalNow()).Date), "");
    }

    static FeelDate? Date(in FeelValue v) => v.Unwrapped.AsDate ?? v.Unwrapped.AsDateTime?.Date;
}
