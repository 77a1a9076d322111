using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Deciding;

/// <summary>
/// What the person does after filing reaches the deciding node here. What comes too late (withdrawn after the decision)
/// changes nothing; the case's true state is sent back.
/// </summary>
sealed partial class FromTheFilingNode(NodeDb db, Dossiers dossiers, NodeIdentity node, WorkingCalendar calendar, ILogger<FromTheFilingNode> log)
    : IHandle<FilingSupplemented>, IHandle<FilingCompleted>, IHandle<FilingWithdrawn>, IHandle<FilingRated>
{
    public Task Handle(FilingSupplemented e, EventContext context, CancellationToken ct) =>
        Bring(e.FilingId, context, dossier => dossier.Supplemented(dossiers.Now, calendar, e.Requirements, e.Note, dossiers.OwnNode), ct);

    public Task Handle(FilingCompleted e, EventContext context, CancellationToken ct) =>
        Bring(e.FilingId, context, dossier => dossier.Completed(dossiers.Now, e.Requirements, dossiers.OwnNode), ct);

    async Task Bring(string filingId, EventContext context, Func<Dossier, Result<Done>> change, CancellationToken ct)
    {
        var used = await db.Set<FileUse>().Where(u => u.UserId == filingId).Select(u => u.Hash).ToListAsync(ct);
        await Change(filingId, context, dossier =>
        {
            var done = change(dossier);
            if (done.Ok)
                db.AddRange(dossier.Files().Except(used).Select(hash => new FileUse { Hash = hash, UserId = filingId }));
            return done;
        }, ct);
    }

    public Task Handle(FilingWithdrawn e, EventContext context, CancellationToken ct) =>
        Change(e.FilingId, context, dossier => dossier.Withdraw(dossiers.Now, e.Reason, e.Sequence), ct);

    public Task Handle(FilingRated e, EventContext context, CancellationToken ct) =>
        Change(e.FilingId, context, dossier => dossier.Rated(e.Stars, e.Words), ct);

    async Task Change(string filingId, EventContext context, Func<Dossier, Result<Done>> change, CancellationToken ct)
    {
        var dossier = await dossiers.ById(filingId, ct);
        if (dossier is null || !context.IsFrom(node, dossier.Row.FilingNode))
        {
            LogNotOurs(log, filingId);
            return;
        }
        var done = change(dossier);
        if (!done.Ok)
            LogTooLate(log, filingId, done.Error.Code);
        await dossiers.PutBack(dossier, ct);
        await db.SaveChangesAsync(ct);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message about filing {FilingId} did not come from its filing node, or there is no such case.")]
    static partial void LogNotOurs(ILogger log, string filingId);

    [LoggerMessage(Level = LogLevel.Information, Message = "A message about filing {FilingId} came too late: {Code}.")]
    static partial void LogTooLate(ILogger log, string filingId, string code);
}
