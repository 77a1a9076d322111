using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tongban.Trust;

/// <summary>Reads JSON that someone else wrote, where two members of one name would mean two things.</summary>
static class StrictJson
{
    static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>Null when the bytes are not one JSON object with different member names at every level.</summary>
    public static JsonObject? Object(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return document.RootElement.ValueKind == JsonValueKind.Object ? JsonObject.Create(document.RootElement.Clone()) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
