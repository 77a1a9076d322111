using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tongban.Tests.Unit.Web;

public partial class PagesTests(WebHost host) : IClassFixture<WebHost>
{
    static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    public static TheoryData<string> Gallery =>
    [
        "", "/home", "/item", "/question", "/form", "/form?errors=true", "/evidence", "/check", "/done", "/matters", "/matters?empty=true", "/matter",
        "/certificates", "/uses", "/queue", "/queue?empty=true", "/case", "/hub",
    ];

    [Theory, MemberData(nameof(Gallery))]
    public async Task A_page_is_whole_confined_and_every_reference_inside_it_leads_somewhere(string path)
    {
        foreach (var lang in (string[])["zh", "en"])
        {
            var answer = await host.Browser("resident").GetAsync($"/ui/gallery{path}{(path.Contains('?') ? '&' : '?')}lang={lang}", Stop);
            var html = await answer.Content.ReadAsStringAsync(Stop);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.EndsWith("</html>", html.TrimEnd(), StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Contains("no-store", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);

            var ids = Id().Matches(html).Select(m => m.Groups[1].Value).ToList();
            Assert.Equal(ids.Distinct(), ids);
            var pointers = Pointer().Matches(html).SelectMany(m => m.Groups[1].Value.Split(' '));
            Assert.Empty(pointers.Except(ids));
            // The policy lets no inline style or script through.
            Assert.DoesNotContain(" style=", html, StringComparison.Ordinal);
            Assert.DoesNotContain(" onclick=", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Each_error_of_a_form_links_to_its_field_and_stands_beside_it()
    {
        var html = await host.Browser().GetStringAsync("/ui/gallery/form?errors=true", Stop);
        foreach (var field in (string[])["f-id", "f-married", "f-rent"])
        {
            Assert.Contains($"href=\"#{field}\"", html, StringComparison.Ordinal);
            Assert.Contains($"id=\"{field}-wrong\"", html, StringComparison.Ordinal);
        }
        Assert.Contains("<title>需要更正：", html, StringComparison.Ordinal);
        Assert.Equal(3, Regex.Count(html, "class=\"wrong\""));
    }

    [Fact]
    public async Task A_form_carries_a_token_and_a_new_idempotency_key_each_time()
    {
        var browser = host.Browser();
        var keys = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            var html = await browser.GetStringAsync("/ui/gallery/question", Stop);
            keys.Add(Regex.Match(html, "name=\"Idempotency-Key\" value=\"([0-9a-f]{32})\"").Groups[1].Value);
            Assert.Matches("name=\"__RequestVerificationToken\" value=\"[^\"]{20,}\"", html);
        }
        Assert.Equal(2, keys.Count);
        Assert.DoesNotContain("", keys);
    }

    [Fact]
    public async Task Entries_are_shown_to_those_who_may_follow_them()
    {
        Assert.DoesNotContain("我的办件", Nav(await host.Browser().GetStringAsync("/ui/gallery/item", Stop)), StringComparison.Ordinal);
        Assert.Contains("我的办件", Nav(await host.Browser("resident").GetStringAsync("/ui/gallery/item", Stop)), StringComparison.Ordinal);
        Assert.Contains("aria-current=\"page\"", Nav(await host.Browser("officer").GetStringAsync("/ui/gallery/queue", Stop)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_console_starts_with_the_first_entry_one_may_follow()
    {
        var answer = await host.Browser("officer").GetAsync("/console", Stop);
        Assert.Equal((HttpStatusCode.Redirect, "/ui/gallery/queue"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task Staff_meet_a_problem_at_their_desk()
    {
        Assert.Contains("class=\"desk-main\"", await (await host.Browser("officer").GetAsync("/nowhere", Stop)).Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"desk-main\"", await (await host.Browser("resident").GetAsync("/nowhere", Stop)).Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flash_is_shown_once()
    {
        var browser = host.Browser();
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/leave", Stop)).StatusCode);
        Assert.Contains("已保存", await browser.GetStringAsync("/ui/gallery/home", Stop), StringComparison.Ordinal);
        Assert.DoesNotContain("已保存", await browser.GetStringAsync("/ui/gallery/home", Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/ui/language", "en", "<html lang=\"en\"")]
    [InlineData("/ui/elder", "1", "class=\"portal elder\"")]
    public async Task A_switch_comes_back_to_the_page_and_is_remembered(string route, string to, string mark)
    {
        var browser = host.Browser();
        Assert.DoesNotContain(mark, await browser.GetStringAsync("/ui/gallery/item", Stop), StringComparison.Ordinal);
        var answer = await Post(browser, route, ("to", to), ("back", "/ui/gallery/item?a=1&lang=zh&elder=0"));
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal("/ui/gallery/item?a=1", answer.Headers.Location!.OriginalString);
        Assert.Contains(mark, await browser.GetStringAsync("/ui/gallery/item", Stop), StringComparison.Ordinal);
    }

    /// <summary>The hidden fields of the switch are sent as a browser would, and the form of the page that follows shows them again.</summary>
    [Fact]
    public async Task A_switch_on_a_refused_form_keeps_what_was_entered_but_no_secret()
    {
        var browser = host.Browser();
        var first = await browser.GetStringAsync("/kept", Stop);
        var refused = await (await browser.PostAsync("/kept/send", new FormUrlEncodedContent(Hidden(first, "/kept/send").Append(new("name", "欧阳<慕容>")).Append(new("password", "a secret"))), Stop)).Content.ReadAsStringAsync(Stop);
        Assert.Contains("姓名太长", WebUtility.HtmlDecode(refused), StringComparison.Ordinal);
        var sent = Hidden(refused, "/ui/language");
        Assert.DoesNotContain(sent, f => f.Value == "a secret");

        var answer = await browser.PostAsync("/ui/language", new FormUrlEncodedContent(sent.Append(new("to", "en"))), Stop);
        Assert.Equal("/kept", answer.Headers.Location!.OriginalString);
        var after = WebUtility.HtmlDecode(await browser.GetStringAsync("/kept", Stop));
        Assert.Contains("lang=\"en\"", after, StringComparison.Ordinal);
        Assert.Contains("value=\"欧阳<慕容>\"", after, StringComparison.Ordinal);
        // Once: the next visit starts with an empty form.
        Assert.DoesNotContain("欧阳", WebUtility.HtmlDecode(await browser.GetStringAsync("/kept", Stop)), StringComparison.Ordinal);

        // Another site can switch the language, but not fill in a form.
        await browser.PostAsync("/ui/language", new FormUrlEncodedContent(sent.Where(f => f.Key.StartsWith("kept.", StringComparison.Ordinal) || f.Key is "ui.for" or "back").Append(new("to", "en"))), Stop);
        Assert.DoesNotContain("欧阳", WebUtility.HtmlDecode(await browser.GetStringAsync("/kept", Stop)), StringComparison.Ordinal);
    }

    static List<KeyValuePair<string, string>> Hidden(string html, string action)
    {
        var from = html.IndexOf($"action=\"{action}\"", StringComparison.Ordinal);
        var form = html[from..html.IndexOf("</form>", from, StringComparison.Ordinal)];
        return [.. System.Text.RegularExpressions.Regex.Matches(form, "<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"")
            .Select(m => new KeyValuePair<string, string>(WebUtility.HtmlDecode(m.Groups[1].Value), WebUtility.HtmlDecode(m.Groups[2].Value)))];
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example/")]
    [InlineData("/\\elsewhere.example/")]
    [InlineData("/a\r\nSet-Cookie: b=c")]
    [InlineData("")]
    public async Task A_switch_leads_to_no_other_site(string back)
    {
        var answer = await Post(host.Browser(), "/ui/language", ("to", "en"), ("back", back));
        Assert.Equal("/", answer.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task An_error_is_a_document_for_programs_and_a_page_for_people()
    {
        var browser = host.Browser();
        var page = await browser.GetAsync("/refused?lang=en", Stop);
        var html = await page.Content.ReadAsStringAsync(Stop);
        Assert.Equal((HttpStatusCode.BadRequest, "text/html"), (page.StatusCode, page.Content.Headers.ContentType!.MediaType));
        Assert.Contains("The name is missing", html, StringComparison.Ordinal);
        Assert.Contains("Enter it", html, StringComparison.Ordinal);

        using var program = new HttpClient { BaseAddress = host.Address };
        var document = await program.GetAsync("/refused", Stop);
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (document.StatusCode, document.Content.Headers.ContentType!.MediaType));
        Assert.Equal("name", JsonDocument.Parse(await document.Content.ReadAsStringAsync(Stop)).RootElement.GetProperty("where").GetString());
    }

    [Theory]
    [InlineData("/nowhere", 404, "没有找到这个页面")]
    [InlineData("/guarded", 405, "不能这样打开")]
    [InlineData("/ui/gallery/broken", 500, "系统出了问题")]
    public async Task A_bare_status_and_an_exception_have_words(string path, int status, string words)
    {
        var page = await host.Browser().GetAsync(path, Stop);
        Assert.Equal(status, (int)page.StatusCode);
        var html = await page.Content.ReadAsStringAsync(Stop);
        Assert.Contains(words, html, StringComparison.Ordinal);
        Assert.DoesNotContain("unhandled exception", html, StringComparison.OrdinalIgnoreCase);

        using var program = new HttpClient { BaseAddress = host.Address };
        var document = await program.GetAsync(path, Stop);
        Assert.Equal((status, "application/problem+json"), ((int)document.StatusCode, document.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused_in_words()
    {
        var answer = await Post(host.Browser(), "/guarded", ("name", "a"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("已经过期", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    static Task<HttpResponseMessage> Post(HttpClient browser, string path, params (string, string)[] fields) =>
        browser.PostAsync(path, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Item1, f.Item2))), Stop);

    static string Nav(string html) => string.Concat(Regex.Matches(html, "<nav.*?</nav>", RegexOptions.Singleline).Select(m => m.Value));

    [GeneratedRegex(" id=\"([^\"]+)\"")]
    private static partial Regex Id();

    [GeneratedRegex(" (?:for|aria-describedby|aria-labelledby)=\"([^\"]+)\"")]
    private static partial Regex Pointer();
}
