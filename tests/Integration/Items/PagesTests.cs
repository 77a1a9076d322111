using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Items;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Node;
using Tongban.Registry;
using Tongban.Tests.Support;
using Tongban.Web;
using Xunit;

namespace Tongban.Tests.Integration.Items;

/// <summary>The public pages over HTTP, as a browser without JavaScript uses them.</summary>
public sealed partial class PagesTests : IAsyncLifetime
{
    const string Pension = "992014003000";
    const string Medical = "992083067000";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    readonly TestDatabase database = TestDatabase.Sqlite();
    WebApplication app = null!;
    HttpClient browser = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var services = builder.Services;
        services.AddRouting();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(new NodeIdentity("CN-YRD/310000", "310000", new Words("上海市", "Shanghai"), false, "http://127.0.0.1", "http://127.0.0.1", Path.GetTempPath(), ItemsHost.Data, true));
        services.AddNodeDb(database.Options, typeof(NodeHost).Assembly.GetName().Name!);
        services.AddWeb();
        services.AddRegistry();
        ItemsHost.Neighbours(services);
        services.AddItems();
        app = builder.Build();
        app.UseWeb();
        app.UseRouting();
        // Staff and residents are told apart by a header here; how they sign in is another room's.
        app.Use((http, next) =>
        {
            if (http.Request.Headers["X-Test-Role"].ToString() is { Length: > 0 } role)
                http.RequestServices.GetRequiredService<CurrentActor>().Become(new Actor(Enum.Parse<Role>(role), "test", "测试", "310000", SubjectKey: role == nameof(Role.Resident) ? "someone" : null, Level: 2));
            return next(http);
        });
        app.MapWeb();
        var faces = new Faces(app.MapGroup(""), app.MapGroup("/console"), app.MapGroup("/hub"), app.MapGroup("/api"), app.MapGroup("/peer"));
        faces.MapItems();
        await MigratedSqlite.Prepare(app.Services.GetRequiredService<DatabaseOptions>());
        await Tongban.Kernel.Data.Database.Migrate(app.Services, Ct);
        await app.StartAsync(Ct);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = true }) { BaseAddress = new Uri(address) };
        browser.DefaultRequestHeaders.Add("Accept", "text/html");
    }

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await app.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task Home_leads_to_search_events_and_items()
    {
        var home = await Page("/");
        Assert.Contains("action=\"/items\"", home, StringComparison.Ordinal);
        Assert.Contains($"href=\"/items/{Pension}\"", home, StringComparison.Ordinal);
        foreach (var link in Links(home).Where(l => l.StartsWith("/events/", StringComparison.Ordinal)).Distinct())
            Assert.Contains("href=\"/items/", await Page(link), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_pages_by_key_and_shows_everything_once()
    {
        var seen = new List<string>();
        for (var next = "/items"; next is not null;)
        {
            var page = await Page(next);
            seen.AddRange(Links(page).Where(l => ItemLink().IsMatch(l)));
            next = Links(page).FirstOrDefault(l => l.Contains("after=", StringComparison.Ordinal));
        }
        Assert.Equal(40, seen.Count);
        Assert.Equal(40, seen.Distinct().Count());
    }

    [Fact]
    public async Task Search_that_finds_nothing_says_what_to_do()
    {
        var page = await Page("/items?q=" + Uri.EscapeDataString("火星移民<script>"));
        Assert.Contains("没有找到", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page[page.IndexOf("<main", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.GetAsync("/items?q=" + new string('a', 101), Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.GetAsync("/items?after=nonsense", Ct)).StatusCode);
    }

    [Fact]
    public async Task An_item_shows_what_is_exempt_compares_the_provinces_and_marks_samples()
    {
        var page = await Page($"/items/{Pension}?for=340000");
        Assert.Contains("安徽省人力资源和社会保障厅", page, StringComparison.Ordinal);
        Assert.Contains("免交", page, StringComparison.Ordinal);
        Assert.Contains("示例数据", page, StringComparison.Ordinal);
        Assert.Contains("国办发〔2020〕35号", page, StringComparison.Ordinal);
        Assert.All(["上海市", "江苏省", "浙江省", "安徽省"], p => Assert.Contains(p, page, StringComparison.Ordinal));
        Assert.Contains($"/items/{Pension}/guide", page, StringComparison.Ordinal);
        Assert.DoesNotContain("尚未定制", page, StringComparison.Ordinal);
        Assert.Contains("尚未定制", await Page("/items/990709008000"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync("/items/000000000000", Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync($"/items/{Pension}?for=110000", Ct)).StatusCode);
    }

    [Fact]
    public async Task English_pages_hold_no_Chinese_but_names()
    {
        var page = await Page($"/items/{Pension}?lang=en");
        Assert.Contains("Transfer of employees", page, StringComparison.Ordinal);
        Assert.Contains("Not needed", page, StringComparison.Ordinal);
        Assert.DoesNotContain("免交", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_guide_asks_one_question_a_page_goes_back_and_ends_in_a_draft()
    {
        var page = await Page($"/items/{Medical}/guide");
        Assert.Contains("您要在哪里看病", page, StringComparison.Ordinal);
        page = await Answer(Medical, page, "310000");
        page = await Answer(Medical, page, "340000");
        Assert.Contains("您为什么在当地看病", page, StringComparison.Ordinal);

        var back = await Page(Links(page).First(l => l.Contains("at=insuredProvince", StringComparison.Ordinal)));
        Assert.Contains("您的医保在哪里", back, StringComparison.Ordinal);

        page = await Answer(Medical, page, "异地安置退休人员");
        Assert.Contains("安徽省医疗保障局", page, StringComparison.Ordinal);
        Assert.Contains($"{new WebOptions().SignInPath}?return=", page, StringComparison.Ordinal);

        browser.DefaultRequestHeaders.Add("X-Test-Role", nameof(Role.Resident));
        var signedIn = await Page(lastAddress);
        Assert.Contains("action=\"/drafts\"", signedIn, StringComparison.Ordinal);
        Assert.Contains("name=\"answer.reason\" value=\"异地安置退休人员\"", signedIn, StringComparison.Ordinal);
        Assert.Contains($"name=\"baseCode\" value=\"{Medical}\"", signedIn, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_guide_sends_those_away_who_need_another_way()
    {
        var page = await Page($"/items/{Medical}/guide");
        page = await Answer(Medical, page, "310000");
        page = await Answer(Medical, page, "310000");
        await Answer(Medical, page, "异地安置退休人员", HttpStatusCode.UnprocessableEntity);
        var advice = await (await browser.GetAsync(lastAddress, Ct)).Content.ReadAsStringAsync(Ct);
        Assert.Contains("不需要跨省备案", advice, StringComparison.Ordinal);
        Assert.DoesNotContain("action=\"/drafts\"", advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_guide_refuses_no_choice_and_begins_anew_with_a_damaged_state()
    {
        var page = await Page($"/items/{Medical}/guide");
        var refused = await Post(Medical, page, "");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("请先选一个再继续", await refused.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post(Medical, page, "110000")).StatusCode);
        var damaged = await Page($"/items/{Medical}/guide?s=AAAA");
        Assert.Contains("请重新回答", damaged, StringComparison.Ordinal);
        Assert.Contains("您要在哪里看病", damaged, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_state_in_the_address_shows_no_answer()
    {
        await Answer(Medical, await Page($"/items/{Medical}/guide"), "310000");
        Assert.DoesNotContain("310000", lastAddress, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_lists_and_shows_items()
    {
        using var list = System.Text.Json.JsonDocument.Parse(await browser.GetStringAsync("/api/items?q=" + Uri.EscapeDataString("公积金") + "&size=1", Ct));
        Assert.Equal("购房提取住房公积金", list.RootElement.GetProperty("items")[0].GetProperty("name").GetProperty("zh").GetString());
        Assert.NotNull(list.RootElement.GetProperty("next").GetString());
        using var item = System.Text.Json.JsonDocument.Parse(await browser.GetStringAsync($"/api/items/{Pension}", Ct));
        Assert.Equal(4, item.RootElement.GetProperty("variants").GetArrayLength());
    }

    [Fact]
    public async Task Console_shows_the_catalogue()
    {
        browser.DefaultRequestHeaders.Add("X-Test-Role", nameof(Role.Officer));
        Assert.Contains("事项清单", await Page("/console/items"), StringComparison.Ordinal);
        var item = await Page($"/console/items/{Pension}");
        Assert.Contains("pension-transfer-out", item, StringComparison.Ordinal);
        Assert.Contains("/rules/pension-transfer-route", item, StringComparison.Ordinal);
    }

    string lastAddress = "";

    async Task<string> Page(string path)
    {
        var answer = await browser.GetAsync(path, Ct);
        var body = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode}\n{body}");
        return body;
    }

    async Task<string> Answer(string baseCode, string page, string answer, HttpStatusCode then = HttpStatusCode.OK)
    {
        var sent = await Post(baseCode, page, answer);
        Assert.Equal(HttpStatusCode.SeeOther, sent.StatusCode);
        lastAddress = sent.Headers.Location!.ToString();
        var shown = await browser.GetAsync(lastAddress, Ct);
        Assert.Equal(then, shown.StatusCode);
        return await shown.Content.ReadAsStringAsync(Ct);
    }

    Task<HttpResponseMessage> Post(string baseCode, string page, string answer)
    {
        var fields = HiddenField().Matches(page).ToDictionary(m => m.Groups[1].Value, m => WebUtility.HtmlDecode(m.Groups[2].Value));
        fields[fields["question"]] = answer;
        return browser.PostAsync($"/items/{baseCode}/guide", new FormUrlEncodedContent(fields), Ct);
    }

    static IEnumerable<string> Links(string page) => Link().Matches(page).Select(m => WebUtility.HtmlDecode(m.Groups[1].Value));

    [GeneratedRegex("href=\"([^\"]+)\"")]
    private static partial Regex Link();

    [GeneratedRegex("^/items/[0-9]{12}$")]
    private static partial Regex ItemLink();

    [GeneratedRegex("<input type=\"hidden\" name=\"((?:state|question|__[^\"]+)[^\"]*)\" value=\"([^\"]*)\"")]
    private static partial Regex HiddenField();
}
