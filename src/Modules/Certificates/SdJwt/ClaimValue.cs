using System.Globalization;
using System.Text.Json.Nodes;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Items;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Web;

namespace Tongban.Certificates;

/// <summary>
/// What a claim's value is in the token, and how people read it. A value says its own unit: money is
/// <c>{"currency":"CNY","value":"1234.50"}</c>, a place <c>{"code":"340000","name":"安徽省"}</c>, all else text.
/// </summary>
static class ClaimValue
{
    const string Yuan = "CNY";

    /// <summary>Text that is not what its type says stays text: a certificate is not held up by a department's spelling.</summary>
    public static JsonNode Make(ClaimDefinition claim, string text, IPlaces places) => claim.Type switch
    {
        "money" when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var fen) =>
            new JsonObject { ["currency"] = Yuan, ["value"] = (fen / 100m).ToString("0.00", CultureInfo.InvariantCulture) },
        "division" when places.Find(text) is not null => new JsonObject { ["code"] = text, ["name"] = places.Name(text) },
        _ => JsonValue.Create(text),
    };

    public static Words Text(JsonNode? value)
    {
        if (value is JsonObject amount && amount["currency"]?.ToString() == Yuan
            && decimal.TryParse(amount["value"]?.ToString(), NumberStyles.Number, CultureInfo.InvariantCulture, out var yuan) && Math.Abs(yuan) < 1e15m)
        {
            return Same(Formats.Money((long)Math.Round(yuan * 100)));
        }
        if (value is JsonObject place && place["code"] is not null && place["name"] is { } name)
            return Same(name.ToString());
        return Same(value is JsonValue text && text.TryGetValue<string>(out var plain) ? plain : value?.ToJsonString() ?? "");
    }

    /// <param name="content">Of a token that held: its issuer signed the labels too. A claim without one goes by its name.</param>
    public static IReadOnlyList<ShownClaim> Shown(JsonObject content, IEnumerable<Disclosure> disclosed) =>
        [.. disclosed.Select(d => new ShownClaim(d.Name, Label(content, d.Name), Text(d.Value)))];

    static Words Label(JsonObject content, string name) =>
        content[IssueCertificate.Labels] is JsonObject labels && labels[name] is JsonObject label && label["zh"] is { } zh && label["en"] is { } en
            ? new Words(zh.ToString(), en.ToString())
            : Same(name);

    static Words Same(string text) => new(text, text);
}
