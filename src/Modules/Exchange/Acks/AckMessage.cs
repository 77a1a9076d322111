using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// The body of <c>POST /peer/acks</c>: <c>{"v":1,"after":a,"upTo":b,"indexes":[…],"late":[…]}</c>: of the leaves after a up to b in the log of the
/// node it is sent to, the sender holds the answers at these, and no other; and those up to a that came late, as pushed changes may.
/// Answered <c>{"v":1,"upTo":n}</c>: how far that node has taken it.
/// </summary>
sealed record AckMessage(long After, long UpTo, IReadOnlyList<long> Indexes, IReadOnlyList<long> Late)
{
    public const int Most = 5000;

    public byte[] ToJson() => JsonBuffer.Write(this, static (json, message) =>
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, 1);
        json.WriteNumber("after"u8, message.After);
        json.WriteNumber("upTo"u8, message.UpTo);
        json.WriteStartArray("indexes"u8);
        foreach (var index in message.Indexes)
            json.WriteNumberValue(index);
        json.WriteEndArray();
        json.WriteStartArray("late"u8);
        foreach (var index in message.Late)
            json.WriteNumberValue(index);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static Result<AckMessage> Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var (v, after, upTo) = (0, -2L, -1L);
            List<long>? indexes = null, late = [];
            var reader = new Utf8JsonReader(json);
            reader.Begin();
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("v"u8))
                    v = reader.Number32();
                else if (reader.ValueTextEquals("after"u8))
                    after = reader.Number64();
                else if (reader.ValueTextEquals("upTo"u8))
                    upTo = reader.Number64();
                else if (reader.ValueTextEquals("indexes"u8))
                    indexes = reader.Numbers();
                else if (reader.ValueTextEquals("late"u8))
                    late = reader.Numbers();
                else
                    reader.Pass();
            }
            reader.End();
            if (v == 1 && after >= -1 && upTo >= after && indexes is { Count: <= Most } && late.Count <= Most && indexes.TrueForAll(i => i > after && i <= upTo) && late.TrueForAll(i => i >= 0 && i <= after))
                return new AckMessage(after, upTo, indexes, late);
        }
        catch (Exception e) when (JsonReading.IsOfInput(e))
        {
            // Answered below.
        }
        return Error.Invalid("acks.malformed", "确认报文格式错误", "The acknowledgement is malformed", "body", "请核对接口版本", "Check the version of the interface");
    }
}
