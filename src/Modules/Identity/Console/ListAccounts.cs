using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Registry;
using Tongban.Identity.Accounts;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Identity.Console;

/// <summary>The staff accounts of what the administrator administers, by login. Residents' accounts are not shown: they are nobody's work.</summary>
static class ListAccounts
{
    public static async Task<IResult> Get(string? q, string? after, NodeDb db, IVault vault, TimeProvider clock, IServiceProvider services, CancellationToken ct)
    {
        var search = (q ?? "").Trim().ToLowerInvariant();
        var last = "";
        if (after is not null)
        {
            var cursor = Cursor.Read(after, 1);
            if (!cursor.Ok)
                return cursor.Error.AsResult();
            last = cursor.Value[0];
        }
        var rows = await db.Set<AccountRow>().AsNoTracking()
            .Where(a => a.Kind == AccountRow.Staff && a.Login.CompareTo(last) > 0 && a.Login.StartsWith(search))
            .OrderBy(a => a.Login).Take(Cursor.DefaultSize + 1).ToListAsync(ct);
        var page = Cursor.Page(rows, Cursor.DefaultSize, a => [a.Login]);
        var departments = services.GetService(typeof(IDepartments)) as IDepartments;
        return Page.Of<AccountsPage>(new
        {
            Search = search,
            Rows = page.Items.Select(a => new AccountsPage.Row(
                a.Id, a.Login, vault.Open(a.NameSealed, AccountNames.Context), a.RoleList.Select(Roles.Named).ToList(),
                departments?.Find(a.Department)?.Name ?? (a.Department.Length == 0 ? new Words("—", "—") : new Words(a.Department, a.Department)), a.LastSignInAt, State(a, clock.NowMs()))).ToList(),
            Next = page.Next is null ? null : $"/console/accounts?after={page.Next}{(search.Length > 0 ? $"&q={Uri.EscapeDataString(search)}" : "")}",
            First = after is null ? null : "/console/accounts",
        });
    }

    public static (Tone Tone, Words Text) State(AccountRow account, long now)
    {
        if (account.Disabled)
            return (Tone.Danger, new("已停用", "Disabled"));
        if (account.LockedUntil > now)
            return (Tone.Warn, new("已锁定", "Locked"));
        if (account.PasswordHash.Length == 0)
            return (Tone.Warn, new("未发密码", "No password yet"));
        return account.MustChange ? (Tone.Active, new("待改密码", "One-time password")) : (Tone.Done, new("正常", "Active"));
    }
}
