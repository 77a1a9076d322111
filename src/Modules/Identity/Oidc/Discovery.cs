using Microsoft.AspNetCore.Http;

namespace Tongban.Identity.Oidc;

/// <summary>OpenID Connect Discovery 1.0, and the keys.</summary>
static class Discovery
{
    public static IResult Configuration(Tokens tokens)
    {
        var at = tokens.Issuer;
        return Results.Json(new Dictionary<string, object>
        {
            ["issuer"] = at,
            ["authorization_endpoint"] = at + "/oidc/authorize",
            ["token_endpoint"] = at + "/oidc/token",
            ["userinfo_endpoint"] = at + "/oidc/userinfo",
            ["jwks_uri"] = at + "/oidc/jwks",
            ["end_session_endpoint"] = at + "/oidc/logout",
            ["scopes_supported"] = Scope.All,
            ["response_types_supported"] = new[] { "code" },
            ["response_modes_supported"] = new[] { "query" },
            ["grant_types_supported"] = new[] { "authorization_code", "refresh_token" },
            ["subject_types_supported"] = new[] { "pairwise" },
            ["id_token_signing_alg_values_supported"] = new[] { "ES256" },
            ["token_endpoint_auth_methods_supported"] = new[] { "client_secret_basic", "client_secret_post", "private_key_jwt", "none" },
            ["token_endpoint_auth_signing_alg_values_supported"] = new[] { "ES256" },
            ["code_challenge_methods_supported"] = new[] { "S256" },
            ["claims_supported"] = new[] { "sub", "name", "level", "acr", "auth_time", "sid", "citizen_id", "phone_number", "division" },
            ["acr_values_supported"] = Enumerable.Range(0, 4).Select(Claims.Acr),
            ["ui_locales_supported"] = new[] { "zh-CN", "en" },
            ["authorization_response_iss_parameter_supported"] = true,
            ["request_parameter_supported"] = false,
            ["request_uri_parameter_supported"] = false,
        });
    }

    public static IResult Jwks(Tokens tokens) => Results.Json(new { keys = new[] { tokens.PublicJwk } });
}
