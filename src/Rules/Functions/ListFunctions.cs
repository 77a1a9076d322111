using Tongban.Rules.Evaluation;

namespace Tongban.Rules.Functions;

/// <summary>Lists (DMN 1.5 table 76). Positions count from 1, negative ones from the end.</summary>
static class ListFunctions
{
    public static void Register(BuiltinSet set)
    {
        set.Add("list contains", (_, a) => Arg.List(a[0]) is { } l ? FeelValue.Of(l.Any(v => FeelEquality.Same(v, a[1]))) : null, "list, element");
        set.Add("count", (_, a) => Arg.List(a[0]) is { } l ? l.Count : null, "list");
        set.Add("sublist", (_, a) => Sublist(a), "list, start position, length?");
        set.Add("append", (_, a) => a.Length > 0 && Arg.List(a[0]) is { } l ? FeelValue.Of(l.Concat(a.Skip(1))) : null,
            "list, item?" + string.Concat(Enumerable.Range(2, 60).Select(i => $", item{i}?")));
        set.AddVariadic("concatenate", (_, a) => Joined(a) is { } all ? FeelValue.Of(all) : null);
        set.AddVariadic("union", (_, a) => Joined(a) is { } all ? FeelValue.Of(all.Distinct()) : null);
        set.Add("insert before", (_, a) => InsertBefore(a), "list, position, newItem");
        set.Add("remove", (_, a) => Arg.List(a[0]) is { } l && At(l, a[1]) is { } at ? FeelValue.Of(l.Where((_, i) => i != at)) : null, "list, position");
        set.Add("reverse", (_, a) => Arg.List(a[0]) is { } l ? FeelValue.Of(l.Reverse()) : null, "list");
        set.Add("index of", (_, a) => Arg.List(a[0]) is { } l
            ? FeelValue.Of(Enumerable.Range(0, l.Count).Where(i => FeelEquality.Same(l[i], a[1])).Select(i => FeelValue.Of(new Number(i + 1)))) : null, "list, match");
        set.Add("distinct values", (_, a) => Arg.List(a[0]) is { } l ? FeelValue.Of(l.Distinct()) : null, "list");
        set.Add("flatten", (s, a) => Arg.List(a[0]) is { } l ? FeelValue.Of(Flat(s, l)) : null, "list");
        set.Add("list replace", Replace, "list, position, newItem", "list, match, newItem");
        set.Add("sort", Sort, "list, precedes?");
    }

    static IEnumerable<FeelValue>? Joined(FeelValue[] a)
    {
        if (a.Any(v => v.IsNull))
            return null;
        return a.SelectMany(v => Arg.List(v)!);
    }

    static int? At(FeelList list, in FeelValue position)
    {
        if (Arg.Int(position) is not { } at || at == 0 || Math.Abs((long)at) > list.Count)
            return null;
        return at > 0 ? at - 1 : list.Count + at;
    }

    static FeelValue? Sublist(FeelValue[] a)
    {
        if (Arg.List(a[0]) is not { } list || At(list, a[1]) is not { } from)
            return null;
        var count = list.Count - from;
        if (a.Length > 2)
        {
            if (Arg.Int(a[2]) is not { } wanted || wanted < 1 || wanted > count)
                return null;
            count = wanted;
        }
        return FeelValue.Of(list.Skip(from).Take(count));
    }

    static FeelValue? InsertBefore(FeelValue[] a)
    {
        if (Arg.List(a[0]) is not { } list || At(list, a[1]) is not { } at)
            return null;
        return FeelValue.Of([.. list.Take(at), a[2], .. list.Skip(at)]);
    }

    static IEnumerable<FeelValue> Flat(EvaluationState state, FeelList list)
    {
        foreach (var item in list)
        {
            state.Step();
            if (item.AsList is { } inner)
                foreach (var deep in Flat(state, inner))
                    yield return deep;
            else
                yield return item;
        }
    }

    static FeelValue? Replace(EvaluationState state, FeelValue[] a)
    {
        if (Arg.List(a[0]) is not { } list)
            return null;
        if (a[1].AsFunction is not { } match)
            return At(list, a[1]) is { } at ? FeelValue.Of(list.Select((v, i) => i == at ? a[2] : v)) : null;
        if (match.Parameters is not { Count: 2 })
            return null;
        var result = new FeelValue[list.Count];
        for (var i = 0; i < result.Length; i++)
        {
            if (match.Call(state, [list[i], a[2]]).AsBoolean is not { } replace)
                return null;
            result[i] = replace ? a[2] : list[i];
        }
        return FeelValue.Of(new FeelList(result));
    }

    static FeelValue? Sort(EvaluationState state, FeelValue[] a)
    {
        if (Arg.List(a[0]) is not { } list)
            return null;
        var precedes = a.Length > 1 ? a[1].AsFunction : null;
        if (a.Length > 1 && precedes is null)
            return null;
        var failed = false;
        bool Before(FeelValue x, FeelValue y)
        {
            state.Step();
            var answer = precedes is null ? FeelEquality.Compare(x, y) is { } c ? c < 0 : null : precedes.Call(state, [x, y]).AsBoolean;
            failed |= answer is null;
            return answer is true;
        }
        var sorted = MergeSort([.. list], Before);
        return failed ? null : FeelValue.Of(new FeelList(sorted));
    }

    // A merge sort of our own: the order comes from the model and may contradict itself, which Array.Sort does not bear.
    static FeelValue[] MergeSort(FeelValue[] items, Func<FeelValue, FeelValue, bool> before)
    {
        if (items.Length < 2)
            return items;
        var left = MergeSort(items[..(items.Length / 2)], before);
        var right = MergeSort(items[(items.Length / 2)..], before);
        var merged = new FeelValue[items.Length];
        int l = 0, r = 0;
        for (var i = 0; i < merged.Length; i++)
            merged[i] = l < left.Length && (r == right.Length || !before(right[r], left[l])) ? left[l++] : right[r++];
        return merged;
    }
}
