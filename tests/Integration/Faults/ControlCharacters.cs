using System.Net;
using System.Text.RegularExpressions;
using Tongban.Tests.Integration.Exchange;
using Xunit;

namespace Tongban.Tests.Integration.Faults;

/// <summary>NUL and its like, which PostgreSQL refuses and screens do not show, in every way that text comes in: refused at the door of a real node, to programs and people.</summary>
public sealed class ControlCharacters : IAsyncLifetime
{
    TwoNodes region = null!;
    HttpClient http = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        region = await TwoNodes.Start();
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(region.Url(TwoNodes.Shanghai)) };
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await region.DisposeAsync();
    }

    [Theory]
    [InlineData("/items?q=%00", "q")]
    [InlineData("/items?q=a%1Fb", "q")]
    [InlineData("/items?%00=a", "query")]
    [InlineData("/items?q=%7F", "q")]
    public Task In_an_address(string path, string where) =>
        Faces.Refuses(http, () => new HttpRequestMessage(HttpMethod.Get, path), 400, "text.control", where);

    [Fact]
    public async Task What_people_really_type_is_taken()
    {
        foreach (var text in new[] { "户口", "𠮷野家", "a\tb", "é", "👨‍👩‍👧" })
        {
            using var answer = await http.GetAsync($"/items?q={Uri.EscapeDataString(text)}", Ct);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task In_a_form_of_a_page_and_of_a_program()
    {
        var page = await http.GetStringAsync("/signin", Ct);
        Dictionary<string, string> Fields(string account) => new(Regex.Matches(page[page.IndexOf("<main", StringComparison.Ordinal)..], "<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"")
            .GroupBy(m => m.Groups[1].Value).Select(g => new KeyValuePair<string, string>(g.Key, WebUtility.HtmlDecode(g.First().Groups[2].Value))))
        { ["account"] = account, ["password"] = "x" };
        await Faces.Refuses(http, () => new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new FormUrlEncodedContent(Fields("1200000\u00010002")) }, 400, "text.control", "account");
        await Faces.Refuses(http, () => new HttpRequestMessage(HttpMethod.Post, "/oidc/token") { Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = "\u0002" }) }, 400, "text.control", "code");
        // NUL the framework itself takes for a broken form.
        await Faces.Refuses(http, () => new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new FormUrlEncodedContent(Fields("1200000\0")) }, 400, "web.form", "body");
    }
}
