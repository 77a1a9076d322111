using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Accounts;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Identity.Console;

/// <summary>The out-tray of a demonstration node, which has no SMS gateway: messages that have not expired, newest first.</summary>
static class LocalMessages
{
    public static async Task<IResult> Get(NodeDb db, IVault vault, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.NowMs();
        var rows = await db.Set<LocalMessageRow>().AsNoTracking().Where(m => m.ExpiresAt > now).OrderByDescending(m => m.Id).Take(50).ToListAsync(ct);
        return Page.Of<LocalMessagesPage>(new
        {
            Rows = rows.Select(m => new LocalMessagesPage.Message(m.At, m.ToMasked, vault.Open(m.TextSealed, LocalCodeDelivery.TextContext))).ToList(),
        });
    }
}
