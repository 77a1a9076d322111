using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// When and how much of one use of a person's data that person is shown, where the law asks for less than at once and everything. Decided
/// when the use is logged and written into its leaf, at both sides: nobody extends it afterwards, and an audit counts what is withheld.
/// </summary>
/// <param name="Rule">Id of the rule, of the node that decided.</param>
/// <param name="From">Unix ms before which it is not shown; null is at once.</param>
/// <param name="Masked">That something was used is shown, not who used what for which matter.</param>
/// <param name="Law">What it rests on.</param>
sealed record Withholding(string Rule, long? From, bool Masked, Words Law)
{
    public const int LongestLaw = 300;

    public bool IsWithheld(long now) => From > now;

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (From is { } from)
            json.WriteNumber("from"u8, from);
        json.WriteString("lawEn"u8, Law.En);
        json.WriteString("lawZh"u8, Law.Zh);
        json.WriteBoolean("masked"u8, Masked);
        json.WriteString("rule"u8, Rule);
        json.WriteEndObject();
    }

    /// <summary>Of a leaf's body; null when it has none, or none that is whole: then nothing is held back.</summary>
    public static Withholding? Read(JsonElement body) => body.TryGetProperty("disclosure", out var said) ? Whole(said) : null;

    /// <summary>Of an answer. One that is not whole throws like anything else that does not fit: what was to be held back is not shown by mistake.</summary>
    public static Withholding Parse(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return Whole(document.RootElement) ?? throw new JsonException();
    }

    static Withholding? Whole(JsonElement said) =>
        said.ValueKind == JsonValueKind.Object
        && Text(said, "rule", 64) is { } rule && Text(said, "lawZh", LongestLaw) is { } zh && Text(said, "lawEn", LongestLaw) is { } en
        && said.TryGetProperty("masked", out var masked) && masked.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? new(rule, said.TryGetProperty("from", out var from) && from.TryGetInt64(out var at) ? at : null, masked.GetBoolean(), new(zh, en))
            : null;

    static string? Text(JsonElement said, string name, int longest) =>
        said.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= longest ? text : null;
}

/// <summary>How a record about a person stands towards that person at an instant. Every record is one of the three.</summary>
enum Standing
{
    Shown,

    /// <summary>Shown as having happened.</summary>
    Masked,

    /// <summary>Not yet shown.</summary>
    Withheld,
}

static class Standings
{
    public static Standing StandingAt(this LeafFacts use, long now) => use.Withholding switch
    {
        null => Standing.Shown,
        { } by when by.IsWithheld(now) => Standing.Withheld,
        { Masked: true } => Standing.Masked,
        _ => Standing.Shown,
    };
}
