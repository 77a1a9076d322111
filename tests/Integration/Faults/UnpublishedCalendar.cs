using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Cases;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Cases;
using Tongban.Kernel.Time;
using Tongban.Tests.Integration.Cases;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Cases.TestActors;

namespace Tongban.Tests.Integration.Faults;

/// <summary>A clock that runs into a year whose holidays nobody has published: said to be provisional, and computed anew when they are.</summary>
public class UnpublishedCalendar
{
    /// <summary>2027 with only its first two weeks stated: 1–3 January off as ever, 4–8 January off as nobody expected.</summary>
    static WorkingCalendar WithNextYear()
    {
        var folder = Directory.CreateTempSubdirectory("tongban-calendar-").FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(SharedFolder, "reference", "holidays"), "*.json"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var days = string.Join(',', Enumerable.Range(1, 8).Select(d => $$"""{"name":"元旦","date":"2027-01-0{{d}}","isOffDay":true}"""));
        File.WriteAllText(Path.Combine(folder, "2027.json"), $$"""{"year":2027,"papers":[],"days":[{{days}}]}""");
        var calendar = WorkingCalendar.Load(folder);
        Directory.Delete(folder, recursive: true);
        return calendar;
    }

    static string SharedFolder => Path.Combine(ProjectRoot.Path, "data");

    [Fact]
    public async Task A_due_date_in_an_unpublished_year_is_shown_as_provisional_and_moves_when_the_year_is_published()
    {
        await using var database = TestDatabase.Sqlite();
        string id, number;
        await using (var host = await CasesHost.Start(on: database))
        {
            host.Clock.Now = new DateTimeOffset(2026, 12, 25, 9, 0, 0, TimeSpan.FromHours(8));
            var filed = await host.PostFiles(Wang, "/api/filings", new { baseCode = OtherRooms.TwoSteps, form = new { since = "2026-01-01" } }, ("upload.lease", "合同.pdf", "%PDF-1.4"u8.ToArray()));
            id = filed.Json.GetProperty("id").GetString()!;
            await host.Settle();
            var row = await host.As(db => db.Set<Case>().AsNoTracking().SingleAsync());
            number = row.Number;
            var accepted = await host.Post(ShanghaiFund, $"/api/cases/{number}/accept", new { revision = row.Revision });
            Assert.Equal(200, accepted.Status);
            await host.Settle();
            // Ten working days after Friday 25 December, weekends alone left out of 2027.
            Assert.Equal(("2027-01-08", true), await Due(host));
            await Shown(host, id, number, provisional: true, "2027年1月8日");
        }

        await using (var host = await CasesHost.Start(on: database, calendar: WithNextYear()))
        {
            host.Clock.Now = new DateTimeOffset(2026, 12, 28, 9, 0, 0, TimeSpan.FromHours(8));
            await host.Services.GetRequiredService<Housekeeping>().Once(TestContext.Current.CancellationToken);
            await host.Settle();
            Assert.Equal(("2027-01-18", false), await Due(host));
            await Shown(host, id, number, provisional: false, "2027年1月18日");
            // Nothing is left to compute: the same again changes nothing.
            var before = await host.As(db => db.Set<Case>().AsNoTracking().SingleAsync());
            await host.Services.GetRequiredService<Housekeeping>().Once(TestContext.Current.CancellationToken);
            Assert.Equal(before.Revision, (await host.As(db => db.Set<Case>().AsNoTracking().SingleAsync())).Revision);
        }
    }

    [Fact]
    public async Task A_promised_date_before_the_year_ends_is_not_provisional_because_the_legal_one_is()
    {
        await using var host = await CasesHost.Start();
        host.Clock.Now = new DateTimeOffset(2026, 12, 14, 9, 0, 0, TimeSpan.FromHours(8));
        var filed = await host.PostFiles(Wang, "/api/filings", new { baseCode = OtherRooms.TwoSteps, form = new { since = "2026-01-01" } }, ("upload.lease", "合同.pdf", "%PDF-1.4"u8.ToArray()));
        await host.Settle();
        var row = await host.As(db => db.Set<Case>().AsNoTracking().SingleAsync());
        Assert.Equal(200, (await host.Post(ShanghaiFund, $"/api/cases/{row.Number}/accept", new { revision = row.Revision })).Status);
        await host.Settle();
        Assert.Equal(("2026-12-28", true), await Due(host));
        var person = WebUtility.HtmlDecode((await host.Browse(Wang, $"/my/cases/{filed.Json.GetProperty("id").GetString()}")).Text);
        Assert.Contains("2026年12月28日", person, StringComparison.Ordinal);
        Assert.DoesNotContain("暂定", person, StringComparison.Ordinal);
        // The officer sees both dates; the legal one alone is marked.
        var officer = WebUtility.HtmlDecode((await host.Browse(ShanghaiFund, $"/console/cases/{row.Number}")).Text);
        Assert.Equal(1, officer.Split("暂定").Length - 1);
    }

