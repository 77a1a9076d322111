using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Cases;
using Tongban.Exchange;
using Tongban.Identity;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Node;
using Tongban.Node.Commands;
using Tongban.Node.Walk;
using Tongban.Tests.Support;
using Tongban.Trust;
using Tongban.Web;
using Xunit;

namespace Tongban.Tests.Integration.Fuzz;

/// <summary>
/// The hub, Shanghai and Anhui with the sample people, one matter worked to its end, and somebody of every role signed in: so that
/// what is sent gets past the doors. What the nodes log as an error meanwhile is kept.
/// </summary>
public sealed partial class FuzzRegion : IAsyncLifetime
{
    const string Shanghai = "310000";
    const string Anhui = "340000";

    readonly string root = Directory.CreateTempSubdirectory("tongban-fuzz-").FullName;
    readonly Dictionary<string, WebApplication> apps = [];
    readonly ErrorsKept errors = new();
    IReadOnlyList<NodeSettings> settings = [];

    /// <summary>What was logged since the last asking.</summary>
    public IReadOnlyList<string> TakeErrors() => errors.Take();

    /// <summary>The doors that are fuzzed: Shanghai's, and the hub's.</summary>
    internal IReadOnlyList<FuzzDoor> Doors { get; private set; } = [];

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var made = Region.Nodes(root);
        var ports = Ports.Take(made.Count);
        settings = [.. made.Select((n, i) => n with { Listen = $"http://127.0.0.1:{ports[i]}", HubUrl = $"http://127.0.0.1:{ports[0]}" })];
        var prepared = await RegionSetup.Prepare(root, settings, people: 60, messages: null, CancellationToken.None);
        Assert.True(prepared.Ok, prepared.Ok ? "" : prepared.Error.DetailEn);
        foreach (var node in settings.Where(n => n.IsHub || n.Id.EndsWith(Shanghai, StringComparison.Ordinal) || n.Id.EndsWith(Anhui, StringComparison.Ordinal)))
        {
            var app = NodeHost.Build(node, b => b.Logging.AddProvider(errors).AddFilter<Microsoft.Extensions.Logging.Console.ConsoleLoggerProvider>(null, LogLevel.None));
            await NodeHost.Start(app);
            apps[node.Identity().Division] = app;
        }
        await WorkOneMatter();
        var (keys, staff) = (ExchangeModule.OpenKeystore(Node(Anhui).Folder).Value, new[] { (Role.Steward, "steward"), (Role.Auditor, "auditor"), (Role.Administrator, "admin") });
        var province = new FuzzDoor(Node(Shanghai), apps[Shanghai], keys);
        await province.SignIn(Role.Resident, Phone("offsite-retiree"));
        foreach (var (role, login) in staff.Concat([(Role.Clerk, "clerk"), (Role.Officer, "medical"), (Role.Supervisor, "medical")]))
            await province.SignIn(role, login);
        await Register("medical-desk");
        var hub = new FuzzDoor(Node("000000"), apps["000000"], keys);
        foreach (var (role, login) in staff)
            await hub.SignIn(role, login);
        foreach (var door in Doors = [province, hub])
            await door.Walk();
    }

    NodeSettings Node(string division) => settings.Single(n => n.Id.EndsWith(division, StringComparison.Ordinal));

    static string Phone(string persona) =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(SharedData.Folder, "personas.json")))!.AsArray().Single(p => p!["key"]!.ToString() == persona)!["phone"]!.ToString();

    async Task WorkOneMatter()
    {
        var matter = Matter.Four().Single(m => m.Persona == "offsite-retiree");
        using var person = new Visitor(Node(Shanghai).Listen);
        Assert.True((await person.SignIn(Phone(matter.Persona), FuzzDoor.Password, Ct)).Ok);
        var filed = await person.PostFiling(new JsonObject { ["baseCode"] = matter.BaseCode, ["answers"] = matter.Answers.DeepClone(), ["form"] = matter.Form.DeepClone(), ["consent"] = true }, new Dictionary<string, byte[]>(), ct: Ct);
        Assert.True(filed.Ok, filed.Error?.DetailEn);
        while ((await person.Get($"/api/filings/{filed.Value["id"]}", Ct)).Value["summary"]!["state"]!.ToString() != CaseState.Delivered)
            await Task.Delay(50, Ct);
    }

    /// <summary>A connected system, with the secret that <see cref="FuzzBodies"/> sends.</summary>
    async Task Register(string id)
    {
        await using var scope = apps[Shanghai].Services.AsNode("fuzz");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        db.Add(new LegacyClientRow { Id = id, Name = id, SecretHash = LegacyClientRow.HashOf("secret"), Purpose = "", Resources = "*", PerMinute = 1_000_000, Division = Shanghai, Department = "" });
        await db.SaveChangesAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var door in Doors)
            door.Dispose();
        foreach (var app in apps.Values)
        {
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }
        SqliteConnection.ClearAllPools();
        Directory.Delete(root, recursive: true);
    }

    sealed class ErrorsKept : ILoggerProvider, ILogger
    {
        readonly ConcurrentQueue<string> all = new();

        public IReadOnlyList<string> Take()
        {
            var taken = new List<string>();
            while (all.TryDequeue(out var one))
                taken.Add(one);
            return taken;
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                all.Enqueue($"{formatter(state, exception)} {exception}");
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>One node as somebody sees it who may do everything there: its routes, a session of every role, and the links and forms of its pages.</summary>
sealed partial class FuzzDoor(NodeSettings node, WebApplication app, Keystore peer) : IDisposable
{
    public const string Password = "Tongban-demo-2026";

    readonly Dictionary<Role, (string Cookie, string TokenName, string Token)> sessions = [];
    readonly Dictionary<Role, string> logins = [];
    readonly Dictionary<string, HashSet<string>> addresses = [];
    readonly Dictionary<string, List<Dictionary<string, string>>> forms = [];

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = new Uri(node.Listen), Timeout = TimeSpan.FromMinutes(5) };

    public string Url => node.Listen;

    public string NodeId => node.Id;

    /// <summary>What a member of the region signs with.</summary>
    public NodeKey Peer => peer.Messages;

    public IEnumerable<RouteEndpoint> Routes => RouteGuard.Endpoints(app).OrderBy(e => e.RoutePattern.RawText, StringComparer.Ordinal);

    /// <summary>Addresses of a route that were on a page.</summary>
    public IReadOnlyList<string> Seen(RouteEndpoint route) => addresses.TryGetValue(route.RoutePattern.RawText!, out var seen) ? [.. seen.Order(StringComparer.Ordinal)] : [];

    /// <summary>What the forms of a route hold on their pages.</summary>
    public IReadOnlyList<Dictionary<string, string>> Forms(RouteEndpoint route) => forms.TryGetValue(route.RoutePattern.RawText!, out var seen) ? seen : [];

    public bool Has(Role role) => sessions.ContainsKey(role);

    /// <summary>The cookies, and the token that a form of theirs carries.</summary>
    public (string Cookie, string TokenName, string Token) Session(Role role) => sessions[role];

    /// <summary>A session that something sent has ended; whoever cannot come in again stays out.</summary>
    public async Task SignInAgain(Role role)
    {
        if (sessions.Remove(role) && logins.TryGetValue(role, out var login) && !await TrySignIn(role, login))
            logins.Remove(role);
    }

    public async Task SignIn(Role role, string login)
    {
        logins[role] = login;
        Assert.True(await TrySignIn(role, login), $"{node.Id} does not let {login} in.");
    }

    async Task<bool> TrySignIn(Role role, string login)
    {
        var jar = new CookieContainer();
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = jar, AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = new Uri(node.Listen) };
        async Task<HttpStatusCode> Submit(string page, string to, params (string, string)[] fields)
        {
            var html = await http.GetStringAsync(new Uri(page, UriKind.Relative));
            var form = Form().Matches(html).First(m => m.Groups[1].Value == to).Groups[2].Value;
            var all = Fields(form);
            foreach (var (name, value) in fields)
                all[name] = value;
            using var answer = await http.PostAsync(new Uri(to, UriKind.Relative), new FormUrlEncodedContent(all));
            return answer.StatusCode;
        }
        var at = role == Role.Resident ? "/signin" : "/console/signin";
        if (await Submit(at, at, ("account", login), ("password", Password)) != HttpStatusCode.SeeOther)
            return false;
        if (role is Role.Officer or Role.Supervisor)
            Assert.Equal(HttpStatusCode.SeeOther, await Submit("/console/role", "/console/role", ("role", role.ToString())));
        var token = Token().Match(await http.GetStringAsync(new Uri("/verify", UriKind.Relative)));
        sessions[role] = (jar.GetCookieHeader(new Uri(node.Listen)), token.Groups[1].Value, token.Groups[2].Value);
        return true;
    }

    /// <summary>Follows the links of every role's pages, so far as they lead to routes of which few addresses are known.</summary>
    public async Task Walk()
    {
        var patterns = Routes.Select(r => r.RoutePattern.RawText!).Distinct().Select(p => (Pattern: p, Regex: Shape(p))).ToList();
        foreach (var (role, session) in sessions)
        {
            var (left, met) = (new Queue<string>(["/", "/my", "/console", "/hub"]), new HashSet<string>());
            foreach (var plain in Routes.Select(r => "/" + r.RoutePattern.RawText!.TrimStart('/')).Where(p => !p.Contains('{')))
                left.Enqueue(plain);
            for (var pages = 0; pages < 250 && left.TryDequeue(out var at);)
            {
                if (!met.Add(at))
                    continue;
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(at, UriKind.Relative));
                request.Headers.Add("Cookie", session.Cookie);
                request.Headers.Accept.ParseAdd("text/html");
                using var answer = await Http.SendAsync(request);
                pages++;
                if (!answer.IsSuccessStatusCode || answer.Content.Headers.ContentType?.MediaType != "text/html")
                    continue;
                var html = await answer.Content.ReadAsStringAsync();
                foreach (Match form in Form().Matches(html))
                {
                    if (PatternOf(form.Groups[1].Value) is not { } pattern)
                        continue;
                    IsNew(pattern, form.Groups[1].Value);
                    var known = forms.TryGetValue(pattern, out var have) ? have : forms[pattern] = [];
                    if (known.Count < 8)
                        known.Add(Fields(form.Groups[2].Value));
                }
                foreach (Match link in Link().Matches(html))
                {
                    var to = WebUtility.HtmlDecode(link.Groups[1].Value);
                    if (PatternOf(to) is { } pattern && IsNew(pattern, to))
                        left.Enqueue(to);
                }
            }
        }

        string? PatternOf(string address) => patterns.Find(p => p.Regex.IsMatch(WebUtility.HtmlDecode(address).Split('?')[0])).Pattern;

        bool IsNew(string pattern, string address)
        {
            var seen = addresses.TryGetValue(pattern, out var have) ? have : addresses[pattern] = [];
            return seen.Count < 6 && seen.Add(WebUtility.HtmlDecode(address));
        }
    }

    static Regex Shape(string pattern) => new("^/" + string.Join('/', pattern.Trim('/').Split('/').Select(part => !part.StartsWith('{') ? Regex.Escape(part) : part.StartsWith("{*", StringComparison.Ordinal) ? ".+" : "[^/]+")) + "$");

    static Dictionary<string, string> Fields(string form)
    {
        var fields = new Dictionary<string, string>();
        foreach (Match field in Field().Matches(form))
        {
            var name = WebUtility.HtmlDecode(field.Groups[1].Value);
            var value = Value().Match(field.Value) is { Success: true } given ? WebUtility.HtmlDecode(given.Groups[1].Value) : "";
            fields.TryAdd(name, value);
        }
        return fields;
    }

    public void Dispose() => Http.Dispose();

    [GeneratedRegex("""<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>""", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("""<(?:input|select|textarea|button)[^>]*\bname="([^"]+)"[^>]*>""")]
    private static partial Regex Field();

    [GeneratedRegex("""\bvalue="([^"]*)\x22""")]
    private static partial Regex Value();

    [GeneratedRegex("""<a[^>]*href="(/[^"]*)\x22""")]
    private static partial Regex Link();

    [GeneratedRegex("""name="(__[^"]+)" value="([^"]+)\x22""")]
    private static partial Regex Token();
}
