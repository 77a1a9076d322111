using Tongban.Identity.Accounts;
using Tongban.Identity.People;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Identity.Oidc;

/// <summary>What a client learns about a person.</summary>
sealed class Claims(IVault vault, Tokens tokens, NodeIdentity node)
{
    /// <summary>Authentication context: the level of the sign-in.</summary>
    public static string Acr(int level) => $"urn:tongban:level:{level}";

    /// <summary>Pairwise (OpenID Connect Core 8.1): two clients cannot join their records by it. It never changes: clients know people by it.</summary>
    public string Sub(string clientId, string accountId) => vault.LastingIndex("oidc-sub", $"{clientId}|{accountId}");

    public Dictionary<string, object> IdToken(GrantRow grant, string sessionPublicId, string accessToken, DateTimeOffset now)
    {
        var claims = new Dictionary<string, object>
        {
            ["iss"] = tokens.Issuer,
            ["sub"] = Sub(grant.ClientId, grant.AccountId),
            ["aud"] = grant.ClientId,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
            ["auth_time"] = grant.SignedInAt / 1000,
            ["acr"] = Acr(grant.Level),
            ["sid"] = sessionPublicId,
            ["at_hash"] = Tokens.AtHash(accessToken),
        };
        if (grant.Nonce is not null)
            claims["nonce"] = grant.Nonce;
        return claims;
    }

    public Dictionary<string, object> UserInfo(GrantRow grant, AccountRow account, PersonRow? person)
    {
        var scopes = grant.Scope.Split(' ');
        var claims = new Dictionary<string, object> { ["sub"] = Sub(grant.ClientId, grant.AccountId) };
        if (scopes.Contains(Scope.Profile))
        {
            claims["name"] = vault.Open(account.NameSealed, AccountNames.Context);
            claims["level"] = grant.Level;
            claims["acr"] = Acr(grant.Level);
        }
        // A number nobody has checked must not travel as if somebody had.
        if (scopes.Contains(Scope.Identity) && person is { Level: >= Identities.RealName })
        {
            claims["citizen_id"] = vault.Open(person.NumberSealed, PersonFields.Number);
            claims["division"] = person.Division.Length > 0 ? person.Division : node.Division;
            if (person.PhoneSealed.Length > 0)
                claims["phone_number"] = vault.Open(person.PhoneSealed, PersonFields.Phone);
        }
        return claims;
    }
}
