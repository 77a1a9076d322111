using System.Text.Json;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Time;
using Xunit;

namespace Tongban.Tests.Unit.Cases;

/// <summary>What may be decided about a case when; every unlawful act changes nothing.</summary>
public class DossierTests
{
    const string Here = "CN-YRD/310000";

    static readonly WorkingCalendar Calendar = new(new Dictionary<int, IReadOnlyDictionary<DateOnly, bool>>
    {
        [2026] = new Dictionary<DateOnly, bool> { [new(2026, 10, 1)] = true },
    });

    static readonly Moment Now = new(1_000, new DateOnly(2026, 11, 23));

    static Words W(string text) => new(text, text);

    static Moment Later(int days) => new(1_000 + days, Now.Date.AddDays(days));

    static StepDefinition Step(string id, string department = "310000-hrss", string? effect = null, params string[] after) => new(id, W(id), department, W(department), "", "", after, effect);

    static Dossier Make(IReadOnlyList<StepDefinition>? steps = null, ResultDefinition? result = null, IReadOnlyList<RequirementMet>? met = null)
    {
        var row = new Case
        {
            Id = "f1",
            Number = "n1",
            FilingNumber = "s1",
            FilingNode = Here,
            BaseCode = "b",
            ImplementationCode = "i",
            ItemVersion = 1,
            ItemName = W("事项"),
            Division = "310000",
            Department = "310000-hrss",
            DepartmentName = W("人社"),
            SubjectKey = "k",
            NameIndex = "",
            PhoneIndex = "",
            Applicant = "",
            Body = "",
            Course = "",
            Channel = "online",
            State = CaseState.Received,
            StatutoryDays = 20,
            PromisedDays = 10,
        };
        var body = new CaseBody(null, new Dictionary<string, string>(), new Dictionary<string, string>(), [], [], [], steps ?? [], result, W(""), W(""), null, 2) with { Requirements = met ?? [] };
        var dossier = new Dossier(row, new Person("340199199005010118", "王安", "12000000001", "340100"), body, new Course(), [])
        {
            OpenOutcome = s => JsonSerializer.Deserialize<StepOutcome>(s)!,
            SealOutcome = o => JsonSerializer.Serialize(o),
        };
        dossier.Received(Now, Calendar);
        return dossier;
    }

    static Dossier Accepted(params StepDefinition[] steps)
    {
        var dossier = Make(steps);
        Assert.True(dossier.Accept(Now, Calendar, d => $"CN-YRD/{d[..6]}", Here).Ok);
        return dossier;
    }

    static string? Code(Result<Done> done) => done.Error?.Code;

    [Fact]
    public void Five_working_days_to_accept() => Assert.Equal("2026-11-30", Make().Row.TodoDue);

    [Fact]
    public void Acceptance_starts_the_clock_and_the_steps_that_wait_for_nothing()
    {
        var d = Accepted(Step("a"), Step("b", "340000-hrss"), Step("c", after: ["a", "b"]));
        Assert.Equal(("2026-12-21", "2026-12-07"), (d.Row.StatutoryDue, d.Row.PromisedDue));
        Assert.Equal([StepState.Ready, StepState.Asked, StepState.Waiting], d.Steps.Select(s => s.State));
        Assert.Equal("b", Assert.Single(d.ToAsk).StepId);
        Assert.Equal("|340000-hrss|", d.Row.Readers);
        Assert.IsType<CaseAccepted>(Assert.Single(d.Events));
    }

    [Fact]
    public void A_step_begins_when_those_before_it_are_done_and_the_decision_when_all_are()
    {
        var d = Accepted(Step("a"), Step("b"), Step("c", after: ["a", "b"]));
        Assert.True(d.FinishStep(Now, "a", true, "", "o", Here).Ok);
        Assert.Equal(StepState.Waiting, d.Steps[2].State);
        Assert.Equal("case.not-now", Code(d.FinishStep(Now, "c", true, "", "o", Here)));
        Assert.True(d.FinishStep(Now, "b", true, "", "o", Here).Ok);
        Assert.Equal((StepState.Ready, ""), (d.Steps[2].State, d.Row.Todo));
        Assert.Equal("case.steps-open", Code(d.Decide(Now, true, W("好"), null, "o")));
        Assert.True(d.FinishStep(Now, "c", true, "", "o", Here).Ok);
        Assert.Equal(Next.Decide, d.Row.Todo);
        Assert.True(d.Decide(Now, true, W("好"), null, "o").Ok);
        Assert.Equal(CaseState.Delivered, d.Row.State);
    }

