using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The provider hears that a value it gave is disputed. What it did not give to this node, about this person, it does not take, and says so.
/// What the source says meanwhile is read by <see cref="LookAtSource"/>: no event waits for a department's system.
/// </summary>
sealed class ReceiveDispute(NodeDb db, NodeIdentity node, TransparencyLog log, Outbox outbox, IVault vault, WorkingCalendar calendar, TimeProvider clock) : IHandle<DisputeRaised>
{
    public async Task Handle(DisputeRaised e, EventContext context, CancellationToken ct)
    {
        var from = context.FromNode ?? node.Id;
        var subject = vault.BlindIndex(AnswerQuery.PersonContext, e.Subject);
        if (e.DisputeId.Length is < 16 or > 64 || e.Claim.Length > 500 || await db.Set<DisputeRow>().AnyAsync(d => d.Id == e.DisputeId && d.Side == DspSide.Provider, ct))
            return;
        if (await RaiseDispute.Leaf(ExchangeLeaf.ReferenceOfProvided(from, e.ExchangeId), log, node, ct) is not { } given
            || given.Resource != e.Resource || !given.Fields.Contains(e.Field) || !await RaiseDispute.IsAbout(given, subject, log, vault, ct))
        {
            outbox.Refuse(node, from, e.DisputeId, await IsErased(from, e.ExchangeId, ct) ? Erased : NotGiven, context, clock);
            await db.SaveChangesAsync(ct);
            return;
        }
        var row = new DisputeRow
        {
            Id = e.DisputeId,
            Side = DspSide.Provider,
            Peer = from,
            ExchangeId = e.ExchangeId,
            Resource = e.Resource,
            Field = e.Field,
            CaseReference = given.CaseReference,
            Sealed = vault.Seal(JsonSerializer.Serialize(new DisputeWords(e.Subject, e.Claim, null)), DisputeRow.SealContext),
            RaisedAt = clock.NowMs(),
            LookAt = clock.NowMs(),
            DueOn = "",
            Division = node.Division,
            Department = given.Department,
            SubjectKey = subject,
        };
        row.RunUntil(calendar.Add(clock.Today(), DisputeRow.WorkingDays));
        db.Add(row);
        await db.SaveChangesAsync(ct);
    }

    async Task<bool> IsErased(string consumer, string exchange, CancellationToken ct) =>
        await log.Find(ExchangeLeaf.ReferenceOfProvided(consumer, exchange), ct) is { } place && await log.Find(ErasedLeaf.ReferenceOf(place.Index), ct) is not null;

    static readonly Error Erased = Error.NotFound("dispute.erased", "提供方对该次使用的记录已应要求删除，无法再核对", "the provider's record of this use was erased on request and cannot be compared any more");

    static readonly Error NotGiven = Error.NotFound("dispute.not-given", "提供方的日志里没有向贵方提供过这个人的这一项", "the provider's log has not given you this field of this person");
}

/// <summary>The first receiver hears what the provider did.</summary>
sealed class ReceiveDisputeAnswer(NodeDb db, NodeIdentity node, RegionDirectory directory, Outbox outbox, IVault vault) : IHandle<DisputeAnswered>
{
    public async Task Handle(DisputeAnswered e, EventContext context, CancellationToken ct)
    {
        var from = context.FromNode ?? node.Id;
        // Only the provider that was asked answers, once.
        if (await db.Set<DisputeRow>().SingleOrDefaultAsync(d => d.Id == e.DisputeId && d.Side == DspSide.Consumer && d.Peer == from && d.State == DisputeState.Open, ct) is not { } row || e.Words.Length > 500)
            return;
        row.Answer(e.Corrected, DecideDispute.WithAnswer(row, e.Words, vault), e.At);
        if (row.AskedBy == node.Id)
        {
            await db.SaveChangesAsync(ct);
            return;
        }
        // The first receiver tells whose officer asked for it, and takes it off the hub's list.
        if (row.AskedBy is { } asker)
            outbox.PublishTo(asker, e, $"dispute-answer:{row.Id}:asked", 1);
        if (row.OverdueAt is not null)
            PushOverdue.Tell(row, e.At, node, directory, outbox, alsoProvider: false);
        await db.SaveChangesAsync(ct);
    }
}

