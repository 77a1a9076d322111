using System.Text.Json;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Exchange;

/// <summary>
/// Several queries to one node in one signed message, the body of <c>POST /peer/queries</c>: <c>{"v":1,"queries":[…]}</c>, each as in
/// <see cref="QueryMessage"/>. They are checked, answered, logged and metered one by one; only the message's signature is shared.
/// </summary>
static class QueriesMessage
{
    public const int Most = 64;

    public static byte[] Write(IReadOnlyList<byte[]> queries) => JsonBuffer.Write(queries, static (json, all) =>
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, 1);
        json.WriteStartArray("queries"u8);
        foreach (var query in all)
            json.WriteRawValue(query, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Each query as it was sent, unread.</summary>
    public static Result<List<ReadOnlyMemory<byte>>> Parse(ReadOnlyMemory<byte> json) => JsonParts.Of(json, "queries") is { Count: > 0 and <= Most } queries
        ? queries
        : Error.Invalid("queries.malformed", $"应是 1 至 {Most} 个查询的列表", $"This takes a list of 1 to {Most} queries", "body", "请核对接口版本", "Check the version of the interface");
}

/// <summary>
/// What is answered to <see cref="QueriesMessage"/>, in its order: <c>{"v":1,"answers":[{"status":200,"answer":…} or {"status":403,"problem":…},…]}</c>.
/// </summary>
static class AnswersMessage
{
    public static byte[] Write(IReadOnlyList<Result<byte[]>> answers) => JsonBuffer.Write(answers, static (json, all) =>
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, 1);
        json.WriteStartArray("answers"u8);
        foreach (var answer in all)
        {
            json.WriteStartObject();
            if (answer.Ok)
            {
                json.WriteNumber("status"u8, 200);
                json.WritePropertyName("answer"u8);
                json.WriteRawValue(answer.Value, skipInputValidation: true);
            }
            else
            {
                var status = ErrorResult.Status(answer.Error.Kind);
                json.WriteNumber("status"u8, status);
                json.WritePropertyName("problem"u8);
                JsonSerializer.Serialize(json, ErrorResult.Document(answer.Error, status), JsonSerializerOptions.Web);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Null when it is anything else than as many answers as were asked for.</summary>
    public static List<Result<ReadOnlyMemory<byte>>>? Parse(ReadOnlyMemory<byte> json, int asked)
    {
        if (JsonParts.Of(json, "answers") is not { } parts || parts.Count != asked)
            return null;
        var answers = new List<Result<ReadOnlyMemory<byte>>>(asked);
        foreach (var part in parts)
        {
            if (Read(part) is not { } answer)
                return null;
            answers.Add(answer);
        }
        return answers;
    }

    static Result<ReadOnlyMemory<byte>>? Read(ReadOnlyMemory<byte> part)
    {
        try
        {
            var reader = new Utf8JsonReader(part.Span);
            reader.Begin();
            var status = 0;
            ReadOnlyMemory<byte>? answer = null, problem = null;
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("status"u8))
                    status = reader.Number32();
                else if (reader.ValueTextEquals("answer"u8))
                    answer = reader.Whole(part);
                else if (reader.ValueTextEquals("problem"u8))
                    problem = reader.Whole(part);
                else
                    reader.Pass();
            }
            reader.End();
            if (status == 200 && answer is { } given)
                return given;
            if (status is >= 400 and < 600 && problem is { } told)
                return PeerProblem.Read(status, told);
            return null;
        }
        catch (Exception e) when (JsonReading.IsOfInput(e))
        {
            return null;
        }
    }
}

/// <summary>The objects of a list in a message <c>{"v":1,name:[…]}</c>, each as the bytes it was written in.</summary>
static class JsonParts
{
    public static List<ReadOnlyMemory<byte>>? Of(ReadOnlyMemory<byte> json, string name)
    {
        try
        {
            var reader = new Utf8JsonReader(json.Span);
            reader.Begin();
            var v = 0;
            List<ReadOnlyMemory<byte>>? parts = null;
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("v"u8))
                {
                    v = reader.Number32();
                }
                else if (reader.ValueTextEquals(name))
                {
                    parts = [];
                    reader.Begin(JsonTokenType.StartArray);
                    while (reader.NextItem())
                        parts.Add(reader.WholeHere(json));
                }
                else
                {
                    reader.Pass();
                }
            }
            reader.End();
            return v == 1 ? parts : null;
        }
        catch (Exception e) when (JsonReading.IsOfInput(e))
        {
            return null;
        }
    }
}
