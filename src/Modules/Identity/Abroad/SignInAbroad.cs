using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Identity.Accounts;
using Tongban.Identity.Oidc;
using Tongban.Identity.People;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Identity.Abroad;

/// <summary>
/// Sign-in with the account of another province: to that node's provider and back with a code, from which a session of
/// this node is made. The person's key is computed here, from the citizen id that the home node vouches for.
/// </summary>
static class SignInAbroad
{
    public static IResult Begin(
        HttpContext http, IFormCollection form, NodeIdentity node, Provinces provinces, ProviderClient provider, SessionCookie cookie, IVault vault, TimeProvider clock)
    {
        if (provinces.Find(form["node"]) is not { } home)
            return Error.Invalid("signin.node", "请选择账号所在的省市", "Choose the province of your account", "node").AsResult();
        var state = SignInState.Begin(home.NodeId, See.Local(form["return"], "/"), clock);
        state.Write(http.Response, cookie, vault);
        return See.Other(QueryHelpers.AddQueryString(home.Endpoint + Authorize.Path, new Dictionary<string, string?>
        {
            ["client_id"] = node.Id,
            ["redirect_uri"] = provider.RedirectUri,
            ["response_type"] = "code",
            ["scope"] = "openid profile identity",
            ["state"] = state.State,
            ["nonce"] = state.Nonce,
            ["code_challenge"] = Tokens.Challenge(state.Verifier),
            ["code_challenge_method"] = "S256",
        }));
    }

    public static async Task<IResult> Return(
        HttpContext http, NodeIdentity node, Provinces provinces, ProviderClient provider, SessionCookie cookie, IVault vault, TimeProvider clock,
        NodeDb db, People.People people, Sessions.Sessions sessions, CancellationToken ct)
    {
        var query = http.Request.Query;
        if (SignInState.Take(http, cookie, vault, clock) is not { } state
            || !Secrets.Same(query["state"].ToString(), state.State)
            || provinces.Find(state.Node) is not { } home)
        {
            return Stale().AsResult();
        }
        if (query["iss"] != home.Endpoint || query["code"] is not [{ Length: > 0 } code])
            return ProviderClient.Refused(home).AsResult();
        var arrived = await provider.Redeem(home, state, code, ct);
        if (!arrived.Ok)
            return arrived.Error.AsResult();

        var account = await Account(db, people, vault, clock, node, home, arrived.Value, ct);
        if (!account.Ok)
            return account.Error.AsResult();
        await sessions.EndPresent(db, http, ct);
        account.Value.LastSignInAt = clock.NowMs();
        sessions.Open(db, http, account.Value, arrived.Value.Level);
        if (await db.TrySave(ct) == SaveOutcome.Saved)
            return Results.Redirect(state.Return);
        // The same person arrived twice at one moment; the cookie of the lost attempt opens nothing.
        return ProviderClient.Refused(home).AsResult();
    }

    static async Task<Result<AccountRow>> Account(
        NodeDb db, People.People people, IVault vault, TimeProvider clock, NodeIdentity node, Member home, Arrived arrived, CancellationToken ct)
    {
        // A home node releases only a number it has checked; without one there is nobody to be here.
        if (arrived.Level < Identities.RealName || arrived.CitizenId.Length == 0)
            return Identities.LevelTooLow();
        var id = CitizenId.Parse(arrived.CitizenId, clock.Today());
        if (!id.Ok)
            return ProviderClient.Refused(home);
        var division = arrived.Division.Length is > 0 and <= 12 ? arrived.Division : home.Division;
        var person = await people.Checked(PersonRow.Natural, id.Value.ToString(), arrived.Name, arrived.Phone, division, arrived.Level, ct);
        var key = AccountRow.NodeKey(home.NodeId, arrived.Sub);
        var account = await db.Set<AccountRow>().ByProvenKey().SingleOrDefaultAsync(a => a.LoginKey == key, ct);
        if (account is null)
        {
            account = AccountRow.Make(AccountRow.Federated, key, node.Division, clock.NowMs());
            account.NameSealed = vault.Seal(arrived.Name, AccountNames.Context);
            db.Add(account);
        }
        else if (account.Disabled)
        {
            return ProviderClient.Refused(home);
        }
        else if (vault.Open(account.NameSealed, AccountNames.Context) != arrived.Name)
        {
            account.NameSealed = vault.Seal(arrived.Name, AccountNames.Context);
        }
        account.PersonId = person.Id;
        account.SubjectKey = person.SubjectKey;
        return account;
    }

    static Error Stale() => Error.Invalid("signin.stale", "这次登录已过期，或不是从这个浏览器开始的", "This sign-in has expired, or was not begun in this browser",
        null, "请回到登录页再试一次", "Go back to the sign-in page and try again");
}
