using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A department's resource from its entry to an answer, and what the region finds of it.</summary>
public sealed class CataloguePagesTests : IAsyncLifetime
{
    TwoNodes nodes = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => nodes = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());

    public ValueTask DisposeAsync() => nodes.DisposeAsync();

    async Task<string> PageOf(string node, string page)
    {
        using var steward = new Browser(Role.Steward);
        return await steward.Read(nodes.Url(node) + page);
    }

    async Task<(int Status, string? To, string Page)> Submit(string node, string page, string action, Dictionary<string, string> fields, (string Name, string Text)? file = null)
    {
        using var steward = new Browser(Role.Steward);
        using var answer = await steward.Submit(await steward.Get(nodes.Url(node) + page), action, file, [.. fields.Select(f => (f.Key, f.Value))]);
        return ((int)answer.StatusCode, answer.Headers.Location?.OriginalString, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Ct)));
    }

    [Fact]
    public async Task The_table_of_evidence_says_who_answers_on_a_day_and_why_another_does_not()
    {
        static string Row(string page, string name) => page[page.IndexOf($">{name} (", StringComparison.Ordinal)..].Split("</tr>")[0];
        var (book, day) = (nodes.Get<AgreementBook>(Shanghai), TimeSpan.FromDays(1).Ticks / TimeSpan.TicksPerMillisecond);
        var now = nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var terms = book.Find(AgreementId)!.Terms with { Id = "ag-three-days", ValidFrom = now - day, ValidUntil = now + (2 * day) };
        Assert.True((await book.Import([nodes.Sign(terms, Anhui, Shanghai)], Ct)).Ok);
        var page = await PageOf(Shanghai, "/console/evidence");
        // Anhui answers about marriages under an agreement, has no agreement on registers of households; Shanghai itself has none with itself.
        Assert.Contains("可以查", Row(page, "结婚登记信息"), StringComparison.Ordinal);
        Assert.Contains("没有有效协议", Row(page, "结婚登记信息"), StringComparison.Ordinal);
        Assert.DoesNotContain("可以查", Row(page, "常住人口登记（户口簿）"), StringComparison.Ordinal);
        // When the agreement is over, nobody does.
        var later = nodes.Clock.GetUtcNow().AddDays(4).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Assert.DoesNotContain("可以查", Row(await PageOf(Shanghai, $"/console/evidence?on={later}"), "结婚登记信息"), StringComparison.Ordinal);
        // Whoever cannot be reached is named as such.
        await nodes.Stop(Anhui);
        nodes.Clock.Ahead += TimeSpan.FromMinutes(6);
        Assert.Contains("可以查", Row(await PageOf(Shanghai, "/console/evidence"), "结婚登记信息"), StringComparison.Ordinal);
        using var steward = new Browser(Role.Steward);
        Assert.Equal(400, (int)(await steward.Get(nodes.Url(Shanghai) + "/console/evidence?on=tomorrow")).StatusCode);
    }

    static Dictionary<string, string> Entry(string select = "SELECT djzh AS registerNumber, djrq AS registeredOn FROM hunyin WHERE nan_sfzh = @citizenId") => new()
    {
        ["code"] = "civil.register-dates",
        ["department"] = "340000-civil",
        ["name"] = "婚姻登记日期",
        ["abstract"] = "登记字号和日期。",
        ["subject"] = "person",
        ["sharing"] = "conditional",
        ["condition"] = "当事人同意",
        ["way"] = "disk",
        ["openness"] = "none",
        ["updateCycle"] = "daily",
        ["format"] = "JSON",
        ["rows"] = "many",
        ["fields"] = "registerNumber,登记字号,,text,register.number,2,是\r\nregisteredOn,登记日期,,date,register.date,2,是",
        ["parameters"] = "citizenId citizen-id",
        ["database"] = "civil.db",
        ["select"] = select,
    };

    const string Draft = "/console/resources/civil.register-dates/1";

    [Fact]
    public async Task A_department_publishes_a_resource_and_the_other_government_finds_it()
    {
        Assert.Equal((303, Draft), await Entered(Entry()));
        // A draft is in nobody's catalogue.
        Assert.Null(nodes.Get<OwnResources>(Anhui).Find("civil.register-dates"));
        Assert.Equal((303, Draft), await Decided(Draft, "publish"));
        Assert.Equal("340000-civil", nodes.Get<OwnResources>(Anhui).Find("civil.register-dates")?.Department);
        var published = await PageOf(Anhui, Draft);
        Assert.Contains("已发布", published, StringComparison.Ordinal);
        Assert.DoesNotContain("保存草稿", published, StringComparison.Ordinal);

        var found = await PageOf(Shanghai, "/console/catalogue?q=" + Uri.EscapeDataString("登记日期"));
        Assert.Contains("/console/catalogue/340000/civil.register-dates", found, StringComparison.Ordinal);
        var shown = await PageOf(Shanghai, "/console/catalogue/340000/civil.register-dates");
        foreach (var fact in new[] { "安徽省", "当事人同意", "拷盘", "登记字号", "register.date", "/console/negotiations/new?resource=" })
            Assert.Contains(fact, shown, StringComparison.Ordinal);
        Assert.Contains(nodes.Get<IHeldFacts>(Shanghai).Holders("register.date"), h => h is { NodeId: Anhui, Resource: "civil.register-dates", Field: "registeredOn" });
        Assert.Empty(nodes.Get<IHeldFacts>(Shanghai).Holders("no.such-element"));
    }

    [Fact]
    public async Task What_is_shipped_is_an_entry_like_any_other_and_taken_in_once()
    {
        async Task<List<(string, int, long)>> Rows() => await nodes.As<NodeDb, List<(string, int, long)>>(Anhui, Actor.Node("test"), async db =>
            (await db.Set<ResourceRow>().OrderBy(r => r.Code).ToListAsync(Ct)).ConvertAll(r => (r.Code, r.Version, r.Revision)));
        var before = await Rows();
        Assert.Contains((Marriage, 1, 1L), before);
        await nodes.Get<OwnResources>(Anhui).Prepare(Ct);
        Assert.Equal(before, await Rows());
    }

    [Fact]
    public async Task A_new_version_says_who_breaks_and_breaks_nobody_until_the_old_one_is_withdrawn()
    {
        var one = $"/console/resources/{Marriage}/1";
        Assert.Contains("上海市", await PageOf(Anhui, one), StringComparison.Ordinal);
        var begun = await Decided(one, "next");
        Assert.Equal((303, $"/console/resources/{Marriage}/2"), begun);
        var draft = nodes.Get<OwnResources>(Anhui).Find(Marriage)!.Definition;
        var entry = Entry("SELECT djzh AS registerNumber FROM hunyin WHERE nan_sfzh = @citizenId OR nv_sfzh = @citizenId");
        entry["fields"] = "registerNumber,登记字号,,text,register.number,2,是";
        entry["name"] = draft.Name;
        var (status, _, said) = await Submit(Anhui, begun.To!, begun.To!, entry);
        Assert.True(status == 303, said);
        var page = await PageOf(Anhui, begun.To!);
        Assert.Contains("wifeName", page, StringComparison.Ordinal);
        Assert.Contains("用到这些字段的协议：上海市", page, StringComparison.Ordinal);
        Assert.Equal((303, begun.To), await Decided(begun.To!, "publish"));

        var consent = await nodes.Consent(Husband, Item, "D1", "registerNumber", "state");
        Assert.True((await nodes.Ask(Question(consent, "registerNumber", "state"))).Ok);
        Assert.Equal((303, one), await Decided(one, "withdraw"));
        Assert.Equal("resource.version-withdrawn", (await nodes.Ask(Question(consent, "registerNumber", "state"))).Error?.Code);
    }

    [Fact]
    public async Task A_resource_whose_select_gives_other_columns_is_not_published()
    {
        await Entered(Entry("SELECT djzh AS registerNumber, djrq AS day FROM hunyin WHERE nan_sfzh = @citizenId"));
        var (status, _, page) = await Submit(Anhui, Draft, Draft + "/decide", new() { ["move"] = "publish" });
        Assert.Equal(400, status);
        Assert.Contains("registeredOn、day", page, StringComparison.Ordinal);
        Assert.Null(nodes.Get<OwnResources>(Anhui).Find("civil.register-dates"));
    }

    [Fact]
    public async Task A_wrong_field_is_named_by_line_and_column_and_what_was_entered_stays()
    {
        var entry = Entry();
        entry["fields"] = "registerNumber,登记字号,,text,register.number,2,是\r\nregisteredOn,登记日期,,day,register.date,2,是";
        var (status, _, page) = await Submit(Anhui, "/console/resources/new", "/console/resources", entry);
        Assert.Equal(400, status);
        Assert.Contains("第 2 行第 20 列", page, StringComparison.Ordinal);
        Assert.Contains("婚姻登记日期", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_need_is_entered_shown_beside_its_supply_and_closed()
    {
        var need = new Dictionary<string, string> { ["title"] = "婚姻状况核验", ["elements"] = "marriage.state\nno.such-element", ["of"] = Anhui, ["reason"] = "户口迁移" };
        var (status, _, page) = await Submit(Shanghai, "/console/needs", "/console/needs", new(need) { ["elements"] = "Birth Date" });
        Assert.Equal(400, status);
        Assert.Contains("户口迁移", page, StringComparison.Ordinal);
        Assert.Equal(303, (await Submit(Shanghai, "/console/needs", "/console/needs", need)).Status);
        var shown = await PageOf(Shanghai, "/console/needs");
        foreach (var word in new[] { "婚姻状况核验", "需求方向：安徽省", "已有协议", "无人提供", "/console/catalogue/340000/civil.marriage", "供需清单" })
            Assert.Contains(word, shown, StringComparison.Ordinal);
        // Another government's steward does not see it.
        Assert.DoesNotContain("婚姻状况核验", await PageOf(Anhui, "/console/needs"), StringComparison.Ordinal);
        var close = Regex.Match(shown, "/console/needs/[0-9a-f]{32}/close").Value;
        Assert.Equal(303, (await Submit(Shanghai, "/console/needs", close, [])).Status);
        Assert.DoesNotContain(close, await PageOf(Shanghai, "/console/needs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Csv_goes_out_and_comes_in_whole_or_not_at_all()
    {
        using var steward = new Browser(Role.Steward);
        using var csv = await steward.Get(nodes.Url(Anhui) + "/console/resources.csv");
        var text = await csv.Content.ReadAsStringAsync(Ct);
        async Task<int> Drafts() => await nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), db => db.Set<ResourceRow>().CountAsync(r => r.State == ResourceState.Draft, Ct));
        var (status, _, page) = await Submit(Anhui, "/console/resources", "/console/resources/import", [], ("r.csv", text.Replace(",yearly,", ",hourly,", StringComparison.Ordinal).Replace(",realtime,", ",hourly,", StringComparison.Ordinal)));
        Assert.Equal(400, status);
        Assert.Matches("第 \\d+ 行第 \\d+ 列：应为 realtime", page);
        Assert.Equal(0, await Drafts());

        var taken = await Submit(Anhui, "/console/resources", "/console/resources/import", [], ("r.csv", text));
        Assert.True(taken.Status == 303, taken.Page);
        Assert.Equal(nodes.Get<OwnResources>(Anhui).All.Count(), await Drafts());
        // The draft says what the published version said, but for its version.
        var (before, after) = await nodes.As<NodeDb, (string, string)>(Anhui, Actor.Node("test"), async db => (
            await db.Set<ResourceRow>().Where(r => r.Code == Marriage && r.Version == 1).Select(r => r.Document).SingleAsync(Ct),
            await db.Set<ResourceRow>().Where(r => r.Code == Marriage && r.Version == 2).Select(r => r.Document).SingleAsync(Ct)));
        Assert.Equal(Pinned(before), Pinned(after));
        static string Pinned(string document) => Regex.Replace(Regex.Replace(document, "\"version\":\\d+", ""), "\"provinces\":\\[[^\\]]*\\]", "");
    }

    [Fact]
    public void Csv_of_before_a_column_was_there_is_taken_and_a_way_that_is_none_is_named()
    {
        Result<List<ImportResources.Read>> Parse(string[] without, string way)
        {
            var columns = WriteResourceCsv.ResourceColumns.Except(without).Concat(ResourceForm.FieldColumns).ToList();
            var values = new Dictionary<string, string>(Entry()) { ["way"] = way, ["field"] = "registerNumber", ["label"] = "登记字号", ["type"] = "text", ["level"] = "2", ["personal"] = "是", ["parameters"] = "", ["database"] = "", ["select"] = "" };
            var text = string.Join(',', columns) + "\n" + string.Join(',', columns.Select(c => values.GetValueOrDefault(c, ""))) + "\n";
            return ImportResources.Parse(text, "340000", nodes.Get<OwnResources>(Anhui).Departments, _ => 1);
        }

        Assert.Equal("media", Parse([], "media").Value[0].Definition.Way);
        foreach (var without in new string[][] { ["way"], ["aggregate", "way"] })
            Assert.Equal(ResourceDefinition.Platform, Parse(without, "").Value[0].Definition.Way);
        Assert.Contains("应为 platform", Parse([], "pigeon").Error?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_catalogue_is_dcat_that_an_rdf_tool_reads()
    {
        using var http = new HttpClient { BaseAddress = new Uri(nodes.Url(Anhui)) };
        using var answer = await http.GetAsync(new Uri("/catalogue.ttl", UriKind.Relative), Ct);
        Assert.Equal("text/turtle", answer.Content.Headers.ContentType?.MediaType);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.Contains($"dct:title \"{nodes.Get<OwnResources>(Anhui).Find(Marriage)!.Definition.Name}\"@zh", text, StringComparison.Ordinal);
        if (!File.Exists("/usr/bin/rapper"))
            Assert.Skip("rapper (raptor2-utils) is not installed");
        var triples = await Rapper(text);
        Assert.Contains(triples, t => t.EndsWith("<urn:tongban:way> \"platform\" .", StringComparison.Ordinal));
        var count = nodes.Get<OwnResources>(Anhui).All.Count();
        Assert.Equal(count, triples.Count(t => t.Contains("22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Dataset>", StringComparison.Ordinal)));
        // What somebody enters ends no string.
        var evil = nodes.Get<OwnResources>(Anhui).Catalogue;
        evil = evil with { Resources = [evil.Resources[0] with { Name = new("\"] . <a:b> <a:c> \"\\\n\u0001\t'''", "\\u0022") }] };
        Assert.DoesNotContain(await Rapper(WriteDcat.Turtle(evil, new("皖", "A"), "http://127.0.0.1")), t => t.StartsWith("<a:b>", StringComparison.Ordinal));
    }

    static async Task<string[]> Rapper(string turtle)
    {
        using var rapper = Process.Start(new ProcessStartInfo("/usr/bin/rapper", "-q -i turtle -o ntriples - http://127.0.0.1/") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (rapper.StandardOutput.ReadToEndAsync(Ct), rapper.StandardError.ReadToEndAsync(Ct));
        await rapper.StandardInput.WriteAsync(turtle.AsMemory(), Ct);
        rapper.StandardInput.Close();
        await rapper.WaitForExitAsync(Ct);
        Assert.True(rapper.ExitCode == 0, await errors);
        return (await output).Split('\n');
    }

    async Task<(int, string?)> Entered(Dictionary<string, string> entry)
    {
        var (status, to, page) = await Submit(Anhui, "/console/resources/new", "/console/resources", entry);
        Assert.True(status == 303, page);
        return (status, to);
    }

    async Task<(int Status, string? To)> Decided(string page, string move)
    {
        var (status, to, said) = await Submit(Anhui, page, page + "/decide", new() { ["move"] = move });
        Assert.True(status == 303, said);
        return (status, to);
    }
}
