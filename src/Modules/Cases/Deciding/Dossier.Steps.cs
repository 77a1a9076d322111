using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Access;

namespace Tongban.Cases.Deciding;

sealed partial class Dossier
{
    /// <summary>Steps that went to a department of another node and of which it must now be told; emptied by whoever tells.</summary>
    public List<Step> ToAsk { get; } = [];

    public List<Step> ToCancel { get; } = [];

    /// <summary>Steps just created; emptied by whoever stores them.</summary>
    public List<Step> Created { get; } = [];

    void FormTeam(Func<string, string> nodeOf)
    {
        var departments = Body.Steps.Select(s => s.Department).Append(row.Department).Distinct().ToList();
        row.Readers = string.Concat(departments.Where(d => d != row.Department).Select(d => $"|{d}|"));
        var readers = string.Concat(departments.Select(d => $"|{d}|"));
        var order = 0;
        foreach (var definition in Body.Steps)
        {
            var step = new Step
            {
                CaseId = row.Id,
                StepId = definition.Id,
                CaseNumber = row.Number,
                Order = order++,
                Name = definition.Name,
                Division = definition.Department.Split('-')[0],
                Department = definition.Department,
                DepartmentName = definition.DepartmentName,
                SubjectKey = row.SubjectKey,
                Readers = readers,
                Node = nodeOf(definition.Department),
                Power = definition.Power,
                Duty = definition.Duty,
                After = string.Join(' ', definition.After),
                Effect = definition.Effect,
                State = StepState.Waiting,
                Due = row.PromisedDue ?? "",
            };
            steps.Add(step);
            Created.Add(step);
        }
    }

    /// <summary>
    /// Starts every step whose predecessors are done; steps without a dependency between them run side by side. One that changes a
    /// department's records begins only when nothing that was promised or asked for is missing: it is not taken back.
    /// </summary>
    void Advance(Moment now, string ownNode)
    {
        var done = steps.Where(s => s.State == StepState.Done).Select(s => s.StepId).ToHashSet();
        foreach (var step in steps.Where(s => s.State == StepState.Waiting))
        {
            if (!step.After.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(done.Contains))
                continue;
            if (step.Effect is not null && (row.State == CaseState.Supplement || Promised.Count > 0))
                continue;
            step.State = step.Node == ownNode ? StepState.Ready : StepState.Asked;
            step.StartedAt = now.Ms;
            step.Revision++;
            if (step.State == StepState.Asked)
                ToAsk.Add(step);
        }
        Settle();
    }

    /// <summary>Once no step is under way, the deciding department's turn has come.</summary>
    void Settle()
    {
        var ready = row.State == CaseState.Accepted && StepsSettled;
        row.Todo = ready ? Next.Decide : "";
        row.TodoDue = ready ? row.PromisedDue ?? "" : "";
    }

    Result<Step> OpenStep(string stepId)
    {
        var step = steps.SingleOrDefault(s => s.StepId == stepId);
        if (step is null)
            return Error.NotFound("step.none", "没有这个环节", "There is no such step");
        if (row.State is not (CaseState.Accepted or CaseState.Supplement))
            return NotNow("这件已不在办理中", "This case is no longer in progress");
        return step;
    }

    /// <summary>An officer takes the step on.</summary>
    public Result<Done> StartStep(Moment now, string stepId, string worker)
    {
        var open = OpenStep(stepId);
        if (!open.Ok)
            return open.Error;
        if (open.Value.State != StepState.Ready)
            return NotNow("这个环节不在待办状态", "This step is not waiting to be started");
        open.Value.State = StepState.Working;
        open.Value.Worker = worker;
        open.Value.StartedAt = now.Ms;
        open.Value.Revision++;
        return Done.It;
    }

    /// <summary>Another step has changed its department's records already.</summary>
    public bool EntersAfter(Step step) => steps.Any(s => s != step && s.Effect is not null && s.State == StepState.Done);

