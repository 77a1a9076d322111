using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
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
