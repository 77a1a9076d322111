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

/// <summary>The cases of the published kit (dsp-tck) for metadata and catalogue, under its names.</summary>
public class DspCatalogueTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task<Result<PeerAnswer>> Send(TwoNodes region, HttpMethod method, string path, string body = "") =>
        region.Get<PeerClient>(Shanghai).Send(Anhui, method, path, Encoding.UTF8.GetBytes(body), Ct);

    [Fact]
    public async Task MET_and_CAT()
    {
        var wire = new DspWire();
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter>(wire));
        using var anyone = new HttpClient();

        // MET:01-01: Verify that the versions are published, to anyone
        var versions = JsonNode.Parse(await anyone.GetStringAsync($"{region.Url(Anhui)}/.well-known/dspace-version", Ct))!;
        var version = Assert.Single(versions["protocolVersions"]!.AsArray(), v => (string?)v!["version"] == "2025-1");
        Assert.Equal("/dsp", (string?)version!["path"]);

        // CAT:01-01: Verify catalog request
        var request = DspMessage.New("CatalogRequestMessage").ToJsonString();
        var catalogue = JsonNode.Parse((await Send(region, HttpMethod.Post, "/dsp/catalog/request", request)).Value.Text)!;
        Assert.Equal(Anhui, (string?)catalogue["participantId"]);
        Assert.Contains(catalogue["dataset"]!.AsArray(), d => (string?)d!["@id"] == StandingOffer.DatasetId(Marriage));

        // CAT:01-02: Verify dataset request
        var dataset = JsonNode.Parse((await Send(region, HttpMethod.Get, $"/dsp/catalog/datasets/{StandingOffer.DatasetId(Marriage)}")).Value.Text)!;
        Assert.Equal(StandingOffer.DatasetId(Marriage), (string?)dataset["@id"]);

        // CAT:01-03: Verify dataset request not found
        Assert.Equal(ErrorKind.NotFound, (await Send(region, HttpMethod.Get, "/dsp/catalog/datasets/urn:tongban:resource:none")).Error?.Kind);

        // A filter narrows; what is no message of the protocol is refused.
        var narrowed = DspMessage.New("CatalogRequestMessage");
        narrowed["filter"] = new JsonArray("结婚");
        var found = JsonNode.Parse((await Send(region, HttpMethod.Post, "/dsp/catalog/request", narrowed.ToJsonString())).Value.Text)!["dataset"]?.AsArray() ?? [];
        Assert.InRange(found.Count, 0, catalogue["dataset"]!.AsArray().Count - 1);
        foreach (var wrong in new[] { "", "[]", "{}", """{"@context":["other"],"@type":"CatalogRequestMessage"}""", """{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"Other"}""" })
            Assert.Equal(ErrorKind.Invalid, (await Send(region, HttpMethod.Post, "/dsp/catalog/request", wrong)).Error?.Kind);

        // Whoever is no member, or does not sign, is told that there is nothing.
        using var unsigned = await anyone.PostAsync($"{region.Url(Anhui)}/dsp/catalog/request", new StringContent(request, Encoding.UTF8, "application/json"), Ct);
        Assert.Equal(HttpStatusCode.NotFound, unsigned.StatusCode);

        if (DspWire.Missing is null)
        {
            var kinds = await wire.AllValid(m => m is not JsonObject { Count: > 0 } o || (string?)o["@type"] == "Other" || (string?)o["@context"]?[0] == "other");
            Assert.Superset(new HashSet<string> { "Versions", "CatalogRequestMessage", "Catalog", "Dataset", "CatalogError" }, kinds.ToHashSet());
        }
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
