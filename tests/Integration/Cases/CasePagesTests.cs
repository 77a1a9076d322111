using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Cases;
using Tongban.Cases.Deciding;
using Tongban.Cases.Filings;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Xunit;
using static Tongban.Tests.Integration.Cases.TestActors;

namespace Tongban.Tests.Integration.Cases;

/// <summary>The pages as a browser without JavaScript uses them.</summary>
public partial class CasePagesTests
{
    static readonly byte[] Pdf = "%PDF-1.4 a lease"u8.ToArray();

    [GeneratedRegex("name=\"revision\" value=\"(\\d+)\"")]
    private static partial Regex RevisionField();

    static async Task<(string Text, string Revision)> Page(CasesHost host, string actor, string path)
    {
        var page = await host.Browse(actor, path);
        Assert.True(page.Status == 200, $"{path}: {page.Status} {page.Text}");
        var text = WebUtility.HtmlDecode(page.Text);
        return (text, RevisionField().Match(text).Groups[1].Value);
    }

    static async Task<string> Start(CasesHost host, string item)
    {
        var started = await host.Submit(Wang, "/drafts", new() { ["baseCode"] = item, ["answer.formerProvince"] = "340000" });
        Assert.True(started.Status == 303, started.Text);
        return started.Location!;
    }

    [Fact]
    public async Task A_person_agrees_fills_checks_and_hands_in_and_an_officer_finishes()
    {
        await using var host = await CasesHost.Start();
        var evidence = await Start(host, OtherRooms.Joint);
        Assert.EndsWith("/evidence", evidence);
        var draft = evidence[..evidence.LastIndexOf('/')];

        var (before, revision) = await Page(host, Wang, evidence);
        Assert.Contains("安徽省公安厅", before);
        Assert.Contains("同意并查询", before);
        Assert.Empty(host.Rooms.Asked);
        Assert.Equal((303, evidence), Pair(await host.Submit(Wang, evidence, new() { ["revision"] = revision, ["do"] = "agree" })));
        var (found, next) = await Page(host, Wang, evidence);
        Assert.Contains("免交：身份证", found);
        Assert.Contains("安徽省合肥市", found);
        var stale = await host.Submit(Wang, evidence, new() { ["revision"] = revision, ["do"] = "save" });
        Assert.Equal(409, stale.Status);
        var saved = await host.Submit(Wang, evidence, new() { ["revision"] = next, ["do"] = "save", ["says.identity"] = "agree" });
        Assert.Equal((303, draft + "/form/main"), Pair(saved));

        var (form, at) = await Page(host, Wang, draft + "/form/main");
        Assert.Contains("value=\"王安\"", form);
        var wrong = await host.Submit(Wang, draft + "/form/main", new() { ["revision"] = at, ["name"] = "王安", ["since"] = "昨天", ["amount"] = "12.345" });
        Assert.Equal(400, wrong.Status);
        var shown = WebUtility.HtmlDecode(wrong.Text);
        Assert.Contains("开始日期不是有效的日期", shown);
        Assert.Contains("value=\"昨天\"", shown);
        Assert.Contains("最多两位小数", shown);
        var filled = await host.Submit(Wang, draft + "/form/main", new() { ["revision"] = at, ["name"] = "王安", ["since"] = "2026-01-01", ["amount"] = "1,212.50" });
        Assert.Equal((303, draft + "/check"), Pair(filled));

        Assert.Contains("继续填写", (await Page(host, Wang, draft)).Text);
        var (check, last) = await Page(host, Wang, draft + "/check");
        Assert.Contains("¥1,212.50", check);
        Assert.Contains("免交，已查到", check);
        var filed = await host.Submit(Wang, draft + "/file", new() { ["revision"] = last });
        Assert.Equal(303, filed.Status);
        var again = await host.Submit(Wang, draft + "/file", new() { ["revision"] = last });
        Assert.Equal(409, again.Status);
        Assert.Contains("\"/my/cases\"", again.Text);
        var matter = filed.Location![..filed.Location!.LastIndexOf('/')];
        Assert.Contains("申请已提交", (await Page(host, Wang, filed.Location!)).Text);
        Assert.Contains("收件回执", (await Page(host, Wang, matter + "/receipt")).Text);
        Assert.Contains("待受理", (await Page(host, Wang, matter)).Text);
        var mine = (await Page(host, Wang, "/my/cases")).Text;
        Assert.Contains("待受理", mine);
        Assert.DoesNotContain("草稿", mine);

        var queue = (await Page(host, ShanghaiHrss, "/console/queue")).Text;
        var row = await host.As(db => db.Set<Case>().AsNoTracking().SingleAsync());
        Assert.Contains(row.Number, queue);
        var (desk, seen) = await Page(host, ShanghaiHrss, $"/console/cases/{row.Number}");
        Assert.Contains("文书 Accepted", desk);
        Assert.DoesNotContain("作出决定", desk);
        Assert.Equal((303, $"/console/cases/{row.Number}"), Pair(await host.Submit(ShanghaiHrss, $"/console/cases/{row.Number}/accept", new() { ["revision"] = seen })));
        var (accepted, _) = await Page(host, ShanghaiHrss, $"/console/cases/{row.Number}");
        Assert.Contains("一次性告知补正", accepted);
        row = await host.As(db => db.Set<Case>().AsNoTracking().SingleAsync());
        var noReason = await host.Submit(ShanghaiHrss, $"/console/cases/{row.Number}/supplement", new() { ["revision"] = $"{row.Revision}", ["wanted.identity"] = "true" });
        Assert.Equal(400, noReason.Status);
        Assert.Contains("请写明需要补正", WebUtility.HtmlDecode(noReason.Text));
        var second = await host.Submit(ShanghaiHrssToo, $"/console/cases/{row.Number}/extend", new() { ["revision"] = seen, ["days"] = "3", ["reason"] = "复杂" });
        Assert.Equal(409, second.Status);
        Assert.Contains("其他人处理过", WebUtility.HtmlDecode(second.Text));
        Assert.Contains(row.Number, (await Page(host, ShanghaiHrss, "/console/search?q=" + Uri.EscapeDataString("王安"))).Text);
    }

