using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Identity.Accounts;

/// <summary>Carries a one-time code to a person's phone. A production node puts its SMS gateway here.</summary>
interface ICodeDelivery
{
    /// <summary>Whether anything can be delivered at all. When not, pages say what to do instead, to everybody alike.</summary>
    bool Works { get; }

    /// <summary>Hands the text over within the caller's unit of work; sent when that is saved.</summary>
    void Send(NodeDb db, string phone, string text, long expiresAt);
}

/// <summary>
/// For demonstrations: the text goes to a table that the node's administrators read on the accounts page. Outside
/// demonstrations it does not work, because it would let an administrator enter any account.
/// </summary>
sealed class LocalCodeDelivery(NodeIdentity node, IVault vault, TimeProvider clock) : ICodeDelivery
{
    public const string TextContext = "identity_local_message.text";

    public bool Works => node.Demo;

    public void Send(NodeDb db, string phone, string text, long expiresAt) => db.Add(new LocalMessageRow
    {
        Id = Guid.CreateVersion7().ToString("N"),
        Division = node.Division,
        ToMasked = Phones.Masked(phone),
        TextSealed = vault.Seal(text, TextContext),
        At = clock.NowMs(),
        ExpiresAt = expiresAt,
    });
}

/// <summary>
/// Sends and checks one-time codes: six digits, ten minutes, five tries, five codes an hour to one account or number. What the
/// asker sees is the same whether or not there is an account, and whether or not anything is sent.
/// </summary>
sealed class Codes(NodeDb db, IVault vault, ICodeDelivery delivery, TimeProvider clock)
{
    public const string PhoneContext = "identity_code.phone";

    const string TargetContext = "identity_code.target";

    public static Error NoDelivery() => Error.Unavailable("code.no-delivery", "本节点还没有接通短信，不能发送验证码", "This node has no SMS gateway and cannot send codes",
        "请带身份证到任一政务服务窗口办理；工作人员请找本单位管理员", "Show your id card at any service window; staff ask their administrator");

    public bool Works => delivery.Works;

    /// <summary>The opaque id of a code that is about to be sent.</summary>
    public static string NewId() => Guid.CreateVersion7().ToString("N");

    /// <summary>Stores a code and hands its message over, with whatever else the unit of work holds. Once the target has had its share nothing is sent, and no code fits.</summary>
    /// <param name="phone">Where it goes; null when there is nobody, which must not show.</param>
    /// <param name="target">The account or number that codes are counted by.</param>
    /// <param name="fits">False when the message only says something, and no code will fit.</param>
    public async Task Send(string id, string purpose, string? accountId, string? phone, string target, Func<string, string> text, bool fits, CancellationToken ct)
    {
        var code = RandomNumberGenerator.GetString("0123456789", 6);
        var expires = clock.NowMs() + (long)CodeRow.Life.TotalMilliseconds;
        var row = new CodeRow { Id = id, Purpose = purpose, AccountId = accountId, PhoneSealed = "", CodeIndex = "", ExpiresAt = expires };
        await db.InTransaction(async () =>
        {
            db.Add(row);
            if (phone is not null)
            {
                row.Target = vault.BlindIndex(TargetContext, $"{purpose}|{target}");
                // Its own row is stored first, so that of several at one moment each sees those before it.
                await db.SaveChangesAsync(ct);
                var since = expires - (long)CodeRow.Window.TotalMilliseconds;
                var targets = vault.Forms(vault.BlindIndex(TargetContext, $"{purpose}|{target}"));
                if (await db.Set<CodeRow>().CountAsync(c => targets.Contains(c.Target) && c.ExpiresAt > since, ct) <= CodeRow.MaximumSent)
                {
                    row.PhoneSealed = vault.Seal(phone, PhoneContext);
                    row.CodeIndex = fits ? Index(id, code) : "";
                    delivery.Send(db, phone, text(code), expires);
                }
            }
            return await db.SaveChangesAsync(ct);
        }, ct);
    }

    /// <summary>Counts the try, then compares. The row is marked used in the caller's unit of work.</summary>
    public async Task<Result<CodeRow>> Use(string id, string purpose, string code, CancellationToken ct)
    {
        var now = clock.NowMs();
        var counted = await db.InTransaction(() => db.Set<CodeRow>()
            .Where(c => c.Id == id && c.Purpose == purpose && c.UsedAt == null && c.ExpiresAt > now && c.Tries < CodeRow.MaximumTries)
            .ExecuteUpdateAsync(s => s.SetProperty(c => c.Tries, c => c.Tries + 1), ct), ct);
        if (counted == 0)
            return Wrong();
        var row = await db.Set<CodeRow>().SingleAsync(c => c.Id == id, ct);
        if (row.CodeIndex.Length == 0 || !vault.Forms(Index(id, code.Trim())).Any(form => Secrets.Same(form, row.CodeIndex)))
            return Wrong();
        row.UsedAt = now;
        return row;
    }

    string Index(string id, string code) => vault.BlindIndex("identity_code.code", $"{id}|{code}");

    public static Error Wrong() => Error.Invalid("code.wrong", "验证码不对或已过期", "The code is wrong or has expired", "code",
        "请核对短信；错 5 次或过 10 分钟要重新获取", "Check the message; after 5 tries or 10 minutes ask for a new one");
}
