using Tongban.Cases.Filings;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Deciding;

/// <summary>The present moment, both ways a case needs it.</summary>
readonly record struct Moment(long Ms, DateOnly Date)
{
    public static Moment Of(TimeProvider clock) => new(clock.NowMs(), clock.Today());
}

/// <summary>
/// A case with everything that belongs to it, opened. All decisions about a case are made here, without I/O; a decision
/// that is not lawful now changes nothing and says why.
/// </summary>
sealed partial class Dossier(Case row, Person applicant, CaseBody body, Course course, List<Step> steps)
{
    readonly CaseBody opened = body;

    public Case Row => row;

    public Person Applicant => applicant;

    public CaseBody Body { get; private set; } = body;

    /// <summary>What was filed has been supplemented since the case was opened.</summary>
    public bool BodyChanged => !ReferenceEquals(Body, opened);

    public Course Course { get; private set; } = course;

    /// <summary>In the item's order; empty until accepted.</summary>
    public IReadOnlyList<Step> Steps => steps;

    /// <summary>Whether an officer of this department decides the case (others of its team only read it).</summary>
    public static bool Decides(Actor actor, Case row) =>
        actor.Role == Role.System || (actor.Role is Role.Officer or Role.Supervisor && (actor.Department is null || actor.Department == row.Department));

    public bool AllStepsDone => steps.All(s => s.State == StepState.Done);

    /// <summary>No step is under way and none could still begin.</summary>
    public bool StepsSettled => steps.All(s => !StepState.IsOpen(s.State));

    /// <summary>Required documents that were promised at filing and have not come.</summary>
    public IReadOnlyList<RequirementMet> Promised =>
        [.. Body.Requirements.Where(r => r.By == MetBy.Deferred && Body.Asked.SingleOrDefault(a => a.Id == r.RequirementId) is not { Optional: true })];

    /// <summary>The matter is open, or its certificate has not run out.</summary>
    public bool InForce(DateOnly today) => row.ClosedAt is null || row.State == CaseState.Delivered && Body.Result is { } result
        && (result.ValidMonths == 0 || Course.Decision is { } decision && LocalTime.DateOf(decision.At).AddMonths(result.ValidMonths) > today);

    public bool SupplementLapsed(DateOnly today) =>
        row.State == CaseState.Supplement && Course.Wanted.Count > 0 && CaseClock.Day(Course.Wanted[0].Until) < today;

    public CaseFacts Facts() => new(
        row.Number, row.Id, row.FilingNode, row.BaseCode, row.ImplementationCode, row.ItemName, row.Division, row.Department,
        row.DepartmentName, applicant, Body.LegalBasis, Body.RemedyText);

    public CaseProgressed Progress(long at) => new(
        row.Id, row.Number, row.State, Course.Timeline,
        [.. steps.Select(s => new StepProgress(s.StepId, s.Name, s.DepartmentName, s.State, s.DoneAt))],
        row.StatutoryDue, row.PromisedDue, row.DueProvisional && row.PromisedDue is not null,
        row.State == CaseState.Supplement ? Course.Wanted : [],
        row.Revision, at)
    {
        Lapsed = Course.Lapsed,
        WithdrawalHeard = Course.WithdrawalHeard,
        Bound = EffectBegun,
    };

    /// <summary>Every file the case rests on.</summary>
    public IEnumerable<string> Files() => Body.Requirements.SelectMany(r => r.Files).Select(f => f.Hash).Distinct();

    /// <summary>Values that evidence gave: <c>{requirement}.{field}</c> of the row that the form means.</summary>
    public IEnumerable<KeyValuePair<string, string>> EvidenceValues() =>
        from met in Body.Requirements
        where met.Evidence is not null
        from value in FormFacts.Of(Body.Pages, Body.Requirements, Body.Form, Body.Answers).Row(met.RequirementId)
        where value.Value is not null
        select KeyValuePair.Create($"{met.RequirementId}.{value.Key}", value.Value!);

    public Func<string, StepOutcome> OpenOutcome { get; init; } = _ => throw new InvalidOperationException("No step outcome can be opened here.");

    /// <summary>
    /// What effects and certificates are made from beside the form: values of evidence (<c>{requirement}.{field}</c>) and what the
    /// steps' effects produced; a later step's value of the same name stands.
    /// </summary>
    public Dictionary<string, string> Produced()
    {
        var data = new Dictionary<string, string>(EvidenceValues());
        foreach (var step in steps.Where(s => s is { State: StepState.Done, Outcome: not null }))
        {
            foreach (var (name, value) in OpenOutcome(step.Outcome!).Data)
                data[name] = value;
        }
        return data;
    }

    /// <summary>What other rooms must be told; emptied by whoever stores the case.</summary>
    public List<object> Events { get; } = [];

    /// <summary>The decision's own effect, among the steps' effects.</summary>
    public const string DecisionStep = "decision";

    /// <summary>Values of the result certificate, from where its definition says. A value nobody has is left out.</summary>
    Dictionary<string, string> Claims()
    {
        var claims = new Dictionary<string, string>();
        var produced = Produced();
        foreach (var claim in Body.Result?.Claims ?? [])
        {
            if (ClaimValue(claim.From, produced) is { } value)
                claims[claim.Name] = value;
        }
        return claims;
    }

    string? ClaimValue(string from, Dictionary<string, string> produced) => from switch
    {
        "me.name" => applicant.Name,
        "me.citizenId" => applicant.CitizenId,
        "me.phone" => applicant.Phone,
        "case.number" => row.Number,
        _ when from.StartsWith("form.", StringComparison.Ordinal) => Body.Form.GetValueOrDefault(from[5..]),
        _ when from.StartsWith("answer.", StringComparison.Ordinal) => Body.Answers.GetValueOrDefault(from[7..]),
        _ when from.StartsWith("effect.", StringComparison.Ordinal) =>
            Course.Decision?.Data.GetValueOrDefault(from[7..]) ?? produced.GetValueOrDefault(from[7..]),
        _ => produced.GetValueOrDefault(from),
    };

    void Note(long at, string state, Words text, Words by) =>
        Course = Course with { Timeline = [.. Course.Timeline, new ProgressEntry(at, state, text, by)] };

    static Error NotNow(string zh, string en) => Error.Conflict("case.not-now", zh, en,
        "请刷新页面，查看办件的最新状态", "Reload the page to see where the case is now");
}
