using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Exchange;

/// <summary>
/// When the log of a provider goes on in a new epoch, what was confirmed before is put aside: a place in the log may be another exchange now.
/// Consumers confirm anew what is left and what comes, and nothing that was lost. Done again after a crash, it does what is left to do.
/// </summary>
static class EndAcks
{
    /// <param name="since">Unix ms at which the epoch began.</param>
    /// <param name="epoch">That began.</param>
    public static async Task Before(IServiceScopeFactory scopes, long since, int epoch, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("acks");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var before = await db.Set<AckRow>().Where(a => a.At < since).ToListAsync(ct);
        if (before.Count == 0)
            return;
        db.AddRange(before.Select(a => new EndedAckRow
        {
            Epoch = epoch - 1,
            Consumer = a.Consumer,
            UpTo = a.UpTo,
            Confirmed = a.Confirmed,
            Missing = a.Missing,
            At = a.At,
            Body = a.Body,
            SignatureInput = a.SignatureInput,
            Signature = a.Signature,
        }));
        db.RemoveRange(before);
        // Listed anew, as far as their answers are still there.
        db.RemoveRange(await db.Set<UnackedRow>().Where(u => u.At < since).ToListAsync(ct));
        await db.SaveChangesAsync(ct);
    }
}
