using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Identity.Accounts;

/// <param name="Phone">For recovery; empty when not known.</param>
/// <param name="Department">Code such as <c>340000-police</c>; empty for the whole division.</param>
sealed record StaffDetails(string Login, string Name, string Phone, string Division, string Department, IReadOnlyList<Role> Roles);

/// <summary>Makes and changes staff accounts within what the actor administers.</summary>
sealed class StaffAccounts(NodeDb db, IVault vault, Passwords passwords, NodeIdentity node, TimeProvider clock, IDepartments? departments = null)
{
    /// <summary>All that is wrong with the details; null when nothing is.</summary>
    public Error? Wrong(StaffDetails details)
    {
        var wrong = new List<Error>();
        if (details.Login.Length is < 2 or > 32 || !details.Login.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
            wrong.Add(Error.Invalid("account.login", "工作账号用 2–32 个英文字母、数字、点或横线", "A staff account has 2–32 letters, digits, dots or dashes", "login"));
        if (details.Name.Length is 0 or > 60)
            wrong.Add(Error.Invalid("account.name", "请输入姓名", "Enter the name", "name"));
        if (details.Phone.Length > 0 && Phones.Parse(details.Phone) is { Ok: false } phone)
            wrong.Add(phone.Error);
        if (!Divisions.Contains(node.Division, details.Division) && !node.IsHub)
            wrong.Add(Error.Invalid("account.division", $"区划应在{node.Name.Zh}之内", $"The division must lie in {node.Name.En}", "division"));
        else if (db.Actor.Role == Role.Administrator && !Divisions.Contains(db.Actor.Division, details.Division))
            wrong.Add(Error.Invalid("account.division", "区划不在您管理的范围内", "The division is not one you administer", "division"));
        if (details.Department.Length > 0 && departments is not null && departments.Find(details.Department) is not { } department)
            wrong.Add(Error.Invalid("account.department", "没有这个部门", "There is no such department", "department"));
        else if (details.Department.Length > 0 && !node.IsHub && !Divisions.Contains(node.Division, details.Department.Split('-')[0]))
            wrong.Add(Error.Invalid("account.department", $"部门应在{node.Name.Zh}之内", $"The department must lie in {node.Name.En}", "department"));
        if (db.Actor is { Role: Role.Administrator, Department: { } own } && details.Department != own)
            wrong.Add(Error.Invalid("account.department", "您只能管理本部门的账号", "You administer your own department only", "department"));
        if (details.Roles.Count == 0 || details.Roles.Except(Console.Roles.All).Any())
            wrong.Add(Error.Invalid("account.roles", "请至少选择一个角色", "Choose at least one role", "roles"));
        else if (details.Department.Length == 0 && details.Roles.Any(r => r is Role.Officer or Role.Supervisor))
            wrong.Add(Error.Invalid("account.roles", "经办人和审核人要有所属部门", "Officers and supervisors need a department", "department"));
        return wrong.Count switch { 0 => null, 1 => wrong[0], _ => wrong[0] with { Also = wrong } };
    }

    /// <summary>Adds the account, without a password, to the unit of work.</summary>
    public async Task<Result<AccountRow>> Add(StaffDetails details, CancellationToken ct)
    {
        if (Wrong(details) is { } wrong)
            return wrong;
        var key = AccountRow.StaffKey(details.Login);
        if (await db.Set<AccountRow>().ByProvenKey().AnyAsync(a => a.LoginKey == key, ct))
            return Exists();
        var account = AccountRow.Make(AccountRow.Staff, key, details.Division, clock.NowMs());
        account.Login = details.Login.ToLowerInvariant();
        Set(account, details);
        db.Add(account);
        return account;
    }

    public void Set(AccountRow account, StaffDetails details)
    {
        account.NameSealed = vault.Seal(details.Name, AccountNames.Context);
        account.PhoneSealed = details.Phone.Length == 0 ? "" : vault.Seal(Phones.Normal(details.Phone), AccountNames.Phone);
        account.Division = details.Division;
        account.Department = details.Department;
        account.Roles = string.Join(' ', details.Roles.Distinct().Order());
    }

    /// <summary>Gives the account a one-time password and returns it; it is stored nowhere.</summary>
    public async Task<string> OneTimePassword(AccountRow account, CancellationToken ct)
    {
        var password = Passwords.OneTime();
        account.PasswordHash = await passwords.Hash(password, ct);
        account.MustChange = true;
        account.Failures = 0;
        account.LockedUntil = 0;
        account.Revision++;
        return password;
    }

    public async Task<Result<string>> Create(StaffDetails details, CancellationToken ct)
    {
        var account = await Add(details, ct);
        if (!account.Ok)
            return account.Error;
        var password = await OneTimePassword(account.Value, ct);
        return await db.TrySave(ct) == SaveOutcome.Saved ? password : Exists();
    }

    public static Error Exists() => Error.Conflict("account.exists", "这个工作账号已被使用", "This staff account is taken", "请换一个", "Choose another") with { Where = "login" };
}
