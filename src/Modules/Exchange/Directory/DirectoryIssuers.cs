using Tongban.Kernel;

namespace Tongban.Exchange;

public static partial class ExchangeModule
{
    /// <summary>Address of every member to its signing keys (JWK JSON), from a directory whose quorum's signatures hold.</summary>
    public static Result<IReadOnlyDictionary<string, IReadOnlyList<string>>> Issuers(string directory) =>
        TrustedDirectory.Pin(directory).Map(trusted => (IReadOnlyDictionary<string, IReadOnlyList<string>>)trusted.Document.Members.ToDictionary(
            m => m.Endpoint,
            m => (IReadOnlyList<string>)[.. m.Keys.Where(k => k.SignsDocuments).Select(k => System.Text.Json.JsonSerializer.Serialize(k.Jwk))]));
}