    [Fact]
    public void A_refused_step_ends_what_depends_on_it_and_bars_approval()
    {
        var d = Accepted(Step("a"), Step("b", after: ["a"]), Step("c", after: ["b"]), Step("d"));
        Assert.True(d.FinishStep(Now, "a", false, "不符", "o", Here).Ok);
        Assert.Equal([StepState.Refused, StepState.Cancelled, StepState.Cancelled, StepState.Ready], d.Steps.Select(s => s.State));
        Assert.True(d.FinishStep(Now, "d", true, "", "o", Here).Ok);
        Assert.Equal(Next.Decide, d.Row.Todo);
        Assert.Equal("case.steps-open", Code(d.Decide(Now, true, W("好"), null, "o")));
        Assert.True(d.Decide(Now, false, W("不符"), null, "o").Ok);
        Assert.Equal([typeof(CaseAccepted), typeof(CaseDecided), typeof(ResultDelivered)], d.Events.Select(e => e.GetType()));
    }

    [Fact]
    public void A_step_with_an_effect_is_done_only_when_the_effect_is()
    {
        var d = Accepted(Step("a", effect: "move"));
        Assert.True(d.FinishStep(Now, "a", true, "", "o", Here).Ok);
        Assert.Equal(StepState.Applying, d.Steps[0].State);
        Assert.Equal("case.effect-under-way", Code(d.Decide(Now, false, W("否"), null, "o")));
        Assert.Equal("case.effect-begun", Code(d.Withdraw(Now, "")));
        Assert.True(d.StepApplied(Now, "a", false, "账户冻结", new Dictionary<string, string>(), Here).Ok);
        Assert.Equal((StepState.Ready, "账户冻结"), (d.Steps[0].State, d.OpenOutcome(d.Steps[0].Outcome!).Trouble));
        Assert.True(d.FinishStep(Now, "a", true, "", "o", Here).Ok);
        Assert.True(d.StepApplied(Now, "a", true, "", new Dictionary<string, string> { ["x"] = "1" }, Here).Ok);
        Assert.Equal((StepState.Done, "1"), (d.Steps[0].State, d.Produced()["x"]));
        Assert.False(d.StepApplied(Now, "a", true, "", new Dictionary<string, string>(), Here).Ok);
    }

    /// <summary>Otherwise a person who was struck off one register would stand in none.</summary>
    [Fact]
    public void What_a_department_has_entered_bars_every_way_back()
    {
        var d = Accepted(Step("out", effect: "move"), Step("in", after: ["out"], effect: "enter"));
        Assert.True(d.FinishStep(Now, "out", true, "", "o", Here).Ok);
        Assert.True(d.StepApplied(Now, "out", true, "", new Dictionary<string, string>(), Here).Ok);

        Assert.Equal("case.effect-begun", Code(d.Decide(Now, false, W("否"), null, "o")));
        Assert.Equal("case.effect-begun", Code(d.FinishStep(Now, "in", false, "否", "o", Here)));
        Assert.Equal("case.effect-begun", Code(d.RequestSupplement(Now, [new SupplementWanted("r", W("合同"), W("缺"), "2026-12-07")])));
        Assert.DoesNotContain(d.Progress(1).Timeline, t => t.Text.En.Contains("withdraw", StringComparison.Ordinal));
        Assert.Equal("case.effect-begun", Code(d.Withdraw(Now, "")));
        Assert.True(d.Progress(1).Bound);
        Assert.Contains(d.Progress(1).Timeline, t => t.Text.En.Contains("withdraw", StringComparison.Ordinal));

        Assert.True(d.FinishStep(Now, "in", true, "", "o", Here).Ok);
        Assert.True(d.StepApplied(Now, "in", true, "", new Dictionary<string, string>(), Here).Ok);
        Assert.True(d.Decide(Now, true, W("好"), null, "o").Ok);
    }

