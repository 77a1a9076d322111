using System.Net;
using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Deciding;
using Tongban.Cases.Filings;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Rulebook;
using Xunit;
using static Tongban.Tests.Integration.Cases.TestActors;

namespace Tongban.Tests.Integration.Cases;

/// <summary>容缺: a matter is taken in without a document that is promised, and the document follows.</summary>
public sealed class PromisedTests : IAsyncLifetime
{
    static readonly byte[] Pdf = "%PDF-1.4 a lease"u8.ToArray();

    /// <summary>Decides.</summary>
    CasesHost shanghai = null!;

    /// <summary>Where the person files.</summary>
    CasesHost anhui = null!;

    public async ValueTask InitializeAsync() => (shanghai, anhui) = (await CasesHost.Start("310000"), await CasesHost.Start("340000"));

    public async ValueTask DisposeAsync()
    {
        await shanghai.DisposeAsync();
        await anhui.DisposeAsync();
    }

    static Task<Case> Row(CasesHost host) => host.As(db => db.Set<Case>().AsNoTracking().SingleAsync());

    static Task<Filing> Filing(CasesHost host) => host.As(db => db.Set<Filing>().AsNoTracking().SingleAsync());

    static async Task<Answer> Bring(CasesHost host, byte[] content, string requirement = "lease", string name = "合同.pdf") => await host.PostFiles(
        Wang, $"/api/filings/{(await Filing(host)).Id}/documents", new Dictionary<string, string> { ["revision"] = $"{(await Filing(host)).Revision}" }, ($"upload.{requirement}", name, content));

    async Task<long> Accepted(CasesHost filing)
    {
        var filed = await filing.Post(Wang, "/api/filings", new { baseCode = OtherRooms.TwoSteps, form = new { since = "2026-01-01" }, deferred = new[] { "lease" } });
        Assert.True(filed.Status == 201, filed.Text);
        await shanghai.Settle(anhui);
        var row = await Row(shanghai);
        var accepted = await shanghai.Post(ShanghaiFund, $"/api/cases/{row.Number}/accept", new { revision = row.Revision });
        var steps = accepted.Json.GetProperty("steps").EnumerateArray().ToDictionary(s => s.GetProperty("id").GetString()!, s => s.GetProperty("revision").GetInt64());
        await shanghai.Post(ShanghaiEstate, $"/api/cases/{row.Number}/steps/estate", new { revision = steps["estate"], outcome = "agree" });
        await shanghai.Post(ShanghaiFund, $"/api/cases/{row.Number}/steps/audit", new { revision = steps["audit"], outcome = "agree" });
        await shanghai.Settle(anhui);
        return (await Row(shanghai)).Revision;
    }

