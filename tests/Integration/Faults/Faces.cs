using System.Net;
using System.Text.Json;
using Tongban.Web;
using Xunit;

namespace Tongban.Tests.Integration.Faults;

/// <summary>
/// A refusal in its two forms. A program gets a problem document (RFC 9457), a person a page; both say what was wrong and
/// what to do, in Chinese and in English, and where when it is one place.
/// </summary>
static class Faces
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="make">The request anew, as it can be sent once.</param>
    /// <param name="code">Of the refusal; the end of a code that begins otherwise may be left out with a star.</param>
    public static async Task Refuses(HttpClient http, Func<HttpRequestMessage> make, int status, string code, string? where = null)
    {
        var problem = await Problem(http, make(), status, code, where);
        foreach (var english in new[] { false, true })
        {
            var request = make();
            request.Headers.TryAddWithoutValidation("Accept", "text/html");
            request.Headers.TryAddWithoutValidation("Cookie", $"{Ui.LanguageCookie}={(english ? "en" : "zh")}");
            using var answer = await http.SendAsync(request, Ct);
            var text = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Ct));
            Assert.Equal((status, "text/html"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            Assert.Contains(problem.Get(english ? "detailEn" : "detail"), text, StringComparison.Ordinal);
            Assert.Contains(problem.Get(english ? "todoEn" : "todo"), text, StringComparison.Ordinal);
        }
    }

    /// <summary>The problem document alone, complete.</summary>
    public static async Task<JsonElement> Problem(HttpClient http, HttpRequestMessage request, int status, string code, string? where = null)
    {
        using var answer = await http.SendAsync(request, Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        var title = problem.Get("title");
        Assert.True(code.EndsWith('*') ? title.StartsWith(code[..^1], StringComparison.Ordinal) : title == code, $"{title} instead of {code}");
        Assert.Equal("urn:tongban:problem:" + title, problem.Get("type"));
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        foreach (var (zh, en) in new[] { ("detail", "detailEn"), ("todo", "todoEn") })
        {
            Assert.True(problem.Get(zh).Any(c => c > 0x4E00), $"{zh}: {problem.Get(zh)}");
            Assert.NotEqual(problem.Get(zh), problem.Get(en));
        }
        if (where is not null)
            Assert.Equal(where, problem.Get("where"));
        return problem;
    }

    public static string Get(this JsonElement problem, string name) =>
        problem.TryGetProperty(name, out var value) && value.GetString() is { Length: > 0 } text ? text : throw new Xunit.Sdk.XunitException($"No \"{name}\": {problem}");
}
