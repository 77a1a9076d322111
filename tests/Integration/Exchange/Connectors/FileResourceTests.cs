using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Connectors;

/// <summary>A department without a database: its table is a file, and the other government asks for it as for any other resource.</summary>
public sealed class FileResourceTests
{
    const string Code = "civil.adoption";
    const string Draft = $"/console/resources/{Code}/1";

    static readonly Dictionary<string, string> Entry = new()
    {
        ["code"] = Code,
        ["department"] = "340000-civil",
        ["name"] = "收养登记",
        ["abstract"] = "收养登记日期。",
        ["subject"] = "person",
        ["sharing"] = "conditional",
        ["condition"] = "依法",
        ["openness"] = "none",
        ["updateCycle"] = "daily",
        ["format"] = "JSON",
        ["rows"] = "many",
        ["fields"] = "registeredOn,登记日期,,date,register.date,2,是",
        ["parameters"] = "citizenId citizen-id",
        ["database"] = "adoption.csv",
        ["select"] = "@citizenId = 公民身份号码\r\nregisteredOn = 登记日期",
    };

    [Fact]
    public async Task A_csv_file_is_entered_published_agreed_on_and_answered_from()
    {
        await using var nodes = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        var ct = TestContext.Current.CancellationToken;
        var file = Path.Combine(nodes.FolderOf(Anhui), "departments", "adoption.csv");
        void Put(string lines, int minutesAgo)
        {
            File.WriteAllText(file, lines);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-minutesAgo));
        }
        async Task<int> Submit(string page, string action, Dictionary<string, string> fields)
        {
            using var steward = new Browser(Role.Steward);
            using var answer = await steward.Submit(await steward.Get(nodes.Url(Anhui) + page), action, null, [.. fields.Select(f => (f.Key, f.Value))]);
            return (int)answer.StatusCode;
        }

        Assert.Equal(303, await Submit("/console/resources/new", "/console/resources", Entry));
        // Nothing is published that cannot be read.
        Put("公民身份号码,日期\n", 9);
        Assert.Equal(400, await Submit(Draft, Draft + "/decide", new() { ["move"] = "publish" }));
        Put($"公民身份号码,登记日期\n{Wife},2001-01-01\n{Husband},2020-03-04\n", 8);
        Assert.Equal(303, await Submit(Draft, Draft + "/decide", new() { ["move"] = "publish" }));

        var now = nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var terms = new AgreementTerms("ag-adoption", Anhui, Shanghai, Code, 1, ["registeredOn"], [Item], true, new AgreementBasis(AgreementBasis.Legal, new Words("依法", "by law")), now - 60_000, now + 3600_000, 100);
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.True((await nodes.Get<AgreementBook>(node).Import([nodes.Sign(terms, Anhui, Shanghai)], ct)).Ok);
        var question = Question(null, "registeredOn") with { Resource = Code };
        Assert.Equal([["2020-03-04"]], (await nodes.Ask(question)).Value.Rows.Select(r => r.Values));

        // The department corrects its file: the next question sees it. It breaks it: the field is named, no value is.
        Put($"公民身份号码,登记日期\n{Husband},2020-03-05\n", 7);
        Assert.Equal([["2020-03-05"]], (await nodes.Ask(question)).Value.Rows.Select(r => r.Values));
        Put($"公民身份号码,登记日期\n{Husband},五月\n", 6);
        var drift = (await nodes.Ask(question)).Error!;
        Assert.Equal(("resource.schema-drift", "registeredOn"), (drift.Code, drift.Where));
        Assert.DoesNotContain("五月", drift.ToString(), StringComparison.Ordinal);
    }
}
