using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// The body of <c>POST /peer/metering</c>: what the other side metered under an agreement between the two, in a time (<c>from</c>, <c>to</c>; after
/// a row that is known), or of exchanges that are named. Both sides may ask.
/// </summary>
/// <param name="From">Unix ms, inclusive.</param>
/// <param name="To">Unix ms, exclusive.</param>
/// <param name="AfterAt">Of the last row that is known, with <paramref name="AfterIndex"/>.</param>
/// <param name="Exchanges">Ids of exchanges; then no time is named.</param>
sealed record MeteringRequest(int V, string Agreement, long From, long To, long? AfterAt = null, long? AfterIndex = null, IReadOnlyList<string>? Exchanges = null)
{
    public const int Most = 1000;

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, DirectoryDocument.Json);

    public static Result<MeteringRequest> Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            if (JsonSerializer.Deserialize<MeteringRequest>(json, DirectoryDocument.Json) is { V: 1, Agreement.Length: > 0 and <= 64 } read
                && (read.Exchanges is null ? read.From >= 0 && read.To > read.From && (read.AfterAt is null) == (read.AfterIndex is null)
                    : read.Exchanges is { Count: <= Most } named && named.All(QueryMessage.IsExchangeId)))
                return read;
        }
        catch (JsonException)
        {
            // Answered below.
        }
        return Error.Invalid("metering.malformed", "对账报文格式错误", "The question about metering is malformed", "body", "请核对接口版本", "Check the version of the interface");
    }
}

/// <summary>One exchange as the other side metered it.</summary>
/// <param name="Exchange">Id; null when the record belongs to no exchange that the log has.</param>
/// <param name="Index">In that side's log.</param>
/// <param name="Units">Of the metering record; null when there is none.</param>
/// <param name="Stated">As the leaf states it, which the log's tree covers.</param>
/// <param name="At">Unix ms.</param>
/// <param name="Confirmed">Provider: whether the consumer's acknowledgement named it; null while none reaches so far, and from a consumer.</param>
sealed record MeteredExchange(string? Exchange, long Index, long? Units, long? Stated, long At, bool? Confirmed);

/// <summary>The answer: rows by time and index.</summary>
/// <param name="More">There are more after the last.</param>
sealed record MeteringReply(int V, IReadOnlyList<MeteredExchange> Rows, bool More)
{
    public static MeteringReply? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<MeteringReply>(json, DirectoryDocument.Json) is { V: 1, Rows: { Count: <= MeteringRequest.Most } rows } read && rows.All(r => r is { Index: >= 0, At: >= 0, } && (r.Exchange is null || QueryMessage.IsExchangeId(r.Exchange))) ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
