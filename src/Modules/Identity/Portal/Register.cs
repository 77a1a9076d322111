using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Accounts;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Identity.Portal;

/// <summary>
/// Registration in two steps. The phone comes first: whoever already has an account learns so in the message, and nobody
/// else learns it from the page. The account begins at level 1: nobody has checked the name and number.
/// </summary>
static class Register
{
    public static IResult Show() => Page.Of<RegisterPage>();

    public static async Task<IResult> Begin(
        HttpContext http, IFormCollection form, NodeDb db, Codes codes, Credentials credentials, AddressLimit addresses, Once once, CancellationToken ct)
    {
        IResult Refused(Error e) => Asks.Page(http) ? Page.Of<RegisterPage>(new { Error = e, Entered = form }, ErrorResult.Status(e.Kind)) : e.AsResult();
        if (!codes.Works)
            return Refused(Codes.NoDelivery());
        if (addresses.IsSpent(http.Connection.RemoteIpAddress))
            return Refused(AddressLimit.Refusal());
        var phone = Phones.Parse(form["phone"]);
        if (!phone.Ok)
            return Refused(phone.Error);
        addresses.Count(http.Connection.RemoteIpAddress);
        var keys = credentials.ResidentKeys(phone.Value);
        var exists = await db.Set<AccountRow>().ByProvenKey().AnyAsync(a => keys.Contains(a.LoginKey), ct);
        var id = Codes.NewId();
        once.Answer(StatusCodes.Status303SeeOther, $"/register/{id}");
        await codes.Send(id, CodeRow.Register, null, phone.Value, phone.Value, code => exists
                ? "【通办】这个手机号已有账号，请直接登录；忘记密码可以找回。This number has an account already: sign in, or recover the password."
                : $"【通办】注册验证码 {code}，10 分钟内有效。不要告诉别人。Your registration code is {code}; tell nobody.",
            fits: !exists, ct);
        return See.Other($"/register/{id}");
    }

    public static IResult ShowDetails(string id) => Page.Of<RegisterDetailsPage>(new { Id = id });

    public static async Task<IResult> Complete(
        string id, HttpContext http, IFormCollection form, NodeDb db, Codes codes, Credentials credentials, People.People people,
        Passwords passwords, Sessions.Sessions sessions, IVault vault, NodeIdentity node, TimeProvider clock, CancellationToken ct)
    {
        IResult Refused(Error e) => Asks.Page(http) ? Page.Of<RegisterDetailsPage>(new { Id = id, Error = e, Entered = form }, ErrorResult.Status(e.Kind)) : e.AsResult();
        var name = form["name"].ToString().Trim();
        var number = CitizenId.Parse(form["citizenId"], clock.Today());
        var wrong = Wrong(name, number, form["password"].ToString());
        if (wrong.Count > 0)
            return Refused(wrong.Count == 1 ? wrong[0] : wrong[0] with { Also = wrong });
        var code = await codes.Use(id, CodeRow.Register, form["code"].ToString(), ct);
        if (!code.Ok)
            return Refused(code.Error);
        var phone = vault.Open(code.Value.PhoneSealed, Codes.PhoneContext);
        var person = people.Claimed(number.Value.ToString(), name, phone, number.Value.Division);
        var account = AccountRow.Make(AccountRow.Resident, credentials.ResidentKey(phone), node.Division, clock.NowMs());
        account.PersonId = person.Id;
        account.SubjectKey = person.SubjectKey;
        account.NameSealed = vault.Seal(name, AccountNames.Context);
        account.PasswordHash = await passwords.Hash(form["password"].ToString(), ct);
        account.LastSignInAt = clock.NowMs();
        db.Add(account);
        await sessions.EndPresent(db, http, ct);
        sessions.Open(db, http, account, person.Level);
        // The phone registered meanwhile in another window: the same words as a used code.
        return await db.TrySave(ct) == SaveOutcome.Saved ? See.Other("/account") : Refused(Codes.Wrong());
    }

    static List<Error> Wrong(string name, Result<CitizenId> number, string password)
    {
        var wrong = new List<Error>();
        if (name.Length is 0 or > 60)
            wrong.Add(Error.Invalid("register.name", "请输入姓名，与身份证一致", "Enter the name as on the id card", "name"));
        if (!number.Ok)
            wrong.Add(number.Error);
        var acceptable = Passwords.Acceptable(password, number.Ok ? number.Value.ToString()[6..14] : "");
        if (!acceptable.Ok)
            wrong.Add(acceptable.Error);
        return wrong;
    }
}
