namespace Tongban.Rules.Functions;

/// <summary>Functions that draw one value from a list (DMN 1.5 table 76), called with a list or with its items.</summary>
static class StatisticsFunctions
{
    public static void Register(BuiltinSet set)
    {
        set.AddVariadic("min", (_, a) => Extreme(a, -1));
        set.AddVariadic("max", (_, a) => Extreme(a, 1));
        set.AddVariadic("sum", (_, a) => Numbers(a) is { } n ? Nullable(Sum(n)) : null);
        set.AddVariadic("product", (_, a) => Numbers(a) is { } n ? Nullable(n.Length == 0 ? null : n.Aggregate<Number, Number?>(Number.One, (p, x) => p is { } v ? Number.Multiply(v, x) : null)) : null);
        set.AddVariadic("mean", (_, a) => Numbers(a) is { } n ? Nullable(Mean(n)) : null);
        set.AddVariadic("median", (_, a) => Numbers(a) is { } n ? Nullable(Median(n)) : null);
        set.AddVariadic("stddev", (_, a) => Numbers(a) is { } n ? Nullable(Deviation(n)) : null);
        set.AddVariadic("mode", (_, a) => Numbers(a) is { } n ? Mode(n) : null);
        set.AddVariadic("all", (_, a) => Arg.Items(a) is { } l ? Logic(l, false) : null);
        set.AddVariadic("any", (_, a) => Arg.Items(a) is { } l ? Logic(l, true) : null);
    }

    static FeelValue? Nullable(Number? n) => FeelValue.Of(n);

    static Number[]? Numbers(FeelValue[] a)
    {
        if (Arg.Items(a) is not { } list)
            return null;
        var numbers = new Number[list.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (list[i].AsNumber is not { } n)
                return null;
            numbers[i] = n;
        }
        return numbers;
    }

    static FeelValue? Extreme(FeelValue[] a, int sign)
    {
        if (Arg.Items(a) is not { } list)
            return null;
        if (list.Count == 0)
            return FeelValue.Null;
        var best = list[0];
        if (FeelEquality.Compare(best, best) is null)
            return null;
        foreach (var item in list.Skip(1))
        {
            if (FeelEquality.Compare(item, best) is not { } c)
                return null;
            if (c * sign > 0)
                best = item;
        }
        return best;
    }

    static Number? Sum(Number[] n) =>
        n.Length == 0 ? null : n.Aggregate<Number, Number?>(Number.Zero, (s, x) => s is { } v ? Number.Add(v, x) : null);

    static Number? Mean(Number[] n) => Sum(n) is { } s ? Number.Divide(s, n.Length) : null;

    static Number? Median(Number[] n)
    {
        if (n.Length == 0)
            return null;
        var sorted = n.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle]
            : Number.Add(sorted[middle - 1], sorted[middle]) is { } s ? Number.Divide(s, 2) : null;
    }

    /// <summary>Of a sample: divides by n − 1.</summary>
    static Number? Deviation(Number[] n)
    {
        if (n.Length < 2 || Mean(n) is not { } mean)
            return null;
        Number? squares = Number.Zero;
        foreach (var x in n)
            squares = squares is { } s && Number.Subtract(x, mean) is { } d && Number.Multiply(d, d) is { } q ? Number.Add(s, q) : null;
        return squares is { } sum && Number.Divide(sum, n.Length - 1) is { } variance ? Number.Sqrt(variance) : null;
    }

    static FeelValue Mode(Number[] n)
    {
        if (n.Length == 0)
            return FeelValue.Of(FeelList.Empty);
        var groups = n.GroupBy(x => x).ToArray();
        var most = groups.Max(g => g.Count());
        return FeelValue.Of(groups.Where(g => g.Count() == most).Select(g => g.Key).Order().Select(x => FeelValue.Of(x)));
    }

    /// <summary>"any" is a chain of "or", "all" a chain of "and".</summary>
    static FeelValue Logic(FeelList list, bool decisive)
    {
        var unknown = false;
        foreach (var item in list)
        {
            if (item.AsBoolean == decisive)
                return FeelValue.Of(decisive);
            unknown |= !item.IsBoolean;
        }
        return unknown ? FeelValue.Null : FeelValue.Of(!decisive);
    }
}
