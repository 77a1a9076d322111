using Tongban.Contracts.Cases;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Deciding;

sealed partial class Dossier
{
    /// <summary>The filing has arrived: the deciding department has five working days to accept it.</summary>
    public void Received(Moment now, WorkingCalendar calendar)
    {
        ToAccept(now.Date, calendar);
        Note(now.Ms, CaseState.Received, new("申请已送达办理部门", "The application has reached the deciding department"), row.DepartmentName);
    }

    void ToAccept(DateOnly from, WorkingCalendar calendar)
    {
        var due = calendar.Add(from, CaseClock.DaysToAccept);
        row.Todo = Next.Accept;
        row.TodoDue = CaseClock.Iso(due.Date);
        row.DueProvisional = due.Provisional;
        Course = Course with { WaitsFrom = CaseClock.Iso(from) };
    }

    /// <summary>受理: the clock starts and the case's team of departments forms.</summary>
    /// <param name="nodeOf">Node that serves a department.</param>
    public Result<Done> Accept(Moment now, WorkingCalendar calendar, Func<string, string> nodeOf, string ownNode)
    {
        if (row.State != CaseState.Received)
            return NotNow("这件已不在待受理状态", "This case is no longer waiting to be accepted");
        row.State = CaseState.Accepted;
        row.AcceptedOn = CaseClock.Iso(now.Date);
        Note(now.Ms, CaseState.Accepted, new("已受理，开始计算办理时限", "Accepted; the time limit runs"), row.DepartmentName);
        SetDue(calendar);
        FormTeam(nodeOf);
        Advance(now, ownNode);
        Events.Add(new CaseAccepted(Facts(), row.StatutoryDue!, row.PromisedDue!, now.Ms)
        {
            DueProvisional = row.DueProvisional,
            PromisedProvisional = CaseClock.Provisional(calendar, row.DueProvisional, row.PromisedDue!),
        });
        return Done.It;
    }

    /// <summary>不予受理, with the reason. After a supplement was asked for, only when its time has passed.</summary>
    public Result<Done> NotAccept(Moment now, Words reason)
    {
        if (row.State != CaseState.Received && !(SupplementLapsed(now.Date) && row.AcceptedOn is null))
            return NotNow("这件已不在待受理状态，不能不予受理", "This case is past the point where it can be not accepted");
        row.State = CaseState.NotAccepted;
        Close(now);
        Note(now.Ms, CaseState.NotAccepted, new($"不予受理：{reason.Zh}", $"Not accepted: {reason.En}"), row.DepartmentName);
        Events.Add(new CaseNotAccepted(Facts(), reason, now.Ms));
        return Done.It;
    }

    /// <summary>一次性补正: everything that is missing, said once. A running clock stands still from today.</summary>
    public Result<Done> RequestSupplement(Moment now, IReadOnlyList<SupplementWanted> wanted)
    {
        if (row.State is not (CaseState.Received or CaseState.Accepted))
            return NotNow("现在不能要求补正", "A supplement cannot be asked for now");
        // What a department has entered is not taken back: everything must be there before, and the person is not asked for more after.
        if (EffectEntered)
            return EffectsStand("不能再要求补正", "so nothing more can be asked for");
        if (row.SupplementUsed)
        {
            return Error.Conflict("case.supplement-once", "补正只能一次性告知，这件已经要求过补正", "What is missing is said once; this case has already been asked for a supplement",
                "请按现有材料作出决定", "Decide on what was handed in");
        }
        if (wanted.Count == 0)
            return Error.Invalid("case.supplement-empty", "请至少选择一份需要补正的材料", "Choose at least one document that is missing", "reasons");
        row.SupplementUsed = true;
        row.State = CaseState.Supplement;
        row.Todo = "";
        row.TodoDue = wanted[0].Until;
        row.DueProvisional = wanted[0].Provisional;
        Course = Course with { Wanted = wanted, WaitsFrom = CaseClock.Iso(now.Date) };
        if (row.AcceptedOn is not null)
        {
            Course = Course with { Suspensions = [.. Course.Suspensions, new Suspension(CaseClock.Iso(now.Date), null, "supplement")] };
            row.StatutoryDue = row.PromisedDue = null;
        }
        Note(now.Ms, CaseState.Supplement,
            new($"需要补正 {wanted.Count} 份材料", wanted.Count == 1 ? "One document is missing" : $"{wanted.Count} documents are missing"), row.DepartmentName);
        Events.Add(new SupplementRequested(Facts(), wanted, now.Ms));
        return Done.It;
    }

