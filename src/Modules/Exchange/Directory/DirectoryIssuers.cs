using Tongban.Contracts.Exchange;
using Tongban.Kernel;

namespace Tongban.Exchange;

public static partial class ExchangeModule
{
    /// <summary>Address of every member to its signing keys, from a directory whose quorum's signatures hold.</summary>
    public static Result<IReadOnlyDictionary<string, IReadOnlyList<DocumentKey>>> Issuers(string directory) =>
        TrustedDirectory.Pin(directory).Map(trusted => (IReadOnlyDictionary<string, IReadOnlyList<DocumentKey>>)trusted.Document.Members.ToDictionary(m => m.Endpoint, TrustedDirectory.DocumentKeys));
}
