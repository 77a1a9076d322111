using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Identity;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Cases.Desk;

/// <summary>One line of an officer's queue.</summary>
/// <param name="Href">Where the work is done.</param>
/// <param name="Due">ISO date; empty when nothing is due.</param>
sealed record QueueRow(string Id, string Tail, string Kind, string Href, string Number, Words Item, Words Task, string Applicant, string State, string Due, long At);

static class QueueView
{
    public const string Todo = "todo";
    public const string Accept = "accept";
    public const string Steps = "steps";
    public const string Joint = "joint";
    public const string Decide = "decide";
    public const string Open = "open";
    public const string Closed = "closed";
    public const string Found = "found";

    public static readonly IReadOnlyList<string> All = [Todo, Accept, Steps, Joint, Decide, Open, Closed];
}

/// <summary>What a department has to do, soonest due first; and where to find a case by number, name or phone.</summary>
sealed class Queue(NodeDb db, SealedJson seal, IVault vault, IIdentities identities, NodeIdentity node)
{
    static readonly string[] OpenSteps = [StepState.Ready, StepState.Working];

    string? Own => db.Actor.Department;

    public async Task<Result<Page<QueueRow>>> Page(string view, string? after, int size, CancellationToken ct)
    {
        // Work is ordered by when it is due; other views show the newest first.
        if (view is QueueView.Open or QueueView.Closed)
            return await Newest(Cases().Where(view == QueueView.Open ? c => c.ClosedAt == null : c => c.ClosedAt != null), after, size, ct);
        var from = new Place("", "", "");
        if (after is not null)
        {
            var cursor = Cursor.Read(after, 3);
            if (!cursor.Ok)
                return cursor.Error;
            from = new Place(cursor.Value[0], cursor.Value[1], cursor.Value[2]);
        }
        var rows = new List<QueueRow>();
        if (view is QueueView.Todo or QueueView.Accept or QueueView.Decide)
            rows.AddRange(await CaseWork(view, from, size + 1, ct));
        if (view is QueueView.Todo or QueueView.Steps)
            rows.AddRange(await StepWork(from, size + 1, ct));
        if (view is QueueView.Todo or QueueView.Joint)
            rows.AddRange(await JointWork(from, size + 1, ct));
        // The sort is stable and each source comes ordered: rows of one case keep the database's order.
        var merged = rows.OrderBy(r => r.Due, StringComparer.Ordinal).ThenBy(r => r.Id, StringComparer.Ordinal).Take(size + 1).ToList();
        return Cursor.Page(merged, size, r => [r.Due, r.Id, r.Tail]);
    }

    /// <summary>By case or filing number, citizen id or credit code, phone, or whole name; exact.</summary>
    public async Task<Result<Page<QueueRow>>> Find(string text, string? after, int size, CancellationToken ct)
    {
        var number = text.ToUpperInvariant();
        var (name, phone, subject) = (vault.Forms(Found.ByName(vault, text)), vault.Forms(Found.ByPhone(vault, text)), vault.Forms(identities.KeyOf(number)));
        var cases = db.Set<Case>().Where(c => c.Number == number || c.FilingNumber == number || name.Contains(c.NameIndex) || phone.Contains(c.PhoneIndex) || subject.Contains(c.SubjectKey));
        var joint = db.Set<JointStep>().Where(j => j.CaseNumber == number || name.Contains(j.NameIndex) || phone.Contains(j.PhoneIndex) || subject.Contains(j.SubjectKey));
        return await Newest(cases, after, size, ct, joint);
    }

    public async Task<Dictionary<string, int>> Counts(CancellationToken ct)
    {
        var work = await Cases().Where(c => c.Todo != "").GroupBy(c => c.Todo).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(ct);
        return new Dictionary<string, int>
        {
            [QueueView.Accept] = work.SingleOrDefault(w => w.Key == Next.Accept)?.Count ?? 0,
            [QueueView.Decide] = work.SingleOrDefault(w => w.Key == Next.Decide)?.Count ?? 0,
            [QueueView.Steps] = await Steps().CountAsync(ct),
            [QueueView.Joint] = await Joint().CountAsync(ct),
        };
    }

    readonly record struct Place(string Due, string Id, string Tail);

    /// <summary>The row rule also shows cases whose team the department belongs to; its own work is only its own.</summary>
    IQueryable<Case> Cases() => Own is { } own ? db.Set<Case>().AsNoTracking().Where(c => c.Department == own) : db.Set<Case>().AsNoTracking();

    IQueryable<Step> Steps()
    {
        var here = db.Set<Step>().AsNoTracking().Where(s => s.Node == node.Id && OpenSteps.Contains(s.State));
        return Own is { } own ? here.Where(s => s.Department == own) : here;
    }

