using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Abroad;
using Tongban.Identity.Accounts;
using Tongban.Identity.Oidc;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Data;

namespace Tongban.Identity.Portal;

/// <summary>Ends the session. Who came from another province is taken there to end that sign-in too: the computer may be a shared one.</summary>
static class SignOut
{
    // Idempotent without a key: a session can only end once.
    public static async Task<IResult> Post(
        HttpContext http, IFormCollection form, NodeDb db, Sessions.Sessions sessions, SessionCookie cookie, Provinces provinces, NodeIdentity node, CancellationToken ct)
    {
        _ = form;
        var session = http.Session();
        if (session is null)
            return See.Other("/");
        await sessions.EndPresent(db, http, ct);
        await db.SaveChangesAsync(ct);
        cookie.Clear(http.Response);
        if (session.IsStaff)
            return See.Other("/console/signin");
        if (session.AccountKind != AccountRow.Federated)
            return See.Other("/");
        var key = await db.Set<AccountRow>().ByProvenKey().Where(a => a.Id == session.AccountId).Select(a => a.LoginKey).SingleAsync(ct);
        return AccountRow.NodeOf(key) is { } home && provinces.Find(home) is { } member
            ? See.Other(QueryHelpers.AddQueryString(member.Endpoint + EndSession.Path, new Dictionary<string, string?>
            {
                ["client_id"] = node.Id,
                ["post_logout_redirect_uri"] = node.PublicUrl + "/",
            }))
            : See.Other("/");
    }
}