    /// <summary>An officer finishes the step. One with an effect is done only when the effect has been applied.</summary>
    public Result<Done> FinishStep(Moment now, string stepId, bool approved, string reason, string worker, string ownNode)
    {
        var open = OpenStep(stepId);
        if (!open.Ok)
            return open.Error;
        var step = open.Value;
        if (step.State is not (StepState.Ready or StepState.Working))
            return NotNow("这个环节现在不能办理", "This step cannot be worked on now");
        if (!approved && EntersAfter(step))
            return EffectsStand("这个环节不能不同意", "so this step can no longer be refused");
        if (approved && step.Effect is not null && row.State == CaseState.Supplement)
            return NotNow("正在等申请人补正，现在不能登记", "The applicant has been asked for documents; records cannot be changed before they are here");
        step.Worker = worker;
        step.Outcome = SealOutcome(new StepOutcome(approved, reason, null, new Dictionary<string, string>()));
        step.Revision++;
        if (approved && step.Effect is not null)
        {
            step.State = StepState.Applying;
            Events.Add(new EffectDue(row.Number, step.StepId, step.Effect, step.Department, applicant, Body.Form, Produced()));
            return Done.It;
        }
        Finished(now, step, approved, reason, ownNode);
        return Done.It;
    }

    /// <summary>The department's own system was changed for the step, or could not be: then the step is open again, with the reason.</summary>
    public Result<Done> StepApplied(Moment now, string stepId, bool applied, string reason, IReadOnlyDictionary<string, string> data, string ownNode)
    {
        var step = steps.SingleOrDefault(s => s.StepId == stepId);
        if (step?.State != StepState.Applying)
            return NotNow("这个环节没有等待登记的结果", "This step does not wait for its effect");
        var outcome = OpenOutcome(step.Outcome!);
        step.Revision++;
        if (!applied)
        {
            step.State = StepState.Ready;
            step.Outcome = SealOutcome(outcome with { Trouble = reason });
            return Done.It;
        }
        step.Outcome = SealOutcome(outcome with { Trouble = null, Data = data });
        Finished(now, step, approved: true, outcome.Reason, ownNode);
        return Done.It;
    }

    /// <summary>A department of another node has answered.</summary>
    public Result<Done> StepAnswered(Moment now, string stepId, bool approved, string reason, IReadOnlyDictionary<string, string> data, string ownNode)
    {
        var step = steps.SingleOrDefault(s => s.StepId == stepId);
        if (step?.State != StepState.Asked)
            return NotNow("这个环节没有等待外地部门答复", "This step does not wait for another government");
        step.Outcome = SealOutcome(new StepOutcome(approved, reason, null, data));
        step.Revision++;
        Finished(now, step, approved, reason, ownNode);
        return Done.It;
    }

    void Finished(Moment now, Step step, bool approved, string reason, string ownNode)
    {
        step.State = approved ? StepState.Done : StepState.Refused;
        step.DoneAt = now.Ms;
        Note(now.Ms, row.State, approved
            ? new($"{step.Name.Zh}：已完成", $"{step.Name.En}: done")
            : new($"{step.Name.Zh}：不同意", $"{step.Name.En}: refused"), step.DepartmentName);
        if (!approved)
        {
            // What depends on a refused step cannot begin any more; what runs beside it may end.
            var lost = new HashSet<string> { step.StepId };
            while (steps.FirstOrDefault(s => s.State == StepState.Waiting && s.After.Split(' ').Any(lost.Contains)) is { } next)
            {
                lost.Add(next.StepId);
                Cancel(next);
            }
        }
        Advance(now, ownNode);
    }

    void Cancel(Step step)
    {
        if (step.State == StepState.Asked)
            ToCancel.Add(step);
        step.State = StepState.Cancelled;
        step.Revision++;
    }

    public Func<StepOutcome, string> SealOutcome { get; init; } = _ => throw new InvalidOperationException("No step outcome can be sealed here.");
}
