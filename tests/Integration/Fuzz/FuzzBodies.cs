using System.Text.RegularExpressions;
using Tongban.Tests.Support;

namespace Tongban.Tests.Integration.Fuzz;

/// <summary>Good bodies by route, and names and values that forms and addresses of the house use.</summary>
static partial class FuzzBodies
{
    const string Query = """{"v":1,"exchangeId":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","agreement":"ag","resource":"medical.insurance","resourceVersion":1,"fields":["state"],"parameters":{"citizenId":"310199199004279071"},"purpose":"992083067000","caseReference":"D1","consent":"a.b.c","holderSalt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}""";
    const string Pids = "\"providerPid\":\"urn:uuid:0f0f0f0f-0000-4000-8000-000000000001\",\"consumerPid\":\"urn:uuid:0f0f0f0f-0000-4000-8000-000000000002\"";

    const string Offer = """{"@type":"Offer","@id":"urn:uuid:0f0f0f0f-0000-4000-8000-000000000003","target":"urn:tongban:resource:medical.insurance","permission":[{"action":"use","constraint":[{"leftOperand":"purpose","operator":"isAnyOf","rightOperand":["992083067000"]},{"leftOperand":"urn:tongban:queriesPerDay","operator":"lteq","rightOperand":"5"}]}],"obligation":[{"action":"delete","constraint":[{"leftOperand":"elapsedTime","operator":"lteq","rightOperand":"P30D"}]}]}""";

    const string Act = """{"revision":1,"reason":"材料不全","note":"样例","days":5,"outcome":"ok","decision":"grant","words":"样例","stars":3,"until":"2026-12-31","requirements":["insurance"],"items":[{"requirement":"insurance","words":"样例"}],"fields":{"a":"b"}}""";

    static string Dsp(string type, string more = "") => $$"""{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"{{type}}",{{Pids}}{{more}}}""";

