using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>Whose certificates are recognised: governments and hub of the directory, each under its own address only.</summary>
sealed class TrustedIssuers(IMembers members)
{
    public Member? Find(string issuerUrl) => members.All.FirstOrDefault(m => m.Endpoint == issuerUrl && m.Class == NodeIds.Government);
}

/// <summary>The keys of one issuer. What one signed counts only from the time in which it was in force.</summary>
sealed class IssuerKeys
{
    /// <summary>How far the clocks of issuer and directory may differ.</summary>
    const long Skew = 60_000;

    readonly Dictionary<string, (PublicKey Key, DocumentKey Period)> keys = new(StringComparer.Ordinal);

    public IssuerKeys(IEnumerable<DocumentKey> known)
    {
        foreach (var key in known)
        {
            if (PublicKey.Read(JsonSerializer.Deserialize<Jwk>(key.Jwk)!) is { Ok: true } read)
                keys[read.Value.Kid] = (read.Value, key);
        }
    }

    public PublicKey? Find(string kid) => keys.TryGetValue(kid, out var found) ? found.Key : null;

    /// <summary>Whether a payload that this key signed says that it was signed in the key's time; null when it does.</summary>
    public Error? Judge(PublicKey key, JsonObject payload) =>
        payload["iat"] is JsonValue iat && iat.TryGetValue<long>(out var seconds) && seconds is > 0 and < long.MaxValue / 1000
            && keys[key.Kid].Period is { DistrustedFrom: null } period && period.NotBefore - Skew <= seconds * 1000 && seconds * 1000 < period.NotAfter
            ? null
            // Nothing but the key's own word says when a certificate was signed: one by a key that was stolen could be of any day.
            : keys[key.Kid].Period.DistrustedFrom is not null
            ? Error.Invalid("certificate.key-distrusted", "签署所用的密钥已被宣布不可信", "The key that signed it is distrusted",
                "token", "请勿采信；请持有人向颁发机关换发", "Do not rely on it; the holder asks the issuing authority for a new one")
            : Error.Invalid("certificate.key-ended", "签署所用的密钥在签署之时不在有效期内", "The key that signed it was not in force when it was signed",
                "token", "请勿采信；可向颁发机关核实", "Do not rely on it; ask the issuing authority");
}
