using System.Text.Json;

namespace Tongban.Exchange;

/// <summary>The few steps in which messages of this room are read. What does not fit throws as with a serializer: see <see cref="IsOfInput"/>.</summary>
static class JsonReading
{
    /// <summary>Onto the start of an object or an array.</summary>
    public static void Begin(this ref Utf8JsonReader reader, JsonTokenType with = JsonTokenType.StartObject) => Need(reader.Read() && reader.TokenType == with);

    /// <summary>Onto the next member's name; false at the end of the object.</summary>
    public static bool NextMember(this ref Utf8JsonReader reader)
    {
        Need(reader.Read());
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Onto the next object of an array; false at its end.</summary>
    public static bool NextItem(this ref Utf8JsonReader reader)
    {
        Need(reader.Read() && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.EndArray);
        return reader.TokenType == JsonTokenType.StartObject;
    }

    /// <summary>Nothing follows.</summary>
    public static void End(this ref Utf8JsonReader reader) => Need(!reader.Read());

    public static void Pass(this ref Utf8JsonReader reader) => reader.Skip();

    /// <summary>The bytes of the next value, an object, as it stands in what is read.</summary>
    public static ReadOnlyMemory<byte> Whole(this ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        reader.Begin();
        return reader.WholeHere(json);
    }

    /// <summary>The bytes of an object whose start was read.</summary>
    public static ReadOnlyMemory<byte> WholeHere(this ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        var begin = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[begin..(int)reader.BytesConsumed];
    }

    public static string? Text(this ref Utf8JsonReader reader)
    {
        Need(reader.Read());
        return TextHere(ref reader);
    }

    public static int Number32(this ref Utf8JsonReader reader)
    {
        Need(reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out _));
        return reader.GetInt32();
    }

    public static bool Truth(this ref Utf8JsonReader reader)
    {
        Need(reader.Read() && reader.TokenType is JsonTokenType.True or JsonTokenType.False);
        return reader.GetBoolean();
    }

    public static long Number64(this ref Utf8JsonReader reader)
    {
        Need(reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out _));
        return reader.GetInt64();
    }

    public static byte[]? Bytes(this ref Utf8JsonReader reader)
    {
        Need(reader.Read());
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Need(reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out _));
        return reader.GetBytesFromBase64();
    }

    public static List<string> Texts(this ref Utf8JsonReader reader)
    {
        reader.Begin(JsonTokenType.StartArray);
        var texts = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            texts.Add(TextHere(ref reader) ?? throw new JsonException());
        return texts;
    }

    public static List<long> Numbers(this ref Utf8JsonReader reader)
    {
        reader.Begin(JsonTokenType.StartArray);
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Need(reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out _));
            numbers.Add(reader.GetInt64());
        }
        return numbers;
    }

    public static Dictionary<string, T> Map<T>(this ref Utf8JsonReader reader) where T : class?
    {
        reader.Begin();
        return reader.MapHere<T>();
    }

    /// <summary>An object of texts whose start was read; with <typeparamref name="T"/> of <c>string?</c> they may be null.</summary>
    public static Dictionary<string, T> MapHere<T>(this ref Utf8JsonReader reader) where T : class?
    {
        var map = new Dictionary<string, T>(StringComparer.Ordinal);
        while (reader.NextMember())
        {
            var name = reader.GetString()!;
            map[name] = (T)(object)reader.Text()!;
        }
        return map;
    }

    static string? TextHere(ref Utf8JsonReader reader)
    {
        Need(reader.TokenType is JsonTokenType.String or JsonTokenType.Null);
        return reader.GetString();
    }

    /// <summary>A text that is no UTF-16 (an escaped lone surrogate) is reported by the reader as an invalid operation.</summary>
    public static bool IsOfInput(Exception e) => e is JsonException or InvalidOperationException;

    static void Need(bool fits)
    {
        if (!fits)
            throw new JsonException();
    }
}