    static readonly Dictionary<string, string> Bodies = new()
    {
        ["/peer/query"] = Query,
        ["/peer/queries"] = $$"""{"v":1,"queries":[{{Query}},{{Query}}]}""",
        ["/peer/sealed"] = $$"""{"v":1,"queries":[{{Query}},{{Query}}]}""",
        ["/peer/directory/proposals"] = """{"payload":"eyJyZWdpb24iOiJDTi1ZUkQiLCJ2ZXJzaW9uIjoyfQ","signatures":[{"protected":"eyJhbGciOiJFUzI1NiJ9","signature":"AAAA"}]}""",
        ["/peer/events"] = """{"eventId":"a1","type":"exchange.consent-revoked.v1","body":"{\"consentId\":\"c\",\"at\":1}","stream":"s","sequence":1,"files":["0000000000000000000000000000000000000000000000000000000000000000"]}""",
        ["/peer/files/{hash}"] = "\"%PDF-1.4\"",
        ["/peer/records"] = """{"citizenId":"310199199004279071","level":2}""",
        ["/peer/log/cosignatures"] = """{"size":1,"line":"— CN-YRD/310000/witness AAAA"}""",
        ["/peer/subscriptions"] = $$"""{"v":1,"until":99999999999999,"query":{{Query}}}""",
        ["/peer/subscriptions/{id}/replay"] = """{"v":1,"from":1}""",
        ["/peer/subscriptions/{id}/end"] = """{"v":1}""",
        ["/peer/changes"] = """{"v":1,"subscription":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","changes":[{"offset":1,"answer":{"v":1,"exchangeId":"aaaaaaaaaaaaaaaa","provider":"CN-YRD/340000","department":"d","resource":"r","asOf":1,"logIndex":0,"rows":[{"a":"b"}]}}],"ended":"consent.revoked"}""",
        ["/peer/bulk"] = Query,
        ["/peer/standards/{hash}"] = """{"region":"CN-YRD","version":2,"elements":[],"lists":[{"list":"sex","version":1,"name":{"zh":"a","en":"a"},"values":[{"code":"1","name":{"zh":"a","en":"a"}}]}]}""",
        ["/peer/acks"] = """{"v":1,"after":-1,"upTo":9,"indexes":[2,3,9],"late":[]}""",
        ["/peer/metering"] = """{"v":1,"agreement":"ag","from":1761926400000,"to":1764518400000,"afterAt":1762000000000,"afterIndex":41}""",
        ["/dsp/catalog/request"] = """{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"CatalogRequestMessage","filter":["医保"]}""",
        ["/dsp/negotiations/request"] = Dsp("ContractRequestMessage", $",\"offer\":{Offer},\"callbackAddress\":\"http://127.0.0.1/dsp\""),
        ["/dsp/negotiations/offers"] = Dsp("ContractOfferMessage", $",\"offer\":{Offer},\"callbackAddress\":\"http://127.0.0.1/dsp\""),
        ["/dsp/negotiations/{pid}/request"] = Dsp("ContractRequestMessage", $",\"offer\":{Offer}"),
        ["/dsp/negotiations/{pid}/offers"] = Dsp("ContractOfferMessage", $",\"offer\":{Offer}"),
        ["/dsp/negotiations/{pid}/events"] = Dsp("ContractNegotiationEventMessage", ",\"eventType\":\"ACCEPTED\""),
        ["/dsp/negotiations/{pid}/agreement"] = Dsp("ContractAgreementMessage", $",\"agreement\":{Offer}"),
        ["/dsp/negotiations/{pid}/agreement/verification"] = Dsp("ContractAgreementVerificationMessage", ",\"urn:tongban:document\":\"{}\""),
        ["/dsp/negotiations/{pid}/termination"] = Dsp("ContractNegotiationTerminationMessage", ",\"code\":\"1\",\"reason\":[\"x\"]"),
        ["/dsp/transfers/request"] = Dsp("TransferRequestMessage", ",\"agreementId\":\"ag\",\"format\":\"TongbanQuery-PULL\",\"callbackAddress\":\"http://127.0.0.1/dsp\""),
        ["/dsp/transfers/{pid}/start"] = Dsp("TransferStartMessage", ",\"dataAddress\":{\"endpoint\":\"http://127.0.0.1/peer/query\",\"endpointProperties\":[{\"name\":\"agreement\",\"value\":\"ag\"}]}"),
        ["/dsp/transfers/{pid}/suspension"] = Dsp("TransferSuspensionMessage", ",\"reason\":[\"x\"]"),
        ["/dsp/transfers/{pid}/completion"] = Dsp("TransferCompletionMessage"),
        ["/dsp/transfers/{pid}/termination"] = Dsp("TransferTerminationMessage", ",\"code\":\"1\",\"reason\":[\"x\"]"),
        ["/gateway/query"] = """{"provider":"CN-YRD/340000","resource":"medical.insurance","fields":["state"],"parameters":{"citizenId":"310199199004279071"},"purpose":"992083067000","caseReference":"D1","consentId":"c"}""",
        ["/r1/{instance}/{memberClass}/{member}/{subsystem}/{service}"] = """{"parameters":{"citizenId":"310199199004279071"},"fields":["state"],"purpose":"992083067000","consentId":"c"}""",
        ["/api/certificates/verify"] = """{"token":"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA~"}""",
        ["/api/filings"] = """{"baseCode":"992083067000","answers":{"residenceProvince":"310000","insuredProvince":"340000","reason":"异地长期居住人员"},"form":{},"consent":true,"deferred":["insurance"]}""",
    };

    public static string? Of(string pattern)
    {
        var route = "/" + pattern.Trim('/');
        if (Bodies.TryGetValue(route, out var body))
            return body;
        // One shape for what officers and people do to a matter.
        return route.StartsWith("/api/cases/", StringComparison.Ordinal) || route.StartsWith("/api/filings/", StringComparison.Ordinal) || route.StartsWith("/api/joint-steps/", StringComparison.Ordinal) ? Act
            : route.StartsWith("/oidc/", StringComparison.Ordinal) || route.StartsWith("/ui/", StringComparison.Ordinal) ? "{}" : null;
    }

