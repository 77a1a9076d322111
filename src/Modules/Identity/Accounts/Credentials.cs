using System.Net;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Demo;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Identity.Accounts;

/// <summary>
/// Checks an account and a password. One refusal for everything — no such account, wrong password, locked, disabled —
/// and the same work for each, so that nobody learns from it which accounts exist.
/// </summary>
sealed class Credentials(NodeDb db, IVault vault, Passwords passwords, AddressLimit addresses, IdentityOptions options, NodeIdentity node, TimeProvider clock)
{
    public const string PhoneContext = "identity_person.phone";

    public static Error Refusal(IdentityOptions options) => Error.Invalid(
        "signin.refused",
        $"账号或密码不对。连续错 {options.LockAfter} 次，账号会锁定 {options.LockFor.TotalMinutes:0} 分钟",
        $"The account or the password is wrong. After {options.LockAfter} wrong tries in a row an account is locked for {options.LockFor.TotalMinutes:0} minutes",
        "account", "请核对后再输入，或找回密码", "Check both and enter them again, or recover the password");

    /// <param name="loginKeys">What the account is found by, in every form.</param>
    public async Task<Result<AccountRow>> Check(IReadOnlyList<string> loginKeys, string password, IPAddress? from, CancellationToken ct)
    {
        if (addresses.IsSpent(from))
            return AddressLimit.Refusal();
        var account = await Reserve(loginKeys, ct);
        // The password of the sample accounts is published: where a demonstration was turned into a real node it opens nothing.
        var fits = await passwords.Fits(password, account?.PasswordHash, ct) && (node.Demo || password != DemoSeed.Password);
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
    Task<AccountRow?> Reserve(IReadOnlyList<string> loginKeys, CancellationToken ct) => db.InTransaction(async () =>
    {
        var now = clock.NowMs();
        var until = now + (long)options.LockFor.TotalMilliseconds;
        var open = db.Set<AccountRow>().ByProvenKey().Where(a => loginKeys.Contains(a.LoginKey) && !a.Disabled && a.LockedUntil <= now);
        await open.Where(a => a.LockedUntil > 0).ExecuteUpdateAsync(s => s.SetProperty(a => a.Failures, 0).SetProperty(a => a.LockedUntil, 0L), ct);
        // One statement: parallel tries wait for each other's row and each is counted, on both engines.
        var counted = await open.ExecuteUpdateAsync(
            s => s.SetProperty(a => a.Failures, a => a.Failures + 1).SetProperty(a => a.LockedUntil, a => a.Failures + 1 >= options.LockAfter ? until : 0L), ct);
        return counted == 0 ? null : await db.Set<AccountRow>().ByProvenKey().SingleAsync(a => loginKeys.Contains(a.LoginKey), ct);
    }, ct);

    public string ResidentKey(string phone) => AccountRow.PhoneKey(Index(phone));

    /// <summary>Every form under which a resident's account may be stored.</summary>
    public IReadOnlyList<string> ResidentKeys(string phone) => [.. vault.Forms(Index(phone)).Select(AccountRow.PhoneKey)];

    string Index(string phone) => vault.BlindIndex(PhoneContext, Phones.Normal(phone));
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
