using System.Text.Json.Nodes;
using Tongban.Exchange;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A member that sends anything: it is taken or refused by the protocol's own words, and the node goes on.</summary>
public class DspFuzzTests
{
    static readonly int Each = Environment.GetEnvironmentVariable("TONGBAN_TEST_FULL") is { Length: > 0 } ? 10_000 : 250;

    [Theory]
    [InlineData("provider", "sqlite")]
    [InlineData("consumer", "sqlite")]
    [InlineData("provider", "postgres")]
    [InlineData("consumer", "postgres")]
    public async Task Mutated_messages_are_taken_or_refused_and_never_break_the_node(string tested, string engine)
    {
        Assert.SkipWhen(engine == "postgres" && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        var side = tested == "provider" ? DspSide.Provider : DspSide.Consumer;
        var random = new Random(20251);
        await using var kit = side == DspSide.Provider ? new NegotiationKit(Anhui, Shanghai, side) { Postgres = engine == "postgres" } : new NegotiationKit(Shanghai, Anhui, side) { Postgres = engine == "postgres" };
        await kit.InitializeAsync();
        var (begin, words) = side == DspSide.Provider ? ("> request", new[] { "request", "counter", "accepted", "verified", "terminated" }) : ("< request", ["offer", "agreement", "finalized", "terminated"]);
        await kit.Play(begin);
        var seen = new Dictionary<int, int>();
        var wrong = new List<string>();
        kit.Garbled = m => (JsonObject)Mutate(m, random);
        try
        {
            for (var i = 0; i < Each; i++)
            {
                var (status, _) = await kit.Say(words[random.Next(words.Length)]);
                seen[status] = seen.GetValueOrDefault(status) + 1;
                if (status is not (200 or 201 or 400 or 404))
                    wrong.Add($"{i}: {status}");
                // One that was ended by chance gives way to another.
                if (status != 200)
                    continue;
                kit.Garbled = m => m;
                await kit.Play(begin);
                kit.Garbled = m => (JsonObject)Mutate(m, random);
            }
        }
        finally
        {
            // Of what was sent wrong on purpose nothing is expected.
            kit.Forget();
        }
        Assert.Empty(wrong);
        Assert.True(seen.GetValueOrDefault(400) > Each / 2, string.Join(", ", seen));
        kit.Garbled = m => m;
        await kit.Play(begin + ", > terminated, = TERMINATED");
        kit.Forget();
    }

    static JsonNode Mutate(JsonObject message, Random random)
    {
        var root = message.DeepClone();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            // A way down from the root, then something else at its end.
            JsonNode at = root;
            while (true)
            {
                var children = at switch
                {
                    JsonObject o => o.Select(p => (Key: (object)p.Key, p.Value)).ToList(),
                    JsonArray a => a.Select((v, i) => (Key: (object)i, Value: v)).ToList(),
                    _ => [],
                };
                if (children.Count == 0)
                    break;
                var (key, value) = children[random.Next(children.Count)];
                if (value is JsonObject or JsonArray && random.Next(3) > 0)
                {
                    at = value;
                    continue;
                }
                Change(at, key, value, random);
                break;
            }
        }
        return root;
    }

    static void Change(JsonNode at, object key, JsonNode? value, Random random)
    {
        void Set(JsonNode? other)
        {
            if (at is JsonObject o)
                o[(string)key] = other;
            else
                ((JsonArray)at)[(int)key] = other;
        }
        switch (random.Next(8))
        {
            case 0 when at is JsonObject o:
                o.Remove((string)key);
                break;
            case 1:
                Set(null);
                break;
            case 2:
                Set(random.Next());
                break;
            case 3:
                Set(new JsonArray());
                break;
            case 4:
                Set(new JsonObject { ["@type"] = "Offer", ["rightOperand"] = new JsonObject { ["kind"] = 1 } });
                break;
            case 5:
                Set(new string('长', random.Next(1, 3000)));
                break;
            case 6:
                // Half of a character, as no text has it.
                Set(DspKit.HalfACharacter);
                break;
            default:
                Set(value?.GetValueKind() == System.Text.Json.JsonValueKind.String ? $"{value}'\"\u0000../" : new JsonArray(new JsonArray(), 1.5, true));
                break;
        }
    }
}
