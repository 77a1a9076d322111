using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tongban.Exchange;

/// <summary>A writer kept by each thread: what is written for every exchange is written without growing a new buffer each time.</summary>
sealed class JsonBuffer
{
    /// <summary>A buffer that a large answer made large is not kept.</summary>
    const int Kept = 64 * 1024;

    [ThreadStatic]
    static JsonBuffer? mine;

    readonly ArrayBufferWriter<byte> bytes = new(4096);
    readonly Utf8JsonWriter json;

    JsonBuffer() => json = new(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    /// <summary>What one call writes, in an array of its own. The call must not write another on the way.</summary>
    public static byte[] Write<T>(T what, Action<Utf8JsonWriter, T> write) where T : allows ref struct
    {
        var buffer = mine ?? new();
        mine = null;
        write(buffer.json, what);
        buffer.json.Flush();
        var written = buffer.bytes.WrittenSpan.ToArray();
        // What was written may be personal: it does not stay behind in the buffer.
        buffer.bytes.Clear();
        buffer.json.Reset();
        if (buffer.bytes.Capacity <= Kept)
            mine = buffer;
        return written;
    }
}
