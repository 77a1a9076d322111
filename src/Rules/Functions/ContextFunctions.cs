namespace Tongban.Rules.Functions;

/// <summary>Contexts (DMN 1.5 table 81).</summary>
static class ContextFunctions
{
    public static void Register(BuiltinSet set)
    {
        set.Add("get value", (_, a) => Arg.Map(a[0]) is { } m && Arg.Text(a[1]) is { } k && m.TryGet(k, out var v) ? v : null, "m, key");
        set.Add("get entries", (_, a) => Arg.Map(a[0]) is { } m
            ? FeelValue.Of(m.Select(e => FeelValue.Of(new FeelContext { { "key", e.Key }, { "value", e.Value } }))) : null, "m");
        set.Add("context", (_, a) => Arg.List(a[0]) is { } entries ? FromEntries(entries) : null, "entries");
        set.Add("context put", (_, a) => Arg.Map(a[0]) is not { } m ? null
            : Arg.Text(a[1]) is { } key ? Put(m, [key], a[2])
            : a[1].AsList is { Count: > 0 } keys && keys.All(k => k.AsString is not null) ? Put(m, [.. keys.Select(k => k.AsString!)], a[2]) : null,
            "context, key, value", "context, keys, value");
        set.Add("context merge", (_, a) => Arg.List(a[0]) is { } all ? Merge(all) : null, "contexts");
    }

    static FeelValue? FromEntries(FeelList entries)
    {
        var result = new FeelContext();
        foreach (var entry in entries)
        {
            if (entry.AsContext is not { } e || e["key"].AsString is not { } key || !e.TryGet("value", out var value) || result.Contains(key))
                return null;
            result.Put(key, value);
        }
        return FeelValue.Of(result);
    }

    static FeelValue? Put(FeelContext context, ReadOnlySpan<string> keys, in FeelValue value)
    {
        var result = new FeelContext(context);
        if (keys.Length == 1)
        {
            result.Put(keys[0], value);
            return FeelValue.Of(result);
        }
        if (context[keys[0]].AsContext is not { } inner || Put(inner, keys[1..], value) is not { } changed)
            return null;
        result.Put(keys[0], changed);
        return FeelValue.Of(result);
    }

    static FeelValue? Merge(FeelList all)
    {
        var result = new FeelContext();
        foreach (var item in all)
        {
            if (item.AsContext is not { } context)
                return null;
            foreach (var (key, value) in context)
                result.Put(key, value);
        }
        return FeelValue.Of(result);
    }
}