    /// <summary>The person has answered: the clock goes on, with the days it stood still given back.</summary>
    public Result<Done> Supplemented(Moment now, WorkingCalendar calendar, IReadOnlyList<RequirementMet> brought, string note, string ownNode)
    {
        if (row.State != CaseState.Supplement)
            return NotNow("这件没有在等待补正", "This case does not wait for a supplement");
        Replace(brought);
        Course = Course with { Wanted = [], Notes = note.Length > 0 ? [.. Course.Notes, note] : Course.Notes };
        Note(now.Ms, CaseState.Supplement, new("已补正", "What was missing has been handed in"), new("申请人", "Applicant"));
        if (row.AcceptedOn is null)
        {
            row.State = CaseState.Received;
            ToAccept(now.Date, calendar);
            return Done.It;
        }
        row.State = CaseState.Accepted;
        EndSuspension(now);
        SetDue(calendar);
        Advance(now, ownNode);
        return Done.It;
    }

    /// <summary>容缺补交: what was promised at filing is here. Only what is still promised is replaced, and only until the decision.</summary>
    public Result<Done> Completed(Moment now, IReadOnlyList<RequirementMet> brought, string ownNode)
    {
        var promised = Body.Requirements.Where(r => r.By == MetBy.Deferred).Select(r => r.RequirementId).ToHashSet();
        var news = brought.Where(b => promised.Contains(b.RequirementId)).ToList();
        if (row.State is not (CaseState.Received or CaseState.Accepted or CaseState.Supplement) || news.Count == 0)
            return NotNow("这件没有在等待补交材料", "This case does not wait for documents");
        Replace(news);
        Note(now.Ms, row.State, new($"已补交：{string.Join("、", news.Select(n => n.Name.Zh))}", $"Handed in as promised: {string.Join(", ", news.Select(n => n.Name.En))}"), new("申请人", "Applicant"));
        if (row.State == CaseState.Accepted)
            Advance(now, ownNode);
        return Done.It;
    }

    void Replace(IReadOnlyList<RequirementMet> brought)
    {
        var byId = brought.ToDictionary(b => b.RequirementId);
        Body = Body with { Requirements = [.. Body.Requirements.Select(r => byId.Remove(r.RequirementId, out var b) ? b : r), .. byId.Values] };
    }

    /// <summary>延长: once, within the law's limit, with the reason told to the person.</summary>
    public Result<Done> Extend(Moment now, WorkingCalendar calendar, int days, Words reason)
    {
        if (row.State != CaseState.Accepted)
            return NotNow("只有办理中的办件可以延长时限", "Only a case in progress can be extended");
        if (row.ExtendedDays > 0)
            return Error.Conflict("case.extended-once", "时限只能延长一次", "A time limit can be extended once only");
        if (days is < 1 or > CaseClock.LongestExtension)
        {
            return Error.Invalid("case.extension-days", $"延长天数应为 1 至 {CaseClock.LongestExtension} 个工作日", $"An extension is 1 to {CaseClock.LongestExtension} working days", "days");
        }
        row.ExtendedDays = days;
        SetDue(calendar);
        Note(now.Ms, CaseState.Accepted, new($"办理时限延长 {days} 个工作日：{reason.Zh}", $"Time limit extended by {days} working days: {reason.En}"), row.DepartmentName);
        return Done.It;
    }

