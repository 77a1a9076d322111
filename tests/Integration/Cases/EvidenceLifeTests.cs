using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Cases;
using Tongban.Cases.Deciding;
using Tongban.Cases.Filings;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Cases.TestActors;

namespace Tongban.Tests.Integration.Cases;

/// <summary>What was obtained is erased when its time is over, wherever the application took it; that it was found stays known.</summary>
public sealed class EvidenceLifeTests : IAsyncLifetime
{
    /// <summary>Decides.</summary>
    CasesHost shanghai = null!;

    /// <summary>Where the person files, and whose department is asked for a step.</summary>
    CasesHost anhui = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (shanghai, anhui) = (await CasesHost.Start("310000"), await CasesHost.Start("340000"));

    public async ValueTask DisposeAsync()
    {
        await shanghai.DisposeAsync();
        await anhui.DisposeAsync();
    }

    async Task After(int days)
    {
        foreach (var host in new[] { shanghai, anhui })
        {
            host.Clock.Now = new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.FromHours(8)).AddDays(days);
            await host.Services.GetRequiredService<Housekeeping>().Once(Ct);
        }
    }

    static T Open<T>(CasesHost host, string stored, string column) => new SealedJson(host.Services.GetRequiredService<IVault>()).Open<T>(stored, column);

    async Task<List<EvidenceUsed>> Everywhere()
    {
        var draft = await anhui.As(db => db.Set<Filing>().AsNoTracking().SingleAsync(Ct));
        var row = await shanghai.As(db => db.Set<Case>().AsNoTracking().SingleAsync(Ct));
        var joint = await anhui.As(db => db.Set<JointStep>().AsNoTracking().SingleAsync(Ct));
        IReadOnlyList<RequirementMet>[] met =
        [
            Open<FilingBody>(anhui, draft.Body, FileCase.BodyColumn).Requirements,
            Open<CaseBody>(shanghai, row.Body, Dossiers.BodyColumn).Requirements,
            Open<StepRequested>(anhui, joint.Body, JointAnswers.BodyColumn).Requirements,
        ];
        return [.. met.Select(m => m.Single().Evidence!)];
    }

    [Fact]
    public async Task It_is_there_until_the_day_and_then_nowhere()
    {
        // Thirty days, as the person agreed: the node that asked says until when.
        anhui.Rooms.Answering = q => new ExchangeAnswer(
            "x1", q.ProviderNode, "340000-police", q.Resource, anhui.Clock.Now, [new Dictionary<string, string?> { ["name"] = "王安", ["division"] = "340100" }], "a1", q.ConsentId, 1, 2)
        { DeleteAt = anhui.Clock.Now.AddDays(30) };
        var filed = await anhui.Post(Wang, "/api/filings", new { baseCode = OtherRooms.Joint, form = new { since = "2026-01-01" }, consent = true });
        Assert.True(filed.Status == 201, filed.Text);
        var consent = anhui.Rooms.Consents.Single();
        Assert.Equal((ConsentFetch.OneTime, GatherEvidence.DataLifeDays), (consent.Fetch, consent.DataLifeDays));
        await anhui.Settle(shanghai);
        var number = (await shanghai.As(db => db.Set<Case>().AsNoTracking().SingleAsync(Ct))).Number;
        var accepted = await shanghai.Post(ShanghaiHrss, $"/api/cases/{number}/accept", new { revision = (await shanghai.As(db => db.Set<Case>().AsNoTracking().SingleAsync(Ct))).Revision });
        Assert.True(accepted.Status == 200, accepted.Text);
        await shanghai.Settle(anhui);
        var joint = Open<StepRequested>(anhui, (await anhui.As(db => db.Set<JointStep>().AsNoTracking().SingleAsync(Ct))).Body, JointAnswers.BodyColumn);
        Assert.Equal("340100", joint.Data["identity.division"]);

        await After(29);
        Assert.All(await Everywhere(), e => Assert.Equal("王安", e.Rows.Single()["name"]));
        await After(30);
        Assert.All(await Everywhere(), e => Assert.Equal((0, "x1", (long?)anhui.Clock.Now.ToUnixTimeMilliseconds()), (e.Rows.Count, e.ExchangeId, e.ErasedAt)));
        joint = Open<StepRequested>(anhui, (await anhui.As(db => db.Set<JointStep>().AsNoTracking().SingleAsync(Ct))).Body, JointAnswers.BodyColumn);
        Assert.DoesNotContain("identity.division", joint.Data.Keys);
        var page = await shanghai.Browse(ShanghaiHrss, $"/console/cases/{number}");
        Assert.Equal(200, page.Status);
        Assert.Contains("查到的内容保存到期", System.Net.WebUtility.HtmlDecode(page.Text));
        Assert.DoesNotContain("340100", page.Text);
        // Once is enough: nothing is due any more.
        var revision = (await shanghai.As(db => db.Set<Case>().AsNoTracking().SingleAsync(Ct))).Revision;
        await After(31);
        Assert.Equal(revision, (await shanghai.As(db => db.Set<Case>().AsNoTracking().SingleAsync(Ct))).Revision);
    }

    [Fact]
    public async Task An_officer_says_on_the_page_of_the_case_that_a_fact_is_wrong()
    {
        var filed = await anhui.Post(Wang, "/api/filings", new { baseCode = OtherRooms.Joint, form = new { since = "2026-01-01" }, consent = true });
        Assert.True(filed.Status == 201, filed.Text);
        await anhui.Settle(shanghai);
        var row = await shanghai.As(db => db.Set<Case>().AsNoTracking().SingleAsync(Ct));
        var page = $"/console/cases/{row.Number}";
        Assert.Contains($"{page}/disputes", (await shanghai.Browse(ShanghaiHrss, page)).Text);
        Task<Answer> Say(string actor, string field, string claim) => shanghai.Submit(actor, $"{page}/disputes", new() { ["requirement"] = "identity", ["field.identity"] = field, ["claim.identity"] = claim });
        Assert.Equal(400, (await Say(ShanghaiHrss, "nothing", "应为合肥市，见户口簿")).Status);
        Assert.Equal(400, (await Say(ShanghaiHrss, "division", "错")).Status);
        Assert.Equal(404, (await Say(ShanghaiFund, "division", "应为合肥市，见户口簿")).Status);
        Assert.Empty(shanghai.Rooms.Disputed);
        Assert.Equal(303, (await Say(ShanghaiHrss, "division", "应为合肥市，见户口簿")).Status);
        var said = Assert.Single(shanghai.Rooms.Disputed);
        Assert.Equal(("x1", "division", row.Number, "CN-YRD/340000"), (said.ExchangeId, said.Field, said.CaseNumber, said.FilingNode));
        Assert.Equal(OtherRooms.People["wang"].CitizenId, said.Subjects[0]);
        Assert.Contains("异议处理中", System.Net.WebUtility.HtmlDecode((await shanghai.Browse(ShanghaiHrss, page)).Text));
    }

    [Fact]
    public async Task An_application_that_was_not_handed_in_asks_again()
    {
        var found = new EvidenceFound("identity", FindingState.Found, Used(anhui.Clock.Now.AddDays(7)), null, null, null, PersonSays.Use, 1);
        var body = new DraftBody(OtherRooms.People["wang"], null, new Dictionary<string, string>()) { Evidence = new Dictionary<string, EvidenceFound> { ["identity"] = found }, Consented = true, Form = new Dictionary<string, string> { ["name"] = "王安" } };
        var seal = new SealedJson(anhui.Services.GetRequiredService<IVault>());
        var row = new Draft { Id = "d1", Division = "340000", SubjectKey = "key", BaseCode = OtherRooms.Joint, ImplementationCode = "x", ItemName = new("事项", "Item"), Body = seal.Seal(body, Drafts.BodyColumn), EvidenceUntil = found.Evidence!.DeleteAt, ExpiresAt = long.MaxValue };
        // One that cannot be opened stands before it, and keeps nothing else from being erased.
        var broken = new Draft { Id = "d0", Division = "340000", SubjectKey = "key", BaseCode = OtherRooms.Joint, ImplementationCode = "x", ItemName = new("事项", "Item"), Body = "no seal", EvidenceUntil = row.EvidenceUntil, ExpiresAt = long.MaxValue };
        await anhui.As(db =>
        {
            db.AddRange(row, broken);
            return db.SaveChangesAsync(Ct);
        });
        Task<Draft> Kept() => anhui.As(db => db.Set<Draft>().AsNoTracking().SingleAsync(d => d.Id == "d1", Ct));
        await After(6);
        Assert.Single(Open<DraftBody>(anhui, (await Kept()).Body, Drafts.BodyColumn).Evidence);
        await After(7);
        var left = Open<DraftBody>(anhui, (await Kept()).Body, Drafts.BodyColumn);
        Assert.Equal((0, null, "王安"), (left.Evidence.Count, left.Consented, left.Form["name"]));
    }

    static EvidenceUsed Used(DateTimeOffset until) => new(
        "identity", "x1", "CN-YRD/340000", new("公安", "Police"), "police.identity", new("身份", "Identity"), 1, [new Dictionary<string, string?> { ["name"] = "王安" }], new Dictionary<string, Words>(), "c1", 1, 2)
    { DeleteAt = until.ToUnixTimeMilliseconds() };
}
