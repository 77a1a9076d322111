using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;
using Tongban.Node;
using Tongban.Tests.Integration.Exchange;
using Tongban.Web;
using Xunit;

namespace Tongban.Tests.Integration.House;

/// <summary>A page of another site can make a browser send a form with its cookies. Every write of a whole node refuses it.</summary>
public sealed partial class FormTokenTests(FormTokenTests.Region region) : IClassFixture<FormTokenTests.Region>
{
    public sealed class Region : IAsyncLifetime
    {
        internal TwoNodes Nodes { get; private set; } = null!;

        // Silent: pages of an account break without an account, which is not what is tested here.
        public async ValueTask InitializeAsync() =>
            Nodes = await TwoNodes.Start(also: b => b.Logging.SetMinimumLevel(LogLevel.None).Services.AddSingleton<IStartupFilter, ActAs>());

        public ValueTask DisposeAsync() => Nodes.DisposeAsync();
    }

    readonly TwoNodes nodes = region.Nodes;

    const string Expired = "web.form-expired";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [GeneratedRegex("""name="(__[^"]+)" value="([^"]+)""")]
    private static partial Regex Token();

    [GeneratedRegex("""\{([^}:]+)(:[^}]+)?\}""")]
    private static partial Regex Part();

    static IEnumerable<(RouteEndpoint Endpoint, string Method, string Path)> Writes(TwoNodes nodes) =>
        from e in RouteGuard.Endpoints(nodes.App(TwoNodes.Shanghai))
        from m in e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["POST"]
        where m is not ("GET" or "HEAD" or "OPTIONS")
        orderby e.RoutePattern.RawText
        select (e, m, "/" + Part().Replace(e.RoutePattern.RawText!, p => p.Groups[2].Value == ":long" || p.Groups[2].Value == ":int" ? "1" : "x").TrimStart('/'));

    static Role Admitted(RouteEndpoint endpoint)
    {
        var rule = endpoint.Metadata.GetRequiredMetadata<RouteRule>();
        return Enum.GetValues<Role>().First(r => r is not (Role.Peer or Role.System) && rule.Admits(ActAs.Of(r)));
    }

