namespace Tongban.Rules.Evaluation;

/// <summary>What may follow a dot: members of contexts, and the parts of dates, times, durations and ranges (DMN 1.5 table 65).</summary>
static class Properties
{
    public static FeelValue Read(EvaluationState state, in FeelValue target, string name)
    {
        if (TryRead(target, name, out var value))
            return value;
        if (target.AsList is { } list)
        {
            var values = new FeelValue[list.Count];
            for (var i = 0; i < values.Length; i++)
            {
                state.Step();
                values[i] = Read(state, list[i], name);
            }
            return FeelValue.Of(new FeelList(values));
        }
        return state.Fail("feel.no-member", $"没有成员“{name}”", $"no member '{name}'");
    }

    public static bool TryRead(in FeelValue target, string name, out FeelValue value)
    {
        if (target.AsContext is { } context)
            return context.TryGet(name, out value);
        FeelValue? found = target.Kind switch
        {
            FeelKind.Date => OfDate(target.AsDate!, name),
            FeelKind.DateTime => OfDate(target.AsDateTime!.Date, name) ?? OfTime(target.AsDateTime!.Time, name, OffsetOf(target.AsDateTime)),
            FeelKind.Time => OfTime(target.AsTime!, name, target.AsTime!.Zone?.StandardOffset),
            FeelKind.DaysTimeDuration => OfDays(target.AsDaysTimeDuration!, name),
            FeelKind.YearsMonthsDuration => name switch
            {
                "years" => target.AsYearsMonthsDuration!.Years,
                "months" => target.AsYearsMonthsDuration!.Months,
                _ => null,
            },
            FeelKind.Range => OfRange(target.AsRange!, name),
            _ => null,
        };
        value = found ?? FeelValue.Null;
        return found is not null;
    }

    static TimeSpan? OffsetOf(FeelDateTime d) => d.Time.Zone?.OffsetAt(d.Date, d.Time);

    static FeelValue? OfDate(FeelDate d, string name) => name switch
    {
        "year" => d.Year,
        "month" => d.Month,
        "day" => d.Day,
        "weekday" => d.Weekday,
        _ => null,
    };

    static FeelValue? OfTime(FeelTime t, string name, TimeSpan? offset) => name switch
    {
        "hour" => t.Hour,
        "minute" => t.Minute,
        "second" => t.Second,
        "time offset" => offset is { } o ? FeelValue.Of(DaysTimeDuration.FromSeconds((long)o.TotalSeconds)) : FeelValue.Null,
        "timezone" => FeelValue.Of(t.Zone?.Text.TrimStart('@')),
        _ => null,
    };

    static FeelValue? OfDays(DaysTimeDuration d, string name) => name switch
    {
        "days" => d.Days,
        "hours" => d.Hours,
        "minutes" => d.Minutes,
        "seconds" => d.Seconds,
        _ => null,
    };

    static FeelValue? OfRange(FeelRange r, string name) => name switch
    {
        "start" => r.Low,
        "end" => r.High,
        "start included" => FeelValue.Of(r.LowIncluded),
        "end included" => FeelValue.Of(r.HighIncluded),
        _ => null,
    };
}
