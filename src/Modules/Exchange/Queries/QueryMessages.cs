using System.Text.Json;
using System.Text.Json.Serialization;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>A query on its way from one node to another: the body of <c>POST /peer/query</c>. Personal data; only in a signed body.</summary>
/// <param name="V">1.</param>
/// <param name="ExchangeId">Chosen by the consumer; one query, one id.</param>
/// <param name="Consent">Token of the consent; null under a legal basis.</param>
/// <param name="HolderSalt">Opens the consent's commitment to its holder.</param>
sealed record QueryMessage(
    int V,
    string ExchangeId,
    string Agreement,
    string Resource,
    int ResourceVersion,
    IReadOnlyList<string> Fields,
    IReadOnlyDictionary<string, string> Parameters,
    string Purpose,
    string CaseReference,
    string? Consent,
    byte[]? HolderSalt)
{
    public byte[] ToJson() => JsonBuffer.Write(this, static (json, message) =>
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, message.V);
        json.WriteString("exchangeId"u8, message.ExchangeId);
        json.WriteString("agreement"u8, message.Agreement);
        json.WriteString("resource"u8, message.Resource);
        json.WriteNumber("resourceVersion"u8, message.ResourceVersion);
        json.WriteStartArray("fields"u8);
        foreach (var field in message.Fields)
            json.WriteStringValue(field);
        json.WriteEndArray();
        json.WriteStartObject("parameters"u8);
        foreach (var (name, value) in message.Parameters)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteString("purpose"u8, message.Purpose);
        json.WriteString("caseReference"u8, message.CaseReference);
        json.WriteString("consent"u8, message.Consent);
        if (message.HolderSalt is { } salt)
            json.WriteBase64String("holderSalt"u8, salt);
        else
            json.WriteNull("holderSalt"u8);
        json.WriteEndObject();
    });

    /// <summary>More than any resource has; a field asked for many times over would make a small question a large answer.</summary>
    const int MostFields = 256;

    public static bool IsExchangeId(string? text) => text is { Length: >= 16 and <= 64 } && text.All(char.IsAsciiLetterOrDigit);

    public static Result<QueryMessage> Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            if (Read(json) is
                {
                    V: 1, ExchangeId: not null, Agreement: not null, Resource: not null,
                    Fields.Count: <= MostFields, Parameters.Count: <= MostFields, Purpose: not null, CaseReference.Length: <= 64
                } message && IsExchangeId(message.ExchangeId) && message.Fields.All(ResourceDefinition.IsName))
                return message;
        }
        catch (Exception e) when (JsonReading.IsOfInput(e))
        {
            // Answered below, with the same words as a message of the wrong shape.
        }
        return Error.Invalid("query.malformed", "查询报文格式错误", "The query is malformed", "body", "请核对接口版本", "Check the version of the interface");
    }

    /// <summary>By hand, for it is read for every query; as a serializer would, members may stand in any order and unknown ones are passed over.</summary>
    static QueryMessage Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Begin();
        var (v, resourceVersion) = (0, 0);
        string? exchangeId = null, agreement = null, resource = null, purpose = null, caseReference = null, consent = null;
        byte[]? salt = null;
        List<string> fields = null!;
        Dictionary<string, string> parameters = null!;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("v"u8))
                v = reader.Number32();
            else if (reader.ValueTextEquals("exchangeId"u8))
                exchangeId = reader.Text();
            else if (reader.ValueTextEquals("agreement"u8))
                agreement = reader.Text();
            else if (reader.ValueTextEquals("resource"u8))
                resource = reader.Text();
            else if (reader.ValueTextEquals("resourceVersion"u8))
                resourceVersion = reader.Number32();
            else if (reader.ValueTextEquals("fields"u8))
                fields = reader.Texts();
            else if (reader.ValueTextEquals("parameters"u8))
                parameters = reader.Map<string>();
            else if (reader.ValueTextEquals("purpose"u8))
                purpose = reader.Text();
            else if (reader.ValueTextEquals("caseReference"u8))
                caseReference = reader.Text();
            else if (reader.ValueTextEquals("consent"u8))
                consent = reader.Text();
            else if (reader.ValueTextEquals("holderSalt"u8))
                salt = reader.Bytes();
            else
                reader.Pass();
        }
        reader.End();
        return new(v, exchangeId!, agreement!, resource!, resourceVersion, fields, parameters, purpose!, caseReference!, consent, salt);
    }
}

