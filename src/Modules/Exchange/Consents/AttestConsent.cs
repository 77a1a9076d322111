using System.Text.Json;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Signs what the person agreed to and keeps it.</summary>
sealed class AttestConsent(NodeDb db, NodeIdentity node, Keystore keys, IVault vault, ConsentBook book, IIdentities identities, TimeProvider clock) : IConsents
{
    /// <summary>No consent outlives half a year: a matter that takes longer asks again.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromDays(183);

    const int MostDataLifeDays = 3660;

    public async Task<Result<ConsentGiven>> Attest(ConsentRequest request, CancellationToken ct)
    {
        if (request.Sources.Count == 0)
            return Error.Invalid("consent.no-sources", "授权没有列出数据来源", "The consent names no source", "sources");
        if (request.Life <= TimeSpan.Zero || request.Life > Longest)
            return Error.Invalid("consent.life", "授权期限须在半年以内", "A consent lasts at most half a year", "life");
        if (request is { Fetch.IsKnown: false } or { DataLifeDays: < 1 or > MostDataLifeDays })
            return Error.Invalid("consent.terms", "授权的查询次数或数据保存天数不对", "How often the consent allows or how long the data may be kept is not right", "fetch");
        var now = clock.NowMs();
        var mandate = await identities.Mandate(ct);
        var acting = mandate is null ? (Commitment?)null : Commitment.Make(mandate.ActingId);
        var holder = Commitment.Make(request.CitizenId);
        var artefact = new ConsentArtefact(
            Guid.CreateVersion7().ToString("N"), node.Id, holder.Value, request.Purpose, request.CaseReference, request.Receiver,
            request.Sources, request.AssuranceLevel, now, Math.Min(now + (long)request.Life.TotalMilliseconds, mandate?.Until ?? long.MaxValue))
        {
            Fetch = request.Fetch,
            DataLifeDays = request.DataLifeDays,
            Mandate = mandate is null ? null : new(mandate.Kind, mandate.Reference, mandate.Purposes, mandate.Until, acting!.Value.Value),
        };
        // What this node would refuse from others it does not attest.
        if (artefact.Mandate?.Refuses(request.Purpose, request.AssuranceLevel, now) is { } unfounded)
            return unfounded;
        var secret = new ConsentSecret(artefact.Sign(keys.Signing), Convert.ToBase64String(holder.Salt), acting is { } actor ? Convert.ToBase64String(actor.Salt) : null);
        var row = new ConsentRow
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
            FetchKind = artefact.Fetch?.Kind,
            FetchMost = artefact.Fetch?.Most ?? 0,
            FetchPer = artefact.Fetch?.Per,
            DataLifeDays = artefact.DataLifeDays,
            MandateKind = artefact.Mandate?.Kind,
            MandateReference = artefact.Mandate?.Reference,
            Sealed = vault.Seal(JsonSerializer.Serialize(secret), ConsentRow.SealContext),
            Revision = 1,
        };
        db.Add(row);
        await db.SaveChangesAsync(ct);
        book.Keep(row, secret);
        return new ConsentGiven(artefact.Id, DateTimeOffset.FromUnixTimeMilliseconds(artefact.Until));
    }
}
