using System.Text.Json;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>Whose certificates are recognised: the members of the directory, each under its own address only.</summary>
sealed class TrustedIssuers(IMembers members)
{
    public Member? Find(string issuerUrl) => members.All.FirstOrDefault(m => m.Endpoint == issuerUrl);

    public static Func<string, PublicKey?> Keys(Member issuer) => Keys(issuer.DocumentKeys);

    /// <param name="jwks">Public keys as JWK JSON.</param>
    public static Func<string, PublicKey?> Keys(IEnumerable<string> jwks)
    {
        var keys = jwks.Select(k => PublicKey.Read(JsonSerializer.Deserialize<Jwk>(k)!)).Where(k => k.Ok).ToDictionary(k => k.Value.Kid, k => k.Value);
        return kid => keys.GetValueOrDefault(kid);
    }
}
