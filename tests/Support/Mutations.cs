using System.Text.Json.Nodes;

namespace Tongban.Tests.Support;

/// <summary>Good input made bad, a little or a lot, the same way every time for one seed.</summary>
public sealed class Mutations(int seed)
{
    const string Signs = "\"'{}[]():;,=<>~.!?*%&#@/\\|-_+ \t\r\n\0\u00e9\u4e2d\u2028\ud83d09azAZ";

    readonly Random random = new(seed);

    /// <summary>Characters changed, left out, doubled, cut off, or moved.</summary>
    public string Text(string good)
    {
        var text = good;
        for (var times = random.Next(1, 5); times > 0; times--)
        {
            if (text.Length == 0)
                return text;
            var at = random.Next(text.Length);
            var length = random.Next(Math.Min(text.Length - at, 40) + 1);
            text = random.Next(7) switch
            {
                0 => text[..at] + Sign() + text[(at + 1)..],
                1 => text[..at] + Sign() + text[at..],
                2 => text.Remove(at, length),
                3 => text.Insert(at, text.Substring(at, length)),
                4 => text[..at],
                5 => text[at..],
                _ => text[..at] + new string(Sign(), random.Next(2000)) + text[at..],
            };
        }
        return text;
    }

    /// <summary>Members of other types, names and depths; sometimes text that is no JSON any more.</summary>
    public string Json(string good)
    {
        if (random.Next(5) == 0)
            return Text(good);
        var root = JsonNode.Parse(good);
        for (var times = random.Next(1, 4); times > 0; times--)
            root = Change(root);
        return root?.ToJsonString() ?? "null";
    }

    JsonNode? Change(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } o when random.Next(6) != 0:
                var name = o.ElementAt(random.Next(o.Count)).Key;
                switch (random.Next(6))
                {
                    case 0: o.Remove(name); break;
                    case 1: o[name + "x"] = o[name]?.DeepClone(); o.Remove(name); break;
                    default: o[name] = Change(o[name]?.DeepClone()); break;
                }
                return o;
            case JsonArray { Count: > 0 } a when random.Next(6) != 0:
                var at = random.Next(a.Count);
                switch (random.Next(6))
                {
                    case 0: a.RemoveAt(at); break;
                    case 1: a.Add(a[at]?.DeepClone()); break;
                    default: a[at] = Change(a[at]?.DeepClone()); break;
                }
                return a;
            case JsonValue v when random.Next(3) == 0 && v.TryGetValue<string>(out var text):
                return Text(text);
            default:
                return Other();
        }
    }

    JsonNode? Other() => random.Next(14) switch
    {
        0 => null,
        1 => true,
        2 => -1,
        3 => 0,
        4 => long.MaxValue,
        5 => 1.5,
        6 => JsonNode.Parse("1e999"),
        7 => "",
        8 => "中文\0\u2028",
        9 => new string('x', 70_000),
        10 => new JsonObject(),
        11 => new JsonArray(null, new JsonArray(), new JsonObject()),
        12 => JsonNode.Parse(new string('[', 60) + new string(']', 60)),
        _ => new JsonObject { ["a"] = new JsonObject { ["b"] = 1 } },
    };

    char Sign() => Signs[random.Next(Signs.Length)];
}
