using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
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
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, QueryJson.Default.QueryMessage);

    public static Result<QueryMessage> Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, QueryJson.Default.QueryMessage) is
                {
                    V: 1, ExchangeId.Length: >= 16 and <= 64, Agreement: not null, Resource: not null,
                    Fields: not null, Parameters: not null, Purpose: not null, CaseReference.Length: <= 64
                } message && message.ExchangeId.All(char.IsAsciiLetterOrDigit))
                return message;
        }
        catch (JsonException)
        {
            // Answered below, with the same words as a message of the wrong shape.
        }
        return Error.Invalid("query.malformed", "查询报文格式错误", "The query is malformed", "body", "请核对接口版本", "Check the version of the interface");
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
    /// <summary>Written by hand: the rows are already JSON, for the commitment in the log is made to those bytes.</summary>
    public static void Write(IBufferWriter<byte> output, string exchangeId, string provider, string department, string resource, long asOf, long logIndex, ReadOnlySpan<byte> rows)
    {
        using var json = new Utf8JsonWriter(output, QueryJson.Writing);
        json.WriteStartObject();
        json.WriteNumber("v"u8, 1);
        json.WriteString("exchangeId"u8, exchangeId);
        json.WriteString("provider"u8, provider);
        json.WriteString("department"u8, department);
        json.WriteString("resource"u8, resource);
        json.WriteNumber("asOf"u8, asOf);
        json.WriteNumber("logIndex"u8, logIndex);
        json.WritePropertyName("rows"u8);
        json.WriteRawValue(rows, skipInputValidation: true);
        json.WriteEndObject();
    }

    public static Result<QueryAnswer> Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, QueryJson.Default.QueryAnswer) is { V: 1, ExchangeId: not null, Provider: not null, Department: not null, Resource: not null, LogIndex: >= 0, Rows: not null } answer)
                return answer;
        }
        catch (JsonException)
        {
            // Answered below.
        }
        return Error.Unavailable("answer.malformed", "对方的回答格式错误，未采用", "The answer is malformed and was not used");
    }
}

/// <summary>Rows as both sides write them, byte for byte, so that both commit to the same value.</summary>
static class RowsJson
{
    public static byte[] Of(IReadOnlyList<string> fields, IReadOnlyList<string?[]> rows)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, QueryJson.Writing))
        {
            json.WriteStartArray();
            foreach (var row in rows)
            {
                json.WriteStartObject();
                for (var i = 0; i < fields.Count; i++)
                    json.WriteString(fields[i], row[i]);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Of(IReadOnlyList<string> fields, IReadOnlyList<IReadOnlyDictionary<string, string?>> rows) =>
        Of(fields, rows.Select(row => fields.Select(row.GetValueOrDefault).ToArray()).ToList());
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(QueryMessage))]
[JsonSerializable(typeof(QueryAnswer))]
sealed partial class QueryJson : JsonSerializerContext
{
    public static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
}
