using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Contracts.Exchange;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// What the log holds of one exchange or one read: references, names of fields, salted commitments; nothing personal. Written
/// in canonical order (RFC 8785) by hand, because it is written for every exchange.
/// </summary>
static class ExchangeLeaf
{
    /// <summary>This node answered another (or itself).</summary>
    public const string Provided = "exchange.provided";

    /// <summary>This node asked and was answered.</summary>
    public const string Obtained = "exchange.obtained";

    /// <summary>Staff of this node read a person's data.</summary>
    public const string StaffRead = "access.staff";

    /// <summary>Another node asked for a person's records, for the person who is signed in there.</summary>
    public const string RecordsGiven = "access.records";

    /// <summary>An answer under a consent that bounds how many there are.</summary>
    public const string ConsentUsed = "consent.use";

    public const string User = "user";

    public const string Represented = "represented";

    public static string ReferenceOfProvided(string consumer, string exchangeId) => $"p/{consumer}/{exchangeId}";

    public static string ReferenceOfObtained(string exchangeId) => $"c/{exchangeId}";

    /// <param name="question">The body of the query as it was sent; committed to, not stored.</param>
    /// <param name="rows">The rows as sent; null when there was no answer.</param>
    /// <param name="counterpart">As consumer, the provider's log index.</param>
    /// <param name="about">Blind index of the person; null or empty when it is about nobody.</param>
    /// <param name="consent">As provider, the consent that it rests on: how often it allows and under which mandate it was given are noted.</param>
    /// <param name="disclosure">When and how much of it whoever it is about is shown; null is at once and everything.</param>
    /// <param name="by">As consumer, the connected system that asked through this node; null for the node's own rooms.</param>
    /// <param name="user">Who asked there, as the system says; committed to under <see cref="User"/>, not stored.</param>
    /// <param name="represented">For whom; the same under <see cref="Represented"/>.</param>
    public static LogEntry Of(
        string kind, string reference, QueryMessage query, string department, Metering metering, bool meter,
        ReadOnlySpan<byte> question, ReadOnlyMemory<byte>? rows, int rowCount, string? consentId, string basis, string? refusal, long? counterpart, string? about, string? by = null, ConsentArtefact? consent = null, Withholding? disclosure = null,
        string? user = null, string? represented = null)
    {
        var asked = Commitment.Make(question);
        List<LogSalt> salts = [new("question", asked.Salt)];
        Commitment? answered = rows is { } given ? Commitment.Make(given.Span) : null;
        if (answered is { } sent)
            salts.Add(new("answer", sent.Salt));
        string? Committed(string name, string? text)
        {
            if (string.IsNullOrEmpty(text))
                return null;
            var made = Commitment.Make(Encoding.UTF8.GetBytes(text));
            salts.Add(new(name, made.Salt));
            return made.Value;
        }
        IReadOnlyList<string> subjects = string.IsNullOrEmpty(about) ? [] : [about];
        Commitment? named = subjects.Count > 0 ? Commitment.Make(LogEntry.Named(subjects)) : null;
        if (named is { } person)
            salts.Add(new(LogEntry.About, person.Salt));
        var leaf = new Leaf(kind, reference, query, department, metering, meter, asked.Value, answered?.Value, named?.Value, rowCount, consentId, basis, refusal, counterpart, by, consent?.Fetch, consent?.Mandate, disclosure, Committed(User, user), Committed(Represented, represented));
        return new LogEntry(reference, JsonBuffer.Write(leaf, Write)) { Metering = meter ? metering : null, Subjects = subjects, Salts = salts, Mark = Mark(kind, metering, counterpart) };
    }

    /// <summary>Of what will be acknowledged.</summary>
    static LeafMark? Mark(string kind, Metering metering, long? counterpart) =>
        kind == Obtained ? new(metering.Provider, true, counterpart)
        : metering.Outcome is "answered" or "empty" ? new(metering.Consumer, false, null)
        : null;

    sealed record Leaf(
        string Kind, string Reference, QueryMessage Query, string Department, Metering Metering, bool Meter,
        string Question, string? Answer, string? About, int RowCount, string? ConsentId, string Basis, string? Refusal, long? Counterpart, string? By, ConsentFetch? Fetch, ConsentMandate? Mandate, Withholding? Withholding, string? User, string? Represented);