    public static IEnumerable<(string Name, string Value)> Headers(string pattern)
    {
        var route = "/" + pattern.Trim('/');
        if (route.StartsWith("/gateway", StringComparison.Ordinal) || route.StartsWith("/r1", StringComparison.Ordinal))
            yield return ("Authorization", "Bearer medical-desk:secret");
        if (!route.StartsWith("/r1", StringComparison.Ordinal))
            yield break;
        yield return ("X-Road-Client", "CN-YRD/GOV/310000/medical-desk");
        yield return ("X-Road-Id", "9bd3f5b2-1");
        yield return ("X-Road-Issue", "D1");
        yield return ("X-Road-Represented-Party", "GOV/310000-medical");
    }

    /// <summary>What is done to accounts may shut somebody out, and wrong sign-ins shut out an address.</summary>
    public static int HowLate(string pattern) => pattern.Contains("signin", StringComparison.Ordinal) ? 2 : pattern.Contains("accounts", StringComparison.Ordinal) ? 1 : 0;

    public static bool EndsSessions(string pattern) => EndingSessions().IsMatch("/" + pattern.Trim('/'));

    /// <summary>Only an enterprise's own staff get in; nobody of them is signed in here.</summary>
    public static bool OfEnterprises(string pattern) => ("/" + pattern.Trim('/')).StartsWith("/account/staff", StringComparison.Ordinal);

    [GeneratedRegex("^/(signin|signout|account|register|recover|oidc|console/(signin|signout|role|accounts|people))")]
    private static partial Regex EndingSessions();

    public static readonly string[] Numbers = ["0", "1", "2", "7", "-1", "9223372036854775807", "99999999999999999999", "1e3"];
    public static readonly string[] Ids = ["x", "0123456789abcdef0123456789abcdef", "urn:uuid:0f0f0f0f-0000-4000-8000-000000000001", "medical.insurance", "992083067000", "340000", "CN-YRD", "0", "..", "%2e%2e", "中文", "a b", "0000000000000000000000000000000000000000000000000000000000000000"];

    public static readonly string[] Values =
        ["", "1", "0", "-1", "true", "yes", "是", "2026-11-23", "2026-13-45", "0001-01-01", "9999-12-31", "99999999999999999999", "310000", "340000-medical", "CN-YRD/340000", "992083067000", "medical.insurance", "310199199004279071", "91350100M000100Y43", "13800138000", "样例", "<b>&\"'", "{\"a\":1}", "a,b;c d", "../../etc", "/console", "//evil.example", "https://evil.example/", "urn:uuid:0f0f0f0f-0000-4000-8000-000000000001", "MXxh", new string('长', 3000), "👨‍👩‍👧", "1.5", "Draft", "publish", "accept", "grant", "refuse", "Officer"];

    /// <summary>Of addresses.</summary>
    public static readonly string[] Names = ["after", "q", "lang", "page", "size", "state", "from", "to", "index", "date", "version", "return", "again", "role", "node", "division", "department", "resource", "item", "kind", "code", "id", "field", "subject", "year", "month", "client_id", "redirect_uri", "scope", "response_type", "nonce", "state", "code_challenge"];

    /// <summary>All names that forms of the house have or their handlers read, from its sources.</summary>
    public static readonly string[] FieldNames = [.. Directory.EnumerateFiles(Path.Combine(ProjectRoot.Path, "src"), "*.*", SearchOption.AllDirectories)
        .Where(f => (f.EndsWith(".razor", StringComparison.Ordinal) || f.EndsWith(".cs", StringComparison.Ordinal)) && !f.Contains("/obj/", StringComparison.Ordinal))
        .SelectMany(f => FieldName().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex("""(?:\bname=|\bName=|(?:form|fields)\[|FromForm\(Name = )"([A-Za-z][A-Za-z.-]*)["]""")]
    private static partial Regex FieldName();
}
