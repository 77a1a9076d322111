using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Web;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity;
using Tongban.Identity.Oidc;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.Identity;

/// <summary>The provider: OpenID Connect Core 1.0, RFC 6749, RFC 7636, RFC 9207, RP-Initiated Logout 1.0.</summary>
public class OpenIdTests(SignInTests.Fixture fixture) : IClassFixture<SignInTests.Fixture>
{
    const string Redirect = "http://127.0.0.1:9/callback";
    const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    static readonly string Challenge = Tokens.Challenge(Verifier);

    IdentityHost Host => fixture.Host;

    [Fact]
    public void Rfc7636_appendix_B_challenge() => Assert.Equal("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Challenge);

    [Fact]
    public async Task Npm_openid_client_signs_in_refreshes_and_signs_out()
    {
        var peers = Path.Combine(ProjectRoot.Path, "tests", "peers");
        Assert.SkipUnless(Directory.Exists(Path.Combine(peers, "node_modules", "openid-client")), "npm's openid-client is not installed: run 'npm ci' in tests/peers (./test does).");
        foreach (var secret in (string?[])[null, "s3cret-of-the-client"])
        {
            var client = await Register(secret);
            using var process = Process.Start(new ProcessStartInfo("node", "openid-client.mjs")
            {
                WorkingDirectory = peers,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            await process.StandardInput.WriteAsync(JsonSerializer.Serialize(new
            {
                issuer = Host.Node.PublicUrl,
                clientId = client,
                clientSecret = secret,
                redirectUri = Redirect,
                scope = "openid profile offline_access",
                phone = "12000000006",
                password = Browser.Demo,
                postLogoutUri = "http://127.0.0.1:9/bye",
            }));
            process.StandardInput.Close();
            var wrong = process.StandardError.ReadToEndAsync();
            var text = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, await wrong);
            var seen = JsonDocument.Parse(text).RootElement;
            Assert.Equal(Host.Node.PublicUrl, seen.GetProperty("issuer").GetString());
            Assert.Equal("方德厚", seen.GetProperty("info").GetProperty("name").GetString());
            Assert.False(seen.GetProperty("info").TryGetProperty("citizen_id", out _));
            Assert.Equal("urn:tongban:level:2", seen.GetProperty("claims").GetProperty("acr").GetString());
            Assert.True(seen.GetProperty("refreshed").GetBoolean());
            Assert.Equal("invalid_grant", seen.GetProperty("reused").GetString());
            Assert.Equal("401", seen.GetProperty("afterReuse").GetString());
            Assert.Equal("http://127.0.0.1:9/bye?state=bye", seen.GetProperty("logout").GetProperty("location").GetString());
        }
    }

    [Fact]
    public async Task A_code_works_once_and_its_reuse_revokes_what_it_gave()
    {
        var client = await Register(null);
        using var browser = await SignedIn();
        var code = await Code(browser, client);
        using var first = await Exchange(client, code);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var access = (await first.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
        Assert.Equal(HttpStatusCode.OK, await UserInfo(access));
        using var second = await Exchange(client, code);
        Assert.Equal("invalid_grant", await Refusal(second));
        Assert.Equal(HttpStatusCode.Unauthorized, await UserInfo(access));
    }

    [Fact]
    public async Task Of_two_exchanges_of_one_code_at_one_moment_no_tokens_survive()
    {
        var client = await Register(null);
        using var browser = await SignedIn();
        var code = await Code(browser, client);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Exchange(client, code)));
        Assert.True(answers.Count(a => a.IsSuccessStatusCode) <= 1);
        foreach (var good in answers.Where(a => a.IsSuccessStatusCode))
            Assert.Equal(HttpStatusCode.Unauthorized, await UserInfo((await good.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!));
    }

    [Theory]
    [InlineData("wrong-verifier-wrong-verifier-wrong-verifier-12")]
    [InlineData("")]
    public async Task A_wrong_verifier_is_refused_and_burns_the_code(string verifier)
    {
        var client = await Register(null);
        using var browser = await SignedIn();
        var code = await Code(browser, client);
        using var wrong = await Exchange(client, code, verifier: verifier);
        Assert.Equal("invalid_grant", await Refusal(wrong));
        using var right = await Exchange(client, code);
        Assert.Equal("invalid_grant", await Refusal(right));
    }

    [Fact]
    public async Task A_code_lives_for_sixty_seconds()
    {
        await using var host = await IdentityHost.Start();
        var client = await Register(null, host);
        using var browser = await SignedIn(host);
        var code = await Code(browser, client, host);
        host.Clock.Advance(TimeSpan.FromSeconds(61));
        using var late = await Exchange(client, code, host: host);
        Assert.Equal("invalid_grant", await Refusal(late));
    }

    [Fact]
    public async Task A_code_is_bound_to_its_client_and_redirect_address()
    {
        var client = await Register(null);
        var other = await Register(null);
        using var browser = await SignedIn();
        using var byOther = await Exchange(other, await Code(browser, client));
        Assert.Equal("invalid_grant", await Refusal(byOther));
        using var elsewhere = await Exchange(client, await Code(browser, client), redirect: Redirect + "/");
        Assert.Equal("invalid_grant", await Refusal(elsewhere));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/callback/")]
    [InlineData("http://127.0.0.1:9/callback?x=1")]
    [InlineData("http://127.0.0.1:9.evil.example/callback")]
    [InlineData("")]
    public async Task A_redirect_address_that_is_not_exactly_registered_is_never_followed(string redirect)
    {
        var client = await Register(null);
        using var browser = await SignedIn();
        using var answer = await browser.Get(Authorize(client, redirect: redirect));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Null(answer.Headers.Location);
    }

    [Theory]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("scope", "profile", "invalid_scope")]
    [InlineData("scope", "openid identity", "invalid_scope")]
    [InlineData("request", "eyJ", "request_not_supported")]
    [InlineData("prompt", "none", "consent_required")]
    public async Task A_wrong_request_goes_back_to_the_client_as_an_error_with_state_and_issuer(string name, string? value, string error)
    {
        var client = await Register(null);
        using var browser = await SignedIn();
        using var answer = await browser.Get(Authorize(client, change: (name, value)));
        var back = HttpUtility.ParseQueryString(answer.Headers.Location!.Query);
        Assert.Equal((error, "the-state", Host.Node.PublicUrl), (back["error"], back["state"], back["iss"]));
    }

    [Fact]
    public async Task Nobody_signed_in_and_prompt_none_is_login_required()
    {
        var client = await Register(null);
        using var browser = new Browser();
        using var answer = await browser.Get(Authorize(client, change: ("prompt", "none")));
        Assert.Equal("login_required", HttpUtility.ParseQueryString(answer.Headers.Location!.Query)["error"]);
    }

    [Theory]
    [InlineData("prompt", "login")]
    [InlineData("max_age", "0")]
    public async Task Core_3_1_2_1_who_is_asked_to_sign_in_again_must_and_is_asked_once(string name, string value)
    {
        var client = await Register(null);
        using var browser = await SignedIn();
        using var asked = await browser.Get(Authorize(client, change: (name, value)));
        Assert.StartsWith("/signin?", asked.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var back = HttpUtility.ParseQueryString(asked.Headers.Location.OriginalString.Split('?')[1])["return"]!;

        // Going back without signing in, with a mark of one's own, or of another day: asked again.
        foreach (var way in new[] { back, Authorize(client, change: (name, value))[Host.Node.PublicUrl.Length..], System.Text.RegularExpressions.Regex.Replace(back, "signin_asked=[^&]*", "signin_asked=0") })
        {
            using var without = await browser.Get(Host.Url(way));
            Assert.StartsWith("/signin?", without.Headers.Location?.OriginalString ?? "granted", StringComparison.Ordinal);
        }
        (await browser.SignIn(Host, "12000000004")).Dispose();
        using var granted = await browser.Submit(Host.Url(back), "/oidc/authorize", ("allow", "yes"));
        Assert.NotNull(HttpUtility.ParseQueryString(granted.Headers.Location!.Query)["code"]);
    }

    [Fact]
    public async Task A_sign_in_that_is_too_old_and_prompt_none_is_login_required()
    {
        await using var host = await IdentityHost.Start();
        var client = await Register(null, host);
        using var browser = await SignedIn(host);
        host.Clock.Advance(TimeSpan.FromSeconds(61));
        using var answer = await browser.Get(Authorize(client, change: ("max_age", "60"), host: host) + "&prompt=none");
        Assert.Equal("login_required", HttpUtility.ParseQueryString(answer.Headers.Location!.Query)["error"]);
    }

    [Fact]
    public async Task A_person_who_does_not_agree_is_access_denied()
    {
        var client = await Register(null);
        using var browser = await SignedIn();
        using var answer = await browser.Submit(Authorize(client), "/oidc/authorize", ("allow", "no"));
        Assert.Equal("access_denied", HttpUtility.ParseQueryString(answer.Headers.Location!.Query)["error"]);
    }

    [Fact]
    public async Task Staff_are_not_signed_in_elsewhere()
    {
        var client = await Register(null);
        using var browser = new Browser();
        (await browser.SignInStaff(Host, "clerk")).Dispose();
        using var answer = await browser.Get(Authorize(client, change: ("prompt", "none")));
        Assert.Equal("login_required", HttpUtility.ParseQueryString(answer.Headers.Location!.Query)["error"]);
    }

    [Fact]
    public async Task A_confidential_client_proves_itself_by_its_secret()
    {
        var client = await Register("right secret");
        using var browser = await SignedIn();
        var code = await Code(browser, client);
        using var none = await Exchange(client, code);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (none.StatusCode, await Refusal(none)));
        using var wrong = await Exchange(client, code, secret: "wrong secret");
        Assert.Equal("invalid_client", await Refusal(wrong));
        using var right = await Exchange(client, code, secret: "right secret");
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Fact]
    public async Task A_node_of_the_region_proves_itself_by_its_key_and_not_by_its_name()
    {
        using var answer = await Exchange("CN-YRD/340000", "any");
        Assert.Equal("invalid_client", await Refusal(answer));
        using var own = await Exchange(Host.Node.Id, "any");
        Assert.Equal("invalid_client", await Refusal(own));
    }

    [Fact]
    public async Task Tokens_end_with_the_session_that_gave_them()
    {
        var client = await Register(null);
        using var browser = await SignedIn();
        using var tokens = await Exchange(client, await Code(browser, client, scope: "openid profile offline_access"));
        var given = await tokens.Content.ReadFromJsonAsync<JsonElement>();
        var access = given.GetProperty("access_token").GetString()!;
        Assert.Equal(HttpStatusCode.OK, await UserInfo(access));
        (await browser.Submit(Host.Url("/account"), "/signout")).Dispose();
        Assert.Equal(HttpStatusCode.Unauthorized, await UserInfo(access));
        using var refresh = await Post(Host, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = given.GetProperty("refresh_token").GetString()!, ["client_id"] = client });
        Assert.Equal("invalid_grant", await Refusal(refresh));
    }

    [Fact]
    public async Task A_refresh_token_rotates_and_its_reuse_ends_the_family()
    {
        var client = await Register(null);
        using var browser = await SignedIn();
        using var tokens = await Exchange(client, await Code(browser, client, scope: "openid offline_access"));
        var first = (await tokens.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("refresh_token").GetString()!;
        Dictionary<string, string> Ask(string token) => new() { ["grant_type"] = "refresh_token", ["refresh_token"] = token, ["client_id"] = client };
        using var rotated = await Post(Host, Ask(first));
        var second = (await rotated.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("refresh_token").GetString()!;
        using var stolen = await Post(Host, Ask(first));
        Assert.Equal("invalid_grant", await Refusal(stolen));
        using var dead = await Post(Host, Ask(second));
        Assert.Equal("invalid_grant", await Refusal(dead));
    }

    [Fact]
    public async Task Two_clients_know_one_person_by_different_names()
    {
        using var browser = await SignedIn();
        var subs = new List<string>();
        foreach (var client in (string[])[await Register(null), await Register(null)])
        {
            using var tokens = await Exchange(client, await Code(browser, client));
            var idToken = (await tokens.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id_token").GetString()!;
            subs.Add(new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(idToken).Subject);
        }
        Assert.NotEqual(subs[0], subs[1]);
    }

    [Fact]
    public async Task A_foreign_page_cannot_sign_a_person_out()
    {
        using var browser = await SignedIn();
        using var asked = await browser.Get(Host.Url("/oidc/logout"));
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        Assert.Equal("Resident", (await browser.Me(Host)).Role);
        using var elsewhere = await browser.Get(Host.Url("/oidc/logout?post_logout_redirect_uri=https%3A%2F%2Felsewhere.example%2F"));
        Assert.Equal(HttpStatusCode.BadRequest, elsewhere.StatusCode);
        // Sent as a form, the request is the same: the person is asked. An answer without our page's token is none.
        using var posted = await browser.Post(Host.Url("/oidc/logout"), ("state", "s"));
        Assert.Equal(HttpStatusCode.SeeOther, posted.StatusCode);
        Assert.Equal("/oidc/logout?state=s", posted.Headers.Location!.ToString());
        using var answered = await browser.Post(Host.Url("/oidc/logout"), ("end", "yes"));
        Assert.Equal(HttpStatusCode.BadRequest, answered.StatusCode);
        Assert.Equal("Resident", (await browser.Me(Host)).Role);
    }

    async Task<string> Register(string? secret, IdentityHost? host = null)
    {
        var id = Guid.NewGuid().ToString("N");
        return await (host ?? Host).Inside(async (_, db) =>
        {
            db.Add(new ClientRow
            {
                Id = id,
                NameZh = "测试网站",
                NameEn = "Test site",
                SecretHash = secret is null ? "" : Secrets.Hash(secret),
                RedirectUris = Redirect,
                PostLogoutUris = "http://127.0.0.1:9/bye",
            });
            await db.SaveChangesAsync();
            return id;
        });
    }

    async Task<Browser> SignedIn(IdentityHost? host = null)
    {
        var browser = new Browser();
        (await browser.SignIn(host ?? Host, "12000000004")).Dispose();
        return browser;
    }

    string Authorize(string client, string redirect = Redirect, string scope = "openid profile", (string Name, string? Value)? change = null, IdentityHost? host = null)
    {
        var query = HttpUtility.ParseQueryString("");
        foreach (var (name, value) in ((string, string)[])[
            ("client_id", client), ("redirect_uri", redirect), ("response_type", "code"), ("scope", scope), ("state", "the-state"),
            ("nonce", "the-nonce"), ("code_challenge", Challenge), ("code_challenge_method", "S256")])
            query[name] = value;
        if (change is { } c)
        {
            if (c.Value is null)
                query.Remove(c.Name);
            else
                query[c.Name] = c.Value;
        }
        return (host ?? Host).Url("/oidc/authorize?" + query);
    }

    async Task<string> Code(Browser browser, string client, IdentityHost? host = null, string scope = "openid profile")
    {
        using var answer = await browser.Submit(Authorize(client, scope: scope, host: host), "/oidc/authorize", ("allow", "yes"));
        return HttpUtility.ParseQueryString(answer.Headers.Location!.Query)["code"]!;
    }

    Task<HttpResponseMessage> Exchange(string client, string code, string verifier = Verifier, string redirect = Redirect, string? secret = null, IdentityHost? host = null)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirect, ["code_verifier"] = verifier, ["client_id"] = client };
        if (secret is not null)
            form["client_secret"] = secret;
        return Post(host ?? Host, form);
    }

    static async Task<HttpResponseMessage> Post(IdentityHost host, Dictionary<string, string> form)
    {
        using var http = new HttpClient();
        return await http.PostAsync(new Uri(host.Url("/oidc/token")), new FormUrlEncodedContent(form));
    }

    async Task<HttpStatusCode> UserInfo(string access)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", access);
        using var answer = await http.GetAsync(new Uri(Host.Url("/oidc/userinfo")));
        return answer.StatusCode;
    }

    static async Task<string?> Refusal(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString();
}
