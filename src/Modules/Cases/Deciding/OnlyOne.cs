using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Cases.Deciding;

/// <summary>
/// One matter at a time, and one result in force, for items that say so (<see cref="ItemVariant.OneBy"/>). The first case holds
/// the key, which is unique; another that comes all the same is never decided by a rule, and people see which one came first.
/// </summary>
sealed class OnlyOne(NodeDb db, IVault vault, IIdentities identities, Dossiers dossiers, NodeIdentity node, CurrentActor current) : IHandle<CertificateRevoked>
{
    /// <summary>Gives the case the key. Returns the case that holds it already; null when none does, or the item sets no limit.</summary>
    public async Task<Case?> Claim(Dossier dossier, ItemVariant variant, CancellationToken ct)
    {
        if (variant.OneBy is not { } questions)
            return null;
        // An index over an index: over the person's lasting one, so that it is the same before and after the index's key is replaced.
        var key = vault.BlindIndex("cases.one", string.Join('\n', [variant.BaseCode, identities.LastingKeyOf(dossier.Applicant.CitizenId), .. questions.Select(q => dossier.Body.Answers.GetValueOrDefault(q) ?? "")]));
        var keys = vault.Forms(key);
        Case? holder = null;
        await current.AsNode("only-one", async () =>
        {
            holder = await db.Set<Case>().SingleOrDefaultAsync(c => c.OneKey != null && keys.Contains(c.OneKey), ct);
            if (holder is not null && await dossiers.ById(holder.Id, ct) is { } held && !held.InForce(dossiers.Now.Date))
            {
                holder.OneKey = null;
                holder = null;
            }
        });
        if (holder is null)
            dossier.Row.OneKey = key;
        return holder;
    }

    /// <summary>What was revoked is no longer in force: the person may apply again.</summary>
    public async Task Handle(CertificateRevoked e, EventContext context, CancellationToken ct)
    {
        if (context.FromNode is not null || e.IssuerNode != node.Id)
            return;
        if (await db.Set<Case>().SingleOrDefaultAsync(c => c.CertificateId == e.CertificateId && c.OneKey != null, ct) is not { } row)
            return;
        row.OneKey = null;
        await db.SaveChangesAsync(ct);
    }
}
