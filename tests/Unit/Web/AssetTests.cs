using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using Tongban.Web;

namespace Tongban.Tests.Unit.Web;

public class AssetTests(WebHost host) : IClassFixture<WebHost>
{
    static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_of_this_build_may_be_kept_for_ever_and_one_of_another_is_asked_for_again()
    {
        var kept = await host.Browser().GetAsync(AssetStore.Url("portal.css"), Stop);
        Assert.Equal("public, max-age=31536000, immutable", kept.Headers.CacheControl!.ToString());
        var other = await host.Browser().GetAsync("/assets/000000000000/portal.css", Stop);
        Assert.Equal("no-cache", other.Headers.CacheControl!.ToString());
        Assert.Equal(await kept.Content.ReadAsStringAsync(Stop), await other.Content.ReadAsStringAsync(Stop));

        using var again = new HttpRequestMessage(HttpMethod.Get, AssetStore.Url("portal.css"));
        again.Headers.IfNoneMatch.Add(kept.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await host.Browser().SendAsync(again, Stop)).StatusCode);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task Packed_and_plain_are_the_same_file(string encoding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, AssetStore.Url("console.css"));
        request.Headers.AcceptEncoding.ParseAdd(encoding);
        var answer = await host.Browser().SendAsync(request, Stop);
        Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.Single());
        await using var body = await answer.Content.ReadAsStreamAsync(Stop);
        await using Stream unpacked = encoding == "br" ? new BrotliStream(body, CompressionMode.Decompress) : new GZipStream(body, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        await unpacked.CopyToAsync(bytes, Stop);
        Assert.Equal(AssetStore.Find("console.css")!.Plain, bytes.ToArray());
    }

    [Theory]
    [InlineData("/assets/x/css/tokens.css")]
    [InlineData("/assets/x/../../appsettings.json")]
    [InlineData("/assets/x/..%2fportal.css")]
    public async Task What_is_not_an_asset_is_not_served(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await host.Browser().GetAsync(path, Stop)).StatusCode);

    [Fact]
    public async Task A_first_visit_to_a_portal_page_is_at_most_60_KB_compressed()
    {
        using var browser = host.Browser("resident");
        browser.DefaultRequestHeaders.AcceptEncoding.ParseAdd("br");
        var page = await browser.GetAsync("/ui/gallery/home", Stop);
        var packed = await page.Content.ReadAsByteArrayAsync(Stop);
        Assert.Equal("br", page.Content.Headers.ContentEncoding.Single());
        var html = await host.Browser("resident").GetStringAsync("/ui/gallery/home", Stop);
        var total = (long)packed.Length;
        var files = Regex.Matches(html, "(?:href|src)=\"(/assets/[^\"]+)\"").Select(m => m.Groups[1].Value).Distinct().ToList();
        Assert.Contains(files, f => f.EndsWith("/portal.css", StringComparison.Ordinal));
        foreach (var file in files)
            total += (await browser.GetByteArrayAsync(file, Stop)).Length;
        Assert.InRange(total, 1, 60_000);
        Assert.InRange(AssetStore.Find("portal.css")!.Brotli.Length, 1, 12_000);
    }

    [Fact]
    public void Squeezing_leaves_every_rule() =>
        Assert.Equal("a { b: c; }\n@media print {\nd { e: f }\n}\n", AssetStore.Squeeze("/* x */a { b: c; }\n@media print {\n  d { e: f }\n}\n"));
}
