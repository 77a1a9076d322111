namespace Tongban.Rules.Functions;

/// <summary>Relations between points and ranges (DMN 1.5 table 78; the names are those of Allen's intervals).</summary>
static class RangeFunctions
{
    public static void Register(BuiltinSet set)
    {
        Relation(set, "before", Before);
        Relation(set, "after", (a, b) => Before(b, a));
        Ranges(set, "meets", Meets);
        Ranges(set, "met by", (a, b) => Meets(b, a));
        Ranges(set, "overlaps", (a, b) => Reaches(a, b) & Reaches(b, a));
        Ranges(set, "overlaps before", OverlapsBefore);
        Ranges(set, "overlaps after", (a, b) => OverlapsBefore(b, a));
        set.Add("finishes", (_, v) => PointOrRange(v[0], v[1], (p, r) => r.HighIncluded & Order(p, r.High) == 0, Finishes), "point, range", "range1, range2");
        set.Add("finished by", (_, v) => PointOrRange(v[1], v[0], (p, r) => r.HighIncluded & Order(p, r.High) == 0, Finishes), "range, point", "range1, range2");
        set.Add("includes", (_, v) => PointOrRange(v[1], v[0], (p, r) => r.Holds(p), During), "range, point", "range1, range2");
        set.Add("during", (_, v) => PointOrRange(v[0], v[1], (p, r) => r.Holds(p), During), "point, range", "range1, range2");
        set.Add("starts", (_, v) => PointOrRange(v[0], v[1], (p, r) => r.LowIncluded & Order(p, r.Low) == 0, Starts), "point, range", "range1, range2");
        set.Add("started by", (_, v) => PointOrRange(v[1], v[0], (p, r) => r.LowIncluded & Order(p, r.Low) == 0, Starts), "range, point", "range1, range2");
        set.Add("coincides", (_, v) => v[0].AsRange is { } a && v[1].AsRange is { } b
            ? Answer(Order(a.Low, b.Low) == 0 & Order(a.High, b.High) == 0 & a.LowIncluded == b.LowIncluded & a.HighIncluded == b.HighIncluded)
            : v[0].AsRange is null && v[1].AsRange is null ? Answer(Order(v[0], v[1]) is { } c ? c == 0 : null) : null, "point1, point2", "range1, range2");
    }

    static void Relation(BuiltinSet set, string name, Func<FeelValue, FeelValue, bool?> relation) =>
        set.Add(name, (_, v) => Answer(relation(v[0], v[1])), "point1, point2", "point, range", "range, point", "range1, range2");

    static void Ranges(BuiltinSet set, string name, Func<FeelRange, FeelRange, bool?> relation) =>
        set.Add(name, (_, v) => Arg.Range(v[0]) is { } a && Arg.Range(v[1]) is { } b ? Answer(relation(a, b)) : null, "range1, range2");

    static FeelValue? PointOrRange(FeelValue first, FeelValue second, Func<FeelValue, FeelRange, bool?> point, Func<FeelRange, FeelRange, bool?> range) =>
        second.AsRange is not { } r ? null : Answer(first.AsRange is { } own ? range(own, r) : point(first, r));

    static FeelValue? Answer(bool? b) => b is { } v ? FeelValue.Of(v) : null;

    static int? Order(in FeelValue a, in FeelValue b) => FeelEquality.Compare(a, b);

    static bool? Before(FeelValue a, FeelValue b)
    {
        var (end, endIncluded) = a.AsRange is { } r ? (r.High, r.HighIncluded) : (a, true);
        var (start, startIncluded) = b.AsRange is { } s ? (s.Low, s.LowIncluded) : (b, true);
        if (Order(end, start) is not { } c)
            return null;
        return c < 0 || (c == 0 && a.AsRange is not null | b.AsRange is not null && !(endIncluded && startIncluded));
    }

    static bool? Meets(FeelRange a, FeelRange b) => Order(a.High, b.Low) is { } c ? c == 0 && a.HighIncluded && b.LowIncluded : null;

    /// <summary>The first does not end before the second begins.</summary>
    static bool? Reaches(FeelRange a, FeelRange b) => Order(a.High, b.Low) is { } c ? c > 0 || (c == 0 && a.HighIncluded && b.LowIncluded) : null;

    static bool? OverlapsBefore(FeelRange a, FeelRange b)
    {
        if (Order(a.Low, b.Low) is not { } start || Order(a.High, b.High) is not { } end || Reaches(a, b) is not { } reaches)
            return null;
        return reaches && (start < 0 || (start == 0 && a.LowIncluded && !b.LowIncluded))
            && (end < 0 || (end == 0 && (!a.HighIncluded || b.HighIncluded)));
    }

    static bool? Finishes(FeelRange a, FeelRange b) =>
        Order(a.High, b.High) is { } end && Order(a.Low, b.Low) is { } start
            ? end == 0 && a.HighIncluded == b.HighIncluded && (start > 0 || (start == 0 && (!a.LowIncluded || b.LowIncluded))) : null;

    static bool? Starts(FeelRange a, FeelRange b) =>
        Order(a.Low, b.Low) is { } start && Order(a.High, b.High) is { } end
            ? start == 0 && a.LowIncluded == b.LowIncluded && (end < 0 || (end == 0 && (!a.HighIncluded || b.HighIncluded))) : null;

    static bool? During(FeelRange a, FeelRange b) =>
        Order(a.Low, b.Low) is { } start && Order(a.High, b.High) is { } end
            ? (start > 0 || (start == 0 && (b.LowIncluded || !a.LowIncluded))) && (end < 0 || (end == 0 && (b.HighIncluded || !a.HighIncluded))) : null;
}