/// <summary>
/// A value that this node was given has been corrected. Only its provider says so, and only of exchanges that gave it. Whoever decides a
/// filing that rests on it was given it by this node, and hears it from here.
/// </summary>
sealed class ReceiveCorrection(NodeDb db, NodeIdentity node, TransparencyLog log, IMatters matters, Outbox outbox) : IHandle<ValueCorrected>
{
    public async Task Handle(ValueCorrected e, EventContext context, CancellationToken ct)
    {
        var from = context.FromNode ?? node.Id;
        var rests = new List<(FiledMatter Filing, string ExchangeId)>();
        foreach (var id in e.ExchangeIds.Take(DecideDispute.MostOfOne).Distinct(StringComparer.Ordinal))
        {
            if (await RaiseDispute.Obtained(id, log, node, ct) is not { } use || use.Provider != from || use.Resource != e.Resource || !use.Fields.Contains(e.Field))
                continue;
            if (await db.Set<CorrectionRow>().AnyAsync(c => c.ExchangeId == id && c.Field == e.Field && c.DisputeId == e.DisputeId, ct))
                continue;
            db.Add(new CorrectionRow
            {
                ExchangeId = id,
                DisputeId = e.DisputeId,
                Provider = from,
                Resource = e.Resource,
                Field = e.Field,
                CaseReference = use.CaseReference,
                At = e.At,
                Division = node.Division,
                SubjectKey = (await log.SubjectsOf(use.Index, ct)).FirstOrDefault() ?? "",
            });
            rests.AddRange((await matters.FiledUnder(use.CaseReference, ct)).Where(f => f.OwnerNode != node.Id).Select(f => (f, id)));
        }
        foreach (var filing in rests.GroupBy(r => r.Filing, r => r.ExchangeId))
            outbox.PublishTo(filing.Key.OwnerNode, new CorrectionPassed(filing.Key.FilingId, e.DisputeId, from, e.Resource, e.Field, [.. filing], e.At), $"correction:{filing.Key.FilingId}:{context.EventId}", 1);
        await db.SaveChangesAsync(ct);
    }
}

/// <summary>
/// The node that decides hears that a value in a case is no longer what its source says. The node that handed the filing in answers for
/// what it says of it, as for the facts themselves: it is taken only of facts that the case rests on.
/// </summary>
sealed class ReceivePassedCorrection(NodeDb db, IMatters matters) : IHandle<CorrectionPassed>
{
    const int Longest = 64;

    public async Task Handle(CorrectionPassed e, EventContext context, CancellationToken ct)
    {
        if (context.FromNode is not { } from || new[] { e.DisputeId, e.Provider, e.Resource, e.Field }.Any(t => t.Length is 0 or > Longest) || await matters.CaseOf(e.FilingId, from, ct) is not { } here)
            return;
        foreach (var id in e.ExchangeIds.Take(DecideDispute.MostOfOne).Intersect(here.Exchanges, StringComparer.Ordinal))
        {
            if (await db.Set<CorrectionRow>().AnyAsync(c => c.ExchangeId == id && c.Field == e.Field && c.DisputeId == e.DisputeId, ct))
                continue;
            db.Add(new CorrectionRow
            {
                ExchangeId = id,
                DisputeId = e.DisputeId,
                Provider = e.Provider,
                Resource = e.Resource,
                Field = e.Field,
                CaseReference = here.Number,
                At = e.At,
                Division = here.Division,
                Department = here.Department,
                SubjectKey = "",
            });
        }
        await db.SaveChangesAsync(ct);
    }
}
