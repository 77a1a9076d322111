using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Exchange;

/// <summary>What a member may learn before it negotiates: the protocol's versions (anyone), and the catalogue.</summary>
static class ShowDataspace
{
    public const string Version = "2025-1";

    /// <summary>One distribution: single questions and answers at <c>/peer/query</c>.</summary>
    public const string QueryFormat = "TongbanQuery-PULL";

    public static IResult Versions(NodeIdentity node) => DspMessage.Json(new JsonObject
    {
        ["protocolVersions"] = new JsonArray(new JsonObject
        {
            ["version"] = Version,
            ["path"] = PeerPaths.Dataspace,
            ["binding"] = "HTTPS",
            ["auth"] = new JsonObject { ["protocol"] = "RFC9421", ["version"] = "1", ["profile"] = new JsonArray("tongban") },
            ["identifierType"] = "tongban-node",
            ["serviceId"] = node.Id,
        }),
    });

    /// <summary>A filter is words, each of which must stand in a dataset's id, title or description.</summary>
    public static IResult Catalogue(HttpContext http, NodeIdentity node, OwnResources own, ExchangeOptions options)
    {
        var request = DspMessage.Read(http.Peer().Body, "CatalogRequestMessage");
        if (!request.Ok)
            return DspMessage.Refuse(DspMessage.CatalogError, request.Error);
        var filter = request.Value.TryGetProperty("filter", out var given) ? given : default;
        if (filter.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Array) || (filter.ValueKind == JsonValueKind.Array && filter.EnumerateArray().Any(f => f.ValueKind != JsonValueKind.String)))
            return DspMessage.Refuse(DspMessage.CatalogError, DspMessage.Malformed("filter"));
        var words = filter.ValueKind == JsonValueKind.Array ? filter.EnumerateArray().Select(f => f.GetString()!).ToList() : [];
        var catalogue = DspMessage.New("Catalog");
        catalogue["@id"] = $"{DspMessage.Ours}catalog:{NodeIds.CodeOf(node.Id)}";
        catalogue["participantId"] = node.Id;
        catalogue["service"] = new JsonArray(Service(node));
        var datasets = own.All.Where(r => StandingOffer.IsOffered(r) && words.All(w => Speaks(r.Definition, w))).OrderBy(r => r.Definition.Code, StringComparer.Ordinal).Select(r => (JsonNode)Dataset(r, node, http.Peer().From.NodeId, options, ServiceId)).ToList();
        if (datasets.Count > 0)
            catalogue["dataset"] = new JsonArray([.. datasets]);
        return DspMessage.Json(catalogue);
    }

    public static IResult One(string id, HttpContext http, NodeIdentity node, OwnResources own, ExchangeOptions options)
    {
        if (StandingOffer.ResourceOf(id) is not { } code || own.Find(code) is not { } resource || !StandingOffer.IsOffered(resource))
            return DspMessage.Refuse(DspMessage.CatalogError, NoDataset);
        var dataset = Dataset(resource, node, http.Peer().From.NodeId, options, Service(node));
        dataset.Insert(0, "@context", new JsonArray(DspMessage.Context));
        return DspMessage.Json(dataset);
    }

    public static readonly Error NoDataset = Error.NotFound("dsp.no-dataset", "没有向您提供的这项资源", "No such dataset is offered to you");

    const string ServiceId = DspMessage.Ours + "service:query";

    static JsonObject Service(NodeIdentity node) => new() { ["@id"] = ServiceId, ["@type"] = "DataService", ["endpointURL"] = node.PublicUrl + PeerPaths.Dataspace };

    static JsonObject Dataset(OwnResource resource, NodeIdentity node, string consumer, ExchangeOptions options, JsonNode service)
    {
        var d = resource.Definition;
        var offer = StandingOffer.Terms(resource, node.Id, consumer, options);
        return new JsonObject
        {
            ["@id"] = StandingOffer.DatasetId(d.Code),
            ["@type"] = "Dataset",
            ["http://purl.org/dc/terms/title"] = InBoth(new Words(d.Name, d.NameEn)),
            ["http://purl.org/dc/terms/description"] = InBoth(new Words(d.Summary, d.SummaryEn)),
            ["http://purl.org/dc/terms/publisher"] = resource.Department,
            ["hasPolicy"] = new JsonArray(OdrlPolicy.Offer(StandingOffer.OfferId(offer), offer, target: null)),
            ["distribution"] = new JsonArray(new JsonObject { ["@type"] = "Distribution", ["format"] = QueryFormat, ["accessService"] = service }),
        };
    }

    static JsonArray InBoth(Words words) => [Spoken(words.Zh, "zh"), Spoken(words.En, "en")];

    static JsonObject Spoken(string text, string language) => new() { ["@value"] = text, ["@language"] = language };

    static bool Speaks(ResourceDefinition d, string word) =>
        new[] { d.Code, d.Name, d.NameEn, d.Summary, d.SummaryEn }.Any(t => t.Contains(word, StringComparison.OrdinalIgnoreCase));
}
