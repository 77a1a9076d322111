using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>An officer says on the page of a case that a fact is wrong. The node that obtained it is the first receiver; where that is another, it is asked.</summary>
sealed class OfficerDisputes(NodeDb db, NodeIdentity node, TransparencyLog log, Outbox outbox, IVault vault, WorkingCalendar calendar, TimeProvider clock, IServiceScopeFactory scopes) : IDisputes
{
    public async Task<IReadOnlyList<DisputeBrief>> Of(IReadOnlyCollection<string> exchangeIds, CancellationToken ct)
    {
        if (exchangeIds.Count == 0)
            return [];
        await using var scope = scopes.AsNode("disputes");
        var rows = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<DisputeRow>().AsNoTracking()
            .Where(d => d.Side == DspSide.Consumer && exchangeIds.Contains(d.ExchangeId)).OrderByDescending(d => d.Id).Take(Cursor.MaximumSize).ToListAsync(ct);
        // Also what somebody else had corrected: a case rests on the value, whoever said that it was wrong.
        var known = rows.Select(d => d.Id).ToList();
        var corrected = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<CorrectionRow>().AsNoTracking()
            .Where(c => exchangeIds.Contains(c.ExchangeId) && !known.Contains(c.DisputeId)).OrderByDescending(c => c.At).Take(Cursor.MaximumSize).ToListAsync(ct);
        return
        [
            .. rows.Select(d => new DisputeBrief(d.ExchangeId, d.Field, DisputeWording.Of(d.State), d.State == DisputeState.Open, d.DueOn)),
            .. corrected.Select(c => new DisputeBrief(c.ExchangeId, c.Field, DisputeWording.Of(DisputeState.Corrected), false, "")),
        ];
    }

    public async Task<Result<Done>> Raise(DisputeClaim claim, CancellationToken ct)
    {
        if ((await Of([claim.ExchangeId], ct)).Any(d => d.IsOpen && d.Field == claim.Field))
            return Error.Conflict("dispute.open-already", "这一项的异议正在处理", "A dispute about this is open already", "请等提供方答复", "Wait for the provider's answer");
        if (await RaiseDispute.Obtained(claim.ExchangeId, log, node, ct) is { } use)
        {
            return await RaiseDispute.SubjectOf(use, claim.Subjects, log, vault, ct) is { } subject
                ? RaiseDispute.Raise(use, subject, claim.Field, claim.Claim, db, node, outbox, vault, calendar, clock).Map(_ => Done.It)
                : RaiseDispute.None;
        }
        if (claim.FilingNode == node.Id)
            return RaiseDispute.None;
        if (RaiseDispute.Wrong(claim.Claim) is { } wrong)
            return wrong;
        var row = new DisputeRow
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Side = DspSide.Consumer,
            Peer = claim.FilingNode,
            AskedBy = node.Id,
            ExchangeId = claim.ExchangeId,
            Resource = claim.Resource,
            Field = claim.Field,
            CaseReference = claim.CaseNumber,
            Sealed = vault.Seal(JsonSerializer.Serialize(new DisputeWords(claim.Subjects[0], claim.Claim, null)), DisputeRow.SealContext),
            RaisedAt = clock.NowMs(),
            DueOn = "",
            Division = node.Division,
            Department = "",
            SubjectKey = vault.BlindIndex(AnswerQuery.PersonContext, claim.Subjects[0]),
        };
        row.RunUntil(calendar.Add(clock.Today(), DisputeRow.WorkingDays));
        db.Add(row);
        outbox.PublishTo(claim.FilingNode, new DisputeAsked(row.Id, claim.FilingId, claim.ExchangeId, claim.Field, [.. claim.Subjects.Take(DisputeAsked.MostSubjects)], claim.Claim, row.RaisedAt), $"dispute-asked:{row.Id}", 1);
        return Done.It;
    }
}

/// <summary>The node that obtained a value hears from the node that decides the matter that it is wrong, and raises the dispute as its first receiver.</summary>
sealed class ReceiveAsking(NodeDb db, NodeIdentity node, TransparencyLog log, IMatters matters, Outbox outbox, IVault vault, WorkingCalendar calendar, TimeProvider clock) : IHandle<DisputeAsked>
{
    public async Task Handle(DisputeAsked e, EventContext context, CancellationToken ct)
    {
        // Only who decides the matter saw the value; only what was obtained here, about one of the persons named, is disputed. Whoever asks otherwise hears so.
        if (context.FromNode is not { } from || e.DisputeId.Length is < 16 or > 64 || e.Subjects.Count > DisputeAsked.MostSubjects
            || await db.Set<DisputeRow>().AnyAsync(d => d.Id == e.DisputeId, ct))
            return;
        var raised = await matters.IsDecidedBy(e.FilingId, from, ct) && await RaiseDispute.Obtained(e.ExchangeId, log, node, ct) is { } use && await RaiseDispute.SubjectOf(use, e.Subjects, log, vault, ct) is { } subject
            ? RaiseDispute.Raise(use, subject, e.Field, e.Claim, db, node, outbox, vault, calendar, clock, e.DisputeId, from)
            : RaiseDispute.None;
        if (!raised.Ok)
            outbox.Refuse(node, from, e.DisputeId, raised.Error, context, clock);
        await db.SaveChangesAsync(ct);
    }
}

static class DisputeWording
{
    public static Words Of(DisputeState state) => state switch
    {
        DisputeState.Corrected => new("提供方已更正", "Corrected by the provider"),
        DisputeState.Explained => new("提供方已说明", "Explained by the provider"),
        _ => new("异议处理中", "In dispute"),
    };
}
