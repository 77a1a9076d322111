using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>The body of <c>POST /peer/subscriptions</c>: <c>{"v":1,"until":ms,"query":{…}}</c>; the query's exchange id is the subscription's.</summary>
sealed record SubscribeMessage(QueryMessage Query, long Until)
{
    public byte[] ToJson() => JsonBuffer.Write((Until, Query: Query.ToJson()), static (json, message) =>
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, 1);
        json.WriteNumber("until"u8, message.Until);
        json.WritePropertyName("query"u8);
        json.WriteRawValue(message.Query, skipInputValidation: true);
        json.WriteEndObject();
    });

    public static Result<SubscribeMessage> Parse(ReadOnlyMemory<byte> json)
    {
        var (v, until, query) = (0, 0L, ReadOnlyMemory<byte>.Empty);
        try
        {
            var reader = new Utf8JsonReader(json.Span);
            reader.Begin();
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("v"u8))
                    v = reader.Number32();
                else if (reader.ValueTextEquals("until"u8))
                    until = reader.Number64();
                else if (reader.ValueTextEquals("query"u8))
                    query = reader.Whole(json);
                else
                    reader.Pass();
            }
            reader.End();
        }
        catch (Exception e) when (JsonReading.IsOfInput(e))
        {
            v = 0;
        }
        return v == 1 && until > 0 ? QueryMessage.Parse(query.Span).Map(q => new SubscribeMessage(q, until)) : Malformed;
    }

    public static readonly Error Malformed = Error.Invalid("subscription.malformed", "订阅报文格式错误", "The subscription is malformed", "body", "请核对接口版本", "Check the version of the interface");
}

/// <summary>One change on its way: its offset, and the answer as to a query.</summary>
sealed record ChangeMessage(long Offset, ReadOnlyMemory<byte> Answer);

/// <summary>
/// The body of <c>POST /peer/changes</c>, of one subscription and in order: <c>{"v":1,"subscription":id,"changes":[{"offset":n,"answer":{…}},…]}</c>,
/// or that it ended: <c>{"v":1,"subscription":id,"changes":[],"ended":code}</c>. Answered <c>{"v":1,"taken":n}</c>: everything up to n is stored.
/// </summary>
sealed record ChangesMessage(string Subscription, IReadOnlyList<ChangeMessage> Changes, string? Ended = null)
{
    public const int Most = 64;

    public byte[] ToJson() => JsonBuffer.Write(this, static (json, message) =>
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, 1);
        json.WriteString("subscription"u8, message.Subscription);
        json.WriteStartArray("changes"u8);
        foreach (var change in message.Changes)
        {
            json.WriteStartObject();
            json.WriteNumber("offset"u8, change.Offset);
            json.WritePropertyName("answer"u8);
            json.WriteRawValue(change.Answer.Span, skipInputValidation: true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (message.Ended is { } code)
            json.WriteString("ended"u8, code);
        json.WriteEndObject();
    });

    public static Result<ChangesMessage> Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            var (v, subscription, ended) = (0, (string?)null, (string?)null);
            List<ChangeMessage>? changes = null;
            var reader = new Utf8JsonReader(json.Span);
            reader.Begin();
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("v"u8))
                    v = reader.Number32();
                else if (reader.ValueTextEquals("subscription"u8))
                    subscription = reader.Text();
                else if (reader.ValueTextEquals("ended"u8))
                    ended = reader.Text();
                else if (reader.ValueTextEquals("changes"u8))
                    changes = Read(ref reader, json);
                else
                    reader.Pass();
            }
            reader.End();
            if (v == 1 && subscription is { Length: >= 16 and <= 64 } && changes is { Count: <= Most } && ended is null or { Length: <= 64 })
                return new ChangesMessage(subscription!, changes!, ended);
        }
        catch (Exception e) when (JsonReading.IsOfInput(e))
        {
            // Answered below.
        }
        return Error.Invalid("changes.malformed", "变更报文格式错误", "The changes are malformed", "body", "请核对接口版本", "Check the version of the interface");
    }

    static List<ChangeMessage> Read(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        var changes = new List<ChangeMessage>();
        reader.Begin(JsonTokenType.StartArray);
        while (reader.NextItem())
        {
            var part = reader.WholeHere(json);
            var inner = new Utf8JsonReader(part.Span);
            var (offset, answer) = (0L, ReadOnlyMemory<byte>.Empty);
            inner.Begin();
            while (inner.NextMember())
            {
                if (inner.ValueTextEquals("offset"u8))
                    offset = inner.Number64();
                else if (inner.ValueTextEquals("answer"u8))
                    answer = inner.Whole(part);
                else
                    inner.Pass();
            }
            inner.End();
            changes.Add(new(offset, answer));
        }
        return changes;
    }
}

/// <summary>A number in a small body, such as <c>{"v":1,"taken":7}</c>; null when it is not there.</summary>
static class NumberMessage
{
    public static byte[] Write(string name, long number) => JsonBuffer.Write((name, number), static (json, what) =>
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, 1);
        json.WriteNumber(what.name, what.number);
        json.WriteEndObject();
    });

    public static long? Read(ReadOnlyMemory<byte> json, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
