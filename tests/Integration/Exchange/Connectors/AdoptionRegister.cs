using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Connectors;

/// <summary>A register of Anhui's civil affairs that its steward enters on the console, publishes, and that Shanghai may ask.</summary>
sealed class AdoptionRegister(TwoNodes nodes)
{
    const string Code = "civil.adoption";
    const string Draft = $"/console/resources/{Code}/1";

    /// <param name="prepare">What lies in Anhui's folder before it starts.</param>
    /// <param name="also">Last word on the services of both nodes.</param>
    public static async Task<TwoNodes> Start(Action<TwoNodes>? prepare = null, Action<WebApplicationBuilder>? also = null, bool hub = false)
    {
        var nodes = await TwoNodes.Start(hub, without: prepare is null ? null : Anhui, also: b =>
        {
            b.Services.AddSingleton<IStartupFilter, ActAs>();
            also?.Invoke(b);
        });
        if (prepare is not null)
        {
            prepare(nodes);
            await nodes.Run(Anhui);
        }
        return nodes;
    }

    public static ExchangeQuestion Question => TwoNodes.Question(null, "registeredOn") with { Resource = Code };

    /// <param name="parameters">Without any its day says nothing of a person.</param>
    /// <param name="type">Of its one field, registeredOn.</param>
    public Task<string> Enter(string database, string select, string parameters = "citizenId citizen-id", string type = "date") => Submit("/console/resources/new", "/console/resources", Entry(database, select, parameters, type));

    /// <summary>The draft names another system.</summary>
    public Task<string> Change(string database, string select, string written = "") => Submit(Draft, Draft, Entry(database, select, written: written));

    /// <summary>What the node knows of when it was last written to, once it has asked.</summary>
    public async Task<Freshness.State> Look()
    {
        await nodes.Get<IEnumerable<IHostedService>>(Anhui).OfType<WatchFreshness>().Single().Look(TestContext.Current.CancellationToken);
        return Freshness.Of(nodes.Get<OwnResources>(Anhui).Find(Code)!.Definition, nodes.Get<Sources>(Anhui), nodes.Get<OverdueBook>(Anhui), nodes.Clock);
    }

    static Dictionary<string, string> Entry(string database, string select, string parameters = "citizenId citizen-id", string type = "date", string written = "") => new()
    {
        ["written"] = written,
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
        ["fields"] = $"registeredOn,登记日期,,{type},{(type == "date" ? "register.date" : "")},2,{(parameters.Length > 0 ? "是" : "否")}",
        ["parameters"] = parameters,
        ["database"] = database,
        ["select"] = select,
    };

    /// <summary>The page that says what the department's system gave for somebody.</summary>
    public Task<string> Try(string citizenId) => Submit(Draft, Draft + "/try", new() { ["try.citizenId"] = citizenId });

    public Task<string> Publish() => Submit(Draft, Draft + "/decide", new() { ["move"] = "publish" });

    /// <param name="also">Last word on the terms.</param>
    public async Task Agree(Func<AgreementTerms, AgreementTerms>? also = null)
    {
        var now = nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var terms = new AgreementTerms("ag-adoption", Anhui, Shanghai, Code, 1, ["registeredOn"], [Item], true, new AgreementBasis(AgreementBasis.Legal, new Words("依法", "by law")), now - 60_000, now + 3600_000, 1000);
        terms = also?.Invoke(terms) ?? terms;
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.True((await nodes.Get<AgreementBook>(node).Import([nodes.Sign(terms, Anhui, Shanghai)], TestContext.Current.CancellationToken)).Ok);
    }

    /// <summary>The dates that Shanghai is told, or the refusal's code.</summary>
    public async Task<string> Ask(string? citizenId = null)
    {
        var answer = await nodes.Ask(citizenId is null ? Question : Question with { Parameters = new Dictionary<string, string> { ["citizenId"] = citizenId } });
        return answer.Ok ? string.Join(',', answer.Value.Rows.Select(r => r["registeredOn"])) : answer.Error.Code;
    }

    /// <summary>Where nothing is asked by.</summary>
    public async Task<string> AskAll()
    {
        var answer = await nodes.Ask(Question with { Parameters = new Dictionary<string, string>() });
        return answer.Ok ? string.Join(',', answer.Value.Rows.Select(r => r["registeredOn"])) : answer.Error.Code;
    }

    /// <summary>Empty when it was taken, else the page with the refusal.</summary>
    async Task<string> Submit(string page, string action, Dictionary<string, string> fields)
    {
        using var steward = new Browser(Role.Steward);
        using var answer = await steward.Submit(await steward.Get(nodes.Url(Anhui) + page), action, null, [.. fields.Select(f => (f.Key, f.Value))]);
        return (int)answer.StatusCode == 303 ? "" : await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