    /// <summary>
    /// Approve or refuse, with reasons. An approval that changes the department's own system waits in
    /// <see cref="CaseState.Deciding"/> until that has been done.
    /// </summary>
    public Result<Done> Decide(Moment now, bool approved, Words reason, string? rule, string? actor)
    {
        var lapsed = SupplementLapsed(now.Date) && row.AcceptedOn is not null && !approved;
        if (row.State != CaseState.Accepted && !lapsed)
            return NotNow("这件现在不能作出决定", "This case cannot be decided now");
        if (approved && !AllStepsDone)
        {
            return Error.Conflict("case.steps-open", "还有环节没有完成或不同意，不能准予", "Not every step is done and agreed, so the case cannot be approved",
                "请等各部门完成环节，或作出不予批准的决定", "Wait for the departments, or refuse with reasons");
        }
        if (approved && Promised is [var first, ..])
        {
            return Error.Conflict("case.documents-promised", $"还没有补交“{first.Name.Zh}”，不能准予", $"'{first.Name.En}' was promised and has not come, so the case cannot be approved",
                "请等申请人补交，或一次性告知补正", "Wait for it, or ask for it in a supplement notice");
        }
        // Where a department has changed its records the case has no other way out: it ends with what there is.
        if (approved && !EffectBegun && ErasedForResult() is { } gone)
        {
            return Error.Conflict("case.evidence-erased", $"“{gone.Name.Zh}”保存到期，内容已删除，结果要用到它，不能准予", $"'{gone.Name.En}' was deleted when its time was over, and the result is made from it, so the case cannot be approved",
                "请一次性告知补正；已要求过补正的，作出不予批准的决定并请申请人重新申请", "Ask for it in a supplement notice; where one was asked for already, refuse with reasons and have the applicant file anew");
        }
        if (!approved && EffectUnderWay)
        {
            return Error.Conflict("case.effect-under-way", "有部门正在登记结果，请等它完成再作决定", "A department's own records are being changed right now",
                "请稍后再试", "Try again when that step is done");
        }
        if (!approved && EffectBegun)
            return EffectsStand("不能再不予批准", "so the case can no longer be refused");
        Course = Course with { Decision = new Decision(approved, reason, rule, actor, now.Ms, new Dictionary<string, string>()), Trouble = null };
        row.Todo = "";
        if (approved && Body.Result?.Effect is not null)
        {
            row.State = CaseState.Deciding;
            Events.Add(new EffectDue(row.Number, DecisionStep, Body.Result.Effect, row.Department, applicant, Body.Form, Produced()));
            return Done.It;
        }
        Conclude(now);
        return Done.It;
    }

    /// <summary>What the result would be made from and is not here any more; null when all of it is.</summary>
    RequirementMet? ErasedForResult() => Body.Requirements.FirstOrDefault(r => r.Evidence is { ErasedAt: not null }
        && (Body.Result?.Effect is not null || Body.Result?.Claims.Any(c => c.From.StartsWith(r.RequirementId + ".", StringComparison.Ordinal)) == true));

    /// <summary>The department's own system has been changed, or could not be.</summary>
    public Result<Done> DecisionApplied(Moment now, bool applied, string reason, IReadOnlyDictionary<string, string> data)
    {
        if (row.State != CaseState.Deciding || Course.Decision is not { } decision)
            return NotNow("这件没有等待执行的决定", "This case has no decision waiting to take effect");
        if (!applied)
        {
            row.State = CaseState.Accepted;
            Course = Course with { Decision = null, Trouble = reason };
            Settle();
            return Done.It;
        }
        Course = Course with { Decision = decision with { Data = data } };
        Conclude(now);
        return Done.It;
    }

    void Conclude(Moment now)
    {
        var decision = Course.Decision!;
        row.State = decision.Approved ? CaseState.Approved : CaseState.Refused;
        if (decision.Approved)
            Note(now.Ms, row.State, new($"准予：{decision.Reason.Zh}", $"Approved: {decision.Reason.En}"), row.DepartmentName);
        else
            Note(now.Ms, row.State, new($"不予批准：{decision.Reason.Zh}", $"Refused: {decision.Reason.En}"), row.DepartmentName);
        Events.Add(new CaseDecided(Facts(), decision.Approved, decision.Reason, decision.Rule,
            decision.Approved ? Body.Result : null, decision.Approved ? Claims() : new Dictionary<string, string>(), now.Ms));
        if (!decision.Approved)
        {
            Close(now);
            Events.Add(new ResultDelivered(Facts(), null, now.Ms));
        }
        else if (Body.Result is null)
            Delivered(now, null);
    }