    IQueryable<JointStep> Joint() => db.Set<JointStep>().AsNoTracking().Where(j => OpenSteps.Contains(j.State));

    async Task<IEnumerable<QueueRow>> CaseWork(string view, Place from, int size, CancellationToken ct)
    {
        var query = view switch
        {
            QueueView.Accept => Cases().Where(c => c.Todo == Next.Accept),
            QueueView.Decide => Cases().Where(c => c.Todo == Next.Decide),
            _ => Cases().Where(c => c.Todo == Next.Accept || c.Todo == Next.Decide),
        };
        var rows = await query
            .Where(c => c.TodoDue.CompareTo(from.Due) > 0 || (c.TodoDue == from.Due && c.Id.CompareTo(from.Id) > 0))
            .OrderBy(c => c.TodoDue).ThenBy(c => c.Id).Take(size).ToListAsync(ct);
        return rows.Select(Row);
    }

    async Task<IEnumerable<QueueRow>> StepWork(Place last, int size, CancellationToken ct)
    {
        var rows = await (
            from step in Steps()
            where step.Due.CompareTo(last.Due) > 0
                || (step.Due == last.Due && (step.CaseId.CompareTo(last.Id) > 0 || (step.CaseId == last.Id && step.StepId.CompareTo(last.Tail) > 0)))
            orderby step.Due, step.CaseId, step.StepId
            join c in db.Set<Case>().AsNoTracking() on step.CaseId equals c.Id
            select new { step, c.ItemName, c.Applicant, c.ReceivedAt }).Take(size).ToListAsync(ct);
        return rows.Select(r => new QueueRow(
            r.step.CaseId, r.step.StepId, "step", $"/console/cases/{r.step.CaseNumber}#step-{r.step.StepId}", r.step.CaseNumber, r.ItemName, r.step.Name,
            Name(r.Applicant, Dossiers.ApplicantColumn), r.step.State, r.step.Due, r.ReceivedAt));
    }

    async Task<IEnumerable<QueueRow>> JointWork(Place from, int size, CancellationToken ct)
    {
        var rows = await Joint()
            .Where(j => j.Due.CompareTo(from.Due) > 0 || (j.Due == from.Due && j.Id.CompareTo(from.Id) > 0))
            .OrderBy(j => j.Due).ThenBy(j => j.Id).Take(size).ToListAsync(ct);
        return rows.Select(Row);
    }

    /// <summary>Cases, and steps of other nodes' cases where they are asked for too, in one order: both ids grow with time.</summary>
    async Task<Result<Page<QueueRow>>> Newest(IQueryable<Case> cases, string? after, int size, CancellationToken ct, IQueryable<JointStep>? joint = null)
    {
        if (after is not null)
        {
            var cursor = Cursor.Read(after, 1);
            if (!cursor.Ok)
                return cursor.Error;
            var last = cursor.Value[0];
            cases = cases.Where(c => c.Id.CompareTo(last) < 0);
            joint = joint?.Where(j => j.Id.CompareTo(last) < 0);
        }
        var rows = (await cases.AsNoTracking().OrderByDescending(c => c.Id).Take(size + 1).ToListAsync(ct)).ConvertAll(Row);
        if (joint is not null)
            rows.AddRange((await joint.AsNoTracking().OrderByDescending(j => j.Id).Take(size + 1).ToListAsync(ct)).Select(Row));
        return Cursor.Page(rows.OrderByDescending(r => r.Id, StringComparer.Ordinal).Take(size + 1).ToList(), size, r => [r.Id]);
    }

    QueueRow Row(Case c) => new(
        c.Id, "", "case", $"/console/cases/{c.Number}", c.Number, c.ItemName,
        c.Todo switch
        {
            Next.Accept => new Words("受理", "Accept"),
            Next.Decide => new Words("作出决定", "Decide"),
            _ => CaseState.Name(c.State),
        },
        Name(c.Applicant, Dossiers.ApplicantColumn), c.State, c.Todo.Length > 0 ? c.TodoDue : c.ClosedAt is null ? c.PromisedDue ?? "" : "", c.ReceivedAt);

    QueueRow Row(JointStep j) => new(
        j.Id, "", "joint", $"/console/joint/{j.Id}", j.CaseNumber, j.ItemName, j.Name,
        Name(j.Applicant, JointAnswers.ApplicantColumn), j.State, StepState.IsOpen(j.State) ? j.Due : "", j.ReceivedAt);

    string Name(string applicant, string column) => seal.Open<Person>(applicant, column).Name;
}
