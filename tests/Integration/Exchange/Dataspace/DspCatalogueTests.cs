using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Two nodes and what crosses the wire between them, for all cases of metadata and catalogue.</summary>
public sealed class CatalogueKit : IAsyncLifetime
{
    readonly DspWire wire = new();

    internal TwoNodes Region { get; private set; } = null!;

    internal HttpClient Anyone { get; } = new();

    public async ValueTask InitializeAsync() => Region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter>(wire));

    public async ValueTask DisposeAsync()
    {
        Anyone.Dispose();
        await Region.DisposeAsync();
    }

    /// <summary>All that was seen so far validates, and of <paramref name="kinds"/> each was seen.</summary>
    public async Task SeenAndValid(params string[] kinds)
    {
        if (DspWire.Missing is not null)
            return;
        var seen = await wire.AllValid(m => m is not JsonObject { Count: > 0 } o || (string?)o["@type"] == "Other" || (string?)o["@context"]?[0] == "other");
        Assert.Superset(kinds.ToHashSet(), seen.ToHashSet());
    }
}

/// <summary>The cases of the published kit (dsp-tck) for metadata and catalogue, under its names.</summary>
public class DspCatalogueTests(CatalogueKit kit) : IClassFixture<CatalogueKit>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    async Task<Result<PeerAnswer>> Send(HttpMethod method, string path, string body = "") =>
        await kit.Region.Get<PeerClient>(Shanghai).Send(Anhui, method, path, Encoding.UTF8.GetBytes(body), Ct);

    async Task<JsonNode> Catalogue(JsonObject request) => JsonNode.Parse((await Send(HttpMethod.Post, "/dsp/catalog/request", request.ToJsonString())).Value.Text)!;

    [Fact(DisplayName = "MET:01-01: Verify that the versions are published, to anyone")]
    public async Task Versions()
    {
        var versions = JsonNode.Parse(await kit.Anyone.GetStringAsync($"{kit.Region.Url(Anhui)}/.well-known/dspace-version", Ct))!;
        var version = Assert.Single(versions["protocolVersions"]!.AsArray(), v => (string?)v!["version"] == "2025-1");
        Assert.Equal("/dsp", (string?)version!["path"]);
        await kit.SeenAndValid("Versions");
    }

    [Fact(DisplayName = "CAT:01-01: Verify catalog request")]
    public async Task CatalogueAsked()
    {
        var catalogue = await Catalogue(DspMessage.New("CatalogRequestMessage"));
        Assert.Equal(Anhui, (string?)catalogue["participantId"]);
        Assert.Contains(catalogue["dataset"]!.AsArray(), d => (string?)d!["@id"] == StandingOffer.DatasetId(Marriage));
        await kit.SeenAndValid("CatalogRequestMessage", "Catalog");
    }

    [Fact(DisplayName = "CAT:01-02: Verify dataset request")]
    public async Task DatasetAsked()
    {
        var dataset = JsonNode.Parse((await Send(HttpMethod.Get, $"/dsp/catalog/datasets/{StandingOffer.DatasetId(Marriage)}")).Value.Text)!;
        Assert.Equal(StandingOffer.DatasetId(Marriage), (string?)dataset["@id"]);
        await kit.SeenAndValid("Dataset");
    }

    [Fact(DisplayName = "CAT:01-03: Verify dataset request not found")]
    public async Task NoSuchDataset()
    {
        Assert.Equal(ErrorKind.NotFound, (await Send(HttpMethod.Get, "/dsp/catalog/datasets/urn:tongban:resource:none")).Error?.Kind);
        await kit.SeenAndValid("CatalogError");
    }

    [Fact]
    public async Task A_filter_narrows_and_what_is_no_message_of_the_protocol_is_refused()
    {
        var narrowed = DspMessage.New("CatalogRequestMessage");
        narrowed["filter"] = new JsonArray("结婚");
        var found = (await Catalogue(narrowed))["dataset"]?.AsArray() ?? [];
        var all = (await Catalogue(DspMessage.New("CatalogRequestMessage")))["dataset"]!.AsArray();
        Assert.InRange(found.Count, 0, all.Count - 1);
        foreach (var wrong in new[] { "", "[]", "{}", """{"@context":["other"],"@type":"CatalogRequestMessage"}""", """{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"Other"}""" })
            Assert.Equal(ErrorKind.Invalid, (await Send(HttpMethod.Post, "/dsp/catalog/request", wrong)).Error?.Kind);
        await kit.SeenAndValid("CatalogError");
    }

    [Fact]
    public async Task Whoever_is_no_member_or_does_not_sign_is_told_that_there_is_nothing()
    {
        using var request = new StringContent(DspMessage.New("CatalogRequestMessage").ToJsonString(), Encoding.UTF8, "application/json");
        using var unsigned = await kit.Anyone.PostAsync($"{kit.Region.Url(Anhui)}/dsp/catalog/request", request, Ct);
        Assert.Equal(HttpStatusCode.NotFound, unsigned.StatusCode);
    }

    [Fact]
    public async Task The_validator_takes_the_published_examples_and_refuses_what_lacks_a_required_part()
    {
        Assert.SkipWhen(DspWire.Missing is not null, DspWire.Missing ?? "");
        var folder = ProjectRoot.Conformance("dsp")!;
        var examples = Directory.EnumerateFiles(Path.Combine(folder, "negotiation", "example")).Concat(Directory.EnumerateFiles(Path.Combine(folder, "transfer", "example")))
            .Select(f => (Schema: Schema(f), Message: JsonNode.Parse(File.ReadAllText(f))!)).ToList();
        Assert.All(await DspWire.Validate(examples), Assert.Null);
        foreach (var (_, message) in examples)
            message.AsObject().Remove("consumerPid");
        var without = await DspWire.Validate(examples.Where(e => e.Message["offer"] is null));
        Assert.All(without, Assert.NotNull);
    }

    static string Schema(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file).Replace("_initial", "", StringComparison.Ordinal).Replace("-full", "", StringComparison.Ordinal);
        return $"{Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(file)))}/{name}-schema.json";
    }
}
