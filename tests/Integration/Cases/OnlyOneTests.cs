using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Rulebook;
using Tongban.Kernel;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Cases.TestActors;

namespace Tongban.Tests.Integration.Cases;

/// <summary>An item that a person has once gives one certificate, however often it is asked for.</summary>
public sealed class OnlyOneTests
{
    static object Filing(string place) => new { baseCode = OtherRooms.OneForAPlace, form = new { since = "2026-01-01" }, answers = new { place } };

    static async Task<CasesHost> Start(string division, TestDatabase? on = null)
    {
        var host = await CasesHost.Start(division, on);
        host.Rooms.Ruling = _ => new RuleOutcome("rule-1", 1, [new Dictionary<string, object?> { ["decision"] = "approve" }], []);
        return host;
    }

    static Task<List<Case>> Cases(CasesHost host) => host.As(db => db.Set<Case>().AsNoTracking().OrderBy(c => c.Id).ToListAsync());

    static void Hold(CasesHost host, Case delivered, string state = "valid") =>
        host.Rooms.Held.Add(new HeldCertificate(delivered.CertificateId!, "TYPE", new("证明", "x"), "CN-YRD/310000", "2026-11-23", null, state));

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Five_at_one_moment_are_one_matter_and_one_certificate(string engine)
    {
        Assert.SkipWhen(engine == "postgres" && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var database = engine == "postgres" ? await TestDatabase.Postgres() : TestDatabase.Sqlite();
        await using var host = await Start("310000", database);
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => host.Post(Wang, "/api/filings", Filing("340000"))));
        Assert.Single(answers, a => a.Status == 201);
        Assert.All(answers.Where(a => a.Status != 201), a => Assert.Equal((409, "filing.open-already"), (a.Status, a.Problem)));
        await host.Settle();
        var first = Assert.Single(await Cases(host));
        Assert.Equal(CaseState.Delivered, first.State);
        Assert.Single(host.Rooms.Decisions);

        // The certificate is in force: the number of the first is said, on the page as well, before anything is filled in.
        Hold(host, first);
        var again = await host.Post(Wang, "/api/filings", Filing("340000"));
        Assert.Equal((409, "filing.in-force-already"), (again.Status, again.Problem));
        Assert.Contains(first.FilingNumber, again.Text, StringComparison.Ordinal);
        var page = await host.Submit(Wang, "/drafts", new() { ["baseCode"] = OtherRooms.OneForAPlace, ["answer.place"] = "340000" });
        Assert.Equal(409, page.Status);
        Assert.Contains(first.FilingNumber, WebUtility.HtmlDecode(page.Text), StringComparison.Ordinal);

        // Another place, another person: their own.
        Assert.Equal(201, (await host.Post(Wang, "/api/filings", Filing("330000"))).Status);
        Assert.Equal(201, (await host.Post(Li, "/api/filings", Filing("340000"))).Status);
    }

    [Fact]
    public async Task The_same_matter_filed_at_two_nodes_is_decided_once_and_people_see_the_other()
    {
        await using var shanghai = await Start("310000");
        await using var anhui = await Start("340000");
        await using var jiangsu = await Start("320000");
        Assert.Equal(201, (await anhui.Post(Wang, "/api/filings", Filing("340000"))).Status);
        await anhui.Settle(shanghai);
        Assert.Equal(201, (await jiangsu.Post(Wang, "/api/filings", Filing("340000"))).Status);
        await jiangsu.Settle(shanghai, anhui);
        var both = await Cases(shanghai);
        Assert.Equal([(CaseState.Delivered, true), (CaseState.Received, false)], both.Select(c => (c.State, c.OneKey is not null)));
        Assert.Contains(both[0].Number, WebUtility.HtmlDecode((await shanghai.Browse(ShanghaiHrss, $"/console/cases/{both[1].Number}")).Text), StringComparison.Ordinal);
        Assert.Single(shanghai.Rooms.Decisions);
    }

    [Theory]
    [InlineData("withdrawn")]
    [InlineData("revoked")]
    [InlineData("expired")]
    public async Task What_has_ended_stands_in_nobodys_way(string how)
    {
        await using var host = await Start("310000");
        if (how == "withdrawn")
            host.Rooms.Ruling = _ => Error.NotFound("rule.none", "", "");
        var filed = await host.Post(Wang, "/api/filings", Filing("340000"));
        await host.Settle();
        var first = Assert.Single(await Cases(host));
        switch (how)
        {
            case "withdrawn":
                Assert.Equal(200, (await host.Post(Wang, $"{filed.Location}/withdraw", new { revision = filed.Json.GetProperty("revision").GetInt64() })).Status);
                await host.Settle();
                host.Rooms.Ruling = _ => new RuleOutcome("rule-1", 1, [new Dictionary<string, object?> { ["decision"] = "approve" }], []);
                break;
            case "revoked":
                Hold(host, first, "revoked");
                await host.Publish(new CertificateRevoked(first.CertificateId!, "CN-YRD/310000", new("x", "x"), 1));
                await host.Settle();
                break;
            default:
                // Valid for twelve months.
                Hold(host, first, "expired");
                host.Clock.Now = host.Clock.Now.AddMonths(12).AddDays(1);
                break;
        }
        Assert.Equal(201, (await host.Post(Wang, "/api/filings", Filing("340000"))).Status);
        await host.Settle();
        Assert.Equal(CaseState.Delivered, (await Cases(host))[1].State);
    }
}
