using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Tongban.Kernel.Http;

namespace Tongban.Tests.Integration.Identity;

/// <summary>A browser without scripts: keeps cookies (by host, not by port, as browsers do), fills forms, follows redirects when told.</summary>
sealed partial class Browser : IDisposable
{
    readonly HttpClient http;

    public Browser()
    {
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies });
        http.DefaultRequestHeaders.Accept.ParseAdd("text/html");
    }

    public CookieContainer Cookies { get; } = new();

    public Task<HttpResponseMessage> Get(string url) => http.GetAsync(new Uri(url));

    /// <summary>Follows redirects to the end, at most ten.</summary>
    public async Task<HttpResponseMessage> Follow(HttpResponseMessage answer)
    {
        for (var hop = 0; hop < 10 && answer.Headers.Location is { } to; hop++)
            answer = await http.GetAsync(to.IsAbsoluteUri ? to : new Uri(answer.RequestMessage!.RequestUri!, to));
        return answer;
    }

    /// <summary>Submits the form of the page whose action begins with <paramref name="action"/>, with its hidden fields.</summary>
    /// <summary>As another site's page would send it: the cookies, but no token of ours.</summary>
    public Task<HttpResponseMessage> Post(string url, params (string Name, string Value)[] fields) =>
        http.PostAsync(new Uri(url), new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));

    public async Task<HttpResponseMessage> Submit(string pageUrl, string action, params (string Name, string Value)[] fields)
    {
        using var page = await Follow(await Get(pageUrl));
        return await Submit(page, action, fields);
    }

    public async Task<HttpResponseMessage> Submit(HttpResponseMessage page, string action, params (string Name, string Value)[] fields)
    {
        var html = await page.Content.ReadAsStringAsync();
        foreach (Match form in Forms().Matches(html))
        {
            var at = WebUtility.HtmlDecode(form.Groups["action"].Value);
            if (!at.StartsWith(action, StringComparison.Ordinal) || (at.Length > action.Length && at[action.Length] is not '?'))
                continue;
            var all = Hidden().Matches(form.Groups["body"].Value)
                .Select(m => KeyValuePair.Create(m.Groups[1].Value, WebUtility.HtmlDecode(m.Groups[2].Value)))
                .Where(h => fields.All(f => f.Name != h.Key))
                .Concat(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
            return await http.PostAsync(new Uri(page.RequestMessage!.RequestUri!, at), new FormUrlEncodedContent(all));
        }
        throw new InvalidOperationException($"{page.RequestMessage!.RequestUri} ({(int)page.StatusCode}) has no form for {action}: {html[..Math.Min(html.Length, 600)]}");
    }

    public async Task<HttpResponseMessage> SignIn(IdentityHost host, string phone, string password = Demo) =>
        await Submit(host.Url("/signin?again=1"), "/signin", ("account", phone), ("password", password));

    public async Task<HttpResponseMessage> SignInStaff(IdentityHost host, string login, string password = Demo) =>
        await Submit(host.Url("/console/signin?return=%2Fconsole"), "/console/signin", ("account", login), ("password", password));

    public async Task<Seen> Me(IdentityHost host) => (await http.GetFromJsonAsync<Seen>(new Uri(host.Url("/test/me"))))!;

    public const string Demo = "Tongban-demo-2026";

    public static string KeyHeader => OnceFilter.Header;

    public void Dispose() => http.Dispose();

    [GeneratedRegex("""<form[^>]*action="(?<action>[^"]*)"[^>]*>(?<body>.*?)</form>""", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex("""<input type="hidden" name="([^"]+)" value="([^"]*)"\s*/?>""")]
    private static partial Regex Hidden();
}
