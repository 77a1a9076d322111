using System.Net.Http.Headers;
using System.Text.Json;
using Tongban.Contracts.Exchange;
using Tongban.Identity.Oidc;
using Tongban.Kernel;

namespace Tongban.Identity.Abroad;

/// <summary>Speaks to another node's OpenID provider as its client. The endpoints are those of our own provider: the directory lists only nodes of this kind.</summary>
sealed class ProviderClient(IHttpClientFactory http, NodeKeys keys, Tokens tokens, NodeIdentity node, TimeProvider clock)
{
    public string RedirectUri => node.PublicUrl + "/signin/callback";

    /// <summary>Exchanges the code and asks who it is; every step is checked against the sign-in this browser began.</summary>
    public async Task<Result<Arrived>> Redeem(Member home, SignInState state, string code, CancellationToken ct)
    {
        try
        {
            using var client = http.CreateClient(NodeKeys.HttpName);
            using var body = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = RedirectUri,
                ["code_verifier"] = state.Verifier,
                ["client_id"] = node.Id,
                ["client_assertion_type"] = ClientProof.AssertionType,
                ["client_assertion"] = Assertion(home),
            });
            using var answer = await client.PostAsync(new Uri(home.Endpoint + "/oidc/token"), body, ct);
            if (!answer.IsSuccessStatusCode)
                return Refused(home);
            using var given = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(ct));
            var idToken = given.RootElement.GetProperty("id_token").GetString() ?? "";
            var access = given.RootElement.GetProperty("access_token").GetString() ?? "";

            var homeKeys = await keys.Of(home, ClientProof.Kid(idToken), ct);
            if (!homeKeys.Ok)
                return homeKeys.Error;
            var token = await tokens.Check(idToken, homeKeys.Value.GetSigningKeys(), home.Endpoint, node.Id);
            if (!token.Ok || !token.Value.TryGetClaim("nonce", out var nonce) || !Secrets.Same(nonce.Value, state.Nonce))
                return Refused(home);
            if (!token.Value.TryGetClaim("at_hash", out var atHash) || atHash.Value != Tokens.AtHash(access))
                return Refused(home);
            return await Who(client, home, token.Value.Subject, access, ct);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return NodeKeys.NoAnswer(home);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // An answer of another shape than the standard's.
            return Refused(home);
        }
    }

    async Task<Result<Arrived>> Who(HttpClient client, Member home, string sub, string access, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(home.Endpoint + "/oidc/userinfo"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", access);
        using var answer = await client.SendAsync(request, ct);
        if (!answer.IsSuccessStatusCode)
            return Refused(home);
        using var info = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(ct));
        string Text(string name) => info.RootElement.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
        // OpenID Connect Core 5.3.2: the answer must be about whom the token is about.
        if (Text("sub") != sub)
            return Refused(home);
        var level = info.RootElement.TryGetProperty("level", out var number) ? Math.Clamp(number.GetInt32(), 0, 3) : 0;
        return new Arrived(sub, Text("name"), level, Text("citizen_id"), Text("phone_number"), Text("division"));
    }

    /// <summary>RFC 7523: this node proves itself with the signing key that the directory lists for it.</summary>
    string Assertion(Member home)
    {
        var now = clock.GetUtcNow();
        return tokens.SignAsNode(new Dictionary<string, object>
        {
            ["iss"] = node.Id,
            ["sub"] = node.Id,
            ["aud"] = home.Endpoint,
            ["jti"] = Secrets.New(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddSeconds(60).ToUnixTimeSeconds(),
        });
    }

    public static Error Refused(Member home) => Error.Invalid(
        "signin.abroad-refused", $"用{home.Name.Zh}账号登录没有成功", $"Signing in with the account of {home.Name.En} did not succeed",
        null, "请重新选择并再登录一次", "Choose it again and sign in once more");
}

/// <summary>Who the other node says it is. Personal data.</summary>
sealed record Arrived(string Sub, string Name, int Level, string CitizenId, string Phone, string Division);
