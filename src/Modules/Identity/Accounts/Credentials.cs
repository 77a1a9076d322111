using System.Net;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Identity.Accounts;

/// <summary>
/// Checks an account and a password. One refusal for everything — no such account, wrong password, locked, disabled —
/// and the same work for each, so that nobody learns from it which accounts exist.
/// </summary>
sealed class Credentials(NodeDb db, IVault vault, Passwords passwords, AddressLimit addresses, IdentityOptions options, TimeProvider clock)
{
    public const string PhoneContext = "identity_person.phone";

    public static Error Refusal(IdentityOptions options) => Error.Invalid(
        "signin.refused",
        $"账号或密码不对。连续错 {options.LockAfter} 次，账号会锁定 {options.LockFor.TotalMinutes:0} 分钟",
        $"The account or the password is wrong. After {options.LockAfter} wrong tries in a row an account is locked for {options.LockFor.TotalMinutes:0} minutes",
        "account", "请核对后再输入，或找回密码", "Check both and enter them again, or recover the password");

    public async Task<Result<AccountRow>> Check(string loginKey, string password, IPAddress? from, CancellationToken ct)
    {
        if (addresses.IsSpent(from))
            return AddressLimit.Refusal();
        var account = await Reserve(loginKey, ct);
        var fits = await passwords.Fits(password, account?.PasswordHash, ct);
        if (account is null || !fits)
        {
            addresses.Count(from);
            return Refusal(options);
        }
        account.Failures = 0;
        account.LockedUntil = 0;
        account.LastSignInAt = clock.NowMs();
        if (passwords.IsWeakerThanNow(account.PasswordHash))
            account.PasswordHash = await passwords.Hash(password, ct);
        return account;
    }

    /// <summary>Counts the try before the password is looked at. Null when the account is missing, disabled or locked.</summary>
    Task<AccountRow?> Reserve(string loginKey, CancellationToken ct) => db.InTransaction(async () =>
    {
        var now = clock.NowMs();
        var account = await db.Set<AccountRow>().ByProvenKey().SingleOrDefaultAsync(a => a.LoginKey == loginKey, ct);
        if (account is null || account.Disabled || account.LockedUntil > now)
            return null;
        var lockedBefore = account.LockedUntil;
        var failuresBefore = lockedBefore > 0 ? 0 : account.Failures;
        var failures = failuresBefore + 1;
        var until = failures >= options.LockAfter ? now + (long)options.LockFor.TotalMilliseconds : 0;
        // Compared and set in one statement: of parallel tries each counts, on both engines.
        var counted = await db.Set<AccountRow>().ByProvenKey()
            .Where(a => a.Id == account.Id && a.Failures == account.Failures && a.LockedUntil == lockedBefore)
            .ExecuteUpdateAsync(s => s.SetProperty(a => a.Failures, failures).SetProperty(a => a.LockedUntil, until), ct);
        if (counted == 0)
            return null;
        account.Failures = failures;
        account.LockedUntil = until;
        db.Entry(account).Property(a => a.Failures).OriginalValue = failures;
        db.Entry(account).Property(a => a.LockedUntil).OriginalValue = until;
        return account;
    }, ct);

    public string ResidentKey(string phone) => AccountRow.PhoneKey(vault.BlindIndex(PhoneContext, Phones.Normal(phone)));
}

static class Phones
{
    public static string Normal(string phone)
    {
        var digits = string.Concat(phone.Where(char.IsAsciiDigit));
        return digits.Length == 13 && digits.StartsWith("86", StringComparison.Ordinal) ? digits[2..] : digits;
    }

    public static Result<string> Parse(string? input)
    {
        var phone = Normal(input ?? "");
        return phone.Length == 11 && phone[0] == '1'
            ? phone
            : Error.Invalid("phone.malformed", "手机号应为 11 位，以 1 开头", "A mobile number has 11 digits and begins with 1", "phone", "请核对后重新输入", "Check it and enter it again");
    }

    public static string Masked(string phone) => phone.Length < 6 ? "***" : $"{phone[..3]}******{phone[^2..]}";
}
