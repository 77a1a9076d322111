using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tongban.Rules;

/// <summary>
/// To and from JSON and CLR values. JSON has no dates: reading gives strings, which a typed input turns into dates
/// (see <see cref="CompiledModel"/>); writing gives ISO text. Functions have no JSON and are refused.
/// </summary>
public static class FeelJson
{
    public static FeelValue Read(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.True => FeelValue.True,
        JsonValueKind.False => FeelValue.False,
        JsonValueKind.String => FeelValue.Of(json.GetString()),
        JsonValueKind.Number => FeelValue.Of(Number.Parse(json.GetRawText())),
        JsonValueKind.Array => FeelValue.Of(json.EnumerateArray().Select(Read)),
        JsonValueKind.Object => FeelValue.Of(ReadContext(json)),
        _ => FeelValue.Null,
    };

    public static FeelContext ReadContext(JsonElement json) =>
        new(json.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, Read(p.Value))));

    public static JsonNode? Write(FeelValue value) => value.Kind switch
    {
        FeelKind.Null => null,
        FeelKind.Boolean => JsonValue.Create(value.IsTrue),
        FeelKind.Number => JsonValue.Create(value.Raw.Value),
        FeelKind.List => new JsonArray([.. value.AsList!.Select(Write)]),
        FeelKind.Context => new JsonObject(value.AsContext!.Select(e => KeyValuePair.Create(e.Key, Write(e.Value)))),
        FeelKind.Function => throw new NotSupportedException("A FEEL function has no JSON form."),
        _ => JsonValue.Create(value.ToString()),
    };

    /// <summary>Takes null, numbers, strings, booleans, DateOnly, TimeOnly, DateTimeOffset, TimeSpan, lists and dictionaries with string keys.</summary>
    public static FeelValue FromClr(object? value) => value switch
    {
        null => FeelValue.Null,
        FeelValue v => v,
        bool b => FeelValue.Of(b),
        string s => FeelValue.Of(s),
        decimal d => FeelValue.Of(new Number(d)),
        int i => FeelValue.Of(new Number(i)),
        long l => FeelValue.Of(new Number(l)),
        double d => FeelValue.Of(Number.FromDouble(d)),
        DateOnly d => FeelValue.Of(FeelDate.From(d)),
        TimeOnly t => FeelValue.Of(FeelTime.FromNanoOfDay(t.Ticks * 100, null)),
        DateTimeOffset t => FeelValue.Of(FeelDateTime.From(t)),
        TimeSpan t => FeelValue.Of(new DaysTimeDuration((Int128)t.Ticks * 100)),
        JsonElement j => Read(j),
        IEnumerable<KeyValuePair<string, object?>> map => FeelValue.Of(new FeelContext(map.Select(e => KeyValuePair.Create(e.Key, FromClr(e.Value))))),
        IEnumerable<KeyValuePair<string, FeelValue>> map => FeelValue.Of(new FeelContext(map)),
        System.Collections.IEnumerable list => FeelValue.Of(list.Cast<object?>().Select(FromClr)),
        _ => throw new NotSupportedException($"No FEEL value for {value.GetType()}."),
    };

    /// <summary>Number to decimal, date to DateOnly where it fits (else text), list to object?[], context to a dictionary.</summary>
    public static object? ToClr(FeelValue value) => value.Kind switch
    {
        FeelKind.Null => null,
        FeelKind.Boolean => value.IsTrue,
        FeelKind.Number => value.Raw.Value,
        FeelKind.String => value.AsString,
        FeelKind.Date => value.AsDate!.ToDateOnly() is { } d ? d : value.ToString(),
        FeelKind.List => value.AsList!.Select(ToClr).ToArray(),
        FeelKind.Context => value.AsContext!.ToDictionary(e => e.Key, e => ToClr(e.Value), StringComparer.Ordinal),
        FeelKind.Function => throw new NotSupportedException("A FEEL function has no CLR form."),
        _ => value.ToString(),
    };
}
