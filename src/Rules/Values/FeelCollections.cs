using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Tongban.Rules;

/// <summary>An immutable FEEL list. FEEL counts from 1; this indexer counts from 0.</summary>
public sealed class FeelList : IReadOnlyList<FeelValue>
{
    readonly FeelValue[] items;

    public static readonly FeelList Empty = new([]);

    public FeelList(FeelValue[] items) => this.items = items;

    public FeelValue this[int index] => items[index];

    public int Count => items.Length;

    internal ReadOnlySpan<FeelValue> Span => items;

    public IEnumerator<FeelValue> GetEnumerator() => ((IEnumerable<FeelValue>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();
}

/// <summary>Names with values in the order they were put; immutable once it is part of a value.</summary>
public sealed class FeelContext : IEnumerable<KeyValuePair<string, FeelValue>>
{
    readonly List<KeyValuePair<string, FeelValue>> entries;
    Dictionary<string, int>? index;

    public FeelContext() => entries = [];

    public FeelContext(IEnumerable<KeyValuePair<string, FeelValue>> entries) : this()
    {
        foreach (var (key, value) in entries)
            Put(key, value);
    }

    public int Count => entries.Count;

    public IEnumerable<string> Keys => entries.Select(e => e.Key);

    /// <summary>Null when the name is absent; use <see cref="TryGet"/> to tell absence from null.</summary>
    public FeelValue this[string name]
    {
        get => TryGet(name, out var v) ? v : FeelValue.Null;
        init => Put(name, value);
    }

    public bool TryGet(string name, out FeelValue value)
    {
        var at = Find(name);
        value = at < 0 ? FeelValue.Null : entries[at].Value;
        return at >= 0;
    }

    public bool Contains(string name) => Find(name) >= 0;

    /// <summary>For collection initialisers and builders; callers must not change a context after handing it on.</summary>
    public void Add(string name, FeelValue value) => Put(name, value);

    internal void Put(string name, FeelValue value)
    {
        var at = Find(name);
        if (at >= 0)
        {
            entries[at] = new(name, value);
            return;
        }
        entries.Add(new(name, value));
        if (index is not null)
            index[name] = entries.Count - 1;
        else if (entries.Count > 8)
            index = Enumerable.Range(0, entries.Count).ToDictionary(i => entries[i].Key, i => i, StringComparer.Ordinal);
    }

    int Find(string name)
    {
        if (index is not null)
            return index.TryGetValue(name, out var at) ? at : -1;
        for (var i = 0; i < entries.Count; i++)
            if (string.Equals(entries[i].Key, name, StringComparison.Ordinal))
                return i;
        return -1;
    }

    public IEnumerator<KeyValuePair<string, FeelValue>> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => entries.GetEnumerator();
}

/// <summary>
/// An interval, or the range a comparison such as <c>&lt; 10</c> stands for. A missing end is null and open.
/// </summary>
/// <param name="Operator">"=" or "!=" and so on when it was written as a unary comparison, else null: FEEL tells
/// <c>(&lt; 10)</c> from <c>(null..10)</c>.</param>
public sealed record FeelRange(FeelValue Low, bool LowIncluded, FeelValue High, bool HighIncluded, string? Operator = null)
{
    /// <summary>Whether the value lies inside; null when it cannot be compared with the ends.</summary>
    public bool? Holds(FeelValue value)
    {
        if (Operator == "!=")
            return FeelEquality.Equal(value, Low) is { } same ? !same : null;
        if (Operator == "=")
            return FeelEquality.Equal(value, Low);
        if (Low.IsNull && High.IsNull)
            return null;
        if (!Low.IsNull)
        {
            if (FeelEquality.Compare(value, Low) is not { } c)
                return null;
            if (c < 0 || (c == 0 && !LowIncluded))
                return false;
        }
        if (!High.IsNull)
        {
            if (FeelEquality.Compare(value, High) is not { } c)
                return null;
            if (c > 0 || (c == 0 && !HighIncluded))
                return false;
        }
        return true;
    }
}

/// <summary>Something FEEL can call: a built-in, a function literal, a knowledge model or a decision service.</summary>
public abstract class FeelFunction
{
    public abstract string Name { get; }

    /// <summary>Parameter names in order; null when any count is taken.</summary>
    public abstract IReadOnlyList<string>? Parameters { get; }

    internal virtual Types.FeelType? ParameterType(int index) => null;

    internal virtual Types.FeelType? ResultType => null;

    internal abstract FeelValue Call(Evaluation.EvaluationState state, FeelValue[] arguments);

    /// <summary>Calls with arguments by name; null with a diagnostic when the names do not fit.</summary>
    internal virtual FeelValue CallNamed(Evaluation.EvaluationState state, string[] names, FeelValue[] arguments)
    {
        var parameters = Parameters;
        if (parameters is null || names.Length > parameters.Count)
            return state.Fail("feel.arguments", $"函数 {Name} 的参数不符", $"arguments do not fit function {Name}");
        var ordered = new FeelValue[parameters.Count];
        for (var i = 0; i < names.Length; i++)
        {
            var at = IndexOf(parameters, names[i]);
            if (at < 0)
                return state.Fail("feel.arguments", $"函数 {Name} 没有参数 {names[i]}", $"function {Name} has no parameter {names[i]}");
            ordered[at] = arguments[i];
        }
        return Call(state, ordered);
    }

    private protected static int IndexOf(IReadOnlyList<string> list, string name)
    {
        for (var i = 0; i < list.Count; i++)
            if (list[i] == name)
                return i;
        return -1;
    }
}
