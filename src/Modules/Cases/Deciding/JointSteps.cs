using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Identity;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Cases.Deciding;

/// <summary>多地联办, at the node that is asked: a step of another node's case becomes work of a department here.</summary>
sealed class ReceiveStep(NodeDb db, SealedJson seal, IVault vault, IIdentities identities, NodeIdentity node, TimeProvider clock) : IHandle<StepRequested>, IHandle<StepCancelled>
{
    public async Task Handle(StepRequested e, EventContext context, CancellationToken ct)
    {
        // A node asks about its own cases only: no step can be taken under the number of another's.
        if (context.FromNode != e.OwnerNode || node.NodeOf(CaseNumber.Division(e.CaseNumber)) != e.OwnerNode)
            return;
        if (await db.Set<JointStep>().AnyAsync(j => j.CaseNumber == e.CaseNumber && j.StepId == e.Step.Id, ct))
            return;
        var row = new JointStep
        {
            Id = Guid.CreateVersion7().ToString("N"),
            CaseNumber = e.CaseNumber,
            StepId = e.Step.Id,
            OwnerNode = e.OwnerNode,
            Name = e.Step.Name,
            ItemName = e.ItemName,
            BaseCode = e.BaseCode,
            Division = e.Step.Department.Split('-')[0],
            Department = e.Step.Department,
            SubjectKey = identities.KeyOf(e.Applicant.CitizenId),
            NameIndex = Found.ByName(vault, e.Applicant.Name),
            PhoneIndex = Found.ByPhone(vault, e.Applicant.Phone),
            Applicant = seal.Seal(e.Applicant, JointAnswers.ApplicantColumn),
            Body = seal.Seal(e, JointAnswers.BodyColumn),
            EvidenceUntil = EvidenceLife.Until(e.Requirements),
            State = StepState.Ready,
            Due = e.Due,
            ReceivedAt = Moment.Of(clock).Ms,
        };
        db.Add(row);
        foreach (var hash in e.Requirements.SelectMany(r => r.Files).Select(f => f.Hash).Distinct())
            db.Add(new FileUse { Hash = hash, UserId = row.Id });
        await db.SaveChangesAsync(ct);
    }

    /// <summary>A step that is being entered or has been answered stays as it is: what was done was done.</summary>
    public async Task Handle(StepCancelled e, EventContext context, CancellationToken ct)
    {
        var row = await db.Set<JointStep>().SingleOrDefaultAsync(j => j.CaseNumber == e.CaseNumber && j.StepId == e.StepId, ct);
        if (row is null || context.FromNode != row.OwnerNode || row.State is not (StepState.Ready or StepState.Working))
            return;
        row.State = StepState.Cancelled;
        row.Revision++;
        await db.SaveChangesAsync(ct);
    }
}

/// <summary>How a department here answers a step of another node's case.</summary>
sealed class JointAnswers(SealedJson seal, Outbox outbox, TimeProvider clock)
{
    public const string ApplicantColumn = "cases_joint_step.applicant";
    public const string BodyColumn = "cases_joint_step.body";
    public const string OutcomeColumn = "cases_joint_step.outcome";

    public StepRequested Asked(JointStep row) => seal.Open<StepRequested>(row.Body, BodyColumn);

    public StepOutcome? OutcomeOf(JointStep row) => row.Outcome is null ? null : seal.Open<StepOutcome>(row.Outcome, OutcomeColumn);

    public Result<Done> Start(JointStep row, string worker)
    {
        if (row.State != StepState.Ready)
            return NotNow;
        row.State = StepState.Working;
        row.Worker = worker;
        row.Revision++;
        return Done.It;
    }

    public Result<Done> Finish(JointStep row, bool approved, string reason, string worker)
    {
        if (row.State is not (StepState.Ready or StepState.Working))
            return NotNow;
        var outcome = new StepOutcome(approved, reason, null, new Dictionary<string, string>());
        row.Worker = worker;
        row.Revision++;
        var asked = Asked(row);
        if (approved && asked.Step.Effect is { } effect)
        {
            row.State = StepState.Applying;
            row.Outcome = seal.Seal(outcome, OutcomeColumn);
            outbox.Publish(new EffectDue(row.CaseNumber, row.StepId, effect, row.Department, asked.Applicant, asked.Form, asked.Data), $"joint:{row.Id}");
            return Done.It;
        }
        Answer(row, outcome);
        return Done.It;
    }

    public void Applied(JointStep row, bool applied, string reason, IReadOnlyDictionary<string, string> data)
    {
        if (row.State != StepState.Applying || OutcomeOf(row) is not { } outcome)
            return;
        row.Revision++;
        if (applied)
        {
            Answer(row, outcome with { Data = data, Trouble = null });
            return;
        }
        row.State = StepState.Ready;
        row.Outcome = seal.Seal(outcome with { Trouble = reason }, OutcomeColumn);
    }

    void Answer(JointStep row, StepOutcome outcome)
    {
        var now = Moment.Of(clock);
        row.State = outcome.Approved ? StepState.Done : StepState.Refused;
        row.DoneAt = now.Ms;
        row.Outcome = seal.Seal(outcome, OutcomeColumn);
        outbox.PublishTo(row.OwnerNode, new StepAnswered(row.CaseNumber, row.StepId, outcome.Approved, outcome.Reason, outcome.Data, now.Ms), $"answer:{row.Id}", 1);
    }

    static readonly Error NotNow = Error.Conflict("step.not-now", "这个环节现在不能办理", "This step cannot be worked on now",
        "请刷新页面，查看最新状态", "Reload the page to see where it is now");
}
