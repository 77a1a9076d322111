using System.Buffers.Text;
using System.Text.Json.Nodes;
using Tongban.Contracts.Cases;
using Tongban.Exchange;
using Tongban.Node.Walk;
using Tongban.Tests.Support;

namespace Tongban.Tests.Journeys;

/// <summary>Four matters across the nodes over HTTP, from filing to certificate; what anyone can check afterwards holds.</summary>
public sealed class WalkJourney(RegionFixture region, ITestOutputHelper output)
{
    /// <summary>Of how many requirements how many the person need not bring, by item.</summary>
    static readonly Dictionary<string, (int Required, int Exempt)> Shares = new()
    {
        ["992014003000"] = (5, 5),
        ["990709043000"] = (5, 5),
        ["992083067000"] = (2, 2),
        ["992017035000"] = (3, 3),
    };

    [Fact]
    public async Task Four_matters_are_delivered_with_receipts_and_certificates_that_hold_and_every_node_audits_clean()
    {
        var ct = TestContext.Current.CancellationToken;
        foreach (var matter in Matter.Four())
        {
            output.WriteLine(matter.Title);
            using var person = await region.SignIn(matter.Persona, matter.FiledAt, ct);
            using var player = new MatterPlayer(region.At, region.Password, output.WriteLine);
            var played = await player.Play(matter, person, ct);
            Assert.True(played.Ok, played.Ok ? "" : $"{matter.Title}: {played.Error.DetailEn}");
            await Holds(matter, played.Value, person, ct);
        }
        await TheSpouseReadsWhichLaw(ct);
        foreach (var app in region.Apps)
            Assert.All(await ExchangeModule.AuditNode(app.Services, ct: ct), f => Assert.True(f.Ok, $"{f.Step}: {f.Words.En}"));
    }

    async Task Holds(Matter matter, JsonNode filing, Visitor person, CancellationToken ct)
    {
        Assert.Equal(CaseState.Delivered, filing["summary"]!["state"]!.ToString());
        var summary = filing["summary"]!;
        Assert.Equal(Shares[matter.BaseCode], ((int)summary["required"]!, (int)summary["exempt"]!));
        var directory = await person.GetText("/directory", ct);
        Assert.True(directory.Ok);
        var receipts = await Proofs.Receipts(filing, person, directory.Value, ct);
        Assert.True(receipts.Ok, receipts.Ok ? "" : receipts.Error.DetailEn);
        var certificate = await Proofs.Certificate(filing, person, directory.Value, ct);
        Assert.True(certificate.Ok, certificate.Ok ? "" : certificate.Error.DetailEn);
        await EveryMemberRecognises(filing, person, ct);
    }

    async Task EveryMemberRecognises(JsonNode filing, Visitor person, CancellationToken ct)
    {
        var number = filing["summary"]!["certificateId"]!.ToString();
        var token = await person.GetText($"/my/certificates/by-number/{number}/file", ct);
        Assert.True(token.Ok);
        foreach (var member in region.Nodes.Where(n => !n.IsHub))
        {
            using var anyone = new Visitor(member.Listen);
            var check = await anyone.Post("/api/certificates/verify", new JsonObject { ["token"] = token.Value }, ct: ct);
            Assert.True(check.Ok, check.Ok ? "" : $"{member.Name.En}: {check.Error.DetailEn}");
            Assert.Equal((number, false, false), (check.Value["certificateId"]!.ToString(), (bool)check.Value["revoked"]!, (bool)check.Value["expired"]!));
            Assert.All(check.Value["claims"]!.AsArray(), c => Assert.NotEqual(c!["name"]!.ToString(), c["label"]!["zh"]!.ToString()));
        }
        await TheCommandLineSaysTheSame(token.Value, person, ct);
    }

    /// <summary>Offline, from three files: as it is, with one character changed, and with another member's status list.</summary>
    async Task TheCommandLineSaysTheSame(string token, Visitor person, CancellationToken ct)
    {
        var issuer = JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!["iss"]!.ToString();
        var other = region.Nodes.First(n => !n.IsHub && n.Listen != issuer).Listen;
        var folder = Directory.CreateTempSubdirectory("tongban-certificate-").FullName;
        try
        {
            async Task<string> Save(string name, string text)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, name), text, ct);
                return Path.Combine(folder, name);
            }
            async Task<string> StatusOf(string node)
            {
                using var anyone = new Visitor(node);
                return (await anyone.GetText("/status/0", ct)).Value;
            }
            var good = await Save("good.sdjwt", token);
            var signature = token.IndexOf('~', StringComparison.Ordinal) - 20;
            var bad = await Save("bad.sdjwt", token[..signature] + (token[signature] == 'A' ? 'B' : 'A') + token[(signature + 1)..]);
            var directory = await Save("directory.json", (await person.GetText("/directory", ct)).Value);
            var status = await Save("status.jwt", await StatusOf(issuer));
            var elsewhere = await Save("elsewhere.jwt", await StatusOf(other));

            var (code, said) = await Tool.Run(ct, "certificate", good, "--directory", directory, "--status", status);
            Assert.True(code == 0, said);
            Assert.Contains("✓ not revoked / 未注销", said);
            (code, said) = await Tool.Run(ct, "certificate", bad, "--directory", directory, "--status", status);
            Assert.Equal(1, code);
            Assert.Contains("内容被改动过 [certificate.changed-content]", said);
            (code, said) = await Tool.Run(ct, "certificate", good, "--directory", directory, "--status", elsewhere);
            Assert.Equal(1, code);
            Assert.Contains("✗", said);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The household move looked at the spouse's register and home; he consented to nothing.</summary>
    async Task TheSpouseReadsWhichLaw(CancellationToken ct)
    {
        using var spouse = await region.SignIn("household-sponsor", "310000", ct);
        var page = await spouse.GetText("/my/data", ct);
        Assert.True(page.Ok);
        var text = System.Net.WebUtility.HtmlDecode(page.Value);
        Assert.Contains("个人信息保护法第十三条第一款第三项", text);
        Assert.Contains("与您有关的人申办", text);
        Assert.DoesNotContain("您本人的授权", text);
    }
}
