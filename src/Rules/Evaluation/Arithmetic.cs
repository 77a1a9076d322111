namespace Tongban.Rules.Evaluation;

/// <summary>The operators + − * / ** of FEEL over numbers, strings, dates, times and durations (DMN 1.5 tables 50, 57 to 60).</summary>
static class Arithmetic
{
    static FeelValue No(EvaluationState state, string sign, in FeelValue a, in FeelValue b) =>
        state.Fail("feel.operands", $"{a.Kind} {sign} {b.Kind} 没有意义", $"{a.Kind} {sign} {b.Kind} has no meaning");

    static FeelValue Sized(EvaluationState state, Number? n) =>
        n is { } v ? FeelValue.Of(v) : state.Fail("feel.number", "数值无解或超出范围", "the number does not exist or is out of range");

    public static FeelValue Negate(EvaluationState state, in FeelValue a) => a.Kind switch
    {
        FeelKind.Number => FeelValue.Of(-a.Raw),
        FeelKind.DaysTimeDuration => FeelValue.Of(new DaysTimeDuration(-a.AsDaysTimeDuration!.Nanos)),
        FeelKind.YearsMonthsDuration => FeelValue.Of(new YearsMonthsDuration(-a.AsYearsMonthsDuration!.TotalMonths)),
        _ => state.Fail("feel.operands", $"{a.Kind} 没有相反数", $"{a.Kind} has no negative"),
    };

    public static FeelValue Add(EvaluationState state, in FeelValue a, in FeelValue b)
    {
        if (a.IsNumber && b.IsNumber)
            return Sized(state, Number.Add(a.Raw, b.Raw));
        switch (a.Kind, b.Kind)
        {
            case (FeelKind.String, FeelKind.String):
                state.Steps((a.AsString!.Length + b.AsString!.Length) / 16);
                return FeelValue.Of(a.AsString + b.AsString);
            case (FeelKind.DaysTimeDuration, FeelKind.DaysTimeDuration):
                return FeelValue.Of(new DaysTimeDuration(a.AsDaysTimeDuration!.Nanos + b.AsDaysTimeDuration!.Nanos));
            case (FeelKind.YearsMonthsDuration, FeelKind.YearsMonthsDuration):
                return FeelValue.Of(new YearsMonthsDuration(a.AsYearsMonthsDuration!.TotalMonths + b.AsYearsMonthsDuration!.TotalMonths));
            case (FeelKind.DaysTimeDuration or FeelKind.YearsMonthsDuration, FeelKind.Date or FeelKind.DateTime or FeelKind.Time):
                return Shift(state, b, a, 1, "+");
            default:
                return Shift(state, a, b, 1, "+");
        }
    }

    public static FeelValue Subtract(EvaluationState state, in FeelValue a, in FeelValue b)
    {
        if (a.IsNumber && b.IsNumber)
            return Sized(state, Number.Subtract(a.Raw, b.Raw));
        switch (a.Kind, b.Kind)
        {
            case (FeelKind.DaysTimeDuration, FeelKind.DaysTimeDuration):
                return FeelValue.Of(new DaysTimeDuration(a.AsDaysTimeDuration!.Nanos - b.AsDaysTimeDuration!.Nanos));
            case (FeelKind.YearsMonthsDuration, FeelKind.YearsMonthsDuration):
                return FeelValue.Of(new YearsMonthsDuration(a.AsYearsMonthsDuration!.TotalMonths - b.AsYearsMonthsDuration!.TotalMonths));
            case (FeelKind.Time, FeelKind.Time):
                return (a.AsTime!.Zone is null) == (b.AsTime!.Zone is null)
                    ? FeelValue.Of(new DaysTimeDuration(a.AsTime.Instant - b.AsTime.Instant)) : No(state, "-", a, b);
            case (FeelKind.Date or FeelKind.DateTime, FeelKind.Date or FeelKind.DateTime):
                return Difference(state, a, b);
            default:
                return Shift(state, a, b, -1, "-");
        }
    }

