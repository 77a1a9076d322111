using System.Buffers;
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

    public static string ReferenceOfProvided(string consumer, string exchangeId) => $"p/{consumer}/{exchangeId}";

    public static string ReferenceOfObtained(string exchangeId) => $"c/{exchangeId}";

    /// <param name="question">The body of the query as it was sent; committed to, not stored.</param>
    /// <param name="rows">The rows as sent; null when there was no answer.</param>
    /// <param name="counterpart">As consumer, the provider's log index.</param>
    public static LogEntry Of(
        string kind, string reference, QueryMessage query, string department, Metering metering, bool meter,
        ReadOnlySpan<byte> question, byte[]? rows, int rowCount, string? consentId, string basis, string? refusal, long? counterpart)
    {
        var asked = Commitment.Make(question);
        var answered = rows is null ? default : Commitment.Make(rows);
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, QueryJson.Writing))
        {
            json.WriteStartObject();
            json.WriteStartObject("body"u8);
            if (rows is not null)
                json.WriteString("answer"u8, answered.Value);
            json.WriteString("basis"u8, basis);
            json.WriteString("case"u8, query.CaseReference);
            if (consentId is not null)
                json.WriteString("consent"u8, consentId);
            if (counterpart is { } index)
                json.WriteNumber("counterpart"u8, index);
            json.WriteString("department"u8, department);
            json.WriteString("exchange"u8, query.ExchangeId);
            json.WriteStartArray("fields"u8);
            foreach (var field in query.Fields)
                json.WriteStringValue(field);
            json.WriteEndArray();
            json.WriteString("question"u8, asked.Value);
            if (refusal is not null)
                json.WriteString("refusal"u8, refusal);
            json.WriteNumber("rows"u8, rowCount);
            json.WriteEndObject();
            json.WriteString("kind"u8, kind);
            json.WriteStartObject(meter ? "metering"u8 : "use"u8);
            json.WriteString("agreement"u8, metering.Agreement);
            json.WriteNumber("at"u8, metering.At);
            json.WriteString("consumer"u8, metering.Consumer);
            json.WriteString("outcome"u8, metering.Outcome);
            json.WriteString("provider"u8, metering.Provider);
            json.WriteString("purpose"u8, metering.Purpose);
            json.WriteString("resource"u8, metering.Resource);
            json.WriteNumber("units"u8, metering.Units);
            json.WriteEndObject();
            json.WriteString("ref"u8, reference);
            json.WriteNumber("v"u8, 1);
            json.WriteEndObject();
        }
        return new LogEntry(reference, output.WrittenSpan.ToArray())
        {
            Metering = meter ? metering : null,
            Salts = rows is null ? [new LogSalt("question", asked.Salt)] : [new LogSalt("answer", answered.Salt), new LogSalt("question", asked.Salt)],
        };
    }

    public static LogEntry OfStaffRead(AccessRecord record, string node, long at)
    {
        var id = Guid.CreateVersion7().ToString("N");
        return LogEntry.Of($"a/{id}", StaffRead, new JsonObject
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
        }) with
        { Subjects = [record.SubjectKey] };
    }
}
