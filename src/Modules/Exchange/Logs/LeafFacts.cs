using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>What a leaf of this room says, read back: for the data tracker, the steward's list and the audit.</summary>
/// <param name="Node">Node in whose log it stands.</param>
/// <param name="At">Unix ms.</param>
/// <param name="Department">Code of the department that answered, or whose staff read.</param>
/// <param name="What">Of a read by staff, in words; null for an exchange.</param>
sealed record LeafFacts(
    string Node,
    long Index,
    long At,
    string Kind,
    string Reference,
    string ExchangeId,
    string Consumer,
    string Provider,
    string Department,
    string Resource,
    IReadOnlyList<string> Fields,
    string Purpose,
    string CaseReference,
    string Agreement,
    string? ConsentId,
    string Basis,
    string Outcome,
    string? Refusal,
    long? Counterpart,
    Words? What,
    Words? BasisWords)
{
    /// <summary>Unix ms, as the leaf itself says.</summary>
    public long Stated { get; init; }

    /// <summary>Salted commitment to whom it is about; null when it is about nobody.</summary>
    public string? About { get; init; }

    /// <summary>How often the consent allowed an answer: <c>once</c>, or such as <c>3/day</c>; null where it set no bound.</summary>
    public string? Fetch { get; init; }

    /// <summary>Kind and reference of the mandate under which somebody else consented for the person; null when they did themself.</summary>
    public string? Mandate { get; init; }

    /// <summary>What the person is shown of it, and when; null is at once and everything.</summary>
    public Withholding? Withholding { get; init; }

    /// <summary>The law that the agreement names, where that is the basis and the agreement is known.</summary>
    public Words? Law { get; init; }

    /// <summary>The person looked at their own records; or so the asking node said.</summary>
    public bool IsOwnLook => Kind == ExchangeLeaf.RecordsGiven;

    public bool IsExchange => Kind is ExchangeLeaf.Provided or ExchangeLeaf.Obtained;

    /// <summary>Null when it is none of this room's leaves.</summary>
    public static LeafFacts? Read(string node, long index, long at, ReadOnlyMemory<byte> data)
    {
        try
        {
            using var document = JsonDocument.Parse(data);
            var leaf = document.RootElement;
            var kind = Text(leaf, "kind");
            if (kind is not (ExchangeLeaf.Provided or ExchangeLeaf.Obtained or ExchangeLeaf.StaffRead or ExchangeLeaf.RecordsGiven) || !leaf.TryGetProperty("body", out var body))
                return null;
            var use = leaf.TryGetProperty("metering", out var metering) ? metering : leaf.TryGetProperty("use", out var unmetered) ? unmetered : body;
            return new LeafFacts(
                node, index, at, kind, Text(leaf, "ref"), Text(body, "exchange"), Text(use, "consumer"), Text(use, "provider"), Text(body, "department"), Text(use, "resource"),
                body.TryGetProperty("fields", out var fields) ? [.. fields.EnumerateArray().Select(f => f.GetString() ?? "")] : [],
                Text(use, "purpose"), Text(body, "case"), Text(use, "agreement"), Optional(body, "consent"), Text(body, "basis"), Text(use, "outcome"), Optional(body, "refusal"),
                body.TryGetProperty("counterpart", out var counterpart) ? counterpart.GetInt64() : null,
                kind switch
                {
                    ExchangeLeaf.StaffRead => new Words(Text(body, "whatZh"), Text(body, "whatEn")),
                    ExchangeLeaf.RecordsGiven => new Words("数据使用记录", "Records of who used the data"),
                    _ => null,
                },
                kind == ExchangeLeaf.StaffRead ? new Words(Text(body, "basisZh"), Text(body, "basisEn")) : null)
            {
                Stated = use.TryGetProperty("at", out var stated) ? stated.GetInt64() : 0,
                About = Optional(leaf, "about"),
                Fetch = Optional(body, "fetch"),
                Mandate = Optional(body, "mandate"),
                Withholding = Withholding.Read(body),
            };
        }
        // Another node's leaf may hold anything.
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    static string Text(JsonElement element, string name) => Optional(element, name) ?? "";

    static string? Optional(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