    static HttpClient Client(TwoNodes nodes) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(nodes.Url(TwoNodes.Shanghai)) };

    static async Task<(int Status, string? Type, string Text)> Send(HttpClient http, RouteEndpoint to, string method, string path, HttpContent? content, bool page, bool key = false)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        request.Headers.Accept.ParseAdd(page ? "text/html" : "application/json");
        request.Headers.Add(ActAs.Header, Admitted(to).ToString());
        if (key)
            request.Headers.Add(OnceFilter.Header, Guid.NewGuid().ToString("N"));
        using var answer = await http.SendAsync(request, Ct);
        return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(Ct));
    }

    /// <summary>Everything that a page of another site can make a browser send, and JSON, which it cannot.</summary>
    static IEnumerable<(string Name, HttpContent? Content)> Bodies()
    {
        Dictionary<string, string> fields = new() { ["account"] = "x", ["revision"] = "0", ["do"] = "save", [OnceFilter.Header] = Guid.NewGuid().ToString("N") };
        yield return ("a form", new FormUrlEncodedContent(fields));
        yield return ("a form with files", new MultipartFormDataContent { { new StringContent("0"), "revision" }, { new ByteArrayContent("%PDF-1.4"u8.ToArray()), "upload.a", "a.pdf" } });
        yield return ("text", new StringContent("revision=0", Encoding.UTF8, "text/plain"));
        yield return ("nothing", null);
        yield return ("JSON", new StringContent("{}", Encoding.UTF8, "application/json"));
    }

    [Fact]
    public async Task Every_form_route_refuses_a_post_without_the_token_of_its_page()
    {
        using var http = Client(nodes);
        var tried = 0;
        foreach (var (endpoint, method, path) in Writes(nodes).Where(w => FormTokens.RuleOf(w.Endpoint).Proof == WriteProof.FormToken))
        {
            foreach (var (name, content) in Bodies())
            {
                // A key alone proves nothing on a page's route.
                var (status, type, text) = await Send(http, endpoint, method, path, content, page: false, key: true);
                var otherFormat = status == 415 && Title(text) == "web.media-type" && !name.StartsWith("a form", StringComparison.Ordinal);
                Assert.True(type == "application/problem+json" && (otherFormat || (status == 400 && Title(text) == Expired)), $"{method} {path} with {name}: {status} {text}");
                tried++;
            }
            var page = await Send(http, endpoint, method, path, Bodies().First().Content, page: true);
            Assert.True(page is { Status: 400, Type: "text/html" } && page.Text.Contains(Expired, StringComparison.Ordinal), $"{method} {path}: {page}");
            Assert.Contains("刷新后再提交一次", WebUtility.HtmlDecode(page.Text));
            var english = await Send(http, endpoint, method, path + "?lang=en", Bodies().First().Content, page: true);
            Assert.Contains("Go back, reload the page and send it again", WebUtility.HtmlDecode(english.Text));
        }
        Assert.InRange(tried, 200, 2000);
    }

    [Fact]
    public async Task With_the_token_every_form_route_goes_on_to_its_own_answer()
    {
        using var http = Client(nodes);
        using var page = await http.GetAsync("/verify", Ct);
        var token = Token().Match(await page.Content.ReadAsStringAsync(Ct));
        Assert.True(token.Success);
        foreach (var (endpoint, method, path) in Writes(nodes).Where(w => FormTokens.RuleOf(w.Endpoint).Proof == WriteProof.FormToken))
        {
            Dictionary<string, string> fields = new() { [token.Groups[1].Value] = token.Groups[2].Value, ["revision"] = "0" };
            var (status, _, text) = await Send(http, endpoint, method, path, new FormUrlEncodedContent(fields), page: false, key: true);
            Assert.True(!text.Contains(Expired, StringComparison.Ordinal), $"{method} {path}: {status} {text}");
        }
    }

    [Fact]
    public async Task A_program_route_refuses_what_a_form_can_send_even_with_a_key_in_its_fields()
    {
        using var http = Client(nodes);
        var programs = Writes(nodes).Where(w => FormTokens.RuleOf(w.Endpoint).Proof == WriteProof.ProgramHeader).ToList();
        Assert.NotEmpty(programs);
        foreach (var (endpoint, method, path) in programs)
        {
            foreach (var (name, content) in Bodies())
            {
                var (status, type, text) = await Send(http, endpoint, method, path, content, page: false);
                Assert.True(status == 400 && type == "application/problem+json" && Title(text) == "idempotency.key-missing", $"{method} {path} with {name}: {status} {text}");
            }
        }
    }

    [Fact]
    public void Routes_without_a_token_say_why_and_are_these()
    {
        var open = Writes(nodes).Where(w => FormTokens.RuleOf(w.Endpoint).Proof == WriteProof.None && w.Endpoint.Metadata.GetMetadata<RouteRule>() != Allow.Peer).ToList();
        Assert.Equal(["/api/certificates/verify", "/gateway/query", "/oidc/logout", "/oidc/token", "/oidc/userinfo", "/r1/x/x/x/x/x", "/ui/elder", "/ui/language"], open.Select(w => w.Path).Order(StringComparer.Ordinal));
        Assert.All(open, w => Assert.NotEmpty(FormTokens.RuleOf(w.Endpoint).Why));
    }

    /// <summary>Beside the start, which refuses: a node whose start no longer looked would still be found here.</summary>
    [Fact]
    public void Every_route_of_a_node_states_who_may_call_it()
    {
        var routes = RouteGuard.Endpoints(nodes.App(TwoNodes.Shanghai)).ToList();
        Assert.True(routes.Count > 100);
        var silent = routes.Where(e => e.Metadata.GetMetadata<RouteRule>() is null).Select(e => e.DisplayName);
        Assert.True(!silent.Any(), $"Who may call {string.Join(", ", silent)}?");
        // Of the desks and the peers' door, only signing in and the hub's public page are open to anyone.
        string[] notForAnyone = ["/console", "/hub", "/peer"];
        var wide = routes.Where(e => e.Metadata.GetMetadata<RouteRule>() == Allow.Anyone && notForAnyone.Any(p => ("/" + e.RoutePattern.RawText!.TrimStart('/')).StartsWith(p, StringComparison.Ordinal)))
            .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/')).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal("/console/role, /console/signin, /hub/", string.Join(", ", wide));
    }

    [Fact]
    public async Task A_form_that_is_cut_off_is_said_to_be()
    {
        using var http = Client(nodes);
        var cut = new ByteArrayContent("--x\r\nContent-Disposition: form-data; name=\"revision\"\r\n\r\n0"u8.ToArray());
        cut.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        using var answer = await http.PostAsync("/verify", cut, Ct);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal("web.form", Title(await answer.Content.ReadAsStringAsync(Ct)));
        // Also where no form is wanted.
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Get })
        {
            using var request = new HttpRequestMessage(method, "/catalogue.ttl") { Content = new StringContent("a=%00", Encoding.UTF8, "application/x-www-form-urlencoded") };
            using var elsewhere = await http.SendAsync(request, Ct);
            Assert.Equal("web.form", Title(await elsewhere.Content.ReadAsStringAsync(Ct)));
        }
    }

    static string? Title(string problem) => problem.StartsWith('{') ? JsonDocument.Parse(problem).RootElement.GetProperty("title").GetString() : null;
}