    Task<Answer> Approve(long revision, string number) => shanghai.Post(ShanghaiFund, $"/api/cases/{number}/decide", new { revision, decision = "approve", reason = "符合条件" });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_promised_is_brought_the_officer_sees_it_and_only_then_may_approve(bool elsewhere)
    {
        var home = elsewhere ? anhui : shanghai;
        var revision = await Accepted(home);
        var number = (await Row(shanghai)).Number;
        var early = await Approve(revision, number);
        Assert.Equal((409, "case.documents-promised"), (early.Status, early.Problem));
        Assert.DoesNotContain("value=\"approve\"", (await shanghai.Browse(ShanghaiFund, $"/console/cases/{number}")).Text, StringComparison.Ordinal);
        var before = WebUtility.HtmlDecode((await home.Browse(Wang, $"/my/cases/{(await Filing(home)).Id}")).Text);
        Assert.Contains("还要补交 1 份材料", before, StringComparison.Ordinal);
        Assert.Contains("name=\"upload.lease\"", before, StringComparison.Ordinal);

        Assert.Equal("file.name-lies", (await Bring(home, Pdf, name: "合同.png")).Problem);
        Assert.Equal("upload.unknown", (await Bring(home, Pdf, requirement: "other")).Problem);
        var brought = await Bring(home, Pdf);
        Assert.True(brought.Status == 200, brought.Text);
        await shanghai.Settle(anhui);
        var after = WebUtility.HtmlDecode((await home.Browse(Wang, $"/my/cases/{(await Filing(home)).Id}")).Text);
        Assert.DoesNotContain("还要补交", after, StringComparison.Ordinal);
        Assert.Contains("已补交：房屋租赁合同", after, StringComparison.Ordinal);
        Assert.Equal("filing.nothing-promised", (await Bring(home, [.. Pdf, 2])).Problem);

        var shown = await shanghai.Get(ShanghaiFund, $"/api/cases/{number}");
        var file = shown.Json.GetProperty("requirements")[0].GetProperty("files")[0];
        Assert.Equal("合同.pdf", file.GetProperty("name").GetString());
        Assert.Equal(200, (await shanghai.Browse(ShanghaiFund, $"/console/cases/{number}/materials/{file.GetProperty("hash").GetString()}")).Status);
        Assert.NotEqual(0, await shanghai.As(db => db.Set<FileUse>().CountAsync(u => u.Hash == file.GetProperty("hash").GetString())));
        var approved = await Approve((await Row(shanghai)).Revision, number);
        Assert.True(approved.Status == 200, approved.Text);
    }

    [Fact]
    public async Task What_comes_after_the_decision_changes_nothing()
    {
        var revision = await Accepted(anhui);
        // On its way while the case is refused.
        Assert.Equal(200, (await Bring(anhui, Pdf)).Status);
        Assert.Equal(200, (await shanghai.Post(ShanghaiFund, $"/api/cases/{(await Row(shanghai)).Number}/decide", new { revision, decision = "refuse", reason = "不符合" })).Status);
        await shanghai.Settle(anhui);
        Assert.Equal(CaseState.Refused, (await Filing(anhui)).State);
        Assert.DoesNotContain("已补交", WebUtility.HtmlDecode((await shanghai.Browse(ShanghaiFund, $"/console/cases/{(await Row(shanghai)).Number}")).Text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_that_was_not_promised_cannot_be_put_in_the_place_of_another()
    {
        await anhui.PostFiles(Wang, "/api/filings", new { baseCode = OtherRooms.TwoSteps, form = new { since = "2026-01-01" } }, ("upload.lease", "合同.pdf", Pdf));
        await anhui.Settle(shanghai);
        Assert.Equal((409, "filing.nothing-promised"), await Bring(anhui, [.. Pdf, 1]) is var refused ? (refused.Status, refused.Problem) : default);
        // Nor by a node that sends it all the same.
        var filing = await Filing(anhui);
        await shanghai.Publish(new FilingCompleted(filing.Id, [new RequirementMet("lease", new("x", "x"), MetBy.Upload, null, [], null, null)], 1), fromNode: "CN-YRD/340000");
        await shanghai.Settle(anhui);
        var shown = await shanghai.Get(ShanghaiFund, $"/api/cases/{(await Row(shanghai)).Number}");
        Assert.Equal("合同.pdf", shown.Json.GetProperty("requirements")[0].GetProperty("files")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_rule_does_not_decide_while_a_required_document_is_still_promised()
    {
        var atOnce = shanghai.Rooms.Known[OtherRooms.AtOnce];
        shanghai.Rooms.Known[OtherRooms.AtOnce] = atOnce with { Requirements = shanghai.Rooms.Known[OtherRooms.TwoSteps].Requirements };
        shanghai.Rooms.Ruling = _ => new RuleOutcome("rule-1", 1, [new Dictionary<string, object?> { ["decision"] = "approve" }], []);
        await shanghai.Post(Wang, "/api/filings", new { baseCode = OtherRooms.AtOnce, form = new { since = "2026-01-01" }, deferred = new[] { "lease" } });
        Assert.Equal((CaseState.Received, Next.Accept), ((await Row(shanghai)).State, (await Row(shanghai)).Todo));
    }
}