    static (int, string?) Pair(Answer answer) => (answer.Status, answer.Location);

    [Fact]
    public async Task Documents_are_added_taken_away_and_kept_until_handed_in()
    {
        await using var host = await CasesHost.Start();
        var documents = await Start(host, OtherRooms.TwoSteps);
        Assert.EndsWith("/documents", documents);
        var (_, revision) = await Page(host, Wang, documents);
        var lying = await host.PostFiles(Wang, documents, new Dictionary<string, string> { ["revision"] = revision }, ("upload.lease", "合同.png", Pdf));
        Assert.Equal(400, lying.Status);
        Assert.Contains("内容却是 PDF", WebUtility.HtmlDecode(lying.Text));
        Assert.Equal(303, (await host.PostFiles(Wang, documents, new Dictionary<string, string> { ["revision"] = revision, ["do"] = "more" }, ("upload.lease", "合同.pdf", Pdf))).Status);
        var (kept, next) = await Page(host, Wang, documents);
        Assert.Contains("合同.pdf", kept);
        var use = await host.As(db => db.Set<FileUse>().AsNoTracking().SingleAsync());
        Assert.Equal(303, (await host.Submit(Wang, documents, new() { ["revision"] = next, [$"remove.lease.{use.Hash}"] = "true", ["do"] = "more" })).Status);
        Assert.Equal(0, await host.As(db => db.Set<FileUse>().CountAsync()));
        var draft = documents[..documents.LastIndexOf('/')];
        var (check, _) = await Page(host, Wang, draft + "/check");
        Assert.Contains("还差 1 份材料：房屋租赁合同", check);
        Assert.Equal(404, (await host.Browse(Li, draft)).Status);
        Assert.Equal(404, (await host.Submit(Li, draft + "/discard", [])).Status);
        Assert.Equal((303, "/my/cases"), Pair(await host.Submit(Wang, draft + "/discard", [])));
        Assert.Equal(404, (await host.Browse(Wang, draft)).Status);
    }

    [Fact]
    public async Task A_draft_is_forgotten_after_thirty_days_with_its_files()
    {
        await using var host = await CasesHost.Start();
        var documents = await Start(host, OtherRooms.TwoSteps);
        var (_, revision) = await Page(host, Wang, documents);
        await host.PostFiles(Wang, documents, new Dictionary<string, string> { ["revision"] = revision }, ("upload.lease", "合同.pdf", Pdf));
        var hash = (await host.As(db => db.Set<FileUse>().AsNoTracking().SingleAsync())).Hash;
        var files = host.Services.GetRequiredService<IStoredFiles>();
        var sweep = host.Services.GetRequiredService<Housekeeping>();
        await sweep.Once(TestContext.Current.CancellationToken);
        Assert.True(files.Has(hash));
        host.Clock.Now = host.Clock.Now.AddDays(31);
        Assert.Equal(404, (await host.Browse(Wang, documents)).Status);
        await sweep.Once(TestContext.Current.CancellationToken);
        Assert.False(files.Has(hash));
        Assert.Equal(0, await host.As(db => db.Set<Draft>().CountAsync()));
    }

