using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Identity.Oidc;

/// <summary>Signs and checks compact JWTs (RFC 7519), ES256 only.</summary>
sealed class Tokens(Keystore keystore, NodeIdentity node, TimeProvider clock)
{
    static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);
    static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    readonly NodeKey key = keystore.Named("oidc", SignatureSuites.EcdsaP256);

    /// <summary>The OpenID provider's issuer identifier.</summary>
    public string Issuer => node.PublicUrl;

    public Jwk PublicJwk => key.Public.Jwk with { Kid = key.Kid, Use = "sig", Alg = "ES256" };

    /// <summary>An id token: under the key this provider publishes.</summary>
    public string Sign(IReadOnlyDictionary<string, object> claims) => Sign(claims, key);

    /// <summary>A proof of being this node (RFC 7523): under the signing key that the directory lists.</summary>
    public string SignAsNode(IReadOnlyDictionary<string, object> claims) => Sign(claims, keystore.Signing);

    static string Sign(IReadOnlyDictionary<string, object> claims, NodeKey key)
    {
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"ES256","kid":"{{key.Kid}}","typ":"JWT"}"""));
        var payload = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims));
        var input = $"{header}.{payload}";
        return $"{input}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(input)))}";
    }

    /// <summary>Checks signature, issuer, audience and (unless an old token is a mere hint) the times.</summary>
    public async Task<Result<JsonWebToken>> Check(string token, IEnumerable<SecurityKey> keys, string issuer, string audience, bool evenExpired = false)
    {
        var now = clock.GetUtcNow();
        var outcome = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKeys = keys,
            ValidIssuer = issuer,
            ValidAudience = audience,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            // The node's own clock decides, not the machine's: tests and demonstrations stand at a fixed date.
            LifetimeValidator = (from, to, _, _) => evenExpired || (to > (now - Skew).UtcDateTime && (from is null || from <= (now + Skew).UtcDateTime)),
        });
        return outcome.IsValid
            ? (JsonWebToken)outcome.SecurityToken
            : Error.Invalid("token.not-valid", "令牌无效", $"The token is not valid ({outcome.Exception.GetType().Name})");
    }

    public Task<Result<JsonWebToken>> CheckOwn(string token, string audience) =>
        Check(token, [new JsonWebKey(JsonSerializer.Serialize(PublicJwk))], Issuer, audience, evenExpired: true);

    /// <summary>OpenID Connect Core 3.1.3.6: left half of the hash of the access token.</summary>
    public static string AtHash(string accessToken) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)).AsSpan(0, 16));

    /// <summary>RFC 7636 4.6, method S256.</summary>
    public static string Challenge(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
}
