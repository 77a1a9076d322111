using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Identity.Accounts;
using Tongban.Identity.Portal;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Identity.Console;

/// <summary>
/// An administrator changes, disables, unlocks a staff account or issues a one-time password. Whatever takes rights away
/// ends the account's sessions at once. Nobody takes their own account away.
/// </summary>
static class ChangeStaff
{
    public static async Task<IResult> Show(string id, NodeDb db, IVault vault, TimeProvider clock, CancellationToken ct) =>
        await Find(db, id, ct) is { } account ? Draw(account, vault, clock) : NotFound();

    public static Task<IResult> Save(string id, HttpContext http, IFormCollection form, NodeDb db, IVault vault, Sessions.Sessions sessions, TimeProvider clock, Once once, CancellationToken ct) =>
        Change(id, http, form, db, sessions, once, ct, account =>
        {
            var staff = ActivatorUtilities.CreateInstance<StaffAccounts>(http.RequestServices);
            var details = StaffForm.Read(form, account.Login);
            var wrong = staff.Wrong(details);
            if (wrong is null && account.Id == db.Actor.Id && !details.Roles.Contains(Role.Administrator))
                wrong = Own();
            if (wrong is not null)
                return Asks.Page(http) ? Draw(account, vault, clock, wrong, form) : wrong.AsResult();
            staff.Set(account, details);
            return null;
        });

    public static Task<IResult> Disable(string id, HttpContext http, IFormCollection form, NodeDb db, Sessions.Sessions sessions, Once once, CancellationToken ct) =>
        Change(id, http, form, db, sessions, once, ct, account =>
        {
            if (account.Id == db.Actor.Id)
                return Own().AsResult();
            account.Disabled = true;
            return null;
        });

    public static Task<IResult> Enable(string id, HttpContext http, IFormCollection form, NodeDb db, Sessions.Sessions sessions, Once once, CancellationToken ct) =>
        Change(id, http, form, db, sessions, once, ct, account =>
        {
            account.Disabled = false;
            return null;
        });

    public static Task<IResult> Unlock(string id, HttpContext http, IFormCollection form, NodeDb db, Sessions.Sessions sessions, Once once, CancellationToken ct) =>
        Change(id, http, form, db, sessions, once, ct, account =>
        {
            account.Failures = 0;
            account.LockedUntil = 0;
            return null;
        });

    // Without an idempotency key: the answer holds a password, which must not be stored. Repeating it issues another.
    public static async Task<IResult> Reset(string id, HttpContext http, IFormCollection form, NodeDb db, IVault vault, Sessions.Sessions sessions, TimeProvider clock, CancellationToken ct)
    {
        if (await Find(db, id, ct) is not { } account)
            return NotFound();
        if (!Fresh(account, form))
            return Changed();
        if (account.Id == db.Actor.Id)
            return Own().AsResult();
        var password = await ActivatorUtilities.CreateInstance<StaffAccounts>(http.RequestServices).OneTimePassword(account, ct);
        await sessions.EndAll(db, account.Id, null, ct);
        return await db.TrySave(ct) == SaveOutcome.Saved ? Draw(account, vault, clock, password: password) : Changed();
    }

    static async Task<IResult> Change(
        string id, HttpContext http, IFormCollection form, NodeDb db, Sessions.Sessions sessions, Once once, CancellationToken ct, Func<AccountRow, IResult?> change)
    {
        if (await Find(db, id, ct) is not { } account)
            return NotFound();
        if (!Fresh(account, form))
            return Changed();
        if (change(account) is { } refused)
            return refused;
        account.Revision++;
        if (account.Id != db.Actor.Id)
            await sessions.EndAll(db, account.Id, null, ct);
        var at = $"/console/accounts/{id}";
        once.Answer(StatusCodes.Status303SeeOther, at);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed();
        Flash.Leave(http, http.RequestServices.GetRequiredService<NodeIdentity>(), Tone.Done, new Words("已保存", "Saved"));
        return See.Other(at);
    }

    static Task<AccountRow?> Find(NodeDb db, string id, CancellationToken ct) =>
        db.Set<AccountRow>().SingleOrDefaultAsync(a => a.Id == id && a.Kind == AccountRow.Staff, ct);

    static bool Fresh(AccountRow account, IFormCollection form) =>
        long.TryParse(form["revision"], System.Globalization.CultureInfo.InvariantCulture, out var revision) && revision == account.Revision;

    static IResult Draw(AccountRow account, IVault vault, TimeProvider clock, Error? error = null, IFormCollection? entered = null, string? password = null) => Page.Of<StaffPage>(
        new
        {
            account.Id,
            account.Login,
            account.Revision,
            Name = vault.Open(account.NameSealed, AccountNames.Context),
            Phone = account.PhoneSealed.Length == 0 ? "" : vault.Open(account.PhoneSealed, AccountNames.Phone),
            account.Division,
            account.Department,
            Chosen = account.Roles.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            account.Disabled,
            Locked = account.LockedUntil > clock.NowMs(),
            State = ListAccounts.State(account, clock.NowMs()),
            Password = password,
            Error = error,
            Entered = entered,
        },
        error is null ? 200 : ErrorResult.Status(error.Kind));

    static IResult NotFound() => Error.NotFound("account.none", "没有这个账号，或它不归您管理", "There is no such account, or it is not yours to administer").AsResult();

    static IResult Changed() => Error.Conflict("account.changed", "这个账号刚刚被别人改过，您的改动没有保存", "Somebody changed this account meanwhile; your change was not saved",
        "请打开账号页，看过后再改", "Open the account again, look, and change it").AsResult();

    static Error Own() => Error.Conflict("account.own", "不能停用、重置自己的账号，也不能去掉自己的管理员角色", "Nobody disables or resets their own account, or takes their own administrator role away",
        "请另一位管理员来做", "Ask another administrator");
}
