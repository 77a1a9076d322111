namespace Tongban.Rules;

/// <summary>Equality and order of FEEL (DMN 1.5 tables 53 to 55).</summary>
static class FeelEquality
{
    /// <summary>FEEL "=": null where the kinds differ; null is equal to null and to nothing else.</summary>
    public static bool? Equal(in FeelValue a, in FeelValue b)
    {
        var kind = a.Kind;
        if (kind == FeelKind.Null || b.IsNull)
            return kind == FeelKind.Null && b.IsNull;
        if (kind != b.Kind)
        {
            // A list of one stands for its item (DMN 1.5 §10.3.2.9.4).
            var (x, y) = (a.Unwrapped, b.Unwrapped);
            return x.Kind == y.Kind && !x.IsNull ? Equal(x, y) : null;
        }
        switch (kind)
        {
            case FeelKind.Number: return a.Raw == b.Raw;
            case FeelKind.String: return string.Equals(a.AsString, b.AsString, StringComparison.Ordinal);
            case FeelKind.Boolean: return a.IsTrue == b.IsTrue;
            case FeelKind.Date: return a.AsDate! == b.AsDate!;
            case FeelKind.Time: return SameTime(a.AsTime!, b.AsTime!);
            case FeelKind.DateTime: return SameDateTime(a.AsDateTime!, b.AsDateTime!);
            case FeelKind.DaysTimeDuration: return a.AsDaysTimeDuration!.Nanos == b.AsDaysTimeDuration!.Nanos;
            case FeelKind.YearsMonthsDuration: return a.AsYearsMonthsDuration!.TotalMonths == b.AsYearsMonthsDuration!.TotalMonths;
            case FeelKind.Range: return SameRange(a.AsRange!, b.AsRange!);
            case FeelKind.Function: return ReferenceEquals(a.AsFunction, b.AsFunction);
            case FeelKind.List:
                var (l, m) = (a.AsList!, b.AsList!);
                if (l.Count != m.Count)
                    return false;
                for (var i = 0; i < l.Count; i++)
                    if (Equal(l[i], m[i]) is not true)
                        return false;
                return true;
            default:
                var (c, d) = (a.AsContext!, b.AsContext!);
                if (c.Count != d.Count)
                    return false;
                foreach (var (key, value) in c)
                    if (!d.TryGet(key, out var other) || Equal(value, other) is not true)
                        return false;
                return true;
        }
    }

    /// <summary>Equality without a third value, for "contains", "distinct" and sets.</summary>
    public static bool Same(in FeelValue a, in FeelValue b) => a.Kind == b.Kind && Equal(a, b) is true;

    // FEEL compares times by their value in whole seconds (DMN 1.5 §10.3.2.3.4: value-t counts seconds).
    static bool? SameTime(FeelTime a, FeelTime b)
    {
        if ((a.Zone is null) != (b.Zone is null))
            return false;
        return Floor(a.Instant) == Floor(b.Instant);
    }

    static long Floor(long nanos) => nanos >= 0 ? nanos / FeelTime.NanosPerSecond : (nanos - FeelTime.NanosPerSecond + 1) / FeelTime.NanosPerSecond;

    static bool? SameDateTime(FeelDateTime a, FeelDateTime b)
    {
        if (a.HasZone != b.HasZone)
            return false;
        var (x, y) = (a.Instant, b.Instant);
        return a.Time.Nanos != b.Time.Nanos ? x - a.Time.Nanos == y - b.Time.Nanos : x == y;
    }

    static bool SameRange(FeelRange a, FeelRange b) =>
        a.Operator == b.Operator && a.LowIncluded == b.LowIncluded && a.HighIncluded == b.HighIncluded
        && Equal(a.Low, b.Low) is true && Equal(a.High, b.High) is true;

    /// <summary>Negative, zero or positive; null where FEEL knows no order between the two.</summary>
    public static int? Compare(in FeelValue a, in FeelValue b)
    {
        var kind = a.Kind;
        if (kind != b.Kind)
        {
            var (x, y) = (a.Unwrapped, b.Unwrapped);
            return x.Kind == y.Kind && (a.Kind == FeelKind.List || b.Kind == FeelKind.List) ? Compare(x, y) : null;
        }
        switch (kind)
        {
            case FeelKind.Number: return a.Raw.CompareTo(b.Raw);
            case FeelKind.String: return Math.Sign(CompareCodePoints(a.AsString!, b.AsString!));
            case FeelKind.Date: return a.AsDate!.CompareTo(b.AsDate);
            case FeelKind.Time:
                return (a.AsTime!.Zone is null) == (b.AsTime!.Zone is null) ? a.AsTime.Instant.CompareTo(b.AsTime.Instant) : null;
            case FeelKind.DateTime:
                return a.AsDateTime!.HasZone == b.AsDateTime!.HasZone ? a.AsDateTime.Instant.CompareTo(b.AsDateTime.Instant) : null;
            case FeelKind.DaysTimeDuration: return a.AsDaysTimeDuration!.Nanos.CompareTo(b.AsDaysTimeDuration!.Nanos);
            case FeelKind.YearsMonthsDuration: return a.AsYearsMonthsDuration!.TotalMonths.CompareTo(b.AsYearsMonthsDuration!.TotalMonths);
            default: return null;
        }
    }

    static int CompareCodePoints(string a, string b)
    {
        var n = Math.Min(a.Length, b.Length);
        for (var i = 0; i < n; i++)
        {
            if (a[i] == b[i])
                continue;
            // A surrogate stands above every other UTF-16 unit in code-point order.
            var (sa, sb) = (char.IsSurrogate(a[i]), char.IsSurrogate(b[i]));
            return sa == sb ? a[i].CompareTo(b[i]) : sa ? 1 : -1;
        }
        return a.Length.CompareTo(b.Length);
    }
}
