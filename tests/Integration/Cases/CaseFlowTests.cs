using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Cases.Deciding;
using Tongban.Cases.Desk;
using Tongban.Cases.Filings;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Rulebook;
using Tongban.Kernel;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Cases.TestActors;

namespace Tongban.Tests.Integration.Cases;

/// <summary>A matter from filing to its end, through the real room on a real database.</summary>
public class CaseFlowTests
{
    static readonly byte[] Pdf = "%PDF-1.4 a lease"u8.ToArray();

    static object Filing(string item, bool consent = false) => new { baseCode = item, form = new { since = "2026-01-01", amount = "1250" }, consent };

    static async Task<string> File(CasesHost host, string item = OtherRooms.TwoSteps, bool consent = false)
    {
        var filed = await host.PostFiles(Wang, "/api/filings", Filing(item, consent), [.. item == OtherRooms.TwoSteps ? [("upload.lease", "合同.pdf", Pdf)] : Array.Empty<(string, string, byte[])>()]);
        Assert.True(filed.Status == 201, filed.Text);
        return filed.Json.GetProperty("id").GetString()!;
    }

    static Task<Case> CaseOf(CasesHost host, string id) => host.As(db => db.Set<Case>().AsNoTracking().SingleAsync(c => c.Id == id));

    static Task<Filing> FilingOf(CasesHost host, string id) => host.As(db => db.Set<Filing>().AsNoTracking().SingleAsync(f => f.Id == id));

    [Fact]
    public async Task A_matter_with_two_departments_goes_from_filing_to_delivery()
    {
        await using var host = await CasesHost.Start();
        var id = await File(host);
        // Filed at the node that decides: a case in the same transaction, nothing travels.
        var received = await CaseOf(host, id);
        Assert.Equal(CaseState.Received, (await FilingOf(host, id)).State);
        Assert.Equal(received.Number, (await FilingOf(host, id)).CaseNumber);
        Assert.Matches(@"^3100002026112305\d{6}$", received.Number);

        var accepted = await host.Post(ShanghaiFund, $"/api/cases/{received.Number}/accept", new { revision = received.Revision });
        Assert.True(accepted.Status == 200, accepted.Text);
        Assert.Equal("2026-12-07", accepted.Json.GetProperty("promisedDue").GetString());
        var steps = accepted.Json.GetProperty("steps").EnumerateArray().ToDictionary(s => s.GetProperty("id").GetString()!, s => s.GetProperty("revision").GetInt64());

        var tooEarly = await host.Post(ShanghaiFund, $"/api/cases/{received.Number}/decide", new { revision = accepted.Json.GetProperty("revision").GetInt64(), decision = "approve", reason = "符合条件" });
        Assert.Equal((409, "case.steps-open"), (tooEarly.Status, tooEarly.Problem));
        var other = await host.Post(ShanghaiFund, $"/api/cases/{received.Number}/steps/estate", new { revision = steps["estate"], outcome = "agree" });
        Assert.Equal((403, "case.other-department"), (other.Status, other.Problem));
        // Departments side by side are not in each other's way, though both change the case.
        Assert.Equal(200, (await host.Post(ShanghaiEstate, $"/api/cases/{received.Number}/steps/estate", new { revision = steps["estate"], outcome = "agree" })).Status);
        var audit = await host.Post(ShanghaiFund, $"/api/cases/{received.Number}/steps/audit", new { revision = steps["audit"], outcome = "agree" });
        Assert.Equal(200, audit.Status);
        var decided = await host.Post(ShanghaiFund, $"/api/cases/{received.Number}/decide", new { revision = audit.Json.GetProperty("revision").GetInt64(), decision = "approve", reason = "符合条件" });
        Assert.True(decided.Status == 200, decided.Text);
        await host.Settle();

        var mine = await host.Get(Wang, $"/api/filings/{id}");
        Assert.Equal(CaseState.Delivered, mine.Json.GetProperty("summary").GetProperty("state").GetString());
        var states = mine.Json.GetProperty("timeline").EnumerateArray().Select(t => t.GetProperty("state").GetString()).ToList();
        Assert.Equal(["received", "accepted", "accepted", "accepted", "approved", "delivered"], states);
    }