    [Fact]
    public async Task Files_that_nothing_uses_are_removed_within_a_day_of_their_week()
    {
        await using var host = await CasesHost.Start();
        var documents = await Start(host, OtherRooms.TwoSteps);
        var (_, revision) = await Page(host, Wang, documents);
        var answer = await host.PostFiles(Wang, documents, new Dictionary<string, string> { ["revision"] = revision, ["do"] = "more" }, ("upload.lease", "合同.pdf", Pdf), ("upload.lease", "附件.pdf", [.. Pdf, 1]));
        Assert.Equal(303, answer.Status);
        var hashes = await host.As(db => db.Set<FileUse>().AsNoTracking().Select(u => u.Hash).ToListAsync());
        Assert.Equal(2, hashes.Count);
        var (_, next) = await Page(host, Wang, documents);
        await host.Submit(Wang, documents, new() { ["revision"] = next, [$"remove.lease.{hashes[0]}"] = "true", ["do"] = "more" });
        var half = Path.Combine(host.Identity.DataFolder, "files", hashes[1][..2], hashes[1][2..] + ".0192");
        File.WriteAllText(half, "half a file");
        File.SetLastWriteTimeUtc(half, host.Clock.Now.UtcDateTime);
        var files = host.Services.GetRequiredService<IStoredFiles>();

        await Day(host);
        Assert.Equal((true, true, true), (files.Has(hashes[0]), files.Has(hashes[1]), File.Exists(half)));
        host.Clock.Now = host.Clock.Now.AddDays(7);
        await Day(host);
        Assert.Equal((false, true, false), (files.Has(hashes[0]), files.Has(hashes[1]), File.Exists(half)));

        static async Task Day(CasesHost host)
        {
            for (var hour = 0; hour < 24; hour++)
            {
                await host.Services.GetRequiredService<Housekeeping>().Once(TestContext.Current.CancellationToken);
                host.Clock.Now = host.Clock.Now.AddHours(1);
            }
        }
    }

    [Fact]
    public async Task Where_the_agreements_let_it_a_person_consents_once_for_every_day_and_renews_what_was_found()
    {
        await using var host = await CasesHost.Start();
        host.Rooms.MayRepeat = true;
        var evidence = await Start(host, OtherRooms.Joint);
        var (asked, revision) = await Page(host, Wang, evidence);
        Assert.Contains("30 天内，每个部门每天最多查一次", asked);
        Assert.Contains("For 30 days each department can be asked at most once a day", (await Page(host, Wang, evidence + "?lang=en")).Text);
        await host.Submit(Wang, evidence, new() { ["revision"] = revision, ["do"] = "agree", ["often"] = "daily" });
        var consent = Assert.Single(host.Rooms.Consents);
        Assert.Equal((new ConsentFetch(ConsentFetch.Periodic, 1, ConsentFetch.Day), TimeSpan.FromDays(30)), (consent.Fetch, consent.Life));

        // Renewed under the same consent; it can be withdrawn from here.
        host.Rooms.Answering = q => new OtherRooms().Answering(q).Value with { Rows = [new Dictionary<string, string?> { ["name"] = "王安平", ["division"] = "340100" }] };
        var (found, next) = await Page(host, Wang, evidence);
        Assert.Contains("您选择了定期授权", found);
        Assert.Contains("href=\"/my/consents\"", found);
        await host.Submit(Wang, evidence, new() { ["revision"] = next, ["do"] = "renew" });
        var (renewed, last) = await Page(host, Wang, evidence);
        Assert.Contains("王安平", renewed);
        Assert.Single(host.Rooms.Consents);
        Assert.Equal(["consent-1", "consent-1"], host.Rooms.Asked.Select(q => q.ConsentId));

        // What does not come anew stays, and says why.
        host.Rooms.Answering = _ => new Error(ErrorKind.Forbidden, "consent.frequency", "本期已用完", "used up");
        await host.Submit(Wang, evidence, new() { ["revision"] = last, ["do"] = "renew" });
        var (kept, _) = await Page(host, Wang, evidence);
        Assert.Contains("王安平", kept);
        Assert.Contains("这次没有更新：本期已用完", kept);
    }

