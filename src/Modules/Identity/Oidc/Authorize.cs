using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Tongban.Identity.Accounts;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Identity.Oidc;

/// <summary>What a client asks for at the authorization endpoint (OpenID Connect Core 3.1.2.1).</summary>
sealed record AuthorizeRequest(
    string ClientId, string RedirectUri, string ResponseType, IReadOnlyList<string> Scopes, string? State, string? Nonce,
    string? Challenge, string? ChallengeMethod, string? ResponseMode, IReadOnlyList<string> Prompts, int? MaxAge, bool HasRequestObject)
{
    public static AuthorizeRequest Of(IQueryCollection query)
    {
        string? One(string name) => query[name] is [{ Length: > 0 } value] ? value : null;
        return new AuthorizeRequest(
            One("client_id") ?? "", One("redirect_uri") ?? "", One("response_type") ?? "", (One("scope") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
            One("state"), One("nonce"), One("code_challenge"), One("code_challenge_method"), One("response_mode"),
            (One("prompt") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
            int.TryParse(One("max_age"), out var age) ? age : null,
            query.ContainsKey("request") || query.ContainsKey("request_uri"));
    }

    /// <summary>What is wrong with it, as the error code that goes back to the client; null when nothing is.</summary>
    public string? Wrong(Client client)
    {
        if (HasRequestObject)
            return "request_not_supported";
        if (ResponseType != "code")
            return "unsupported_response_type";
        if (ResponseMode is not (null or "query"))
            return "invalid_request";
        if (!Scopes.Contains(Scope.OpenId) || Scopes.Except(client.Scopes).Any())
            return "invalid_scope";
        if (Challenge is null ? !(client.SecretHash.Length > 0) : ChallengeMethod != "S256" || Challenge.Length != 43)
            return "invalid_request";
        if (Nonce is { Length: > 512 } || State is { Length: > 2048 })
            return "invalid_request";
        return Prompts.Contains("none") && Prompts.Count > 1 ? "invalid_request" : null;
    }
}

/// <summary>The authorization endpoint: a signed-in resident is sent back to the client with a code.</summary>
static class Authorize
{
    public const string Path = "/oidc/authorize";
    static readonly TimeSpan CodeLife = TimeSpan.FromSeconds(60);

    public static async Task<IResult> Get(HttpContext http, Clients clients, NodeDb db, Tokens tokens, IVault vault, TimeProvider clock, CancellationToken ct)
    {
        var request = AuthorizeRequest.Of(http.Request.Query);
        var found = await Client(request, clients, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var client = found.Value;
        if (request.Wrong(client) is { } wrong)
            return Back(request, tokens, "error", wrong);

        var session = http.Session();
        var silent = request.Prompts.Contains("none");
        if (session is not { Step: SessionStep.Ready, IsStaff: false, AccountKind: AccountRow.Resident } || MustSignInAgain(http, request, session, vault, clock))
            return silent ? Back(request, tokens, "error", "login_required") : Results.Redirect(SignInFirst(http, request, session, vault, clock));
        if (!client.IsTrusted)
            return silent ? Back(request, tokens, "error", "consent_required") : Page.Of<AllowClientPage>(new { Name = client.Name, Action = Path + http.Request.QueryString });
        return await Grant(request, session, db, tokens, clock, ct);
    }

    /// <summary>The person agreed to a client that is no node of the region.</summary>
    public static async Task<IResult> Allow(HttpContext http, IFormCollection form, Clients clients, NodeDb db, Tokens tokens, IVault vault, TimeProvider clock, CancellationToken ct)
    {
        var request = AuthorizeRequest.Of(http.Request.Query);
        var found = await Client(request, clients, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        if (request.Wrong(found.Value) is { } wrong)
            return Back(request, tokens, "error", wrong);
        if (form["allow"] != "yes")
            return Back(request, tokens, "error", "access_denied");
        if (http.Session() is not { Step: SessionStep.Ready, IsStaff: false, AccountKind: AccountRow.Resident } session || MustSignInAgain(http, request, session, vault, clock))
            return Results.Redirect(SignInFirst(http, request, http.Session(), vault, clock));
        return await Grant(request, session, db, tokens, clock, ct);
    }

    /// <summary>An unknown client or address is never redirected to: the person is told here.</summary>
    static async Task<Result<Client>> Client(AuthorizeRequest request, Clients clients, CancellationToken ct)
    {
        if (await clients.Find(request.ClientId, ct) is not { } client)
            return Error.Invalid("oidc.client", "请求登录的网站没有在本节点登记", "The site that asks for sign-in is not registered with this node", "client_id");
        return client.RedirectUris.Contains(request.RedirectUri, StringComparer.Ordinal)
            ? client
            : Error.Invalid("oidc.redirect-uri", "请求登录的网站给出的返回地址没有登记", "The return address of the site that asks for sign-in is not registered", "redirect_uri");
    }

    static bool MustSignInAgain(HttpContext http, AuthorizeRequest request, SignedIn session, IVault vault, TimeProvider clock) =>
        (request.Prompts.Contains("login") || (request.MaxAge is { } age && clock.NowMs() - session.SignedInAt > age * 1000L))
        && !SignedInSince(http, session, vault, clock);

    /// <summary>Of a request that came back from the sign-in page: when it was sent there, and with which session; sealed, as it comes from outside.</summary>
    const string Mark = "signin_asked";
    const string MarkContext = "identity.authorize-signin";
    static readonly TimeSpan MarkLife = TimeSpan.FromMinutes(15);

    /// <summary>The person has signed in since this request was sent to the sign-in page: what it asked for is done, and it is not asked again.</summary>
    static bool SignedInSince(HttpContext http, SignedIn session, IVault vault, TimeProvider clock)
    {
        if (http.Request.Query[Mark] is not [{ Length: > 0 and < 1024 } sealedMark] || vault.TryOpen(sealedMark, MarkContext) is not { Ok: true, Value: { } opened })
            return false;
        var parts = opened.Split(' ');
        var asked = long.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
        return session.Hash != parts[1] && session.SignedInAt >= asked && clock.NowMs() - asked < MarkLife.TotalMilliseconds;
    }

    static string SignInFirst(HttpContext http, AuthorizeRequest request, SignedIn? session, IVault vault, TimeProvider clock)
    {
        // The prompt stays: only a sign-in fulfils it, not the way back without one.
        var rest = http.Request.Query.Where(q => q.Key != Mark).SelectMany(q => q.Value, (q, v) => KeyValuePair.Create(q.Key, v));
        var mark = vault.Seal(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{clock.NowMs()} {session?.Hash}"), MarkContext);
        var back = QueryHelpers.AddQueryString(QueryHelpers.AddQueryString(Path, rest), Mark, mark);
        var to = QueryHelpers.AddQueryString("/signin", "return", back);
        return session is not null || request.Prompts.Contains("login") ? to + "&again=1" : to;
    }

    static async Task<IResult> Grant(AuthorizeRequest request, SignedIn session, NodeDb db, Tokens tokens, TimeProvider clock, CancellationToken ct)
    {
        var code = Secrets.New();
        db.Add(new GrantRow
        {
            Id = Guid.CreateVersion7().ToString("N"),
            CodeHash = Secrets.Hash(code),
            ClientId = request.ClientId,
            AccountId = session.AccountId,
            SessionHash = session.Hash,
            RedirectUri = request.RedirectUri,
            Scope = string.Join(' ', request.Scopes),
            Nonce = request.Nonce,
            Challenge = request.Challenge,
            SignedInAt = session.SignedInAt,
            Level = session.Level,
            CodeExpiresAt = clock.NowMs() + (long)CodeLife.TotalMilliseconds,
        });
        await db.SaveChangesAsync(ct);
        return Back(request, tokens, "code", code);
    }

    /// <summary>With <c>iss</c> (RFC 9207), so that a client of several providers knows whose answer it holds.</summary>
    static IResult Back(AuthorizeRequest request, Tokens tokens, string name, string value)
    {
        var answer = new Dictionary<string, string?> { [name] = value, ["iss"] = tokens.Issuer };
        if (request.State is not null)
            answer["state"] = request.State;
        return Results.Redirect(QueryHelpers.AddQueryString(request.RedirectUri, answer));
    }
}
