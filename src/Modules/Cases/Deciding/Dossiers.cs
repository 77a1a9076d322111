using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Filings;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Deciding;

/// <summary>Takes dossiers out and puts them back: opened and sealed, with everything that must be told in the same transaction.</summary>
sealed class Dossiers(NodeDb db, SealedJson seal, Outbox outbox, NodeIdentity node, IDepartments departments, MirrorProgress mirror, CurrentActor current, TimeProvider clock)
{
    public const string ApplicantColumn = "cases_case.applicant";
    public const string BodyColumn = "cases_case.body";
    public const string CourseColumn = "cases_case.course";
    public const string OutcomeColumn = "cases_step.outcome";

    public Moment Now => Moment.Of(clock);

    public string OwnNode => node.Id;

    /// <summary>The node that serves a department.</summary>
    public string NodeOf(string department) =>
        node.NodeOf(departments.Find(department)?.Division ?? department.Split('-')[0]);

    /// <summary>NotFound also when the present actor may not see it.</summary>
    public async Task<Result<Dossier>> ByNumber(string number, CancellationToken ct)
    {
        var row = await db.Set<Case>().SingleOrDefaultAsync(c => c.Number == number, ct);
        return row is null ? NotThere : await Open(row, ct);
    }

    /// <summary>To change it, as it was when the caller saw it.</summary>
    public async Task<Result<Dossier>> ByNumber(string number, long revision, CancellationToken ct)
    {
        var found = await ByNumber(number, ct);
        return found.Ok && found.Value.Row.Revision != revision ? Changed : found;
    }

    public async Task<Dossier?> ById(string id, CancellationToken ct)
    {
        var row = await db.Set<Case>().SingleOrDefaultAsync(c => c.Id == id, ct);
        return row is null ? null : await Open(row, ct);
    }

    async Task<Dossier> Open(Case row, CancellationToken ct)
    {
        var steps = row.AcceptedOn is null ? [] : await db.Set<Step>().Where(s => s.CaseId == row.Id).OrderBy(s => s.Order).ToListAsync(ct);
        return Make(row, seal.Open<Person>(row.Applicant, ApplicantColumn), seal.Open<CaseBody>(row.Body, BodyColumn), seal.Open<Course>(row.Course, CourseColumn), steps);
    }

    public Dossier Make(Case row, Person applicant, CaseBody body, Course course, List<Step> steps) => new(row, applicant, body, course, steps)
    {
        OpenOutcome = stored => seal.Open<StepOutcome>(stored, OutcomeColumn),
        SealOutcome = outcome => seal.Seal(outcome, OutcomeColumn),
    };

    /// <summary>
    /// Writes the dossier into the context, publishes what happened and tells the filing node; where that is this node, the
    /// person's view moves on in the same transaction. The caller saves.
    /// </summary>
    public async Task PutBack(Dossier dossier, CancellationToken ct)
    {
        var progress = Keep(dossier);
        if (dossier.Row.FilingNode == node.Id)
            await current.AsNode("mirror", () => mirror.Show(progress, ct));
        else
            outbox.PublishTo(dossier.Row.FilingNode, progress, $"case:{dossier.Row.Id}", dossier.Row.Sent);
    }

    /// <summary>As <see cref="PutBack"/>, but the caller tells the filing node how the case stands now.</summary>
    public CaseProgressed Keep(Dossier dossier)
    {
        var row = dossier.Row;
        if (dossier.BodyChanged || row.Body.Length == 0)
            (row.Body, row.EvidenceUntil) = (seal.Seal(dossier.Body, BodyColumn), EvidenceLife.Until(dossier.Body.Requirements));
        row.Course = seal.Seal(dossier.Course, CourseColumn);
        row.Revision++;
        row.Sent++;
        db.AddRange(dossier.Created);
        dossier.Created.Clear();
        foreach (var step in dossier.ToAsk)
            Ask(dossier, step);
        dossier.ToAsk.Clear();
        foreach (var step in dossier.ToCancel)
            outbox.Send(node, step.Node, new StepCancelled(row.Number, step.StepId, Now.Ms), StepStream(step), 2);
        dossier.ToCancel.Clear();
        foreach (var e in dossier.Events)
            Publish(e, $"facts:{row.Id}");
        dossier.Events.Clear();
        return dossier.Progress(Now.Ms);
    }

    void Ask(Dossier dossier, Step step)
    {
        var row = dossier.Row;
        var definition = dossier.Body.Steps.Single(s => s.Id == step.StepId);
        outbox.Send(node, step.Node,
            new StepRequested(row.Number, node.Id, definition, row.BaseCode, row.ItemName, dossier.Applicant, dossier.Body.Form, dossier.Body.Requirements, step.Due, Now.Ms)
            { Data = dossier.Produced() },
            StepStream(step), 1, dossier.Files());
    }

    static string StepStream(Step step) => $"step:{step.CaseId}:{step.StepId}";

    void Publish(object e, string stream)
    {
        switch (e)
        {
            case CaseAccepted accepted: outbox.Publish(accepted, stream); break;
            case CaseNotAccepted notAccepted: outbox.Publish(notAccepted, stream); break;
            case SupplementRequested supplement: outbox.Publish(supplement, stream); break;
            case CaseDecided decided: outbox.Publish(decided, stream); break;
            case ResultDelivered delivered: outbox.Publish(delivered, stream); break;
            case EffectDue effect: outbox.Publish(effect, stream); break;
            default: throw new InvalidOperationException($"{e.GetType().Name} is not an event of a case.");
        }
    }

    public static readonly Error NotThere = Error.NotFound("case.none", "没有这个办件，或您无权查看", "There is no such case, or you may not see it");

    public static readonly Error Changed = Error.Conflict("case.changed", "这件刚刚被其他人处理过", "Somebody else has just worked on this case",
        "请刷新页面，按最新状态处理", "Reload the page and go on from where it is now");
}