    static void Write(Utf8JsonWriter json, Leaf leaf)
    {
        json.WriteStartObject();
        if (leaf.About is not null)
            json.WriteString("about"u8, leaf.About);
        json.WriteStartObject("body"u8);
        if (leaf.Answer is not null)
            json.WriteString("answer"u8, leaf.Answer);
        json.WriteString("basis"u8, leaf.Basis);
        if (leaf.By is not null)
            json.WriteString("by"u8, leaf.By);
        json.WriteString("case"u8, leaf.Query.CaseReference);
        if (leaf.ConsentId is not null)
            json.WriteString("consent"u8, leaf.ConsentId);
        if (leaf.Counterpart is { } index)
            json.WriteNumber("counterpart"u8, index);
        json.WriteString("department"u8, leaf.Department);
        if (leaf.Withholding is { } disclosure)
        {
            json.WritePropertyName("disclosure"u8);
            disclosure.Write(json);
        }
        json.WriteString("exchange"u8, leaf.Query.ExchangeId);
        if (leaf.Fetch is { } fetch)
            json.WriteString("fetch"u8, fetch.Kind == ConsentFetch.Once ? fetch.Kind : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{fetch.Most}/{fetch.Per}"));
        json.WriteStartArray("fields"u8);
        foreach (var field in leaf.Query.Fields)
            json.WriteStringValue(field);
        json.WriteEndArray();
        if (leaf.Mandate is { } mandate)
            json.WriteString("mandate"u8, $"{mandate.Kind}/{mandate.Reference}");
        json.WriteString("question"u8, leaf.Question);
        if (leaf.Refusal is not null)
            json.WriteString("refusal"u8, leaf.Refusal);
        if (leaf.Represented is not null)
            json.WriteString("represented"u8, leaf.Represented);
        json.WriteNumber("rows"u8, leaf.RowCount);
        if (leaf.User is not null)
            json.WriteString("user"u8, leaf.User);
        json.WriteEndObject();
        json.WriteString("kind"u8, leaf.Kind);
        // Of both sides only one meters; the names stand where canonical order has them.
        if (leaf.Meter)
            WriteUse(json, "metering"u8, leaf.Metering);
        json.WriteString("ref"u8, leaf.Reference);
        if (!leaf.Meter)
            WriteUse(json, "use"u8, leaf.Metering);
        json.WriteNumber("v"u8, 1);
        json.WriteEndObject();
    }

    static void WriteUse(Utf8JsonWriter json, ReadOnlySpan<byte> name, Metering use)
    {
        json.WriteStartObject(name);
        json.WriteString("agreement"u8, use.Agreement);
        json.WriteNumber("at"u8, use.At);
        json.WriteString("consumer"u8, use.Consumer);
        json.WriteString("outcome"u8, use.Outcome);
        json.WriteString("provider"u8, use.Provider);
        json.WriteString("purpose"u8, use.Purpose);
        json.WriteString("resource"u8, use.Resource);
        json.WriteNumber("units"u8, use.Units);
        json.WriteEndObject();
    }

    public static LogEntry OfStaffRead(AccessRecord record, string node, long at, Withholding? disclosure)
    {
        var id = Guid.CreateVersion7().ToString("N");
        var body = new JsonObject
        {
            ["actor"] = record.ActorId,
            ["at"] = at,
            ["basisEn"] = record.Basis.En,
            ["basisZh"] = record.Basis.Zh,
            ["case"] = record.CaseReference,
            ["department"] = record.Department,
            ["node"] = node,
            ["purpose"] = record.Purpose,
            ["whatEn"] = record.What.En,
            ["whatZh"] = record.What.Zh,
        };
        if (disclosure is not null)
            body["disclosure"] = JsonNode.Parse(JsonBuffer.Write(disclosure, static (json, what) => what.Write(json)));
        return LogEntry.Of($"a/{id}", StaffRead, body, about: record.SubjectKey);
    }

    /// <param name="asker">Node that asked and vouches for the person.</param>
    public static LogEntry OfRecordsGiven(string subject, string asker, string node, long at)
    {
        var id = Guid.CreateVersion7().ToString("N");
        return LogEntry.Of($"r/{asker}/{id}", RecordsGiven, new JsonObject { ["at"] = at, ["consumer"] = asker, ["node"] = node }, about: subject);
    }

    /// <summary>About nobody: a consent is an opaque id.</summary>
    public static LogEntry OfConsentUse(in ConsentUses.Use use, int place) => LogEntry.Of(ConsentUses.Place(use.Period, place), ConsentUsed, new JsonObject
    {
        ["at"] = use.At,
        ["consent"] = use.Consent.Id,
        ["consumer"] = use.Consumer,
        ["exchange"] = use.ExchangeId,
        ["issuer"] = use.Consent.Issuer,
        ["of"] = use.Of,
        ["place"] = place,
        ["resource"] = use.Resource,
    });
}
