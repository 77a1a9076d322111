using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Tongban.Exchange;

/// <summary>
/// How long a node took for a message, told beside its answer (W3C Server Timing: <c>Server-Timing: node;dur=12.345</c>, milliseconds). Not signed: for
/// monitoring only, and nothing is decided by it.
/// </summary>
static class ServerTiming
{
    public const string Header = "Server-Timing";

    const string Start = "node;dur=";

    public static string Write(long microseconds) => string.Create(CultureInfo.InvariantCulture, $"{Start}{microseconds / 1000}.{microseconds % 1000:000}");

    /// <summary>Microseconds; null when it is not told, or not so.</summary>
    public static long? Read(HttpResponseMessage response) => response.Headers.NonValidated.TryGetValues(Header, out var values) && values.Count == 1 ? Parse(values.ToString()) : null;

    public static long? Parse(string value)
    {
        Span<byte> digits = stackalloc byte[24];
        return value.StartsWith(Start, StringComparison.Ordinal) && value.Length - Start.Length <= digits.Length && Encoding.ASCII.TryGetBytes(value.AsSpan(Start.Length), digits, out var length)
            && Utf8Parser.TryParse(digits[..length], out double milliseconds, out var read) && read == length && milliseconds is >= 0 and < 3_600_000
            ? (long)(milliseconds * 1000) : null;
    }
}
