using System.Text.Json;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Cases;

/// <summary>Records with personal data as one sealed column each. The column's name is part of the seal.</summary>
sealed class SealedJson(IVault vault)
{
    public string Seal<T>(T value, string column) => vault.Seal(JsonSerializer.Serialize(value, EventTypes.Json), column);

    public T Open<T>(string stored, string column) =>
        JsonSerializer.Deserialize<T>(vault.Open(stored, column), EventTypes.Json)
        ?? throw new JsonException($"{column} holds nothing.");
}