    [Fact]
    public async Task A_fact_that_hangs_on_another_is_renewed_about_the_person_whom_the_new_answer_names()
    {
        await using var host = await CasesHost.Start();
        host.Rooms.MayRepeat = true;
        var joint = host.Rooms.Known[OtherRooms.Joint];
        var marriage = joint.Requirements[0] with { Id = "marriage", Fields = ["wifeId"] };
        host.Rooms.Known[OtherRooms.Joint] = joint with { Requirements = [joint.Requirements[0] with { Id = "spouse", Subject = "spouse", SubjectFrom = "marriage.wifeId", Fields = ["name"] }, marriage] };
        var (applicant, wife) = (OtherRooms.People["wang"].CitizenId, "first-wife");
        Func<ExchangeQuestion, Result<ExchangeAnswer>> register = q => new OtherRooms().Answering(q).Value with
        {
            Rows = [q.Parameters["citizenId"] == applicant ? new() { ["wifeId"] = wife } : new Dictionary<string, string?> { ["name"] = $"name of {q.Parameters["citizenId"]}" }],
        };
        host.Rooms.Answering = register;
        var evidence = await Start(host, OtherRooms.Joint);
        async Task<string> Send(string what, params (string Name, string Value)[] more)
        {
            var (_, revision) = await Page(host, Wang, evidence);
            await host.Submit(Wang, evidence, new Dictionary<string, string>(more.Select(m => KeyValuePair.Create(m.Name, m.Value))) { ["revision"] = revision, ["do"] = what });
            return (await Page(host, Wang, evidence)).Text;
        }
        Assert.Contains("name of first-wife", await Send("agree", ("often", "daily")));

        wife = "second-wife";
        var renewed = await Send("renew", ("says.marriage", "correct"));
        Assert.Contains("name of second-wife", renewed);
        Assert.DoesNotContain("first-wife", renewed);
        // What the person said of it is not unsaid by asking again.
        Assert.Matches("name=\"says\\.marriage\" value=\"correct\" checked", renewed);

        // The register of marriages does not answer: who is meant stays, and so does what was found about them.
        host.Rooms.Answering = _ => Error.Unavailable("peer.down", "不通", "down");
        Assert.Contains("name of second-wife", await Send("renew"));
        // Another person is meant now, and nothing is known about them: what was found about somebody else is not kept.
        wife = "third-wife";
        host.Rooms.Answering = q => q.Parameters["citizenId"] == applicant ? register(q) : Error.Unavailable("peer.down", "不通", "down");
        Assert.DoesNotContain("name of second-wife", await Send("renew"));
    }

    [Fact]
    public async Task Where_an_agreement_does_not_let_it_each_source_answers_once_whatever_is_sent()
    {
        await using var host = await CasesHost.Start();
        var evidence = await Start(host, OtherRooms.Joint);
        var (asked, revision) = await Page(host, Wang, evidence);
        Assert.DoesNotContain("name=\"often\"", asked);
        await host.Submit(Wang, evidence, new() { ["revision"] = revision, ["do"] = "agree", ["often"] = "daily" });
        Assert.Equal(ConsentFetch.OneTime, Assert.Single(host.Rooms.Consents).Fetch);
        var (found, _) = await Page(host, Wang, evidence);
        Assert.DoesNotContain("更新查到的信息", found);
    }

    [Fact]
    public async Task A_department_that_is_down_is_said_and_asked_again()
    {
        await using var host = await CasesHost.Start();
        host.Rooms.Answering = _ => Error.Unavailable("peer.down", "不通", "down");
        var evidence = await Start(host, OtherRooms.Joint);
        var (_, revision) = await Page(host, Wang, evidence);
        await host.Submit(Wang, evidence, new() { ["revision"] = revision, ["do"] = "agree" });
        var (down, next) = await Page(host, Wang, evidence);
        Assert.Contains("现在没有应答", down);
        Assert.Contains("同意再查一次", down); // asking again rests on a new consent, so the button says agree
        host.Rooms.Answering = new OtherRooms().Answering;
        await host.Submit(Wang, evidence, new() { ["revision"] = next, ["do"] = "again" });
        var (found, last) = await Page(host, Wang, evidence);
        Assert.Contains("免交：身份证", found);
        // Said to be wrong: it is not used, and the person brings it.
        var own = await host.Submit(Wang, evidence, new() { ["revision"] = last, ["do"] = "save", ["says.identity"] = "correct" });
        Assert.EndsWith("/documents", own.Location);
    }
}
