using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Tongban.Trust;

namespace Tongban.Certificates;

static class HolderKeys
{
    /// <summary>A fresh P-256 key as a private JWK.</summary>
    public static string New()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var p = key.ExportParameters(includePrivateParameters: true);
        return JsonSerializer.Serialize(new Jwk("EC", "P-256", Base64Url.EncodeToString(p.Q.X!), Base64Url.EncodeToString(p.Q.Y!))
        {
            D = Base64Url.EncodeToString(p.D!),
        });
    }

    public static NodeKey Read(IVault vault, HolderKeyRow row) =>
        NodeKey.Read(JsonSerializer.Deserialize<Jwk>(vault.Open(row.KeySealed, Seals.Key))!).Value;
}