    /// <summary>送达: the result is in the person's hands.</summary>
    public Result<Done> Delivered(Moment now, string? certificateId)
    {
        if (row.State != CaseState.Approved)
            return NotNow("这件没有待送达的结果", "This case has no result to deliver");
        row.State = CaseState.Delivered;
        row.CertificateId = certificateId;
        Note(now.Ms, CaseState.Delivered, certificateId is null
            ? new("结果已送达", "The result was delivered")
            : new("电子证照已签发并送达", "The certificate was issued and delivered"), row.DepartmentName);
        Events.Add(new ResultDelivered(Facts(), certificateId, now.Ms));
        Close(now);
        return Done.It;
    }

    /// <summary>撤回: until the case is decided.</summary>
    /// <param name="sequence">The person is told that it was heard, also when it came too late.</param>
    public Result<Done> Withdraw(Moment now, string reason, long sequence = 0)
    {
        Course = Course with { WithdrawalHeard = Math.Max(Course.WithdrawalHeard, sequence) };
        if (row.State is not (CaseState.Received or CaseState.Accepted or CaseState.Supplement))
            return NotNow("这件已经作出决定，不能撤回", "This case has been decided and cannot be withdrawn");
        if (EffectBegun)
        {
            var late = EffectsStand("不能再撤回", "so the case can no longer be withdrawn");
            // Both sides see that it was asked, and why nothing came of it.
            Note(now.Ms, row.State, new($"申请人要求撤回：{late.Detail}", $"The applicant asked to withdraw: {late.DetailEn}"), row.DepartmentName);
            Course = Course with { Notes = reason.Length > 0 ? [.. Course.Notes, reason] : Course.Notes };
            return late;
        }
        row.State = CaseState.Withdrawn;
        Course = Course with { Wanted = [], Notes = reason.Length > 0 ? [.. Course.Notes, reason] : Course.Notes };
        Note(now.Ms, CaseState.Withdrawn, new("申请人撤回了申请", "The applicant withdrew the application"), new("申请人", "Applicant"));
        Close(now);
        return Done.It;
    }

    /// <summary>
    /// 逾期未补正，视为撤回: the person was told so, and what they might have sent has had time to arrive. Where a department has
    /// begun to change its records nothing can be taken back: the case goes on with what there is.
    /// </summary>
    public Result<Done> Lapse(Moment now, WorkingCalendar calendar)
    {
        if (!SupplementLapsed(now.Date.AddDays(-CaseClock.DaysOnTheWay)))
            return NotNow("补正期限还没有过", "The time for the supplement has not passed");
        if (EffectBegun)
        {
            row.State = CaseState.Accepted;
            Course = Course with { Wanted = [] };
            Note(now.Ms, CaseState.Accepted, new("逾期未补正；已有部门办理登记，按现有材料继续办理", "Not supplemented in time; a department has changed its records, so the case goes on with what there is"), row.DepartmentName);
            EndSuspension(now);
            SetDue(calendar);
            Settle();
            return Done.It;
        }
        row.State = CaseState.Withdrawn;
        Course = Course with { Lapsed = true };
        Note(now.Ms, CaseState.Withdrawn, new("逾期未补正，视为撤回申请", "Not supplemented in time: the application counts as withdrawn"), row.DepartmentName);
        Close(now);
        return Done.It;
    }

    /// <summary>Once per matter, after its end.</summary>
    public Result<Done> Rated(int stars, string words)
    {
        if (row.Stars is not null || !(CaseState.IsClosed(row.State) || row.State == CaseState.Approved))
            return NotNow("这件不能评价或已经评价", "This case cannot be rated, or has been");
        row.Stars = stars;
        Course = Course with { RatingWords = words };
        return Done.It;
    }

