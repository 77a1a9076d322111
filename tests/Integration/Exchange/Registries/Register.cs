using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Registries;

/// <summary>A register that a steward of Anhui's enters on the console, or that the product ships, and that Shanghai asks.</summary>
/// <param name="fields">As the console takes them; empty for one that is shipped.</param>
sealed class Register(TwoNodes nodes, string code, string department, string subject, string parameters, string fields)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>What is agreed on and asked for.</summary>
    public string[] Fields { get; init; } = [.. fields.Split('\n').Select(line => line.Split(',')[0])];

    public string By { get; init; } = parameters.Length > 0 ? parameters.Split(' ')[0] : "citizenId";

    /// <summary>There is a draft already.</summary>
    public bool Drafted { get; set; }

    string Draft => $"/console/resources/{code}/1";

    public static Task<TwoNodes> Start() => TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());

    public void File(string name, string text, int minutesAgo)
    {
        var file = Path.Combine(nodes.FolderOf(Anhui), "departments", name);
        System.IO.File.WriteAllText(file, text);
        System.IO.File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-minutesAgo));
    }

    public void Sql(string name, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(nodes.FolderOf(Anhui), "departments", name), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>A new draft, or the draft changed. Empty when it was taken, else the page with the refusal; so with the next ones.</summary>
    public async Task<string> Enter(string database, string select)
    {
        var refused = await Submit(Drafted ? Draft : "/console/resources/new", Drafted ? Draft : "/console/resources", new()
        {
            ["code"] = code,
            ["department"] = department,
            ["name"] = "样例登记簿",
            ["abstract"] = "样例登记簿。",
            ["subject"] = subject,
            ["sharing"] = "conditional",
            ["condition"] = "依法",
            ["openness"] = "none",
            ["updateCycle"] = "daily",
            ["format"] = "JSON",
            ["rows"] = "many",
            ["fields"] = fields,
            ["parameters"] = parameters,
            ["database"] = database,
            ["select"] = select,
        });
        Drafted |= refused.Length == 0;
        return refused;
    }

    public Task<string> Try(string subject) => Submit(Draft, Draft + "/try", new() { ["try." + By] = subject });

    public Task<string> Publish() => Submit(Draft, Draft + "/decide", new() { ["move"] = "publish" });

    public async Task Agree(string basis)
    {
        var now = nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var terms = new AgreementTerms($"ag-{code}", Anhui, Shanghai, code, 1, Fields, [Item], true, new AgreementBasis(basis, new Words("依据", "the basis")), now - 60_000, now + 3600_000, 1000);
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.True((await nodes.Get<AgreementBook>(node).Import([nodes.Sign(terms, Anhui, Shanghai)], Ct)).Ok);
    }

    public async Task<string> Consent(string citizenId)
    {
        var request = new ConsentRequest("subject-1", citizenId, Item, new Words("户口迁移", "Household move"), "D1", Shanghai, [new ConsentSource(Anhui, code, Fields)], 2, TimeSpan.FromHours(1));
        return (await nodes.As<IConsents, Result<ConsentGiven>>(Shanghai, Actor.Node("test"), c => c.Attest(request, Ct))).Value.ConsentId;
    }

    public Task<Result<ExchangeAnswer>> Query(string subject, string? consent = null, (string Name, string Value)? more = null, string[]? fields = null)
    {
        var by = new Dictionary<string, string> { [By] = subject };
        if (more is { } also)
            by[also.Name] = also.Value;
        return nodes.Ask(Question(consent, fields ?? Fields) with { Resource = code, Parameters = by });
    }

    /// <summary>The rows, or the refusal's code.</summary>
    public async Task<string> Ask(string subject, string? consent = null, (string Name, string Value)? more = null)
    {
        var answer = await Query(subject, consent, more);
        return answer.Ok ? string.Join(';', answer.Value.Rows.Select(row => string.Join(',', Fields.Select(f => row[f])))) : answer.Error.Code;
    }

    async Task<string> Submit(string page, string action, Dictionary<string, string> entered)
    {
        using var steward = new Browser(Role.Steward);
        using var answer = await steward.Submit(await steward.Get(nodes.Url(Anhui) + page), action, null, [.. entered.Select(f => (f.Key, f.Value))]);
        return (int)answer.StatusCode == 303 ? "" : await answer.Content.ReadAsStringAsync(Ct);
    }
}
