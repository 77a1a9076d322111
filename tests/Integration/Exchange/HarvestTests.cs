using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A large catalogue is read in pages, and of what did not change nothing is read again.</summary>
public sealed class HarvestTests
{
    const int Many = 3000;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Notes which catalogue paths were asked for and how they were answered.</summary>
    sealed class Asked : IStartupFilter
    {
        public ConcurrentQueue<(string Path, int Status)> All { get; } = new();

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (HttpContext http, RequestDelegate go) =>
            {
                await go(http);
                if (http.Request.Path.StartsWithSegments("/peer/catalogue", StringComparison.Ordinal))
                    All.Enqueue((http.Request.Path.Value!["/peer/catalogue".Length..], http.Response.StatusCode));
            });
            next(app);
        };

        public List<(string Path, int Status)> Take()
        {
            var taken = All.ToList();
            All.Clear();
            return taken;
        }
    }

    static async Task Enter(TwoNodes nodes, IEnumerable<string> codes)
    {
        var own = nodes.Get<OwnResources>(Anhui);
        var like = own.Find(Marriage)!;
        await nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
        {
            foreach (var code in codes)
            {
                var row = ResourceRow.Of(like.Definition with { Code = code, Name = "样例 " + code }, "340000", like.Department, 1);
                row.Publish(1);
                db.Add(row);
            }
            return db.SaveChangesAsync(Ct);
        });
        await own.Load(Ct);
    }

    [Fact]
    public async Task Only_the_pages_that_changed_are_read_again()
    {
        var asked = new Asked();
        await using var nodes = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter>(asked));
        await Enter(nodes, Enumerable.Range(0, Many).Select(i => $"civil.r{i}"));
        async Task<List<string>> Fetched() => [.. (await nodes.Get<Catalogues>(Shanghai).Fetch(Anhui, Ct)).Value.Resources.Select(r => $"{r.Code} {r.Version}")];
        List<string> Offered() => [.. nodes.Get<OwnResources>(Anhui).Catalogue.Resources.Select(r => $"{r.Code} {r.Version}")];
        Assert.Equal(Offered(), await Fetched());
        var first = asked.Take();
        Assert.Equal("/pages", first[0].Path);
        Assert.All(first, a => Assert.Equal(200, a.Status));
        Assert.InRange(first.Count, (Many / 250) + 1, 33);
        // Nothing changed: one question, answered without content.
        Assert.Equal(Offered(), await Fetched());
        Assert.Equal([("/pages", 304)], asked.Take());
        // One more: one page of it.
        await Enter(nodes, ["civil.one-more"]);
        Assert.Equal(Offered(), await Fetched());
        Assert.Equal(2, asked.Take().Count);
        Assert.Contains("civil.one-more 1", await Fetched());
        asked.Take();
        // As after a restart: what was stored is all there, and known to be so.
        await nodes.Stop(Shanghai);
        await nodes.Run(Shanghai);
        Assert.Equal(Offered(), nodes.Get<Catalogues>(Shanghai).Held.Single(c => c.NodeId == Anhui).Resources.Select(r => $"{r.Code} {r.Version}"));
        asked.Take();
        Assert.Equal(Offered(), await Fetched());
        Assert.Equal([("/pages", 304)], asked.Take());
        // So many more that the pages are cut anew.
        await Enter(nodes, Enumerable.Range(Many, 2 * Many).Select(i => $"civil.r{i}"));
        Assert.Equal(Offered(), await Fetched());
        Assert.Equal(Offered(), await Fetched());
        Assert.Equal(("/pages", 304), asked.Take()[^1]);
    }

    /// <summary>Anhui, played by the test: signs whatever it is told to say.</summary>
    static async Task<WebApplication> Played(TwoNodes nodes, Func<string, byte[]> says)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(nodes.Url(Anhui));
        var app = builder.Build();
        app.Run(async http =>
        {
            var content = says(http.Request.Path.Value!);
            if (http.Request.Headers.IfNoneMatch.ToString() == $"\"{CataloguePages.Tag(content)}\"")
                (http.Response.StatusCode, content) = (304, []);
            else if (content.Length == 0)
                http.Response.StatusCode = 404;
            Assert.True(MessageSigner.SignResponse(http.Response, new ServerRequestView(http.Request, Array.Empty<byte>(), new Uri(nodes.Url(Anhui))), content, nodes.Keys(Anhui).Messages, nodes.Clock.GetUtcNow()).Ok);
            if (content.Length > 0)
            {
                http.Response.ContentLength = content.Length;
                await http.Response.Body.WriteAsync(content);
            }
        });
        await app.StartAsync(Ct);
        return app;
    }

    [Fact]
    public async Task A_catalogue_that_is_too_large_or_lacks_what_is_shown_leaves_the_one_before_in_place()
    {
        await using var nodes = await TwoNodes.Start();
        var whole = nodes.Get<OwnResources>(Anhui).Catalogue;
        await nodes.Stop(Anhui);
        var pages = new Dictionary<string, byte[]>();
        byte[] Index() => Utf8(JsonSerializer.Serialize(new CatalogueIndexMessage(Anhui, "340000", [.. pages.Select(p => new CataloguePageMark(p.Key, CataloguePages.Tag(p.Value)))]), DirectoryDocument.Json));
        await using var anhui = await Played(nodes, path => path == "/peer/catalogue/pages" ? Index() : pages.GetValueOrDefault(path.Split('/')[^1]) ?? []);
        Task<string> Fetched() => nodes.Get<Catalogues>(Shanghai).Fetch(Anhui, Ct).ContinueWith(t => t.Result.Error?.Code ?? $"{t.Result.Value.Resources.Count}", TaskScheduler.Default);
        var (page, lacking) = (Utf8(whole.ToJson()), JsonNode.Parse(whole.ToJson())!);
        lacking["resources"]![0]!["name"]!["zh"] = null;
        pages["1-0"] = Utf8(lacking.ToJsonString());
        Assert.Equal("catalogue.malformed", await Fetched());
        pages["1-0"] = page;
        Assert.Equal($"{whole.Resources.Count}", await Fetched());
        Assert.Equal($"{whole.Resources.Count}", await Fetched());
        // Five pages, each less than one answer may have.
        foreach (var n in Enumerable.Range(1, 5))
            pages[$"1-{n}"] = Utf8(JsonSerializer.Serialize(whole with { Resources = [] }, DirectoryDocument.Json) + new string(' ', 13_600_000));
        Assert.Equal("catalogue.too-large", await Fetched());
        Assert.Equal(whole.Resources.Count, nodes.Get<Catalogues>(Shanghai).Held.Single(c => c.NodeId == Anhui).Resources.Count);
    }

    static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [Fact]
    public async Task Whoever_stands_between_cannot_say_that_nothing_changed()
    {
        await using var nodes = await TwoNodes.Start();
        var etag = nodes.Get<OwnResources>(Anhui).Harvest.IndexEtag;
        using var http = new HttpClient();
        async Task<HttpStatusCode> Ask(bool signed)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, nodes.Url(Anhui) + "/peer/catalogue/pages");
            if (signed)
                request.Headers.TryAddWithoutValidation("If-None-Match", $"\"{etag}\"");
            Assert.True(MessageSigner.SignRequest(request, default, nodes.Keys(Shanghai).Messages, nodes.Clock.GetUtcNow()).Ok);
            if (!signed)
                request.Headers.TryAddWithoutValidation("If-None-Match", $"\"{etag}\"");
            using var answer = await http.SendAsync(request, Ct);
            return answer.StatusCode;
        }
        Assert.Equal(HttpStatusCode.NotModified, await Ask(signed: true));
        Assert.Equal(HttpStatusCode.OK, await Ask(signed: false));
        // Nor change what was signed.
        using var changed = new HttpRequestMessage(HttpMethod.Get, nodes.Url(Anhui) + "/peer/catalogue/pages");
        changed.Headers.TryAddWithoutValidation("If-None-Match", "\"older\"");
        Assert.True(MessageSigner.SignRequest(changed, default, nodes.Keys(Shanghai).Messages, nodes.Clock.GetUtcNow()).Ok);
        changed.Headers.Remove("If-None-Match");
        changed.Headers.TryAddWithoutValidation("If-None-Match", $"\"{etag}\"");
        using var refused = await http.SendAsync(changed, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }
}
