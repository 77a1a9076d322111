using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Identity.Oidc;

/// <summary>
/// Logout asked for by a client (OpenID Connect RP-Initiated Logout 1.0). With a token of this very session the session
/// ends at once; otherwise the person is asked, or any page on the web could sign people out.
/// </summary>
static class EndSession
{
    public const string Path = "/oidc/logout";

    public static async Task<IResult> Get(HttpContext http, Clients clients, Tokens tokens, NodeDb db, Sessions.Sessions sessions, SessionCookie cookie, CancellationToken ct)
    {
        var asked = await Read(http, clients, tokens, ct);
        if (!asked.Ok)
            return asked.Error.AsResult();
        var session = http.Session();
        if (session is null)
            return Results.Redirect(asked.Value.Back);
        return asked.Value.Sid == session.PublicId
            ? await End(http, asked.Value.Back, session, db, sessions, cookie, ct)
            : Page.Of<AllowSignOutPage>(new { Action = Path + http.Request.QueryString });
    }

    /// <summary>The person's answer on our page; or the same request as <see cref="Get"/>, sent by another site as a form.</summary>
    public static async Task<IResult> Post(
        HttpContext http, IFormCollection form, IAntiforgery tokensOfPages, Clients clients, Tokens tokens, NodeDb db, Sessions.Sessions sessions, SessionCookie cookie, CancellationToken ct)
    {
        if (!form.ContainsKey("end"))
        {
            var sent = Parameters.Where(form.ContainsKey).Select(p => KeyValuePair.Create(p, (string?)form[p].ToString()));
            return See.Other(QueryHelpers.AddQueryString(Path, sent));
        }
        if (!await tokensOfPages.IsRequestValidAsync(http))
            return FormTokens.Expired.AsResult();
        var asked = await Read(http, clients, tokens, ct);
        if (!asked.Ok)
            return asked.Error.AsResult();
        return form["end"] == "yes" && http.Session() is { } session
            ? await End(http, asked.Value.Back, session, db, sessions, cookie, ct)
            : See.Other(asked.Value.Back);
    }

    static readonly string[] Parameters = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales"];

    sealed record Asked(string Back, string? Sid, Client? Client);

    static async Task<Result<Asked>> Read(HttpContext http, Clients clients, Tokens tokens, CancellationToken ct)
    {
        var query = http.Request.Query;
        var hint = query["id_token_hint"].ToString();
        var clientId = query["client_id"].ToString();
        string? sid = null;
        if (hint.Length > 0)
        {
            if (clientId.Length == 0)
                clientId = Audience(hint);
            var token = await tokens.CheckOwn(hint, clientId);
            if (!token.Ok)
                return Error.Invalid("oidc.hint", "退出请求中的令牌无效", "The token in the logout request is not valid", "id_token_hint");
            sid = token.Value.GetClaim("sid").Value;
        }
        var client = clientId.Length == 0 ? null : await clients.Find(clientId, ct);
        var back = query["post_logout_redirect_uri"].ToString();
        if (back.Length == 0)
            return new Asked("/", sid, client);
        if (client is null || !client.PostLogoutUris.Contains(back, StringComparer.Ordinal))
            return Error.Invalid("oidc.post-logout-uri", "退出后的返回地址没有登记", "The address to return to after logout is not registered", "post_logout_redirect_uri");
        return new Asked(query["state"] is [{ Length: > 0 } state] ? QueryHelpers.AddQueryString(back, "state", state) : back, sid, client);
    }

    static string Audience(string hint)
    {
        try
        {
            return new JsonWebToken(hint).Audiences.FirstOrDefault() ?? "";
        }
        catch (Exception e) when (e is ArgumentException or Microsoft.IdentityModel.Tokens.SecurityTokenException)
        {
            // Not a token at all; the check that follows refuses it.
            return "";
        }
    }

    static async Task<IResult> End(HttpContext http, string back, SignedIn session, NodeDb db, Sessions.Sessions sessions, SessionCookie cookie, CancellationToken ct)
    {
        sessions.End(db, await db.Set<SessionRow>().SingleAsync(s => s.Hash == session.Hash, ct));
        await db.SaveChangesAsync(ct);
        cookie.Clear(http.Response);
        return See.Other(back);
    }
}
