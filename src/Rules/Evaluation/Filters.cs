namespace Tongban.Rules.Evaluation;

/// <summary>Filters and iteration over lists, where a single value counts as a list of one.</summary>
static class Filters
{
    /// <summary>The item at a 1-based position; negative positions count from the end; null outside.</summary>
    public static FeelValue At(EvaluationState state, in FeelValue target, in FeelValue position)
    {
        if (position.Raw.Truncated is not { } at)
            return state.Fail("feel.index", "序号超出范围", "index out of range");
        var count = target.AsList?.Count ?? (target.IsNull ? 0 : 1);
        var index = at > 0 ? at - 1 : count + at;
        if (at == 0 || index < 0 || index >= count)
            return state.Fail("feel.index", $"序号 {at} 超出范围", $"index {at} is out of range");
        return target.AsList is { } list ? list[(int)index] : target;
    }

    public static FeelValue Where(Frame f, in FeelValue target, int slot, Eval predicate)
    {
        if (target.IsNull)
            return FeelValue.Null;
        var items = target.AsList is { } list ? list.Span : new ReadOnlySpan<FeelValue>(in target);
        if (items.Length == 0)
        {
            f.Slots[slot] = FeelValue.Null;
            return predicate(f).IsNumber ? f.State.Fail("feel.index", "空列表没有此序号", "an empty list has no such index") : target;
        }
        var kept = new List<FeelValue>();
        foreach (var item in items)
        {
            f.State.Step();
            f.Slots[slot] = item;
            var held = predicate(f);
            if (held.IsNumber)
                return At(f.State, target, held);
            if (held.IsTrue)
                kept.Add(item);
        }
        return FeelValue.Of(new FeelList([.. kept]));
    }
}

/// <summary>What a "for", "some" or "every" runs over.</summary>
static class Iteration
{
    public static IEnumerable<FeelValue>? Of(EvaluationState state, FeelValue source, FeelValue? to)
    {
        if (to is { } end)
            return Span(source, end, true, true) ?? Refuse(state);
        if (source.AsList is { } list)
            return list;
        if (source.AsRange is { Operator: null } range)
            return Span(range.Low, range.High, range.LowIncluded, range.HighIncluded) ?? Refuse(state);
        return source.IsNull ? Refuse(state) : [source];
    }

    static IEnumerable<FeelValue>? Refuse(EvaluationState state)
    {
        state.Fail("feel.not-iterable", "不能逐项处理此值", "this value cannot be iterated");
        return null;
    }

    /// <summary>Whole numbers or days from one end to the other, upwards or downwards.</summary>
    static IEnumerable<FeelValue>? Span(FeelValue from, FeelValue to, bool fromIncluded, bool toIncluded)
    {
        if (from.AsNumber is { } a && to.AsNumber is { } b && a.IsInteger && b.IsInteger && a.Truncated is { } x && b.Truncated is { } y)
            return Count(x, y, fromIncluded, toIncluded).Select(n => FeelValue.Of(new Number(n)));
        if (from.AsDate is { } d && to.AsDate is { } e)
            return Count(d.EpochDay, e.EpochDay, fromIncluded, toIncluded).Select(n => FeelValue.Of(FeelDate.FromEpochDay(n)));
        return null;
    }

    static IEnumerable<long> Count(long from, long to, bool fromIncluded, bool toIncluded)
    {
        var step = from <= to ? 1 : -1;
        for (var n = fromIncluded ? from : from + step; step > 0 ? n < to : n > to; n += step)
            yield return n;
        if (toIncluded && (from != to || fromIncluded))
            yield return to;
    }
}
