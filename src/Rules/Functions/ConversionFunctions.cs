using Tongban.Rules.Syntax;

namespace Tongban.Rules.Functions;

/// <summary>From one kind to another (DMN 1.5 table 74).</summary>
static class ConversionFunctions
{
    public static void Register(BuiltinSet set)
    {
        set.Add("string", (_, a) => a[0].IsNull ? null : FeelValue.Of(a[0].ToString()), "from");
        set.Add("number", (_, a) => ToNumber(a), "from, grouping separator?, decimal separator?");
        set.Add("date", (_, a) => Date(a), "from", "year, month, day");
        set.Add("time", (_, a) => Time(a), "from", "hour, minute, second, offset?");
        set.Add("date and time", (_, a) => DateTime(a), "from", "date, time", "year, month, day, hour, minute, second, offset?");
        set.Add("duration", (_, a) => Arg.Text(a[0]) is { } s ? Some(TemporalText.Duration(s)) : a[0].Kind is FeelKind.DaysTimeDuration or FeelKind.YearsMonthsDuration ? a[0] : null, "from");
        set.Add("years and months duration", (_, a) => Day(a[0]) is { } from && Day(a[1]) is { } to
            ? FeelValue.Of(YearsMonthsDuration.Between(from, to)) : null, "from, to");
        set.Add("range", (_, a) => Arg.Text(a[0]) is { } s ? Range(s) : null, "from");
        set.Add("is", (_, a) => FeelValue.Of(Identical(a[0], a[1])), "value1, value2");
    }

    static FeelValue? Some(in FeelValue v) => v.IsNull ? null : v;

    static FeelDate? Day(in FeelValue v) => v.Unwrapped.AsDateTime?.Date ?? v.Unwrapped.AsDate;

    static FeelValue? ToNumber(FeelValue[] a)
    {
        if (a.Length == 1 && a[0].IsNumber)
            return a[0];
        if (Arg.Text(a[0]) is not { } text)
            return null;
        var grouping = a.Length > 1 ? Separator(a[1], " ,.") : "";
        var point = a.Length > 2 ? Separator(a[2], ",.") : "";
        if (grouping is null || point is null || (grouping.Length > 0 && grouping == point))
            return null;
        if (grouping.Length > 0)
            text = text.Replace(grouping, "", StringComparison.Ordinal);
        if (point.Length > 0)
            text = text.Replace(point, ".", StringComparison.Ordinal);
        return Number.Parse(text) is { } n ? FeelValue.Of(n) : null;
    }

    /// <summary>Empty for null; null when it is not one of the separators allowed.</summary>
    static string? Separator(in FeelValue v, string allowed) =>
        v.IsNull ? "" : Arg.Text(v) is { Length: 1 } s && allowed.Contains(s[0]) ? s : null;

    static FeelValue? Date(FeelValue[] a)
    {
        if (a.Length == 3)
            return Arg.Num(a[0])?.Truncated is { } y && Arg.Num(a[1])?.Truncated is { } m && Arg.Num(a[2])?.Truncated is { } d
                && FeelDate.Create(y, m, d) is { } made ? FeelValue.Of(made) : null;
        var v = a[0].Unwrapped;
        return (v.AsString is { } s ? FeelDate.Parse(s) : v.AsDateTime?.Date ?? v.AsDate) is { } date ? FeelValue.Of(date) : null;
    }

    static FeelValue? Time(FeelValue[] a)
    {
        if (a.Length >= 3)
            return TimeOf(a, 0) is { } made ? FeelValue.Of(made) : null;
        var v = a[0].Unwrapped;
        var time = v.AsString is { } s ? FeelTime.Parse(s)
            : v.AsTime ?? v.AsDateTime?.Time ?? (v.AsDate is null ? null : FeelTime.Midnight with { Zone = FeelZone.Utc });
        return time is null ? null : FeelValue.Of(time);
    }

    /// <summary>Hour, minute, second (with a fraction) and an optional offset from one argument on.</summary>
    static FeelTime? TimeOf(FeelValue[] a, int at)
    {
        if (Arg.Num(a[at])?.Truncated is not { } hour || Arg.Num(a[at + 1])?.Truncated is not { } minute
            || Arg.Num(a[at + 2]) is not { } seconds || seconds.Truncated is not { } second)
            return null;
        FeelZone? zone = null;
        if (a.Length > at + 3 && !a[at + 3].IsNull)
        {
            if (a[at + 3].AsDaysTimeDuration is not { } offset || Int128.Abs(offset.Nanos) > 18 * 3600 * (Int128)FeelTime.NanosPerSecond)
                return null;
            zone = FeelZone.Of(TimeSpan.FromSeconds((long)(offset.Nanos / FeelTime.NanosPerSecond)));
        }
        var nanos = (int)((seconds.Value - decimal.Truncate(seconds.Value)) * FeelTime.NanosPerSecond);
        return FeelTime.Create(hour, minute, second, nanos, zone);
    }

    static FeelValue? DateTime(FeelValue[] a)
    {
        if (a.Length >= 6)
            return Date(a[..3])?.AsDate is { } day && TimeOf(a, 3) is { } at ? FeelValue.Of(new FeelDateTime(day, at)) : null;
        var first = a[0].Unwrapped;
        if (a.Length == 1)
        {
            var made = first.AsString is { } s ? FeelDateTime.Parse(s) : first.AsDateTime ?? (first.AsDate is { } only ? new(only, FeelTime.Midnight with { Zone = FeelZone.Utc }) : null);
            return made is null ? null : FeelValue.Of(made);
        }
        return (first.AsDate ?? first.AsDateTime?.Date) is { } date && a[1].Unwrapped.AsTime is { } time
            ? FeelValue.Of(new FeelDateTime(date, time)) : null;
    }

    /// <summary>Identity (DMN 1.5 §10.3.4.10): same kind and same parts, so 10:00Z is not 10:00+00:00@zone.</summary>
    static bool Identical(in FeelValue a, in FeelValue b)
    {
        if (a.Kind != b.Kind)
            return false;
        return a.Kind switch
        {
            FeelKind.Time => a.AsTime! == b.AsTime!,
            FeelKind.DateTime => a.AsDateTime! == b.AsDateTime!,
            FeelKind.Null => true,
            _ => FeelEquality.Equal(a, b) is true,
        };
    }

    /// <summary>Only ends that are literals, and calls of date, time and duration on literal strings, make a range from text.</summary>
    static FeelValue? Range(string text)
    {
        Node node;
        try
        {
            node = Parser.Expression(text, Builtins.Names, new NameScope(null));
        }
        catch (FeelSyntaxException)
        {
            return null; // not a range: FEEL's answer is null
        }
        if (node is not RangeNode { Operator: null, Low: { } l, High: { } h } range || LiteralEnd(l) is not { } low || LiteralEnd(h) is not { } high
            || FeelEquality.Compare(low, high) is not { } order || order > 0)
            return null;
        return FeelValue.Of(new FeelRange(low, range.LowIncluded, high, range.HighIncluded));
    }

    static FeelValue? LiteralEnd(Node node) => node switch
    {
        LiteralNode n => Some(n.Value),
        NegateNode { Operand: LiteralNode { Value.IsNumber: true } n } => FeelValue.Of(-n.Value.Raw),
        CallNode { Target: NameNode { Name: var name }, Names: null, Arguments: [LiteralNode { Value: { AsString: { } text } }] } => name switch
        {
            "date" => Date([text]),
            "time" => Time([text]),
            "date and time" => DateTime([text]),
            "duration" => Some(TemporalText.Duration(text)),
            _ => null,
        },
        _ => null,
    };
}