/// <summary>What a provider answered.</summary>
/// <param name="AsOf">Unix ms when the department's system was read.</param>
/// <param name="LogIndex">Of the provider's leaf.</param>
sealed record QueryAnswer(
    int V,
    string ExchangeId,
    string Provider,
    string Department,
    string Resource,
    long AsOf,
    long LogIndex,
    IReadOnlyList<IReadOnlyDictionary<string, string?>> Rows)
{
    /// <summary>The rows as they stand in the answer: what the provider's log commits to.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> RowsJson { get; init; }

    /// <summary>What the person it is about is shown of it, and when: the consumer's log says the same. Null is at once and everything.</summary>
    public Withholding? Withholding { get; init; }

    /// <summary>Of an aggregate; null otherwise.</summary>
    [JsonIgnore]
    public GroupsWithheld? Withheld { get; init; }

    /// <summary>The rows are already JSON: the commitment in the log is made to those bytes.</summary>
    public static byte[] Write(
        string exchangeId, string provider, string department, string resource, long asOf, long logIndex, byte[] rows, Withholding? disclosure = null, GroupsWithheld? withheld = null) =>
        JsonBuffer.Write((exchangeId, provider, department, resource, asOf, logIndex, rows, disclosure, withheld), static (json, what) =>
        {
            json.WriteStartObject();
            json.WriteNumber("v"u8, 1);
            json.WriteString("exchangeId"u8, what.exchangeId);
            json.WriteString("provider"u8, what.provider);
            json.WriteString("department"u8, what.department);
            json.WriteString("resource"u8, what.resource);
            json.WriteNumber("asOf"u8, what.asOf);
            json.WriteNumber("logIndex"u8, what.logIndex);
            if (what.disclosure is not null)
            {
                json.WritePropertyName("disclosure"u8);
                what.disclosure.Write(json);
            }
            json.WritePropertyName("rows"u8);
            json.WriteRawValue(what.rows, skipInputValidation: true);
            if (what.withheld is { } withheld)
            {
                json.WriteNumber("withheld"u8, withheld.Groups);
                json.WriteBoolean("withheldOrMore"u8, withheld.OrMore);
            }
            json.WriteEndObject();
        });

    public static Result<QueryAnswer> Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            if (Read(json) is { V: 1, ExchangeId: not null, Provider: not null, Department.Length: <= 64, Resource: not null, LogIndex: >= 0, Rows: not null } answer && QueryMessage.IsExchangeId(answer.ExchangeId))
                return answer;
        }
        catch (Exception e) when (JsonReading.IsOfInput(e))
        {
            // Answered below.
        }
        return Malformed;
    }

    public static readonly Error Malformed = Error.Unavailable("answer.malformed", "对方的回答格式错误，未采用", "The answer is malformed and was not used");

    static QueryAnswer Read(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span);
        reader.Begin();
        var v = 0;
        var (asOf, logIndex) = (0L, 0L);
        var (withheld, orMore) = (-1, false);
        string? exchangeId = null, provider = null, department = null, resource = null;
        List<IReadOnlyDictionary<string, string?>> rows = null!;
        var rowsJson = ReadOnlyMemory<byte>.Empty;
        Withholding? disclosure = null;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("v"u8))
                v = reader.Number32();
            else if (reader.ValueTextEquals("exchangeId"u8))
                exchangeId = reader.Text();
            else if (reader.ValueTextEquals("provider"u8))
                provider = reader.Text();
            else if (reader.ValueTextEquals("department"u8))
                department = reader.Text();
            else if (reader.ValueTextEquals("resource"u8))
                resource = reader.Text();
            else if (reader.ValueTextEquals("asOf"u8))
                asOf = reader.Number64();
            else if (reader.ValueTextEquals("logIndex"u8))
                logIndex = reader.Number64();
            else if (reader.ValueTextEquals("disclosure"u8))
                disclosure = Withholding.Parse(reader.Whole(json));
            else if (reader.ValueTextEquals("rows"u8))
                (rows, rowsJson) = ReadRows(ref reader, json);
            else if (reader.ValueTextEquals("withheld"u8))
                withheld = reader.Number32();
            else if (reader.ValueTextEquals("withheldOrMore"u8))
                orMore = reader.Truth();
            else
                reader.Pass();
        }
        reader.End();
        return new(v, exchangeId!, provider!, department!, resource!, asOf, logIndex, rows) { RowsJson = rowsJson, Withholding = disclosure, Withheld = withheld >= 0 ? new GroupsWithheld(withheld, orMore) : null };
    }

    internal static (List<IReadOnlyDictionary<string, string?>> Rows, ReadOnlyMemory<byte> Json) ReadRows(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        reader.Begin(JsonTokenType.StartArray);
        var begin = (int)reader.TokenStartIndex;
        var rows = new List<IReadOnlyDictionary<string, string?>>();
        while (reader.NextItem())
            rows.Add(reader.MapHere<string?>());
        return (rows, json[begin..(int)reader.BytesConsumed]);
    }
}

/// <summary>Rows as both sides write them, byte for byte, so that both commit to the same value.</summary>
static class RowsJson
{
    public static byte[] Of(IReadOnlyList<string> fields, IReadOnlyList<string?[]> rows) => JsonBuffer.Write((fields, rows), static (json, what) =>
    {
        json.WriteStartArray();
        foreach (var row in what.rows)
        {
            json.WriteStartObject();
            for (var i = 0; i < what.fields.Count; i++)
                json.WriteString(what.fields[i], row[i]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