    [Fact]
    public async Task The_same_filing_twice_is_one_filing_and_one_case()
    {
        await using var host = await CasesHost.Start();
        var body = Filing(OtherRooms.AtOnce);
        var first = await host.Post(Wang, "/api/filings", body, "one-key");
        var again = await host.Post(Wang, "/api/filings", body, "one-key");
        Assert.Equal((201, first.Location), (again.Status, again.Location));
        await host.Settle();
        // The message itself delivered a second time, as after a crash of the sender.
        var filing = await FilingOf(host, first.Json.GetProperty("id").GetString()!);
        await host.Publish(new FilingSubmitted(filing.Id, host.Identity.Id, filing.BaseCode, filing.ImplementationCode, 1, OtherRooms.People["wang"], null, "api",
            new Dictionary<string, string>(), new Dictionary<string, string>(), [], 2, 0));
        await host.Settle();
        Assert.Equal(1, await host.As(db => db.Set<Filing>().CountAsync()));
        Assert.Equal(1, await host.As(db => db.Set<Case>().CountAsync()));
    }

    [Fact]
    public async Task Of_two_officers_who_decide_at_once_one_is_told_the_other_was_first()
    {
        await using var host = await CasesHost.Start();
        var id = await File(host, OtherRooms.AtOnce);
        await host.Settle();
        var row = await CaseOf(host, id);
        var answers = await Task.WhenAll(
            host.Post(ShanghaiHrss, $"/api/cases/{row.Number}/accept", new { revision = row.Revision }),
            host.Post(ShanghaiHrssToo, $"/api/cases/{row.Number}/accept", new { revision = row.Revision }));
        Assert.Equal([200, 409], answers.Select(a => a.Status).Order());
        Assert.Equal("case.changed", answers.Single(a => a.Status == 409).Problem);
        var now = await CaseOf(host, id);
        var decisions = await Task.WhenAll(
            host.Post(ShanghaiHrss, $"/api/cases/{row.Number}/decide", new { revision = now.Revision, decision = "approve", reason = "可以" }),
            host.Post(ShanghaiHrssToo, $"/api/cases/{row.Number}/decide", new { revision = now.Revision, decision = "refuse", reason = "不可以" }));
        Assert.Equal([200, 409], decisions.Select(a => a.Status).Order());
        await host.Settle();
        Assert.Single(host.Rooms.Decisions);
    }

    [Fact]
    public async Task Another_persons_matter_and_another_departments_case_are_not_found()
    {
        await using var host = await CasesHost.Start();
        var id = await File(host);
        await host.Settle();
        var row = await CaseOf(host, id);
        var filing = await FilingOf(host, id);
        Assert.Equal(404, (await host.Get(Li, $"/api/filings/{id}")).Status);
        Assert.Equal(404, (await host.Post(Li, $"/api/filings/{id}/withdraw", new { revision = filing.Revision })).Status);
        Assert.Equal(404, (await host.Post(ShanghaiFund, $"/api/filings/{id}/withdraw", new { revision = filing.Revision })).Status);
        Assert.Equal(404, (await host.Get(ShanghaiHrss, $"/api/cases/{row.Number}")).Status);
        Assert.Equal(404, (await host.Post(ShanghaiHrss, $"/api/cases/{row.Number}/accept", new { revision = row.Revision })).Status);
        Assert.Equal(200, (await host.Get(ShanghaiFund, $"/api/cases/{row.Number}")).Status);
        Assert.Equal(row.Number, Assert.Single(host.Rooms.Reads).CaseReference);
    }

