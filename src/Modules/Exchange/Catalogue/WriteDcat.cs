using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>What this node publishes, as DCAT in Turtle: GB/T 21063.4 core metadata in the terms of Dublin Core. For anyone.</summary>
static class WriteDcat
{
    const string Frequency = "http://publications.europa.eu/resource/authority/frequency/";
    const string Access = "http://publications.europa.eu/resource/authority/access-right/";

    public static IResult Handle(NodeIdentity node, OwnResources own) => Results.Text(Turtle(own.Catalogue, node.Name, node.PublicUrl), "text/turtle; charset=utf-8");

    public static string Turtle(CatalogueDocument catalogue, Words name, string url)
    {
        var text = new StringBuilder("""
            @prefix dcat: <http://www.w3.org/ns/dcat#> .
            @prefix dct: <http://purl.org/dc/terms/> .
            @prefix foaf: <http://xmlns.com/foaf/0.1/> .
            @prefix odrl: <http://www.w3.org/ns/odrl/2/> .
            @prefix prov: <http://www.w3.org/ns/prov#> .
            @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .


            """);
        var offers = catalogue.Resources.DistinctBy(r => r.Code).ToList();
        var root = $"{url}/catalogue.ttl";
        string Dataset(string code) => $"<{root}#{Uri.EscapeDataString(code)}>";
        text.Append(CultureInfo.InvariantCulture, $"<{root}> a dcat:Catalog ;\n  dct:title {Said(name.Zh + "政务数据资源目录", "zh")}, {Said("Catalogue of government data of " + name.En, "en")}");
        foreach (var offer in offers)
            text.Append(CultureInfo.InvariantCulture, $" ;\n  dcat:dataset {Dataset(offer.Code)}");
        text.Append(" .\n");
        foreach (var o in offers)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{Dataset(o.Code)} a dcat:Dataset ;\n  dct:identifier {Plain(o.Code)} ;\n  dcat:version {Plain(o.Version.ToString(CultureInfo.InvariantCulture))} ;\n");
            text.Append(CultureInfo.InvariantCulture, $"  dct:title {Said(o.Name.Zh, "zh")}, {Said(o.Name.En, "en")} ;\n  dct:description {Said(o.Summary.Zh, "zh")}, {Said(o.Summary.En, "en")} ;\n");
            text.Append(CultureInfo.InvariantCulture, $"  dct:publisher [ a foaf:Agent ; dct:identifier {Plain(o.Department)} ; foaf:name {Said(o.DepartmentName.Zh, "zh")}, {Said(o.DepartmentName.En, "en")} ] ;\n");
            text.Append(CultureInfo.InvariantCulture, $"  dct:accrualPeriodicity <{Frequency}{FrequencyOf(o.UpdateCycle)}> ;\n  dct:accessRights <{Access}{(o.Sharing == "unconditional" ? "RESTRICTED" : "NON_PUBLIC")}> ;\n");
            if (o.Condition is { } condition)
                text.Append(CultureInfo.InvariantCulture, $"  dct:rights {Said(condition.Zh, "zh")}, {Said(condition.En, "en")} ;\n");
            if (o.Subject is { } subject)
                text.Append(CultureInfo.InvariantCulture, $"  dct:subject {Plain(subject)} ;\n");
            foreach (var type in o.EvidenceTypes)
                text.Append(CultureInfo.InvariantCulture, $"  dcat:keyword {Plain(type)} ;\n");
            foreach (var related in o.Related ?? [])
                text.Append(CultureInfo.InvariantCulture, $"  dct:relation {Dataset(related)} ;\n");
            foreach (var right in o.Rights ?? [])
            {
                text.Append(right.Kind == DataRights.Holder
                    ? $"  dct:rightsHolder [ a foaf:Agent ; dct:identifier {Plain(right.Party)} ] ;\n"
                    : $"  prov:qualifiedAttribution [ a prov:Attribution ; prov:agent [ a foaf:Agent ; dct:identifier {Plain(right.Party)} ] ; dcat:hadRole <{DspMessage.Ours}right:{right.Kind}> ] ;\n");
            }
            if (o.Aggregate is { } shape)
                text.Append(CultureInfo.InvariantCulture, $"  odrl:hasPolicy [ a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:constraint [ odrl:leftOperand <{DspMessage.Ours}leastGroup> ; odrl:operator odrl:gteq ; odrl:rightOperand \"{shape.LeastGroup}\"^^xsd:integer ] ] ] ;\n");
            if (o.PublishedAt is { } at)
                text.Append(CultureInfo.InvariantCulture, $"  dct:issued \"{DateTimeOffset.FromUnixTimeMilliseconds(at):yyyy-MM-ddTHH:mm:ssZ}\"^^xsd:dateTime ;\n");
            text.Append(CultureInfo.InvariantCulture, $"  dcat:distribution [ a dcat:Distribution ; dct:format {Plain(o.Format ?? "JSON")} ; dcat:accessURL <{url}/dsp>{(o.Way is { } way ? $" ; <{DspMessage.Ours}way> {Plain(way)}" : "")} ] .\n");
        }
        return text.ToString();
    }

    static string FrequencyOf(string cycle) => cycle switch
    {
        "realtime" => "CONT",
        "daily" => "DAILY",
        "weekly" => "WEEKLY",
        "monthly" => "MONTHLY",
        "quarterly" => "QUARTERLY",
        "yearly" => "ANNUAL",
        _ => "UNKNOWN",
    };

    static string Said(string text, string language) => $"{Plain(text)}@{language}";

    /// <summary>A Turtle string (RDF 1.1 Turtle, 2.5.1): nothing that is entered ends it.</summary>
    static string Plain(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                < ' ' or '\u007F' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }
}
