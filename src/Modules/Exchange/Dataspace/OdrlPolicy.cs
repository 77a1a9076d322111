using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// An agreement's terms as an ODRL policy and back. Every constraint that is read is one that queries are checked against
/// or that the terms carry; any other is refused, for nobody is promised what is not kept.
/// </summary>
static class OdrlPolicy
{
    const string Field = DspMessage.Ours + "field";
    const string Case = DspMessage.Ours + "case";
    const string Basis = DspMessage.Ours + "basis";
    const string Related = DspMessage.Ours + "related";
    const string PerDay = DspMessage.Ours + "queriesPerDay";
    const string PerMinute = DspMessage.Ours + "queriesPerMinute";
    const string FenPerCall = DspMessage.Ours + "fenPerCall";
    const string Subscription = DspMessage.Ours + "subscription";
    const string Bulk = DspMessage.Ours + "bulk";
    const string LeastGroup = DspMessage.Ours + "leastGroup";
    const string Price = DspMessage.Ours + "price";
    const string Class = DspMessage.Ours + "useClass";
    const string Processing = DspMessage.Ours + "processing";

    public static JsonObject Offer(string id, AgreementTerms terms, string? target)
    {
        var offer = new JsonObject { ["@id"] = id, ["@type"] = "Offer" };
        if (target is not null)
            offer["target"] = target;
        return Rules(offer, terms);
    }

