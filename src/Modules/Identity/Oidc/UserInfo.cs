using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Accounts;
using Tongban.Identity.People;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Identity.Oidc;

/// <summary>The userinfo endpoint (OpenID Connect Core 5.3). The token is in the Authorization header only (RFC 6750 2.1).</summary>
static class UserInfo
{
    public static async Task<IResult> Get(HttpContext http, NodeDb db, Claims claims, TimeProvider clock, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!AuthenticationHeaderValue.TryParse(http.Request.Headers.Authorization, out var header) || header is not { Scheme: "Bearer", Parameter: { } shown })
            return Refused(http, "Bearer");
        var now = clock.NowMs();
        var hash = Secrets.Hash(shown);
        var token = await db.Set<TokenRow>().AsNoTracking().SingleOrDefaultAsync(t => t.Hash == hash && t.Kind == "access" && t.ExpiresAt > now, ct);
        var grant = token is null ? null : await db.Set<GrantRow>().AsNoTracking().SingleAsync(g => g.Id == token.GrantId, ct);
        if (grant is null || await Live.Session(db, grant, now, ct) is null)
            return Refused(http, "Bearer error=\"invalid_token\"");
        var account = await db.Set<AccountRow>().ByProvenKey().AsNoTracking().SingleAsync(a => a.Id == grant.AccountId, ct);
        var person = await db.Set<PersonRow>().ByProvenKey().AsNoTracking().SingleOrDefaultAsync(p => p.Id == account.PersonId, ct);
        return Results.Json(claims.UserInfo(grant, account, person));
    }

    static IResult Refused(HttpContext http, string challenge)
    {
        http.Response.Headers.WWWAuthenticate = challenge;
        return Results.Json(new { error = "invalid_token" }, statusCode: 401);
    }
}
