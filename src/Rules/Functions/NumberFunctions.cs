namespace Tongban.Rules.Functions;

/// <summary>Numbers (DMN 1.5 table 77) and "not".</summary>
static class NumberFunctions
{
    public static void Register(BuiltinSet set)
    {
        set.Add("not", (_, a) => a[0].AsBoolean is { } b ? FeelValue.Of(!b) : null, "negand");
        set.Add("decimal", (_, a) => Round(a, Number.Rounding.HalfEven), "n, scale");
        set.Add("floor", (_, a) => Round(a, Number.Rounding.Floor), "n, scale?");
        set.Add("ceiling", (_, a) => Round(a, Number.Rounding.Ceiling), "n, scale?");
        set.Add("round up", (_, a) => Round(a, Number.Rounding.Up), "n, scale");
        set.Add("round down", (_, a) => Round(a, Number.Rounding.Down), "n, scale");
        set.Add("round half up", (_, a) => Round(a, Number.Rounding.HalfUp), "n, scale");
        set.Add("round half down", (_, a) => Round(a, Number.Rounding.HalfDown), "n, scale");
        set.Add("abs", (_, a) => Abs(a[0].Unwrapped), "n");
        set.Add("modulo", (_, a) => Arg.Num(a[0]) is { } n && Arg.Num(a[1]) is { } d && Number.Modulo(n, d) is { } r ? FeelValue.Of(r) : null,
            "dividend, divisor");
        set.Add("sqrt", (_, a) => Of(a[0], Number.Sqrt), "number");
        set.Add("log", (_, a) => Of(a[0], Number.Log), "number");
        set.Add("exp", (_, a) => Of(a[0], Number.Exp), "number");
        set.Add("odd", (_, a) => Arg.Num(a[0]) is { } n ? FeelValue.Of(n.IsInteger && Number.Modulo(n, 2) != Number.Zero) : null, "number");
        set.Add("even", (_, a) => Arg.Num(a[0]) is { } n ? FeelValue.Of(n.IsInteger && Number.Modulo(n, 2) == Number.Zero) : null, "number");
    }

    static FeelValue? Of(in FeelValue v, Func<Number, Number?> function) =>
        Arg.Num(v) is { } n && function(n) is { } r ? FeelValue.Of(r) : null;

    static FeelValue? Round(FeelValue[] a, Number.Rounding mode)
    {
        if (Arg.Num(a[0]) is not { } n)
            return null;
        long scale = 0;
        if (a.Length > 1)
        {
            if (Arg.Num(a[1])?.Truncated is not { } given)
                return null;
            scale = given;
        }
        return n.Round(scale, mode) is { } r ? FeelValue.Of(r) : null;
    }

    static FeelValue? Abs(in FeelValue v) => v.Kind switch
    {
        FeelKind.Number => FeelValue.Of(v.Raw.Abs()),
        FeelKind.DaysTimeDuration => FeelValue.Of(new DaysTimeDuration(Int128.Abs(v.AsDaysTimeDuration!.Nanos))),
        FeelKind.YearsMonthsDuration => FeelValue.Of(new YearsMonthsDuration(Math.Abs(v.AsYearsMonthsDuration!.TotalMonths))),
        _ => null,
    };
}
