using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Accounts;
using Tongban.Identity.People;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Identity.Portal;

/// <summary>
/// Recovery by a one-time code to the phone on record, for residents and staff. The pages go the same way whether or not
/// there is an account. All sessions end, and a lock is lifted.
/// </summary>
static class Recover
{
    public static IResult Show() => Page.Of<RecoverPage>();

    public static async Task<IResult> Begin(
        HttpContext http, IFormCollection form, NodeDb db, Codes codes, Credentials credentials, IVault vault, AddressLimit addresses, Once once, CancellationToken ct)
    {
        IResult Refused(Error e) => Asks.Page(http) ? Page.Of<RecoverPage>(new { Error = e, Entered = form }, ErrorResult.Status(e.Kind)) : e.AsResult();
        if (!codes.Works)
            return Refused(Codes.NoDelivery());
        if (addresses.IsSpent(http.Connection.RemoteIpAddress))
            return Refused(AddressLimit.Refusal());
        var entered = form["account"].ToString().Trim();
        if (entered.Length is 0 or > 64)
            return Refused(Error.Invalid("recover.account-missing", "请输入手机号或工作账号", "Enter the mobile number or staff account", "account"));
        addresses.Count(http.Connection.RemoteIpAddress);
        var keys = Phones.Parse(entered).Ok ? credentials.ResidentKeys(entered) : [AccountRow.StaffKey(entered)];
        var account = await db.Set<AccountRow>().ByProvenKey().AsNoTracking().SingleOrDefaultAsync(a => keys.Contains(a.LoginKey) && !a.Disabled, ct);
        var phone = account is null ? null : await PhoneOf(db, vault, account, ct);
        var id = Codes.NewId();
        once.Answer(StatusCodes.Status303SeeOther, $"/recover/{id}");
        await codes.Send(id, CodeRow.Recover, phone is null ? null : account!.Id, phone, account?.Id ?? "",
            code => $"【通办】找回密码验证码 {code}，10 分钟内有效。不是您本人操作请忽略。Your recovery code is {code}.", fits: phone is not null, ct);
        return See.Other($"/recover/{id}");
    }

    public static IResult ShowCode(string id) => Page.Of<RecoverCodePage>(new { Id = id });

    public static async Task<IResult> Complete(
        string id, HttpContext http, IFormCollection form, NodeDb db, Codes codes, Passwords passwords, Sessions.Sessions sessions, NodeIdentity node, CancellationToken ct)
    {
        IResult Refused(Error e) => Asks.Page(http) ? Page.Of<RecoverCodePage>(new { Id = id, Error = e, Entered = form }, ErrorResult.Status(e.Kind)) : e.AsResult();
        var chosen = form["password"].ToString();
        var acceptable = Passwords.Acceptable(chosen);
        if (!acceptable.Ok)
            return Refused(acceptable.Error);
        var code = await codes.Use(id, CodeRow.Recover, form["code"].ToString(), ct);
        if (!code.Ok)
            return Refused(code.Error);
        var account = await db.Set<AccountRow>().ByProvenKey().SingleAsync(a => a.Id == code.Value.AccountId, ct);
        account.PasswordHash = await passwords.Hash(chosen, ct);
        account.MustChange = false;
        account.Failures = 0;
        account.LockedUntil = 0;
        account.Revision++;
        await sessions.EndAll(db, account.Id, null, ct);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Refused(Codes.Wrong());
        Flash.Leave(http, node, Tone.Done, new Words("密码已改好，请用新密码登录", "The password is changed; sign in with it"));
        return See.Other(account.Kind == AccountRow.Staff ? "/console/signin" : "/signin");
    }

    static async Task<string?> PhoneOf(NodeDb db, IVault vault, AccountRow account, CancellationToken ct)
    {
        if (account.Kind == AccountRow.Staff)
            return account.PhoneSealed.Length == 0 ? null : vault.Open(account.PhoneSealed, AccountNames.Phone);
        var person = await db.Set<PersonRow>().ByProvenKey().AsNoTracking().SingleAsync(p => p.Id == account.PersonId, ct);
        return person.PhoneSealed.Length == 0 ? null : vault.Open(person.PhoneSealed, PersonFields.Phone);
    }
}
