using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Tongban.Contracts.Cases;
using Tongban.Node;
using Tongban.Node.Walk;
using Tongban.Tests.Support;

namespace Tongban.Tests.Journeys;

/// <summary>
/// One process per node, and one of them away: what a person can still do, what they are told meanwhile, and what has become
/// of it when the node is back.
/// </summary>
[Collection(InProcesses.Name)]
public class FaultJourney(ITestOutputHelper output)
{
    static readonly Matter Offsite = Matter.Four().Single(m => m.Persona == "offsite-retiree");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>One region for all of it: starting one costs more than each of these.</summary>
    [Fact]
    public async Task Hub_down_peer_down_and_supervisor_killed()
    {
        await using var region = await RegionInProcesses.Start(people: 400, Ct);
        var watch = Stopwatch.StartNew();
        using var person = new Visitor(region.Address(Offsite.FiledAt));
        var signed = await person.SignIn(RegionFixture.Phone(Offsite.Persona), Password(region), Ct);
        Assert.True(signed.Ok, signed.Error?.DetailEn);

        await With_the_hub_down_a_matter_goes_across_nodes_to_its_certificate(region, person);
        output.WriteLine($"hub down: {watch.Elapsed.TotalSeconds:F1} s");
        await With_the_deciding_node_down_a_filing_is_received_and_delivered_with_its_file_when_the_node_is_back(region, person);
        output.WriteLine($"peer down: {watch.Elapsed.TotalSeconds:F1} s");
        await region.KillSupervisor(Ct);
        output.WriteLine($"all nodes ended after their supervisor: {watch.Elapsed.TotalSeconds:F1} s");
        foreach (var division in region.Divisions)
        {
            var (exitCode, printed) = await region.Audit(division, Ct);
            Assert.True(exitCode == 0, $"audit of {division}:\n{printed}");
        }
    }

    static async Task With_the_hub_down_a_matter_goes_across_nodes_to_its_certificate(RegionInProcesses region, Visitor person)
    {
        await region.TakeAway("000000", Ct);
        var filed = await person.PostFiling(Filing(), new Dictionary<string, byte[]>(), ct: Ct);
        Assert.True(filed.Ok, filed.Error?.DetailEn);
        Assert.True(filed.Value["exempt"]!.GetValue<int>() > 0);
        var shown = await Until(person, filed.Value["id"]!.ToString(), s => s == CaseState.Delivered);
        Assert.NotNull(shown["summary"]!["caseNumber"]);
        await region.Return("000000", Ct);
    }

    static async Task With_the_deciding_node_down_a_filing_is_received_and_delivered_with_its_file_when_the_node_is_back(RegionInProcesses region, Visitor person)
    {
        const string owner = "340000";
        var brought = Encoding.ASCII.GetBytes($"%PDF-1.4\n% brought by hand {Guid.NewGuid():N}\n%%EOF\n");
        await region.TakeAway(owner, Ct);

        // What only Anhui holds cannot be fetched now: the person is told so, field by field, and nothing is filed.
        // For another reason than the one that is in force: for the same nothing could be filed.
        var already = await person.PostFiling(Filing(), new Dictionary<string, byte[]>(), ct: Ct);
        Assert.Equal("filing.in-force-already", already.Error?.Code);
        var before = (await person.Get("/api/filings", Ct)).Value["items"]!.AsArray().Count;
        var refused = await person.PostFiling(Filing("异地安置退休人员"), new Dictionary<string, byte[]>(), ct: Ct);
        Assert.False(refused.Ok);
        Assert.Equal("upload.insurance", refused.Error.Where);
        Assert.Equal(before, (await person.Get("/api/filings", Ct)).Value["items"]!.AsArray().Count);

        // They bring it instead.
        var filed = await person.PostFiling(Filing("异地安置退休人员"), new Dictionary<string, byte[]> { ["insurance"] = brought }, ct: Ct);
        Assert.True(filed.Ok, filed.Error?.DetailEn);
        var id = filed.Value["id"]!.ToString();
        var page = WebUtility.HtmlDecode((await person.GetText($"/my/cases/{id}", Ct)).Value);
        Assert.Contains("已收到您的申请，正在送达", page, StringComparison.Ordinal);
        Assert.Contains("is being delivered to", WebUtility.HtmlDecode((await person.GetText($"/my/cases/{id}?lang=en", Ct)).Value), StringComparison.Ordinal);
        Assert.Equal(CaseState.Submitted, (await person.Get($"/api/filings/{id}", Ct)).Value["summary"]!["state"]!.ToString());

        await region.Return(owner, Ct);
        var received = await Until(person, id, s => s == CaseState.Received);
        var number = received["summary"]!["caseNumber"]!.ToString();

        // The document that was uploaded in Shanghai is in the hands of the officer in Anhui.
        using var officer = new Visitor(region.Address(owner));
        var signed = await officer.SignInStaff("medical", Password(region), Ct);
        Assert.True(signed.Ok, signed.Error?.DetailEn);
        var read = (await officer.Get($"/api/cases/{number}", Ct)).Value;
        var file = read["requirements"]!.AsArray().SelectMany(r => r!["files"]!.AsArray()).Single();
        Assert.Equal(Encoding.ASCII.GetString(brought), (await officer.GetText($"/console/cases/{number}/materials/{file!["hash"]}", Ct)).Value);

        using var player = new MatterPlayer(region.Address, Password(region), _ => { });
        var played = await player.Follow(id, person, Ct);
        Assert.True(played.Ok, played.Error?.DetailEn);
        Assert.Equal(CaseState.Delivered, played.Value["summary"]!["state"]!.ToString());
        Assert.Equal(1, (await person.Get("/api/filings", Ct)).Value["items"]!.AsArray().Count - before);
    }

    static JsonObject Filing(string? reason = null) => new()
    {
        ["baseCode"] = Offsite.BaseCode,
        ["answers"] = new JsonObject(Offsite.Answers.Select(a => KeyValuePair.Create(a.Key, a.Key == "reason" && reason is not null ? reason : a.Value?.DeepClone()))),
        ["form"] = Offsite.Form.DeepClone(),
        ["consent"] = true,
    };

    static string Password(RegionInProcesses region) => WalkCommand.Account(Offsite.Persona, NodeSettings.Load(region.Folder(Offsite.FiledAt)).Value).Password;

    static async Task<JsonNode> Until(Visitor person, string id, Func<string, bool> reached)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var shown = await person.Get($"/api/filings/{id}", Ct);
            Assert.True(shown.Ok, shown.Error?.DetailEn);
            if (reached(shown.Value["summary"]!["state"]!.ToString()))
                return shown.Value;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"It stays at:\n{shown.Value}");
            await Task.Delay(50, Ct);
        }
    }
}
