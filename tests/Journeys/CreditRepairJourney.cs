using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tongban.Contracts.Cases;
using Tongban.Node.Walk;

namespace Tongban.Tests.Journeys;

/// <summary>An enterprise has its credit record repaired, the government that was given the record before hears of it, and objects to what it holds to be wrong.</summary>
public sealed partial class CreditRepairJourney(RegionFixture region, ITestOutputHelper output)
{
    const string Item = "992051001000";

    [Fact]
    public async Task A_credit_record_is_repaired_and_everybody_who_was_given_it_is_told()
    {
        var ct = TestContext.Current.CancellationToken;
        using var person = await region.SignIn("legal-representative", "310000", ct);
        var account = (await person.GetText("/account", ct)).Value;
        var acting = await person.SubmitForm("/account/act", new() { ["mandate"] = Mandate().Match(account).Groups[1].Value }, ct, at: "/account");
        Assert.True(acting.Ok, acting.Ok ? "" : acting.Error.DetailEn);

        using var player = new MatterPlayer(region.At, region.Password, output.WriteLine);
        var matter = new Matter("企业信用修复 / credit repair", "legal-representative", "310000", Item,
            new() { ["creditProvince"] = "310000", ["corrected"] = "yes" },
            new() { ["phone"] = "12000000001", ["done"] = "已完成废气处理设施改造并通过验收" }, ["proof", "pledge"]);
        var played = await player.Play(matter, person, ct);
        Assert.True(played.Ok, played.Ok ? "" : played.Error.DetailEn);
        Assert.Equal(CaseState.Delivered, played.Value["summary"]!["state"]!.ToString());
        Assert.Equal((4, 2), ((int)played.Value["summary"]!["required"]!, (int)played.Value["summary"]!["exempt"]!));
        var certificate = await Proofs.Certificate(played.Value, person, (await person.GetText("/directory", ct)).Value, ct);
        Assert.True(certificate.Ok, certificate.Ok ? "" : certificate.Error.DetailEn);

        // The steward reads, beside the exchange that gave the record, that it was corrected since.
        var exchange = played.Value["requirements"]!.AsArray().Single(r => r!["requirementId"]!.ToString() == "records")!["evidence"]!["exchangeId"]!.ToString();
        using var steward = new Visitor(region.At("310000"));
        var staff = await steward.SignInStaff("steward", region.Password, ct);
        Assert.True(staff.Ok, staff.Ok ? "" : staff.Error.DetailEn);
        var told = "";
        for (var i = 0; i < 400 && !told.Contains(exchange, StringComparison.Ordinal); i++)
        {
            told = (await steward.GetText("/console/disputes?side=consumer", ct)).Value;
            await Task.Delay(50, ct);
        }
        Assert.Contains(exchange, told, StringComparison.Ordinal);

        // An enterprise that holds the record itself to be wrong objects, where it sees who used it.
        Assert.Contains($"exchange={exchange}", (await person.GetText("/my/data", ct)).Value, StringComparison.Ordinal);
        var objection = await person.SubmitForm("/my/disputes", new() { ["field"] = "matter", ["claim"] = "该事项已由法院撤销，见判决书" }, ct, at: $"/my/disputes/new?exchange={exchange}");
        Assert.True(objection.Ok, objection.Ok ? "" : objection.Error.DetailEn);
        Assert.Contains("该事项已由法院撤销", (await person.GetText("/my/disputes", ct)).Value, StringComparison.Ordinal);
    }

    [GeneratedRegex("name=\"mandate\" value=\"([^\"]+)\"")]
    private static partial Regex Mandate();
}