    /// <summary>Dates anew, after a calendar was published. True when one changed.</summary>
    public bool Recompute(WorkingCalendar calendar)
    {
        var before = (row.StatutoryDue, row.PromisedDue, row.TodoDue, row.DueProvisional);
        var from = Course.WaitsFrom is { } iso ? CaseClock.Day(iso) : LocalTime.DateOf(row.ReceivedAt);
        switch (row.State)
        {
            case CaseState.Accepted:
                SetDue(calendar);
                break;
            case CaseState.Received:
                ToAccept(from, calendar);
                break;
            case CaseState.Supplement when Course.Wanted is [{ Provisional: true } first, ..]:
                // A person was told this date: it may become later, never earlier.
                var due = calendar.Add(from, CaseClock.DaysToSupplement);
                var until = due.Date > CaseClock.Day(first.Until) ? CaseClock.Iso(due.Date) : first.Until;
                Course = Course with { Wanted = [.. Course.Wanted.Select(w => w with { Until = until, Provisional = due.Provisional })] };
                row.DueProvisional = due.Provisional;
                if (row.Todo.Length == 0)
                    row.TodoDue = until;
                break;
            default:
                return false;
        }
        return before != (row.StatutoryDue, row.PromisedDue, row.TodoDue, row.DueProvisional);
    }

    public void Explain(IReadOnlyList<string> trace) => Course = Course with { RuleTrace = trace };

    /// <summary>A department has begun to change its own records, or has done so; that is not taken back.</summary>
    public bool EffectBegun => steps.Any(s => s.Effect is not null && s.State is (StepState.Asked or StepState.Applying or StepState.Done));

    /// <summary>It has been entered, or is being entered at this moment.</summary>
    public bool EffectEntered => steps.Any(s => s.Effect is not null && s.State is (StepState.Applying or StepState.Done));

    bool EffectUnderWay => steps.Any(s => s.Effect is not null && s.State is (StepState.Asked or StepState.Applying));

    Error EffectsStand(string zh, string en) => Error.Conflict(
        "case.effect-begun", $"“{Changing.Name.Zh}”已开始登记，{zh}", $"'{Changing.Name.En}' has begun to change its department's records, {en}",
        "请继续办结", "Go on and complete the case");

    Step Changing => steps.First(s => s.Effect is not null && s.State is (StepState.Asked or StepState.Applying or StepState.Done));

    void SetDue(WorkingCalendar calendar)
    {
        var accepted = CaseClock.Day(row.AcceptedOn!);
        var statutory = CaseClock.Due(calendar, accepted, row.StatutoryDays + row.ExtendedDays, Course.Suspensions);
        var promised = CaseClock.Due(calendar, accepted, row.PromisedDays + row.ExtendedDays, Course.Suspensions);
        row.StatutoryDue = CaseClock.Iso(statutory.Date);
        row.PromisedDue = CaseClock.Iso(promised.Date);
        row.DueProvisional = statutory.Provisional || promised.Provisional;
        if (row.Todo == Next.Decide)
            row.TodoDue = row.PromisedDue;
        foreach (var step in steps.Where(s => StepState.IsOpen(s.State)))
            step.Due = row.PromisedDue;
    }

    void EndSuspension(Moment now)
    {
        if (Course.Suspensions.Count == 0 || Course.Suspensions[^1].To is not null)
            return;
        var ended = Course.Suspensions[^1] with { To = CaseClock.Iso(now.Date) };
        Course = Course with { Suspensions = [.. Course.Suspensions.SkipLast(1), ended] };
    }

    void Close(Moment now)
    {
        row.ClosedAt = now.Ms;
        if (row.State != CaseState.Delivered || Body.Result is null)
            row.OneKey = null;
        row.Todo = "";
        row.TodoDue = "";
        EndSuspension(now);
        foreach (var step in steps.Where(s => StepState.IsOpen(s.State)))
            Cancel(step);
    }
}
