using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Identity;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>At the node where the person filed: finds or makes the key it keeps for them, and answers with its public part.</summary>
sealed class GiveHolderKey(NodeDb db, Outbox outbox, IVault vault, IIdentities identities, NodeIdentity node, TimeProvider clock) : IHandle<HolderKeyWanted>
{
    public async Task Handle(HolderKeyWanted e, EventContext context, CancellationToken ct)
    {
        var subject = identities.KeyOf(e.HolderCitizenId);
        var keys = vault.Forms(subject);
        var row = await db.Set<HolderKeyRow>().SingleOrDefaultAsync(k => keys.Contains(k.SubjectKey), ct);
        if (row is null)
        {
            row = new HolderKeyRow
            {
                SubjectKey = vault.Written(subject),
                KeySealed = vault.Seal(HolderKeys.New(), Seals.Key),
                Division = node.Division,
                CreatedAt = clock.NowMs(),
            };
            db.Add(row);
        }
        var given = new HolderKeyGiven(e.CertificateId, JsonSerializer.Serialize(HolderKeys.Read(vault, row).Public.Jwk));
        // Only the node that asked gets the answer, whatever the event says.
        var asker = context.FromNode ?? node.Id;
        if (asker == node.Id)
            outbox.Publish(given);
        else
            outbox.PublishTo(asker, given, $"certificate-key-given:{e.CertificateId}", 1);
    }
}