    public static JsonObject Agreement(AgreementTerms terms, string target, DateTimeOffset at) => Rules(
        new JsonObject
        {
            ["@id"] = terms.Id,
            ["@type"] = "Agreement",
            ["target"] = target,
            ["timestamp"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["assigner"] = terms.Provider,
            ["assignee"] = terms.Consumer,
        }, terms);

    static JsonObject Rules(JsonObject policy, AgreementTerms terms)
    {
        var constraints = new JsonArray
        {
            Constraint("purpose", "isAnyOf", Texts(terms.Purposes)),
            Constraint(Field, "isAnyOf", Texts(terms.Fields)),
            Constraint(Case, "eq", terms.CaseRequired ? "required" : "optional"),
            Constraint(Basis, "eq", new JsonObject { ["kind"] = terms.Basis.Kind, ["zh"] = terms.Basis.Text.Zh, ["en"] = terms.Basis.Text.En }),
            Constraint(PerDay, "lteq", Number(terms.QuotaPerDay)),
        };
        if (terms.Related is { } related)
            constraints.Add(Constraint(Related, "eq", new JsonObject { ["purposes"] = Texts(related.Purposes), ["zh"] = related.Text.Zh, ["en"] = related.Text.En }));
        if (terms.ValidFrom > 0)
            constraints.Add(Constraint("dateTime", "gteq", Instant(terms.ValidFrom)));
        if (terms.ValidUntil > 0)
            constraints.Add(Constraint("dateTime", "lt", Instant(terms.ValidUntil)));
        if (terms.RatePerMinute is { } rate)
            constraints.Add(Constraint(PerMinute, "lteq", Number(rate)));
        if (terms.Place is { } place)
            constraints.Add(Constraint("spatial", "isPartOf", place));
        if (terms.FenPerCall is { } fen)
            constraints.Add(Constraint(FenPerCall, "eq", Number(fen)));
        if (terms.Subscription)
            constraints.Add(Constraint(Subscription, "eq", "granted"));
        if (terms.Bulk)
            constraints.Add(Constraint(Bulk, "eq", "granted"));
        if (terms.LeastGroup is { } least)
            constraints.Add(Constraint(LeastGroup, "gteq", Number(least)));
        if (terms.Price is { } price)
            constraints.Add(Constraint(Price, "eq", new JsonObject { ["unit"] = price.Unit, ["fen"] = Number(price.Fen), ["per"] = Number(price.Per) }));
        if (terms.UseClass is { } use)
            constraints.Add(Constraint(Class, "eq", use));
        if (terms.Processing)
            constraints.Add(Constraint(Processing, "eq", "granted"));
        policy["permission"] = new JsonArray(new JsonObject { ["action"] = "use", ["constraint"] = constraints });
        if (terms.NoOnwardUse)
            policy["prohibition"] = new JsonArray(new JsonObject { ["action"] = "distribute" });
        if (terms.RetentionDays is { } days)
            policy["obligation"] = new JsonArray(new JsonObject { ["action"] = "delete", ["constraint"] = new JsonArray(Constraint("elapsedTime", "lteq", $"P{Number(days)}D")) });
        return policy;
    }

    /// <summary>What a policy asks for or offers; what it does not speak of stays as it stands on the table.</summary>
    public static Result<AgreementTerms> Read(JsonElement policy, AgreementTerms standing)
    {
        if (!policy.TryGetProperty("permission", out var permissions) || permissions.ValueKind != JsonValueKind.Array || permissions.GetArrayLength() != 1 || DspMessage.Text(permissions[0], "action") != "use")
            return NotKept("permission");
        if (permissions[0].TryGetProperty("duty", out _) || Listed(permissions[0], "constraint") is not { } constraints)
            return NotKept("permission");
        var (terms, spoken) = (standing, new HashSet<(string, bool)>());
        foreach (var constraint in constraints)
        {
            var (left, relation) = (DspMessage.Text(constraint, "leftOperand") ?? "", DspMessage.Text(constraint, "operator") ?? "");
            // All of them hold together; that two of one kind do is not kept here. A period has two ends.
            if (!spoken.Add((left, left == "dateTime" && relation == "gteq")))
                return NotKept(left);
            var read = Constrain(terms, left, relation, constraint.ValueKind == JsonValueKind.Object && constraint.TryGetProperty("rightOperand", out var right) ? right : default);
            if (!read.Ok)
                return read.Error;
            terms = read.Value;
        }
        if (Listed(policy, "prohibition") is not { } prohibitions)
            return NotKept("prohibition");
        foreach (var rule in prohibitions)
        {
            if (DspMessage.Text(rule, "action") != "distribute" || Listed(rule, "constraint") is not [])
                return NotKept("prohibition");
            terms = terms with { NoOnwardUse = true };
        }
        if (Listed(policy, "obligation") is not { } obligations)
            return NotKept("obligation");
        foreach (var rule in obligations)
        {
            if (DspMessage.Text(rule, "action") != "delete" || Listed(rule, "constraint") is not [{ } one] || DspMessage.Text(one, "leftOperand") != "elapsedTime" || DspMessage.Text(one, "operator") != "lteq" || Days(DspMessage.Text(one, "rightOperand")) is not { } days)
                return NotKept("obligation");
            terms = terms with { RetentionDays = days };
        }
        return terms;
    }

    static Result<AgreementTerms> Constrain(AgreementTerms terms, string left, string relation, JsonElement right) => (left, relation) switch
    {
        ("purpose", "isAnyOf") when TextsOf(right) is { Count: > 0 } purposes => terms with { Purposes = purposes },
        ("purpose", "eq") when right.ValueKind == JsonValueKind.String => terms with { Purposes = [right.GetString()!] },
        (Field, "isAnyOf") when TextsOf(right) is { Count: > 0 } fields => terms with { Fields = fields },
        (Case, "eq") when right.ValueKind == JsonValueKind.String && right.GetString() is "required" or "optional" => terms with { CaseRequired = right.ValueEquals("required") },
        (Basis, "eq") when DspMessage.Text(right, "kind") is AgreementBasis.Consent or AgreementBasis.Legal && WordsOf(right) is { } text => terms with { Basis = new AgreementBasis(DspMessage.Text(right, "kind")!, text) },
        (Related, "eq") when WordsOf(right) is { } text && right.TryGetProperty("purposes", out var of) && TextsOf(of) is { Count: > 0 } purposes => terms with { Related = new RelatedBasis(purposes, text) },
        (PerDay, "lteq") when Whole(right) is { } quota => terms with { QuotaPerDay = quota },
        (PerMinute, "lteq") when Whole(right) is { } rate => terms with { RatePerMinute = rate },
        (FenPerCall, "eq") when Whole(right) is { } fen => terms with { FenPerCall = fen, Price = null },
        (Subscription, "eq") when right.ValueKind == JsonValueKind.String && right.GetString() is "granted" or "none" => terms with { Subscription = right.GetString() == "granted" },
        (Bulk, "eq") when right.ValueKind == JsonValueKind.String && right.GetString() is "granted" or "none" => terms with { Bulk = right.GetString() == "granted" },
        (LeastGroup, "gteq") when Whole(right) is >= AggregateShape.LeastAllowed and <= AggregateShape.MostAllowed and var least => terms with { LeastGroup = (int)least },
        (Price, "eq") when right.ValueKind == JsonValueKind.Object && right.TryGetProperty("fen", out var fen) && right.TryGetProperty("per", out var per) && PricePlan.Of(DspMessage.Text(right, "unit") ?? "", Whole(fen), Whole(per)) is { } plan => terms with { Price = plan, FenPerCall = null },
        (Class, "eq") when right.ValueKind == JsonValueKind.String && UseClass.All.Contains(right.GetString()) => terms with { UseClass = right.GetString() },
        (Processing, "eq") when right.ValueKind == JsonValueKind.String && right.GetString() is "granted" or "none" => terms with { Processing = right.GetString() == "granted" },
        ("dateTime", "gteq") when InstantOf(right) is { } from => terms with { ValidFrom = from },
        ("dateTime", "lt" or "lteq") when InstantOf(right) is { } until => terms with { ValidUntil = until },
        ("spatial", "isPartOf") when right.ValueKind == JsonValueKind.String && right.GetString() is { Length: >= 6 and <= 12 } place && place.All(char.IsAsciiDigit) => terms with { Place = place },
        _ => NotKept(left.Length == 0 ? "constraint" : left),
    };

    /// <summary>Empty where there is none; null where there is something else than a list, which is never read past.</summary>
    static List<JsonElement>? Listed(JsonElement of, string name) =>
        of.ValueKind != JsonValueKind.Object || !of.TryGetProperty(name, out var list) ? [] : list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : null;

    static JsonObject Constraint(string left, string relation, JsonNode right) => new() { ["leftOperand"] = left, ["operator"] = relation, ["rightOperand"] = right };

    static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(t => (JsonNode)t)];

