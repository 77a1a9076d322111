using Microsoft.AspNetCore.Http;
using Tongban.Identity.Accounts;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Identity.Portal;

/// <summary>A resident signs in with phone and password, or goes to the province their account is of.</summary>
static class SignIn
{
    public static IResult Show(HttpContext http)
    {
        var back = See.Local(http.Request.Query["return"], "/");
        var session = http.Session();
        if (session is { Step: SessionStep.NewPassword })
            return Results.Redirect(NewPassword.At(back));
        // Sent here by a page that refused, or to sign in anew: then the form; else there is nothing to do.
        return session is { IsStaff: false, Step: SessionStep.Ready } && !http.Request.Query.ContainsKey("again") && !http.Request.Query.ContainsKey("return")
            ? Results.Redirect(back)
            : Page.Of<SignInPage>(new { Return = back });
    }

    // Not idempotent by key: a second try is a second sign-in, and a stored answer could not carry the session's secret.
    public static async Task<IResult> Post(
        HttpContext http, IFormCollection form, Credentials credentials, NodeDb db, People.People people, Sessions.Sessions sessions, IdentityOptions options, CancellationToken ct)
    {
        var back = See.Local(form["return"], "/");
        var phone = form["account"].ToString();
        var password = form["password"].ToString();
        if (phone.Trim().Length == 0 || password.Length == 0)
            return Refused(http, form, back, Missing(phone, password));
        var account = await credentials.Check(credentials.ResidentKeys(phone), password, http.Connection.RemoteIpAddress, ct);
        if (!account.Ok)
            return Refused(http, form, back, account.Error);
        var level = await people.Level(account.Value, ct);
        await sessions.EndPresent(db, http, ct);
        sessions.Open(db, http, account.Value, level);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Refused(http, form, back, Credentials.Refusal(options));
        return See.Other(account.Value.MustChange ? NewPassword.At(back) : back);
    }

    public static Error Missing(string account, string password)
    {
        var wrong = new List<Error>();
        if (account.Trim().Length == 0)
            wrong.Add(Error.Invalid("signin.account-missing", "请输入账号", "Enter the account", "account"));
        if (password.Length == 0)
            wrong.Add(Error.Invalid("signin.password-missing", "请输入密码", "Enter the password", "password"));
        return wrong[0] with { Also = wrong };
    }

    static IResult Refused(HttpContext http, IFormCollection form, string back, Error error) =>
        Asks.Page(http) ? Page.Of<SignInPage>(new { Return = back, Error = error, Entered = form }, ErrorResult.Status(error.Kind)) : error.AsResult();
}

/// <summary>Whether the caller is a browser, which is answered with the form again, or a program, which gets a problem document.</summary>
static class Asks
{
    public static bool Page(HttpContext http) => http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
