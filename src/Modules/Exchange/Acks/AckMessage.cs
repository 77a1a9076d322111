using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// The body of <c>POST /peer/acks</c>: <c>{"v":1,"after":a,"upTo":b,"indexes":[…],"late":[…]}</c>: of the leaves after a up to b in the log of the
/// node it is sent to, the sender holds the answers at these, and no other; and those up to a that came late, as pushed changes may.
/// Where that log lost a part of itself before, <c>"epoch"</c> names the one whose places are meant: the same number may be another leaf by now.
/// Answered with <see cref="AckReply"/>.
/// </summary>
sealed record AckMessage(long After, long UpTo, IReadOnlyList<long> Indexes, IReadOnlyList<long> Late, int Epoch = 1)
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
        if (message.Epoch > 1)
            json.WriteNumber("epoch"u8, message.Epoch);
        json.WriteEndObject();
    });

    public static Result<AckMessage> Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var (v, after, upTo, epoch) = (0, -2L, -1L, 1);
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
                else if (reader.ValueTextEquals("epoch"u8))
                    epoch = reader.Number32();
                else
                    reader.Pass();
            }
            reader.End();
            if (v == 1 && epoch >= 1 && after >= -1 && upTo >= after && indexes is { Count: <= Most } && late.Count <= Most && indexes.TrueForAll(i => i > after && i <= upTo) && late.TrueForAll(i => i >= 0 && i <= after))
                return new AckMessage(after, upTo, indexes, late, epoch);
        }
        catch (Exception e) when (JsonReading.IsOfInput(e))
        {
            // Answered below.
        }
        return Error.Invalid("acks.malformed", "确认报文格式错误", "The acknowledgement is malformed", "body", "请核对接口版本", "Check the version of the interface");
    }
}

/// <summary>How far a provider has taken what a consumer confirmed: <c>{"v":1,"upTo":n}</c>, and what its log lost, if it ever did.</summary>
/// <param name="Lost">One for each epoch that ended, in order; null when there is none.</param>
sealed record AckReply(int V, long UpTo, IReadOnlyList<LostPart>? Lost = null)
{
    public static AckReply? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<AckReply>(json, DirectoryDocument.Json) is { V: 1, UpTo: >= -1 } read && (read.Lost ?? []).All(l => l is { Kept: >= 0, Since: > 0 }) ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A loss of the end of a log: places from <paramref name="Kept"/> on that were given before <paramref name="Since"/> (Unix ms) stand there no longer.</summary>
sealed record LostPart(long Kept, long Since)
{
    /// <summary>Whether a leaf of the log is among the lost.</summary>
    /// <param name="at">Unix ms at which whoever obtained it logged it.</param>
    public bool Has(long index, long at) => index >= Kept && at < Since;

    /// <summary>As <see cref="AckSentRow.Lost"/> has them.</summary>
    public static IReadOnlyList<LostPart> Read(string? stored) => stored is null ? [] : JsonSerializer.Deserialize<List<LostPart>>(stored, DirectoryDocument.Json) ?? [];
}
