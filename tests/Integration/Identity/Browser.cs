using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;
using Tongban.Tests.Integration.House;

namespace Tongban.Tests.Integration.Identity;

/// <summary>A browser without scripts: keeps cookies (by host, not by port, as browsers do), fills forms, follows redirects when told.</summary>
sealed partial class Browser : IDisposable
{
    readonly HttpClient http;

    /// <param name="role">Acts in this role without an account, at nodes started with <see cref="ActAs"/>.</param>
    public Browser(Role? role = null)
    {
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies });
        http.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        if (role is { } acts)
            http.DefaultRequestHeaders.Add(ActAs.Header, acts.ToString());
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

    /// <summary>The page as read, its entities decoded; fails when it is not there.</summary>
    public async Task<string> Read(string url) => WebUtility.HtmlDecode(await http.GetStringAsync(new Uri(url)));

    /// <summary>As another site's page would send it: the cookies, but no token of ours.</summary>
    public Task<HttpResponseMessage> Post(string url, params (string Name, string Value)[] fields) =>
        http.PostAsync(new Uri(url), new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));

    public async Task<HttpResponseMessage> Submit(string pageUrl, string action, params (string Name, string Value)[] fields)
    {
        using var page = await Follow(await Get(pageUrl));
        return await Submit(page, action, fields);
    }

    public Task<HttpResponseMessage> Submit(HttpResponseMessage page, string action, params (string Name, string Value)[] fields) => Submit(page, action, null, fields);

    /// <summary>
    /// Submits the form of the page for <paramref name="action"/> with its hidden fields, those that are given replacing them. Where
    /// several have one action, the one that has a given name and value, of its button.
    /// </summary>
    public async Task<HttpResponseMessage> Submit(HttpResponseMessage page, string action, (string Name, string Text)? file, params (string Name, string Value)[] fields)
    {
        var html = await page.Content.ReadAsStringAsync();
        var forms = Forms().Matches(html).Where(form => IsFor(WebUtility.HtmlDecode(form.Groups["action"].Value), action)).ToList();
        if (forms.Count == 0)
            throw new InvalidOperationException($"{page.RequestMessage!.RequestUri} ({(int)page.StatusCode}) has no form for {action}: {html[..Math.Min(html.Length, 600)]}");
        var chosen = forms.Find(form => fields.Any(f => form.Groups["body"].Value.Contains($"name=\"{f.Name}\" value=\"{f.Value}\"", StringComparison.Ordinal))) ?? forms[0];
        var at = new Uri(page.RequestMessage!.RequestUri!, WebUtility.HtmlDecode(chosen.Groups["action"].Value));
        return await http.PostAsync(at, Content(chosen.Groups["body"].Value, file, fields));
    }

    /// <summary>Sends a form that is not on the page, with what the page hides in its own.</summary>
    public async Task<HttpResponseMessage> MakeUp(string pageUrl, string action, params (string Name, string Value)[] fields)
    {
        using var page = await Follow(await Get(pageUrl));
        return await http.PostAsync(new Uri(page.RequestMessage!.RequestUri!, action), Content(await page.Content.ReadAsStringAsync(), null, fields));
    }

    static bool IsFor(string at, string action) => at.StartsWith(action, StringComparison.Ordinal) && (at.Length == action.Length || at[action.Length] is '?');

    static HttpContent Content(string form, (string Name, string Text)? file, (string Name, string Value)[] fields)
    {
        var all = Hidden().Matches(form)
            .Select(m => KeyValuePair.Create(m.Groups[1].Value, WebUtility.HtmlDecode(m.Groups[2].Value)))
            .Where(h => fields.All(f => f.Name != h.Key))
            .DistinctBy(h => h.Key)
            .Concat(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        if (file is not { } upload)
            return new FormUrlEncodedContent(all);
        var parts = new MultipartFormDataContent();
        foreach (var (name, value) in all)
            parts.Add(new StringContent(value), name);
        parts.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(upload.Text)), "file", upload.Name);
        return parts;
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
