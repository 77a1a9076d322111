using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Node.Walk;

/// <summary>Somebody at a node with a browser's session: signs in by the page's own form, then uses the JSON API.</summary>
public sealed partial class Visitor : IDisposable
{
    readonly HttpClient http;

    /// <param name="node">Address of the node, without a slash at the end.</param>
    public Visitor(string node)
    {
        Node = node;
        http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false, UseProxy = false })
        {
            BaseAddress = new Uri(node),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    public string Node { get; }

    public void Dispose() => http.Dispose();

    /// <summary>A resident with phone and password.</summary>
    public Task<Result<Done>> SignIn(string phone, string password, CancellationToken ct = default) =>
        SubmitForm("/signin", new() { ["account"] = phone, ["password"] = password }, ct);

    /// <summary>A member of staff with login and password, in the role of an officer.</summary>
    public async Task<Result<Done>> SignInStaff(string login, string password, CancellationToken ct = default)
    {
        var signed = await SubmitForm("/console/signin", new() { ["account"] = login, ["password"] = password }, ct);
        if (!signed.Ok)
            return signed;
        // Whoever has several roles chooses one; whoever has one is already in it.
        var role = await SubmitForm("/console/role", new() { ["role"] = "Officer" }, ct);
        return role.Ok ? role : signed;
    }

    /// <param name="at">The page the form is on, where that is not the address it goes to.</param>
    public async Task<Result<Done>> SubmitForm(string path, Dictionary<string, string> fields, CancellationToken ct, string? at = null)
    {
        var page = await http.GetStringAsync(new Uri(at ?? path, UriKind.Relative), ct);
        var start = page.IndexOf($"action=\"{path}\"", StringComparison.Ordinal);
        var form = start < 0 ? page : page[start..page.IndexOf("</form>", start, StringComparison.Ordinal)];
        foreach (Match hidden in Hidden().Matches(form))
            fields.TryAdd(hidden.Groups[1].Value, WebUtility.HtmlDecode(hidden.Groups[2].Value));
        using var content = new FormUrlEncodedContent(fields);
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content, ct);
        if (answer.StatusCode is HttpStatusCode.SeeOther or HttpStatusCode.Redirect or HttpStatusCode.OK)
            return Done.It;
        return Refusal(path, answer.StatusCode, await answer.Content.ReadAsStringAsync(ct));
    }

    public async Task<Result<JsonNode>> Get(string path, CancellationToken ct = default)
    {
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), ct);
        return await Read(path, answer, ct);
    }

    public async Task<Result<string>> GetText(string path, CancellationToken ct = default)
    {
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        return answer.IsSuccessStatusCode ? text : Refusal(path, answer.StatusCode, text);
    }

    /// <param name="key">Idempotency key; a fresh one when not given.</param>
    public async Task<Result<JsonNode>> Post(string path, JsonNode body, string? key = null, CancellationToken ct = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = JsonContent.Create(body) };
        request.Headers.Add(OnceFilter.Header, key ?? Guid.CreateVersion7().ToString("N"));
        using var answer = await http.SendAsync(request, ct);
        return await Read(path, answer, ct);
    }

    /// <summary>A filing with files: JSON in the field <c>filing</c>, files as <c>upload.{requirement}</c>.</summary>
    public async Task<Result<JsonNode>> PostFiling(JsonNode filing, IReadOnlyDictionary<string, byte[]> uploads, string? key = null, CancellationToken ct = default)
    {
        using var content = new MultipartFormDataContent { { new StringContent(filing.ToJsonString(), Encoding.UTF8), "filing" } };
        foreach (var (requirement, bytes) in uploads)
            content.Add(new ByteArrayContent(bytes), $"upload.{requirement}", $"{requirement}.pdf");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/filings", UriKind.Relative)) { Content = content };
        request.Headers.Add(OnceFilter.Header, key ?? Guid.CreateVersion7().ToString("N"));
        using var answer = await http.SendAsync(request, ct);
        return await Read("/api/filings", answer, ct);
    }

    static async Task<Result<JsonNode>> Read(string path, HttpResponseMessage answer, CancellationToken ct)
    {
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode)
            return Refusal(path, answer.StatusCode, text);
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    static Error Refusal(string path, HttpStatusCode status, string text)
    {
        try
        {
            var problem = JsonNode.Parse(text);
            var also = problem?["errors"] is JsonArray errors ? string.Join("; ", errors.Select(e => $"{e?["where"]}: {e?["detailEn"]}")) : "";
            return Error.Invalid(problem?["title"]?.ToString() ?? "answer", $"{path}: {problem?["detail"]} {also}", $"{path}: {(int)status} {problem?["detailEn"]} {also}", problem?["where"]?.ToString());
        }
        catch (System.Text.Json.JsonException)
        {
            return Error.Unavailable("answer.status", $"{path} 答复 {(int)status}", $"{path} answered {(int)status}");
        }
    }

    [GeneratedRegex("""<input type="hidden" name="([^"]+)" value="([^"]*)" ?/?>""")]
    private static partial Regex Hidden();
}