    [Fact]
    public void Records_are_changed_only_when_everything_promised_is_here()
    {
        var d = Make([Step("a"), Step("out", after: ["a"], effect: "move")], met: [new RequirementMet("r", W("合同"), MetBy.Deferred, null, [], null, "2026-12-07")]);
        d.Accept(Now, Calendar, _ => Here, Here);
        Assert.True(d.FinishStep(Now, "a", true, "", "o", Here).Ok);
        Assert.Equal(StepState.Waiting, d.Steps[1].State);
        Assert.True(d.Completed(Now, [new RequirementMet("r", W("合同"), MetBy.Upload, null, [], null, null)], Here).Ok);
        Assert.Equal(StepState.Ready, d.Steps[1].State);
    }

    [Fact]
    public void A_result_is_not_made_from_what_has_been_erased()
    {
        var erased = new RequirementMet("identity", W("身份"), MetBy.Evidence, new EvidenceUsed("identity", "x1", Here, W("公安"), "r", W("身份"), 1, [], new Dictionary<string, Words>(), "c1", 1, 2) { ErasedAt = 5 }, [], null, null);
        ResultDefinition Of(string from, string? effect = null) => new("t", W("证"), 0, [new ClaimDefinition("n", W("n"), from)], effect);
        string? Decided(ResultDefinition? result, bool approved = true)
        {
            var d = Make(result: result, met: [erased]);
            d.Accept(Now, Calendar, _ => Here, Here);
            return Code(d.Decide(Now, approved, W("好"), null, "o"));
        }
        Assert.Equal("case.evidence-erased", Decided(Of("identity.name")));
        Assert.Equal("case.evidence-erased", Decided(Of("form.name", effect: "register")));
        // Where nothing is made from it, and to refuse, it is not needed.
        Assert.Null(Decided(Of("form.name")));
        Assert.Null(Decided(Of("identity2.name")));
        Assert.Null(Decided(null));
        Assert.Null(Decided(Of("identity.name"), approved: false));
        // What a department has entered is not taken back: the case ends with what there is.
        var entered = Make([Step("out", effect: "move")], Of("identity.name"), [erased]);
        entered.Accept(Now, Calendar, _ => Here, Here);
        Assert.True(entered.FinishStep(Now, "out", true, "", "o", Here).Ok);
        Assert.True(entered.StepApplied(Now, "out", true, "", new Dictionary<string, string>(), Here).Ok);
        Assert.Null(Code(entered.Decide(Now, true, W("好"), null, "o")));
    }

    [Fact]
    public void An_approval_with_an_effect_is_told_only_when_it_has_taken_effect()
    {
        var d = Make(result: new ResultDefinition("t", W("证"), 0, [new ClaimDefinition("n", W("n"), "effect.number")], "register"));
        d.Accept(Now, Calendar, _ => Here, Here);
        d.Events.Clear();
        Assert.True(d.Decide(Now, true, W("好"), null, "o").Ok);
        Assert.Equal(CaseState.Deciding, d.Row.State);
        Assert.Equal(Dossier.DecisionStep, Assert.IsType<EffectDue>(Assert.Single(d.Events)).StepId);
        Assert.Equal("case.not-now", Code(d.Withdraw(Now, "")));
        Assert.True(d.DecisionApplied(Now, false, "系统维护", new Dictionary<string, string>()).Ok);
        Assert.Equal((CaseState.Accepted, Next.Decide, "系统维护"), (d.Row.State, d.Row.Todo, d.Course.Trouble));
        Assert.True(d.Decide(Now, true, W("好"), null, "o").Ok);
        Assert.True(d.DecisionApplied(Now, true, "", new Dictionary<string, string> { ["number"] = "42" }).Ok);
        Assert.Equal("42", d.Events.OfType<CaseDecided>().Single().Claims["n"]);
        Assert.Equal(CaseState.Approved, d.Row.State);
        Assert.True(d.Delivered(Now, "c").Ok);
        Assert.Equal(CaseState.Delivered, d.Row.State);
    }

