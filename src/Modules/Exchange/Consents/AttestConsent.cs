using System.Text.Json;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Signs what the person agreed to and keeps it.</summary>
sealed class AttestConsent(NodeDb db, NodeIdentity node, Keystore keys, IVault vault, ConsentBook book, TimeProvider clock) : IConsents
{
    /// <summary>No consent outlives half a year: a matter that takes longer asks again.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromDays(183);

    public async Task<Result<ConsentGiven>> Attest(ConsentRequest request, CancellationToken ct)
    {
        if (request.Sources.Count == 0)
            return Error.Invalid("consent.no-sources", "授权没有列出数据来源", "The consent names no source", "sources");
        if (request.Life <= TimeSpan.Zero || request.Life > Longest)
            return Error.Invalid("consent.life", "授权期限须在半年以内", "A consent lasts at most half a year", "life");
        var now = clock.NowMs();
        var holder = Commitment.Make(request.CitizenId);
        var artefact = new ConsentArtefact(
            Guid.CreateVersion7().ToString("N"), node.Id, holder.Value, request.Purpose, request.CaseReference, request.Receiver,
            request.Sources, request.AssuranceLevel, now, now + (long)request.Life.TotalMilliseconds);
        var secret = new ConsentSecret(artefact.Sign(keys.Signing), Convert.ToBase64String(holder.Salt));
        db.Add(new ConsentRow
        {
            Id = artefact.Id,
            SubjectKey = request.SubjectKey,
            Division = node.Division,
            Purpose = request.Purpose,
            PurposeNameZh = request.PurposeName.Zh,
            PurposeNameEn = request.PurposeName.En,
            CaseReference = request.CaseReference,
            Receiver = request.Receiver,
            Sources = JsonSerializer.Serialize(request.Sources, DirectoryDocument.Json),
            Level = request.AssuranceLevel,
            GivenAt = now,
            Until = artefact.Until,
            Sealed = vault.Seal(JsonSerializer.Serialize(secret), ConsentRow.SealContext),
            Revision = 1,
        });
        await db.SaveChangesAsync(ct);
        book.Keep(artefact.Id, secret);
        return new ConsentGiven(artefact.Id, DateTimeOffset.FromUnixTimeMilliseconds(artefact.Until));
    }
}
