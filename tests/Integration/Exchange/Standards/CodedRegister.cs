using System.Net;
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

namespace Tongban.Tests.Integration.Exchange.Standards;

/// <summary>A register of Anhui's civil affairs that writes codes and dates of its own, with a steward who maps them.</summary>
sealed class CodedRegister(TwoNodes nodes)
{
    public const string Code = "civil.coded";
    public const string Draft = $"/console/resources/{Code}/1";
    const string ShownSex = "SELECT xb AS code, count(*) AS records FROM ren GROUP BY xb";
    const string ShownDate = "SELECT csrq AS code, count(*) AS records FROM ren GROUP BY csrq";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Sex as 1, 2 and 9, days without hyphens; one row for Husband and one for Wife, and so many beside.</summary>
    public static async Task<CodedRegister> Start(bool hub = false, int more = 0, bool postgres = false)
    {
        var nodes = await TwoNodes.Start(hub, also: b => b.Services.AddSingleton<IStartupFilter, ActAs>(), postgres: postgres);
        var register = new CodedRegister(nodes);
        register.Run($"CREATE TABLE ren (sfzh TEXT, xb TEXT, csrq TEXT); INSERT INTO ren VALUES ('{Husband}', '1', '19900501'), ('{Wife}', '2', '19910602'); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more}) INSERT INTO ren SELECT 'x' || i, CASE i % 2 WHEN 0 THEN '1' ELSE '2' END, '20000101' FROM n WHERE {more} > 0");
        return register;
    }

    public TwoNodes Nodes => nodes;

    public void Run(string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(nodes.FolderOf(Anhui), "departments", "civil-coded.db"), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public async Task<string> Submit(string node, string page, string action, params (string, string)[] fields)
    {
        using var steward = new Browser(Role.Steward);
        using var answer = await steward.Submit(await steward.Get(nodes.Url(node) + page), action, null, fields);
        return (int)answer.StatusCode == 303 ? "" : WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Ct));
    }

    public async Task<string> PageOf(string node, string page)
    {
        using var steward = new Browser(Role.Steward);
        return await steward.Read(nodes.Url(node) + page);
    }

    /// <param name="whole">Asked by nothing as well, or by sex: for bulk.</param>
    /// <param name="dates">With the day of birth.</param>
    public async Task Enter(bool whole = false, bool dates = true) => Assert.Empty(await Submit(Anhui, "/console/resources/new", "/console/resources", Entry(whole, dates)));

    /// <summary>A draft of any version is entered anew.</summary>
    public async Task Change(string page, bool sex = true) => Assert.Empty(await Submit(Anhui, page, page, Entry(false, true, sex)));

    static (string, string)[] Entry(bool whole, bool dates, bool sex = true) =>
    [
        ("code", Code), ("department", "340000-civil"), ("name", "本地代码登记"), ("abstract", "样例登记。"), ("subject", "person"), ("sharing", "conditional"), ("condition", "依法"), ("openness", "none"), ("updateCycle", "daily"),
        ("format", "JSON"), ("rows", "many"), ("fields", string.Join("\r\n", new[] { sex ? "sex,性别,Sex,text,person.sex,2,是" : "", dates ? "birthDate,出生日期,Date of birth,date,person.birth-date,3,是" : "" }.Where(f => f.Length > 0))), ("parameters", $"citizenId citizen-id{(whole ? " ?" : "")}\r\nsex text ?"), ("database", "civil-coded.db"),
        ("select", $"SELECT {(sex ? "xb AS sex" : "")}{(sex && dates ? ", " : "")}{(dates ? "csrq AS birthDate" : "")} FROM ren WHERE {(whole ? "(@citizenId IS NULL OR sfzh = @citizenId)" : "sfzh = @citizenId")} AND (@sex IS NULL OR xb = @sex)"),
    ];

    /// <summary>The page that says what came of a try about Husband.</summary>
    public Task<string> Try() => Submit(Anhui, Draft, Draft + "/try", ("try.citizenId", Husband), ("try.sex", ""));


    public Task<string> Map(string move, string entries = "1,男\r\n2,女", string tests = "1,男\r\n9,refused", string unmapped = "refuse") =>
        Submit(Anhui, $"{Draft}/mappings/sex", $"{Draft}/mappings/sex", ("move", move), ("entries", entries), ("tests", tests), ("shown", ShownSex), ("unmapped", unmapped));

    public Task<string> MapDates(string move, string form = "yyyyMMdd") =>
        Submit(Anhui, $"{Draft}/mappings/birthDate", $"{Draft}/mappings/birthDate", ("move", move), ("dateForm", form), ("tests", "20000131,2000-01-31"), ("shown", ShownDate), ("unmapped", "refuse"));

    public Task<string> Publish() => Submit(Anhui, Draft, Draft + "/decide", ("move", "publish"));

    /// <summary>Entered, mapped, published, and agreed upon with Shanghai.</summary>
    /// <param name="known">Shanghai has read the catalogue since.</param>
    public async Task Ready(bool whole = false, Func<AgreementTerms, AgreementTerms>? also = null, bool known = true)
    {
        await Enter(whole);
        Assert.Empty(await Map("save"));
        Assert.Empty(await MapDates("save"));
        Assert.Empty(await Publish());
        await Agree(also);
        if (known)
            _ = await nodes.Get<Catalogues>(Shanghai).Fetch(Anhui, Ct);
    }

    public async Task Agree(Func<AgreementTerms, AgreementTerms>? also = null)
    {
        var now = nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var terms = new AgreementTerms("ag-coded", Anhui, Shanghai, Code, 1, ["sex", "birthDate"], [Item], true, new AgreementBasis(AgreementBasis.Legal, new Words("依法", "by law")), now - 60_000, now + 3600_000, 1000, Subscription: true, Bulk: true);
        terms = also?.Invoke(terms) ?? terms;
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.True((await nodes.Get<AgreementBook>(node).Import([nodes.Sign(terms, Anhui, Shanghai)], Ct)).Ok);
    }

    public static ExchangeQuestion Question(string citizenId, string? sex = null)
    {
        var parameters = new Dictionary<string, string> { ["citizenId"] = citizenId };
        if (sex is not null)
            parameters["sex"] = sex;
        return TwoNodes.Question(null, "sex", "birthDate") with { Resource = Code, Parameters = parameters };
    }

    /// <summary>Sex and day of each row, or the refusal's code.</summary>
    public async Task<string> Ask(string citizenId, string? sex = null)
    {
        var answer = await nodes.Ask(Question(citizenId, sex));
        return answer.Ok ? string.Join(';', answer.Value.Rows.Select(r => $"{r["sex"]} {r["birthDate"]}")) : answer.Error.Code;
    }
}
