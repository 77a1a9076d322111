using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Identity.Oidc;

/// <summary>How a client proves at the token endpoint that it is the one: secret, signed assertion, or nothing but PKCE.</summary>
sealed class ClientProof(Tokens tokens, AssertionIds seen)
{
    public const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    public async Task<Result<Client>> Check(HttpRequest request, IFormCollection form, Clients clients, CancellationToken ct)
    {
        var (id, secret) = Basic(request) ?? (form["client_id"].ToString(), form["client_secret"].ToString());
        var assertion = form["client_assertion"].ToString();
        if (assertion.Length > 0 && id.Length == 0)
            id = Issuer(assertion);
        if (await clients.Find(id, ct) is not { } client)
            return Refused();
        if (client.Node is { } node)
        {
            // RFC 7523, checked against the verified directory: nothing is fetched from who is yet to prove themself.
            if (form["client_assertion_type"] != AssertionType || assertion.Length == 0)
                return Refused();
            var token = await tokens.Check(assertion, node.SigningKeys.Select(k => new JsonWebKey(k)), client.Id, tokens.Issuer);
            return token.Ok && token.Value.Subject == client.Id && seen.IsNew(client.Id, token.Value) ? client : Refused();
        }
        if (client.IsPublic)
            return secret.Length == 0 && assertion.Length == 0 ? client : Refused();
        return secret.Length > 0 && Secrets.Same(Secrets.Hash(secret), client.SecretHash) ? client : Refused();
    }

    static Error Refused() => Error.Forbidden("invalid_client", "客户端身份不对", "The client did not prove who it is");

    static (string Id, string Secret)? Basic(HttpRequest request)
    {
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) || header is not { Scheme: "Basic", Parameter: { } parameter })
            return null;
        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length))
            return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        // RFC 6749 2.3.1: both halves are form-encoded.
        return colon < 0 ? null : (Decode(text[..colon]), Decode(text[(colon + 1)..]));

        static string Decode(string part) => Uri.UnescapeDataString(part.Replace('+', ' '));
    }

    static string Issuer(string assertion) => Read(assertion)?.Issuer ?? "";

    public static string? Kid(string assertion) => Read(assertion)?.Kid;

    static JsonWebToken? Read(string assertion)
    {
        try
        {
            return new JsonWebToken(assertion);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            // Not a token at all: the caller refuses it like any other that does not check.
            return null;
        }
    }
}

/// <summary>Assertions that were used: each proves once. Kept in memory until they expire.</summary>
sealed class AssertionIds(TimeProvider clock)
{
    readonly ConcurrentDictionary<string, long> used = new();

    public bool IsNew(string clientId, JsonWebToken assertion)
    {
        var now = clock.NowMs();
        foreach (var (key, until) in used)
        {
            if (until < now)
                used.TryRemove(key, out _);
        }
        var ends = new DateTimeOffset(assertion.ValidTo, TimeSpan.Zero).ToUnixTimeMilliseconds();
        return assertion.Id is { Length: > 0 } id && ends - now < 10 * 60_000 && used.TryAdd($"{clientId}|{id}", ends + 60_000);
    }
}
