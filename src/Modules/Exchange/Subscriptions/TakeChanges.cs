using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The consumer's side: each change is judged like the answer to a query, logged, then stored with its offset. One that came before
/// is passed over, one that came too early waits for those before it: the reply says up to where everything is stored.
/// </summary>
static class TakeChanges
{
    public static async Task<IResult> Handle(
        HttpContext http, IServiceScopeFactory scopes, AskProvider ask, AgreementBook agreements, TransparencyLog log, IVault vault, TimeProvider clock, CancellationToken ct)
    {
        // A member sees no row of this node: what is its own is found by its name.
        await using var scope = scopes.AsNode("changes");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var provider = http.Peer().From.NodeId;
        var parsed = ChangesMessage.Parse(http.Peer().Body);
        if (!parsed.Ok)
            return parsed.Error.AsResult();
        var message = parsed.Value;
        if (await db.Set<SubscriptionRow>().SingleOrDefaultAsync(s => s.Id == message.Subscription && s.Provider == provider, ct) is not { EndedAt: null } row)
            return Subscribe.None.AsResult();
        var now = clock.NowMs();
        if (message.Ended is { } code)
        {
            row.End(code, now);
        }
        else
        {
            if (agreements.Find(row.AgreementId) is not { } agreement || agreement.Inactive(now) is not null)
                return AgreementGone.AsResult();
            var query = QueryMessage.Parse(vault.TryOpen(row.Query, SubscriptionRow.SealContext).Value).Value;
            var question = new ExchangeQuestion(provider, row.Resource, query.Parameters, query.Fields, row.Purpose, row.CaseReference, row.SubjectKey, row.ConsentId, "subscription");
            var fresh = new List<(ChangeMessage Change, QueryAnswer Answer, LogEntry Entry)>();
            foreach (var change in message.Changes.Where(c => c.Offset > row.Offset))
            {
                if (change.Offset != row.Offset + fresh.Count + 1)
                    break;
                var answer = ask.JudgeChange(question, query, change.Answer);
                if (!answer.Ok)
                    return (answer.Error with { Kind = ErrorKind.Invalid }).AsResult();
                var asked = query with { ExchangeId = answer.Value.ExchangeId };
                fresh.Add((change, answer.Value, ask.Entry(question, asked, agreement, asked.ToJson(), answer.Value)));
            }
            var logged = await log.Append([.. fresh.Select(f => f.Entry)], ct);
            if (logged.FirstOrDefault(l => !l.Ok) is { Error: { } unlogged })
                return unlogged.AsResult();
            // Logged before and lost on the way to the database, it is the same; under an id that something else was logged under, it has no leaf of its own.
            for (var i = 0; i < fresh.Count; i++)
            {
                if (logged[i].Value is { Repeated: true, Index: var first } && !await AnswerQuery.IsOf(log, first, fresh[i].Answer.RowsJson, ct))
                    return (AnswerQuery.Repeated with { Kind = ErrorKind.Invalid }).AsResult();
            }
            var deleteAt = await ask.DeleteAt(agreement, row.ConsentId, now, ct);
            foreach (var (change, _, _) in fresh)
            {
                db.Add(new TakenChangeRow
                {
                    SubscriptionId = row.Id,
                    Offset = change.Offset,
                    Answer = vault.Seal(change.Answer.Span, TakenChangeRow.SealContext),
                    TakenAt = now,
                    DeleteAt = deleteAt?.ToUnixTimeMilliseconds(),
                });
            }
            if (fresh.Count > 0)
                (row.Offset, row.ChangedAt, row.Revision) = (row.Offset + fresh.Count, now, row.Revision + 1);
        }
        // The same message twice at once: the other one stored it, and the provider hears so when it asks again.
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Error.Unavailable("changes.busy", "同一订阅的变更正在处理", "Changes of the same subscription are being stored", "请重试", "Try again").AsResult();
        return Results.Bytes(NumberMessage.Write("taken", row.Offset), "application/json");
    }

    static readonly Error AgreementGone = Error.Unavailable("changes.no-agreement", "本节点没有这项订阅所依据的有效协议", "This node has no agreement in force for this subscription");
}
