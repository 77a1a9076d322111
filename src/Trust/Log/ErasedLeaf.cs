using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tongban.Trust;

/// <summary>
/// A leaf that says of an earlier one that its salts were erased and its persons taken out of the index: by what cause and by whom, and nothing of whom it was about. Without such a
/// leaf, salts that are missing are a change that an audit names.
/// </summary>
public static class ErasedLeaf
{
    public const string Kind = "log.salts-erased";

    public static string ReferenceOf(long index) => string.Create(CultureInfo.InvariantCulture, $"e/{index}");

    /// <param name="index">Of the leaf whose salts go.</param>
    /// <param name="person">That leaf is about somebody.</param>
    /// <param name="reason">A code, no free text: that could name a person.</param>
    /// <param name="by">Account of whoever did it.</param>
    /// <param name="at">Unix ms.</param>
    public static LogEntry Of(long index, bool person, string reason, string by, long at) => LogEntry.Of(ReferenceOf(index), Kind, new JsonObject
    {
        ["at"] = at,
        ["by"] = by,
        ["index"] = index,
        ["person"] = person,
        ["reason"] = reason,
    });

    /// <summary>Which leaf, and whether it was about somebody; null when it is another leaf.</summary>
    public static (long Index, bool Person)? Read(ReadOnlySpan<byte> data)
    {
        // Asked of every leaf by an audit.
        if (data.IndexOf("\"log.salts-erased\""u8) < 0)
            return null;
        try
        {
            return JsonSerializer.Deserialize<Whole>(data, JsonSerializerOptions.Web) is { Kind: Kind, Body: { Index: >= 0 } body } ? (body.Index, body.Person) : null;
        }
        // An audit reads whatever was made of a leaf.
        catch (JsonException)
        {
            return null;
        }
    }

    sealed record Whole(string? Kind, Body? Body);

    sealed record Body(long Index, bool Person);
}