    [Fact]
    public async Task What_is_missing_is_asked_once_and_the_clock_stands_still_meanwhile()
    {
        await using var host = await CasesHost.Start();
        var id = await File(host);
        await host.Settle();
        var row = await CaseOf(host, id);
        await host.Post(ShanghaiFund, $"/api/cases/{row.Number}/accept", new { revision = row.Revision });
        row = await CaseOf(host, id);
        host.Clock.Now = host.Clock.Now.AddDays(1);
        var noReason = await host.Post(ShanghaiFund, $"/api/cases/{row.Number}/supplement", new { revision = row.Revision, reasons = new { } });
        Assert.Equal("case.supplement-empty", noReason.Problem);
        var asked = await host.Post(ShanghaiFund, $"/api/cases/{row.Number}/supplement", new { revision = row.Revision, reasons = new { lease = "合同缺少签名页" } });
        Assert.True(asked.Status == 200, asked.Text);
        await host.Settle();
        var filing = await FilingOf(host, id);
        Assert.Equal(CaseState.Supplement, filing.State);

        host.Clock.Now = host.Clock.Now.AddDays(2);
        var empty = await host.PostFiles(Wang, $"/api/filings/{id}/supplement", new Dictionary<string, string> { ["revision"] = $"{filing.Revision}" });
        Assert.Equal("supplement.missing", empty.Problem);
        var answered = await host.PostFiles(Wang, $"/api/filings/{id}/supplement", new Dictionary<string, string> { ["revision"] = $"{filing.Revision}", ["note"] = "补上了" }, ("upload.lease", "签名.pdf", [.. Pdf, 1]));
        Assert.True(answered.Status == 200, answered.Text);
        await host.Settle();
        row = await CaseOf(host, id);
        // Accepted Monday 23 Nov; 24, 25 and 26 Nov do not count: ten working days end on 10 Dec instead of 7 Dec.
        Assert.Equal((CaseState.Accepted, "2026-12-10"), (row.State, row.PromisedDue));
        var again = await host.Post(ShanghaiFund, $"/api/cases/{row.Number}/supplement", new { revision = row.Revision, reasons = new { lease = "再补" } });
        Assert.Equal("case.supplement-once", again.Problem);
        var shown = await host.Get(ShanghaiFund, $"/api/cases/{row.Number}");
        Assert.Equal("签名.pdf", shown.Json.GetProperty("requirements")[0].GetProperty("files")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Two_provinces_handle_one_case_and_the_effects_come_before_the_certificate()
    {
        await using var shanghai = await CasesHost.Start("310000");
        await using var anhui = await CasesHost.Start("340000");
        var id = await File(anhui, OtherRooms.Joint, consent: true);
        var asked = Assert.Single(anhui.Rooms.Asked);
        Assert.Equal(("CN-YRD/310000", "consent-1"), (Assert.Single(anhui.Rooms.Consents).Receiver, asked.ConsentId));
        Assert.Equal((1, 1), ((await FilingOf(anhui, id)).Required, (await FilingOf(anhui, id)).Exempt));
        await anhui.Settle();
        Assert.Equal(CaseState.Submitted, (await FilingOf(anhui, id)).State);
        await anhui.Settle(shanghai);
        Assert.Equal(CaseState.Received, (await FilingOf(anhui, id)).State);

        var row = await CaseOf(shanghai, id);
        await shanghai.Post(ShanghaiHrss, $"/api/cases/{row.Number}/accept", new { revision = row.Revision });
        await anhui.Settle(shanghai);
        var joint = await anhui.As(db => db.Set<JointStep>().AsNoTracking().SingleAsync());
        Assert.Equal((StepState.Ready, row.Number), (joint.State, joint.CaseNumber));

        anhui.Rooms.Refusing["transfer-out"] = "账户冻结";
        Assert.Equal(200, (await anhui.Post(AnhuiHrss, $"/api/joint-steps/{joint.Id}", new { revision = joint.Revision, outcome = "agree" })).Status);
        await anhui.Settle(shanghai);
        joint = await anhui.As(db => db.Set<JointStep>().AsNoTracking().SingleAsync());
        Assert.Equal(StepState.Ready, joint.State);
        anhui.Rooms.Refusing.Clear();
        Assert.Equal(200, (await anhui.Post(AnhuiHrss, $"/api/joint-steps/{joint.Id}", new { revision = joint.Revision, outcome = "agree" })).Status);
        await anhui.Settle(shanghai);

        var shown = await shanghai.Get(ShanghaiHrss, $"/api/cases/{row.Number}");
        var steps = shown.Json.GetProperty("summary").GetProperty("steps").EnumerateArray().ToDictionary(s => s.GetProperty("id").GetString()!);
        Assert.Equal(("done", "ready"), (steps["out"].GetProperty("state").GetString(), steps["in"].GetProperty("state").GetString()));
        var finished = await shanghai.Post(ShanghaiHrss, $"/api/cases/{row.Number}/steps/in", new { revision = steps["in"].GetProperty("revision").GetInt64(), outcome = "agree" });
        shanghai.Rooms.Refusing["transfer-in"] = "系统维护";
        var decided = await shanghai.Post(ShanghaiHrss, $"/api/cases/{row.Number}/decide", new { revision = finished.Json.GetProperty("revision").GetInt64(), decision = "approve", reason = "符合规定" });
        Assert.Equal(CaseState.Deciding, decided.Json.GetProperty("state").GetString());
        await anhui.Settle(shanghai);
        Assert.Empty(shanghai.Rooms.Decisions);
        row = await CaseOf(shanghai, id);
        Assert.Equal((CaseState.Accepted, Next.Decide), (row.State, row.Todo));

        shanghai.Rooms.Refusing.Clear();
        await shanghai.Post(ShanghaiHrss, $"/api/cases/{row.Number}/decide", new { revision = row.Revision, decision = "approve", reason = "符合规定" });
        await anhui.Settle(shanghai);
        var told = Assert.Single(shanghai.Rooms.Decisions);
        Assert.Equal(("王安", "120", "340100"), (told.Claims["holder"], told.Claims["months"], told.Claims["place"]));
        var effect = shanghai.Rooms.Effects.Last();
        Assert.Equal(("120", "340100", "1250"), (effect.Data["months"], effect.Data["identity.division"], effect.Form["amount"]));
        var filing = await FilingOf(anhui, id);
        Assert.Equal((CaseState.Delivered, "cert-" + row.Number), (filing.State, filing.CertificateId));
    }

    [Theory]
    [InlineData("CN-YRD/320000")]
    [InlineData("CN-YRD/330000")]
    public async Task A_node_takes_no_step_under_the_number_of_another_nodes_case(string liar)
    {
        await using var shanghai = await CasesHost.Start("310000");
        await using var anhui = await CasesHost.Start("340000");
        var id = await File(anhui, OtherRooms.Joint, consent: true);
        await anhui.Settle(shanghai);
        var row = await CaseOf(shanghai, id);
        await shanghai.Post(ShanghaiHrss, $"/api/cases/{row.Number}/accept", new { revision = row.Revision });
        await anhui.Settle(shanghai);
        var asked = await anhui.As(async db => anhui.Services.CreateScope().ServiceProvider.GetRequiredService<JointAnswers>().Asked(await db.Set<JointStep>().AsNoTracking().SingleAsync()));

        var before = asked with { OwnerNode = liar, Step = asked.Step with { Id = "in" } };
        await anhui.Publish(before, liar);
        await anhui.Publish(before with { CaseNumber = "340100" + asked.CaseNumber[6..] }, liar);
        await anhui.Publish(before with { CaseNumber = "" }, liar);
        await anhui.Settle();
        Assert.Equal(1, await anhui.As(db => db.Set<JointStep>().CountAsync()));

        // Its own it may.
        await anhui.Publish(before with { CaseNumber = liar[7..] + asked.CaseNumber[6..] }, liar);
        await anhui.Settle();
        Assert.Equal(2, await anhui.As(db => db.Set<JointStep>().CountAsync()));
    }

    [Fact]
    public async Task A_matter_is_withdrawn_and_the_step_elsewhere_is_called_off()
    {
        await using var shanghai = await CasesHost.Start("310000");
        await using var anhui = await CasesHost.Start("340000");
        var id = await File(anhui, OtherRooms.Joint, consent: true);
        await anhui.Settle(shanghai);
        var filing = await FilingOf(anhui, id);
        var withdrawn = await anhui.Post(Wang, $"/api/filings/{id}/withdraw", new { revision = filing.Revision, reason = "不办了" });
        Assert.True(withdrawn.Status == 200, withdrawn.Text);
        Assert.Equal(CaseState.Received, (await FilingOf(anhui, id)).State);
        await anhui.Settle(shanghai);
        Assert.Equal(CaseState.Withdrawn, (await FilingOf(anhui, id)).State);
        var row = await CaseOf(shanghai, id);
        var late = await shanghai.Post(ShanghaiHrss, $"/api/cases/{row.Number}/accept", new { revision = row.Revision });
        Assert.Equal((409, "case.not-now"), (late.Status, late.Problem));
    }

    /// <summary>The deciding node's clock is an hour ahead, or behind: neither makes an answer of what it said before it was asked.</summary>
    [Theory]
    [InlineData(60)]
    [InlineData(-60)]
    public async Task A_withdrawal_waits_until_it_was_heard_whatever_the_clocks_say(int minutesAhead)
    {
        await using var shanghai = await CasesHost.Start("310000");
        await using var anhui = await CasesHost.Start("340000");
        shanghai.Clock.Now = shanghai.Clock.Now.AddMinutes(minutesAhead);
        var id = await File(anhui, OtherRooms.Joint, consent: true);
        await anhui.Settle(shanghai);
        var row = await CaseOf(shanghai, id);
        Assert.Equal(200, (await anhui.Post(Wang, $"/api/filings/{id}/withdraw", new { revision = (await FilingOf(anhui, id)).Revision })).Status);

        // On its way before the withdrawal arrived.
        var crossed = new CaseProgressed(id, row.Number, CaseState.Accepted, [], [], null, null, false, [], row.Revision + 1, shanghai.Clock.Now.ToUnixTimeMilliseconds());
        await anhui.Publish(crossed, "CN-YRD/310000");
        await anhui.Services.GetRequiredService<Tongban.Kernel.Events.OutboxDispatcher>().DeliverBatch(TestContext.Current.CancellationToken);
        var asked = await FilingOf(anhui, id);
        Assert.Equal((CaseState.Accepted, true, false), (asked.State, asked.WithdrawAskedAt is not null, asked.MayWithdraw));

        // It came too late, and the case is still open: the person may ask again.
        await anhui.Publish(crossed with { Revision = row.Revision + 2, WithdrawalHeard = asked.WithdrawSequence }, "CN-YRD/310000");
        await anhui.Services.GetRequiredService<Tongban.Kernel.Events.OutboxDispatcher>().DeliverBatch(TestContext.Current.CancellationToken);
        Assert.True((await FilingOf(anhui, id)).MayWithdraw);
    }

    [Fact]
    public async Task A_withdrawal_that_came_too_late_is_answered_as_heard()
    {
        await using var shanghai = await CasesHost.Start("310000");
        await using var anhui = await CasesHost.Start("340000");
        shanghai.Clock.Now = shanghai.Clock.Now.AddMinutes(-60);
        var id = await File(anhui, OtherRooms.Joint, consent: true);
        await anhui.Settle(shanghai);
        var row = await CaseOf(shanghai, id);
        Assert.Equal(200, (await shanghai.Post(ShanghaiHrss, $"/api/cases/{row.Number}/accept", new { revision = row.Revision })).Status);
        await anhui.Settle(shanghai);
        await shanghai.As(async db =>
        {
            // A department has begun to change its records.
            await db.Set<Step>().Where(s => s.CaseId == id).ExecuteUpdateAsync(s => s.SetProperty(x => x.State, StepState.Applying).SetProperty(x => x.Effect, "move"));
            return 0;
        });
        Assert.Equal(200, (await anhui.Post(Wang, $"/api/filings/{id}/withdraw", new { revision = (await FilingOf(anhui, id)).Revision })).Status);
        Assert.False((await FilingOf(anhui, id)).MayWithdraw);
        await anhui.Settle(shanghai);
        var answered = await FilingOf(anhui, id);
        Assert.Equal((CaseState.Accepted, true), (answered.State, answered.MayWithdraw));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_search_is_paged_over_own_cases_and_steps_for_others_and_shows_each_once(string engine)
    {
        Assert.SkipWhen(engine == "postgres" && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var database = engine == "postgres" ? await TestDatabase.Postgres() : TestDatabase.Sqlite();
        await using var shanghai = await CasesHost.Start("310000");
        await using var anhui = await CasesHost.Start("340000", database);
        await anhui.Settle(shanghai);
        var id = await File(anhui, OtherRooms.Joint, consent: true);
        await anhui.Settle(shanghai);
        var row = await CaseOf(shanghai, id);
        Assert.Equal(200, (await shanghai.Post(ShanghaiHrss, $"/api/cases/{row.Number}/accept", new { revision = row.Revision })).Status);
        await shanghai.Settle(anhui);
        var wanted = await anhui.As(async db =>
        {
            var joint = await db.Set<JointStep>().AsNoTracking().SingleAsync();
            var ids = new List<string> { joint.Id };
            for (var i = 0; i < 54; i++)
            {
                var next = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddSeconds(i)).ToString("N");
                ids.Add(next);
                db.Add(i % 2 == 0
                    ? Copy(joint, (nameof(JointStep.Id), next), (nameof(JointStep.StepId), $"s{i}"))
                    : Copy(row, (nameof(Case.Id), next), (nameof(Case.Number), $"n{i}"), (nameof(Case.Department), "340000-hrss"), (nameof(Case.Division), "340000")));
            }
            await db.SaveChangesAsync();
            return ids.Order(StringComparer.Ordinal).Reverse().ToList();
        });

        await using var scope = anhui.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Tongban.Kernel.Access.CurrentActor>().Become(TestActors.Parse(AnhuiHrss));
        var queue = scope.ServiceProvider.GetRequiredService<Queue>();
        var (seen, sizes, after) = (new List<string>(), new List<int>(), (string?)null);
        do
        {
            var page = (await queue.Find(OtherRooms.People["wang"].CitizenId, after, 20, TestContext.Current.CancellationToken)).Value;
            seen.AddRange(page.Items.Select(r => r.Id));
            sizes.Add(page.Items.Count);
            after = page.Next;
        }
        while (after is not null && sizes.Count < 9);
        Assert.Equal(wanted, seen);
        Assert.Equal([20, 20, 15], sizes);
    }

    static T Copy<T>(T row, params (string Name, object Value)[] but) where T : class
    {
        var copy = (T)typeof(T).GetMethod("MemberwiseClone", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.Invoke(row, null)!;
        foreach (var (name, value) in but)
            typeof(T).GetProperty(name)!.SetValue(copy, value);
        return copy;
    }

    [Fact]
    public async Task Progress_that_comes_late_or_from_elsewhere_changes_nothing()
    {
        await using var host = await CasesHost.Start();
        var id = await File(host);
        await host.Settle();
        var row = await CaseOf(host, id);
        await host.Post(ShanghaiFund, $"/api/cases/{row.Number}/accept", new { revision = row.Revision });
        await host.Settle();
        var old = new CaseProgressed(id, row.Number, CaseState.Received, [], [], null, null, false, [], 1, 1);
        await host.Publish(old);
        await host.Publish(old with { State = CaseState.Refused, Revision = 99 }, fromNode: "CN-YRD/330000");
        await host.Settle();
        var filing = await FilingOf(host, id);
        Assert.Equal((CaseState.Accepted, 2), (filing.State, filing.SeenRevision));
        // A gap does no harm: each message holds the whole state.
        await host.Publish(old with { State = CaseState.Supplement, Revision = 7 });
        await host.Settle();
        Assert.Equal((CaseState.Supplement, 7), ((await FilingOf(host, id)).State, (await FilingOf(host, id)).SeenRevision));
    }

    [Fact]
    public async Task A_published_rule_approves_at_once_and_keeps_its_reasons()
    {
        await using var host = await CasesHost.Start();
        IReadOnlyDictionary<string, object?>? seen = null;
        host.Rooms.Ruling = inputs =>
        {
            seen = inputs;
            return new RuleOutcome("rule-1", 3, [new Dictionary<string, object?> { ["decision"] = "approve", ["reason"] = "参保有效" }], [new FiredRule("r2", 2, "参保有效")]);
        };
        var id = await File(host, OtherRooms.AtOnce, consent: true);
        await host.Settle();
        Assert.Equal((true, new DateOnly(2026, 1, 1)), (seen!["found"], seen["since"]));
        Assert.Equal("rule-1 v3", Assert.Single(host.Rooms.Decisions).Rule);
        Assert.Equal(CaseState.Delivered, (await FilingOf(host, id)).State);
        var shown = await host.Get(ShanghaiHrss, $"/api/cases/{(await CaseOf(host, id)).Number}");
        Assert.Equal("2: 参保有效", shown.Json.GetProperty("rule")[1].GetString());
    }

    [Theory]
    [InlineData("people", 1)]
    [InlineData("refuse", 1)]
    [InlineData("approve", 2)]
    [InlineData("approve", 0)]
    public async Task A_rule_in_doubt_leaves_the_case_to_people(string decision, int rows)
    {
        await using var host = await CasesHost.Start();
        host.Rooms.Ruling = _ => new RuleOutcome("rule-1", 1, [.. Enumerable.Repeat(new Dictionary<string, object?> { ["decision"] = decision }, rows)], []);
        var id = await File(host, OtherRooms.AtOnce, consent: true);
        await host.Settle();
        Assert.Equal((CaseState.Received, Next.Accept), ((await CaseOf(host, id)).State, (await CaseOf(host, id)).Todo));
    }

    [Fact]
    public async Task A_matter_is_rated_once_after_its_end()
    {
        await using var host = await CasesHost.Start();
        var id = await File(host, OtherRooms.AtOnce);
        await host.Settle();
        var early = await host.Post(Wang, $"/api/filings/{id}/rate", new { revision = (await FilingOf(host, id)).Revision, stars = 5 });
        Assert.Equal("rating.early", early.Problem);
        var row = await CaseOf(host, id);
        await host.Post(ShanghaiHrss, $"/api/cases/{row.Number}/not-accept", new { revision = row.Revision, reason = "不属于本机关职权" });
        await host.Settle();
        var filing = await FilingOf(host, id);
        Assert.Equal("rating.stars", (await host.Post(Wang, $"/api/filings/{id}/rate", new { revision = filing.Revision, stars = 6 })).Problem);
        Assert.Equal(200, (await host.Post(Wang, $"/api/filings/{id}/rate", new { revision = filing.Revision, stars = 2, words = "太慢" })).Status);
        await host.Settle();
        Assert.Equal(2, (await CaseOf(host, id)).Stars);
        Assert.Equal("rating.once", (await host.Post(Wang, $"/api/filings/{id}/rate", new { revision = (await FilingOf(host, id)).Revision, stars = 5 })).Problem);
    }
}