    static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    // To the millisecond, or the signed terms and their view would differ.
    static string Instant(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    static long? InstantOf(JsonElement right) =>
        right.ValueKind == JsonValueKind.String && DateTimeOffset.TryParse(right.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at.ToUnixTimeMilliseconds() is > 0 and var ms ? ms : null;

    static long? Whole(JsonElement right) =>
        right.ValueKind == JsonValueKind.String && long.TryParse(right.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    static int? Days(string? period) =>
        period is ['P', .. var number, 'D'] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : null;

    /// <summary>More than any resource has fields or the region items.</summary>
    const int MostTexts = 512;

    static List<string>? TextsOf(JsonElement right) =>
        right.ValueKind == JsonValueKind.Array && right.GetArrayLength() <= MostTexts && right.EnumerateArray().All(t => t.ValueKind == JsonValueKind.String && t.GetString()!.Length is > 0 and <= 64) ? [.. right.EnumerateArray().Select(t => t.GetString()!)] : null;

    static Words? WordsOf(JsonElement right) =>
        DspMessage.Text(right, "zh") is { Length: > 0 and <= 500 } zh && DspMessage.Text(right, "en") is { Length: > 0 and <= 500 } en ? new Words(zh, en) : null;

    static Error NotKept(string what) => Error.Invalid("dsp.policy-not-kept", $"本节点不执行这样的约定：{what}", $"This node does not keep such a rule: {what}", what,
        "请用接入说明中列出的约定", "Use the rules that docs/exchange.md lists");
}