    // A date counts as its midnight in UTC (DMN 1.5 §10.3.2.3.5), so beside a local date and time it has no answer.
    static FeelValue Difference(EvaluationState state, in FeelValue a, in FeelValue b)
    {
        if (a.AsDate is { } x && b.AsDate is { } y)
            return FeelValue.Of(new DaysTimeDuration((Int128)(x.EpochDay - y.EpochDay) * FeelTime.NanosPerDay));
        var (from, to) = (Moment(b), Moment(a));
        return from.HasZone == to.HasZone ? FeelValue.Of(new DaysTimeDuration(to.Instant - from.Instant)) : No(state, "-", a, b);
    }

    static FeelDateTime Moment(in FeelValue v) => v.AsDateTime ?? new(v.AsDate!, FeelTime.Midnight with { Zone = FeelZone.Utc });

    static FeelValue Shift(EvaluationState state, in FeelValue point, in FeelValue by, int sign, string text)
    {
        FeelValue? moved = null;
        if (by.AsYearsMonthsDuration is { } months)
        {
            if (point.AsDate is { } d)
                moved = FeelValue.Of(d.AddMonths(sign * months.TotalMonths));
            else if (point.AsDateTime is { } t)
                moved = FeelValue.Of(t.AddMonths(sign * months.TotalMonths));
        }
        else if (by.AsDaysTimeDuration is { } span)
        {
            var move = new DaysTimeDuration(sign * span.Nanos);
            if (point.AsDate is { } d)
                moved = FeelValue.Of(new FeelDateTime(d, FeelTime.Midnight).Add(move)?.Date);
            else if (point.AsDateTime is { } t)
                moved = FeelValue.Of(t.Add(move));
            else if (point.AsTime is { } time)
            {
                var nanos = (time.NanoOfDay + move.Nanos) % FeelTime.NanosPerDay;
                moved = FeelValue.Of(FeelTime.FromNanoOfDay((long)(nanos < 0 ? nanos + FeelTime.NanosPerDay : nanos), time.Zone));
            }
        }
        return moved ?? No(state, text, point, by);
    }

    public static FeelValue Multiply(EvaluationState state, in FeelValue a, in FeelValue b)
    {
        if (a.IsNumber && b.IsNumber)
            return Sized(state, Number.Multiply(a.Raw, b.Raw));
        if (b.AsNumber is { } n)
            return Scale(state, a, n, false) ?? No(state, "*", a, b);
        if (a.AsNumber is { } m)
            return Scale(state, b, m, false) ?? No(state, "*", a, b);
        return No(state, "*", a, b);
    }

    public static FeelValue Divide(EvaluationState state, in FeelValue a, in FeelValue b)
    {
        if (a.IsNumber && b.IsNumber)
            return Sized(state, Number.Divide(a.Raw, b.Raw));
        switch (a.Kind, b.Kind)
        {
            case (FeelKind.DaysTimeDuration, FeelKind.DaysTimeDuration):
                return a.AsDaysTimeDuration!.TotalSeconds is { } s && b.AsDaysTimeDuration!.TotalSeconds is { } t
                    ? Sized(state, Number.Divide(s, t)) : No(state, "/", a, b);
            case (FeelKind.YearsMonthsDuration, FeelKind.YearsMonthsDuration):
                return Sized(state, Number.Divide(a.AsYearsMonthsDuration!.TotalMonths, b.AsYearsMonthsDuration!.TotalMonths));
            default:
                return b.AsNumber is { } n && n != Number.Zero ? Scale(state, a, n, true) ?? No(state, "/", a, b) : No(state, "/", a, b);
        }
    }

    static FeelValue? Scale(EvaluationState state, in FeelValue duration, Number by, bool divide)
    {
        Number? Scaled(Number size) => divide ? Number.Divide(size, by) : Number.Multiply(size, by);
        if (duration.AsYearsMonthsDuration is { } months)
            return Scaled(months.TotalMonths)?.Truncated is { } m ? FeelValue.Of(new YearsMonthsDuration(m)) : Sized(state, null);
        if (duration.AsDaysTimeDuration is { } days)
            return days.TotalSeconds is { } s && Scaled(s) is { } scaled && DaysTimeDuration.FromSeconds(scaled) is { } d
                ? FeelValue.Of(d) : Sized(state, null);
        return null;
    }

    public static FeelValue Power(EvaluationState state, in FeelValue a, in FeelValue b) =>
        a.IsNumber && b.IsNumber ? Sized(state, Number.Power(a.Raw, b.Raw)) : No(state, "**", a, b);
}
