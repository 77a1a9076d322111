using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Accounts;
using Tongban.Identity.Portal;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Identity.Console;

/// <summary>Staff sign in with their login and password, and choose the role to work in when they have several.</summary>
static class StaffSignIn
{
    public const string RolePath = "/console/role";

    public static IResult Show(HttpContext http)
    {
        var back = See.Local(http.Request.Query["return"], "/console");
        var session = http.Session();
        return session is { IsStaff: true } && Next(session.Step, back) is { } next && !(session.Step == SessionStep.Ready && http.Request.Query.ContainsKey("return"))
            ? Results.Redirect(next)
            : Page.Of<StaffSignInPage>(new { Return = back });
    }

    // Not idempotent by key, like every sign-in: a stored answer could not carry the session's secret.
    public static async Task<IResult> Post(
        HttpContext http, IFormCollection form, Credentials credentials, NodeDb db, Sessions.Sessions sessions, IdentityOptions options, CancellationToken ct)
    {
        var back = See.Local(form["return"], "/console");
        var login = form["account"].ToString();
        var password = form["password"].ToString();
        if (login.Trim().Length == 0 || password.Length == 0)
            return Refused(http, form, back, SignIn.Missing(login, password));
        if (login.Length > 64)
            return Refused(http, form, back, Credentials.Refusal(options));
        var account = await credentials.Check([AccountRow.StaffKey(login)], password, http.Connection.RemoteIpAddress, ct);
        if (!account.Ok)
            return Refused(http, form, back, account.Error);
        await sessions.EndPresent(db, http, ct);
        var row = sessions.Open(db, http, account.Value, level: 0);
        return await db.TrySave(ct) == SaveOutcome.Saved
            ? See.Other(Next(row.Step, back))
            : Refused(http, form, back, Credentials.Refusal(options));
    }

    public static IResult ShowRoles(HttpContext http) => http.Session() is { IsStaff: true, Step: not SessionStep.NewPassword } session
        ? Page.Of<ChooseRolePage>(new { session.Roles, Present = session.Actor.Role, Return = See.Local(http.Request.Query["return"], "/console") })
        : Results.Redirect("/console/signin");

    /// <summary>A change of role is a sign-in of its own: the session gets a new secret.</summary>
    public static async Task<IResult> Choose(HttpContext http, IFormCollection form, NodeDb db, Sessions.Sessions sessions, Once once, CancellationToken ct)
    {
        if (http.Session() is not { IsStaff: true, Step: not SessionStep.NewPassword } session)
            return See.Other("/console/signin");
        var account = await db.Set<AccountRow>().ByProvenKey().SingleAsync(a => a.Id == session.AccountId, ct);
        if (!Enum.TryParse<Role>(form["role"].ToString(), out var role) || !account.RoleList.Contains(role))
            return Error.Invalid("signin.role", "请选择一个您有的角色", "Choose one of your roles", "role").AsResult();
        var row = await db.Set<SessionRow>().SingleAsync(s => s.Hash == session.Hash, ct);
        var fresh = sessions.Open(db, http, account, row.Level, row);
        (fresh.Step, fresh.Role) = (SessionStep.Ready, role);
        var back = See.Local(form["return"], "/console");
        once.Answer(StatusCodes.Status303SeeOther, back);
        await db.SaveChangesAsync(ct);
        return See.Other(back);
    }

    static string Next(SessionStep step, string back) => step switch
    {
        SessionStep.NewPassword => NewPassword.At(back),
        SessionStep.ChooseRole => $"{RolePath}?return={Uri.EscapeDataString(back)}",
        _ => back,
    };

    static IResult Refused(HttpContext http, IFormCollection form, string back, Error error) =>
        Asks.Page(http) ? Page.Of<StaffSignInPage>(new { Return = back, Error = error, Entered = form }, ErrorResult.Status(error.Kind)) : error.AsResult();
}
