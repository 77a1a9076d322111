using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tongban.Trust;

/// <summary>Reads JSON that someone else wrote: where two members of one name would mean two things, and where a text may be none.</summary>
public static class StrictJson
{
    static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>Null when the bytes are not one JSON object with different member names at every level.</summary>
    public static JsonObject? Object(ReadOnlyMemory<byte> json) => Node(json) as JsonObject;

    /// <summary>Null when the bytes are not JSON, or are the value null. Every text in what is returned can be read.</summary>
    public static JsonNode? Node(ReadOnlyMemory<byte> json)
    {
        if (!TextsAreWhole(json.Span))
            return null;
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            var root = document.RootElement;
            return root.ValueKind switch
            {
                JsonValueKind.Object => JsonObject.Create(root.Clone()),
                JsonValueKind.Array => JsonArray.Create(root.Clone()),
                _ => JsonValue.Create(root.Clone()),
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // A parsed document keeps its texts as they were sent and finds bytes that are no UTF-8, or half a surrogate pair, only
    // when one is read, by throwing.
    static bool TextsAreWhole(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 32 });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    reader.GetString();
            }
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