    [Fact]
    public void A_supplement_before_acceptance_stops_no_clock_and_comes_back_to_be_accepted()
    {
        var d = Make();
        Assert.True(d.RequestSupplement(Now, [new SupplementWanted("r", W("合同"), W("缺"), "2026-12-01")]).Ok);
        Assert.Equal("case.not-now", Code(d.Accept(Now, Calendar, _ => Here, Here)));
        Assert.True(d.Supplemented(Later(2), Calendar, [new RequirementMet("r", W("合同"), MetBy.Upload, null, [], null, null)], "", Here).Ok);
        Assert.Equal((CaseState.Received, Next.Accept), (d.Row.State, d.Row.Todo));
        Assert.Empty(d.Course.Suspensions);
        Assert.Equal("case.supplement-once", Code(d.RequestSupplement(Later(2), [new SupplementWanted("r", W("合同"), W("缺"), "2026-12-01")])));
    }

    [Fact]
    public void A_supplement_that_is_never_brought_can_be_refused_after_its_time_only()
    {
        var d = Accepted();
        d.RequestSupplement(Now, [new SupplementWanted("r", W("合同"), W("缺"), "2026-12-01")]);
        Assert.Null(d.Row.PromisedDue);
        Assert.Equal("case.not-now", Code(d.Decide(Later(8), false, W("逾期"), null, "o")));
        Assert.Equal("case.not-now", Code(d.Decide(Later(9), true, W("好"), null, "o")));
        Assert.True(d.Decide(Later(9), false, W("逾期未补正"), null, "o").Ok);
        Assert.Equal(CaseState.Refused, d.Row.State);
    }

    [Fact]
    public void A_time_limit_is_extended_once_within_the_laws_ten_days()
    {
        var d = Accepted();
        Assert.Equal("case.extension-days", Code(d.Extend(Now, Calendar, 11, W("复杂"))));
        Assert.True(d.Extend(Now, Calendar, 10, W("复杂")).Ok);
        Assert.Equal("2026-12-21", d.Row.PromisedDue);
        Assert.Equal("case.extended-once", Code(d.Extend(Now, Calendar, 1, W("复杂"))));
    }

    [Fact]
    public void Dates_are_recomputed_when_the_calendar_arrives()
    {
        var d = Make();
        var late = new Moment(1, new DateOnly(2026, 12, 28));
        d.Accept(late, Calendar, _ => Here, Here);
        Assert.True(d.Row.DueProvisional);
        var published = new WorkingCalendar(new Dictionary<int, IReadOnlyDictionary<DateOnly, bool>>
        {
            [2026] = new Dictionary<DateOnly, bool> { [new(2026, 10, 1)] = true },
            [2027] = new Dictionary<DateOnly, bool> { [new(2027, 1, 1)] = true, [new(2027, 1, 2)] = true },
        });
        var before = d.Row.PromisedDue;
        Assert.True(d.Recompute(published));
        Assert.False(d.Row.DueProvisional);
        Assert.True(string.CompareOrdinal(d.Row.PromisedDue, before) > 0);
        Assert.False(d.Recompute(published));
    }

    [Fact]
    public void A_closed_case_takes_no_further_act()
    {
        var d = Make();
        Assert.True(d.Withdraw(Now, "不办了").Ok);
        var before = (d.Row.State, d.Course, d.Events.Count);
        Assert.All(
            [
                d.Accept(Now, Calendar, _ => Here, Here), d.NotAccept(Now, W("x")), d.Decide(Now, true, W("x"), null, "o"), d.Extend(Now, Calendar, 1, W("x")),
                d.RequestSupplement(Now, [new SupplementWanted("r", W("x"), W("x"), "2026-12-01")]), d.Withdraw(Now, ""), d.Delivered(Now, "c"),
                d.Supplemented(Now, Calendar, [], "", Here), d.DecisionApplied(Now, true, "", new Dictionary<string, string>()),
            ],
            done => Assert.Equal("case.not-now", Code(done)));
        Assert.Equal(before, (d.Row.State, d.Course, d.Events.Count));
        Assert.True(d.Rated(1, "").Ok);
        Assert.False(d.Rated(5, "").Ok);
    }
}
