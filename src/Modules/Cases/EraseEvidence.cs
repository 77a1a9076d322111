using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Cases.Deciding;
using Tongban.Cases.Filings;
using Tongban.Contracts.Cases;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Cases;

/// <summary>
/// Erases what was obtained once its time is over, wherever it is kept here: applications begun and handed in, cases, steps of others'
/// cases. An open case is no exception: who still needs the facts asks the person anew. The logs stay, and every receipt holds.
/// </summary>
sealed partial class EraseEvidence(IServiceScopeFactory scopes, TimeProvider clock, ILogger<EraseEvidence> log)
{
    const int Piece = 100;

    public async Task Once(CancellationToken ct)
    {
        var now = clock.NowMs();
        await Each<Draft>(d => d.EvidenceUntil <= now, d => d.Id, (d, seal) =>
        {
            var body = seal.Open<DraftBody>(d.Body, Drafts.BodyColumn);
            // The person is asked again before they hand it in.
            body = body with { Evidence = body.Evidence.Where(e => !EvidenceLife.IsOver(e.Value.Evidence, now)).ToDictionary(), Consented = null };
            (d.Body, d.EvidenceUntil) = (seal.Seal(body, Drafts.BodyColumn), EvidenceLife.Until(body.Evidence.Values.Select(e => e.Evidence)));
            d.Revision++;
        }, ct);
        await Each<Filing>(f => f.EvidenceUntil <= now, f => f.Id, (f, seal) =>
        {
            var body = seal.Open<FilingBody>(f.Body, FileCase.BodyColumn);
            body = body with { Requirements = EvidenceLife.Erased(body.Requirements, now) };
            (f.Body, f.EvidenceUntil) = (seal.Seal(body, FileCase.BodyColumn), EvidenceLife.Until(body.Requirements));
            f.Revision++;
        }, ct);
        await Each<Case>(c => c.EvidenceUntil <= now, c => c.Id, (c, seal) =>
        {
            var body = seal.Open<CaseBody>(c.Body, Dossiers.BodyColumn);
            body = body with { Requirements = EvidenceLife.Erased(body.Requirements, now) };
            (c.Body, c.EvidenceUntil) = (seal.Seal(body, Dossiers.BodyColumn), EvidenceLife.Until(body.Requirements));
            c.Revision++;
        }, ct);
        await Each<JointStep>(j => j.EvidenceUntil <= now, j => j.Id, (j, seal) =>
        {
            var asked = seal.Open<StepRequested>(j.Body, JointAnswers.BodyColumn);
            var met = EvidenceLife.Erased(asked.Requirements, now);
            asked = asked with { Requirements = met, Data = EvidenceLife.Erased(asked.Data, met) };
            (j.Body, j.EvidenceUntil) = (seal.Seal(asked, JointAnswers.BodyColumn), EvidenceLife.Until(met));
            j.Revision++;
        }, ct);
    }

    /// <summary>Each in a transaction of its own: what somebody works on meanwhile, or what cannot be opened, is tried again in the next hour and keeps no other.</summary>
    async Task Each<T>(Expression<Func<T, bool>> due, Expression<Func<T, string>> id, Action<T, SealedJson> erase, CancellationToken ct)
        where T : class
    {
        var (of, last) = (id.Compile(), "");
        for (var more = true; more;)
        {
            await using var scope = scopes.AsNode("cases-evidence");
            var (db, seal) = (scope.ServiceProvider.GetRequiredService<NodeDb>(), scope.ServiceProvider.GetRequiredService<SealedJson>());
            var after = Expression.Lambda<Func<T, bool>>(
                Expression.GreaterThan(Expression.Call(typeof(string), nameof(string.Compare), null, id.Body, Expression.Constant(last)), Expression.Constant(0)), id.Parameters);
            var rows = await db.Set<T>().Where(due).Where(after).OrderBy(id).Take(Piece).ToListAsync(ct);
            foreach (var row in rows)
            {
                try
                {
                    erase(row, seal);
                    await db.TrySave(ct);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogRowFailed(log, e, typeof(T).Name, of(row));
                }
                db.Entry(row).State = EntityState.Detached;
            }
            more = rows.Count == Piece;
            last = rows.Count > 0 ? of(rows[^1]) : last;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What {Kind} {Id} holds of evidence whose time is over could not be erased; the others are, and it is tried again in an hour.")]
    static partial void LogRowFailed(ILogger log, Exception e, string kind, string id);
}