    [Fact]
    public async Task The_days_to_accept_to_supplement_and_to_bring_a_promised_document_are_said_to_be_provisional_as_well()
    {
        await using var database = TestDatabase.Sqlite();
        string asked, promised;
        await using (var host = await CasesHost.Start(on: database))
        {
            host.Clock.Now = new DateTimeOffset(2026, 12, 25, 9, 0, 0, TimeSpan.FromHours(8));
            var filed = await host.PostFiles(Wang, "/api/filings", new { baseCode = OtherRooms.TwoSteps, form = new { since = "2026-01-01" } }, ("upload.lease", "合同.pdf", "%PDF-1.4"u8.ToArray()));
            asked = filed.Json.GetProperty("id").GetString()!;
            var row = await One(host, asked);
            Assert.Equal(200, (await host.Post(ShanghaiFund, $"/api/cases/{row.Number}/supplement", new { revision = row.Revision, reasons = new { lease = "缺签名页" } })).Status);
            promised = (await host.Post(Wang, "/api/filings", new { baseCode = OtherRooms.TwoSteps, form = new { since = "2026-01-01" }, deferred = new[] { "lease" } })).Json.GetProperty("id").GetString()!;

            Assert.Equal(("2027-01-08", true), Told(await One(host, asked)));
            // Five working days: 28–31 December and Friday 1 January, as weekends alone are left out of 2027.
            Assert.Equal(("2027-01-01", true), Told(await One(host, promised)));
            await Said(host, $"/my/cases/{asked}", "2027年1月8日", provisional: true);
            await Said(host, $"/my/cases/{promised}", "2027年1月8日", provisional: true);
            await Said(host, $"/my/cases/{promised}/receipt", "2027年1月8日", provisional: true);
            Assert.Contains("暂定", WebUtility.HtmlDecode((await host.Browse(ShanghaiFund, "/console/queue")).Text), StringComparison.Ordinal);
            Assert.True((await host.Get(Wang, $"/api/filings/{asked}")).Json.GetProperty("wanted")[0].GetProperty("provisional").GetBoolean());
        }

        await using (var host = await CasesHost.Start(on: database, calendar: WithNextYear()))
        {
            host.Clock.Now = new DateTimeOffset(2026, 12, 28, 9, 0, 0, TimeSpan.FromHours(8));
            await host.Services.GetRequiredService<Housekeeping>().Once(TestContext.Current.CancellationToken);
            await host.Settle();
            Assert.Equal(("2027-01-18", false), Told(await One(host, asked)));
            Assert.Equal(("2027-01-11", false), Told(await One(host, promised)));
            await Said(host, $"/my/cases/{asked}", "2027年1月18日", provisional: false);
            await Said(host, $"/my/cases/{promised}", "2027年1月18日", provisional: false);
            await Said(host, $"/my/cases/{promised}/receipt", "2027年1月18日", provisional: false);
            Assert.DoesNotContain("暂定", WebUtility.HtmlDecode((await host.Browse(ShanghaiFund, "/console/queue")).Text), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_date_for_the_supplement_that_the_officer_sets_is_that_date()
    {
        await using var host = await CasesHost.Start();
        host.Clock.Now = new DateTimeOffset(2026, 12, 25, 9, 0, 0, TimeSpan.FromHours(8));
        var filed = await host.PostFiles(Wang, "/api/filings", new { baseCode = OtherRooms.TwoSteps, form = new { since = "2026-01-01" } }, ("upload.lease", "合同.pdf", "%PDF-1.4"u8.ToArray()));
        var id = filed.Json.GetProperty("id").GetString()!;
        var row = await One(host, id);
        Assert.Equal(200, (await host.Post(ShanghaiFund, $"/api/cases/{row.Number}/supplement", new { revision = row.Revision, reasons = new { lease = "缺签名页" }, until = "2027-01-15" })).Status);
        await Said(host, $"/my/cases/{id}", "2027年1月15日", provisional: false);
    }

    static Task<Case> One(CasesHost host, string id) => host.As(db => db.Set<Case>().AsNoTracking().SingleAsync(c => c.Id == id));

    static (string, bool) Told(Case row) => (row.TodoDue, row.DueProvisional);

    static async Task Said(CasesHost host, string path, string date, bool provisional)
    {
        var page = WebUtility.HtmlDecode((await host.Browse(Wang, path)).Text);
        Assert.Contains(date, page, StringComparison.Ordinal);
        Assert.Equal(provisional, page.Contains("暂定", StringComparison.Ordinal));
        Assert.Equal(provisional, WebUtility.HtmlDecode((await host.Browse(Wang, path + (path.Contains('?') ? "&" : "?") + "lang=en")).Text).Contains("provisional", StringComparison.Ordinal));
    }

    static async Task<(string?, bool)> Due(CasesHost host)
    {
        var row = await host.As(db => db.Set<Case>().AsNoTracking().SingleAsync());
        Assert.Equal(CaseState.Accepted, row.State);
        return (row.PromisedDue, row.DueProvisional);
    }

    /// <summary>To the person, to the officer, and to programs; in both languages.</summary>
    static async Task Shown(CasesHost host, string id, string number, bool provisional, string date)
    {
        foreach (var (actor, path) in new[] { (Wang, $"/my/cases/{id}"), (ShanghaiFund, $"/console/cases/{number}") })
        {
            var page = WebUtility.HtmlDecode((await host.Browse(actor, path)).Text);
            Assert.Contains(date, page, StringComparison.Ordinal);
            Assert.Equal(provisional, page.Contains("暂定", StringComparison.Ordinal));
            Assert.Equal(provisional, WebUtility.HtmlDecode((await host.Browse(actor, path + "?lang=en")).Text).Contains("provisional", StringComparison.Ordinal));
        }
        Assert.Equal(provisional, (await host.Get(Wang, $"/api/filings/{id}")).Json.GetProperty("dueProvisional").GetBoolean());
        Assert.Equal(provisional, (await host.Get(ShanghaiFund, $"/api/cases/{number}")).Json.GetProperty("dueProvisional").GetBoolean());
    }
}
