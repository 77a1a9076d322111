using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Accounts;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Identity.Portal;

/// <summary>
/// A person or member of staff changes their password; also the step after a one-time password. All other sessions end,
/// and this one gets a new secret.
/// </summary>
static class NewPassword
{
    public const string Path = "/account/password";

    public static string At(string back) => $"{Path}?return={Uri.EscapeDataString(back)}";

    public static IResult Show(HttpContext http) => http.Session() is { AccountKind: not AccountRow.Federated } session
        ? Page.Of<NewPasswordPage>(new { Return = See.Local(http.Request.Query["return"], Home(session)), Forced = session.Step == SessionStep.NewPassword })
        : Results.Redirect("/signin");

    public static async Task<IResult> Post(
        HttpContext http, IFormCollection form, NodeDb db, Passwords passwords, Sessions.Sessions sessions, AddressLimit addresses, Once once, CancellationToken ct)
    {
        if (http.Session() is not { AccountKind: not AccountRow.Federated } session)
            return See.Other("/signin");
        var back = See.Local(form["return"], Home(session));
        var account = await db.Set<AccountRow>().ByProvenKey().SingleAsync(a => a.Id == session.AccountId, ct);
        var chosen = form["password"].ToString();
        if (addresses.IsSpent(http.Connection.RemoteIpAddress))
            return Refused(http, form, back, session, AddressLimit.Refusal());
        // A stolen session must not become a stolen account. After a one-time password it was entered a moment ago.
        if (session.Step != SessionStep.NewPassword && !await passwords.Fits(form["present"].ToString(), account.PasswordHash, ct))
        {
            addresses.Count(http.Connection.RemoteIpAddress);
            return Refused(http, form, back, session, Error.Invalid("password.present", "现在的密码不对", "The present password is wrong", "present"));
        }
        var acceptable = Passwords.Acceptable(chosen, account.Login);
        if (!acceptable.Ok)
            return Refused(http, form, back, session, acceptable.Error);
        if (await passwords.Fits(chosen, account.PasswordHash, ct))
            return Refused(http, form, back, session, Error.Invalid("password.same", "新密码与现在的密码相同", "The new password is the present one", "password"));
        account.PasswordHash = await passwords.Hash(chosen, ct);
        account.MustChange = false;
        account.Revision++;
        await sessions.EndAll(db, account.Id, session.Hash, ct);
        var row = await db.Set<SessionRow>().SingleAsync(s => s.Hash == session.Hash, ct);
        var fresh = sessions.Open(db, http, account, row.Level, row);
        if (session.Step == SessionStep.Ready)
            (fresh.Role, fresh.MandateId, fresh.Step) = (row.Role, row.MandateId, SessionStep.Ready);
        var next = fresh.Step == SessionStep.ChooseRole ? $"/console/role?return={Uri.EscapeDataString(back)}" : back;
        once.Answer(StatusCodes.Status303SeeOther, next);
        return await db.TrySave(ct) == SaveOutcome.Saved
            ? See.Other(next)
            : Refused(http, form, back, session, Error.Conflict("password.changed", "密码刚刚在别处改过", "The password was changed elsewhere a moment ago", "请重新登录", "Sign in again"));
    }

    static string Home(SignedIn session) => session.IsStaff ? "/console" : "/account";

    static IResult Refused(HttpContext http, IFormCollection form, string back, SignedIn session, Error error) => Asks.Page(http)
        ? Page.Of<NewPasswordPage>(new { Return = back, Forced = session.Step == SessionStep.NewPassword, Error = error, Entered = form }, ErrorResult.Status(error.Kind))
        : error.AsResult();
}
