using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Node;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Companies;

/// <summary>MISSION B4: a company is a member under the same agreements, log and metering, and has no other part in the region.</summary>
public sealed class CompanyTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    const string Employment = "hrss.employment";

    static long Now(TwoNodes region) => region.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    static AgreementTerms Counts(TwoNodes region, int? least = 10) => new(
        "ag-phones", Telecom, Shanghai, "telecom.signal-counts", 1, ["month", "county", "origin", "people", "days"], ["*"], false, StandingOffer.ByLaw,
        Now(region) - 60_000, Now(region) + 3600_000, 100, LeastGroup: least);

    static async Task Agree(TwoNodes region, AgreementTerms terms)
    {
        foreach (var node in new[] { terms.Provider, terms.Consumer }.Distinct())
            Assert.True((await region.Get<AgreementBook>(node).Import([region.Sign(terms, terms.Provider, terms.Consumer)], Ct)).Ok);
    }

    static Task<Result<ExchangeAnswer>> Ask(TwoNodes region, params string[] fields) => region.Get<IExchange>(Shanghai).Query(
        new ExchangeQuestion(Telecom, "telecom.signal-counts", new Dictionary<string, string>(), fields, Item, "", "", null, "account-1"), Ct);

    [Fact]
    public async Task A_government_asks_a_company_and_gets_no_group_below_the_least_size()
    {
        await using var region = await TwoNodes.Start(company: true);
        await Agree(region, Counts(region));

        var towns = await Ask(region, "month", "county", "people");
        Assert.True(towns.Ok, towns.Error?.DetailEn);
        // Jiashan has 7 people: it goes, and another with it. The month's total is 1,981.
        Assert.DoesNotContain(towns.Value.Rows, r => r["county"] == "嘉善县");
        Assert.Equal(new GroupsWithheld(2, false), towns.Value.Withheld);
        Assert.Equal("1981", Assert.Single((await Ask(region, "month", "people")).Value.Rows)["people"]);
        var origins = await Ask(region, "origin", "month", "county", "people", "days");
        Assert.All(origins.Value.Rows, r => Assert.True(long.Parse(r["people"]!) >= 10));
        Assert.Equal(["origin", "month", "county", "people", "days"], origins.Value.Rows[0].Keys);

        // A level that is none, and a condition that asks about another one.
        Assert.Equal("aggregate.level", (await Ask(region, "month", "origin", "people")).Error?.Code);
        Assert.Equal("aggregate.level", (await Ask(region, "county", "people")).Error?.Code);
        var odd = await region.Get<IExchange>(Shanghai).Query(new ExchangeQuestion(Telecom, "telecom.signal-counts", new Dictionary<string, string> { ["county"] = "青浦区" }, ["month", "people"], Item, "", "", null, "account-1"), Ct);
        Assert.Equal("aggregate.condition", odd.Error?.Code);

        // Both logs have it, and both metered the same.
        var mine = await region.Get<TransparencyLog>(Shanghai).Metering(-1, 100, cancel: Ct);
        var theirs = await region.Get<TransparencyLog>(Telecom).Metering(-1, 100, cancel: Ct);
        Assert.Equal(3, mine.Sum(m => m.Metering.Units));
        Assert.Equal(3, theirs.Sum(m => m.Metering.Units));
        Assert.True((await region.Get<IExchange>(Shanghai).Receipt(towns.Value.ExchangeId, Ct)) is { Ok: true } or { Error.Code: "log.not-witnessed" or "receipt.pending" });
    }

    [Fact]
    public async Task An_old_system_asks_a_company_in_X_Roads_shape_and_hears_how_many_were_withheld()
    {
        await using var region = await TwoNodes.Start(company: true, also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        await Agree(region, Counts(region));
        using var administrator = new Browser(Role.Administrator);
        var clients = region.Url(Shanghai) + "/console/clients";
        using var registered = await administrator.Submit(clients, "/console/clients", ("id", "planning"), ("name", "规划系统"), ("resources", "*"), ("purpose", Item), ("perMinute", "60"));
        var secret = System.Text.RegularExpressions.Regex.Match(await registered.Content.ReadAsStringAsync(Ct), "planning:[A-Za-z0-9_-]{20,}").Value;
        async Task<HttpResponseMessage> Ask(string address)
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Post, region.Url(Shanghai) + address) { Content = new StringContent("""{"fields":["month","county","people"]}""", Encoding.UTF8, "application/json") };
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + secret);
            request.Headers.TryAddWithoutValidation("X-Road-Client", "CN-YRD/GOV/310000/planning");
            return await http.SendAsync(request, Ct);
        }
        using var answer = await Ask($"/r1/{Telecom}/telecom/telecom.signal-counts");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ct));
        Assert.Equal("2", Assert.Single(answer.Headers.GetValues("Tongban-Withheld")));
        Assert.DoesNotContain("嘉善县", JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Ct)).RootElement.EnumerateArray().Select(r => r.GetProperty("county").GetString()));
        Assert.Equal(404, (int)(await Ask($"/r1/CN-YRD/GOV/{NodeIds.CodeOf(Telecom)}/telecom/telecom.signal-counts")).StatusCode);
    }

    [Fact]
    public async Task An_agreement_raises_the_least_size_and_never_lowers_it()
    {
        await using var region = await TwoNodes.Start(company: true);
        await Agree(region, Counts(region, least: 3));
        Assert.DoesNotContain((await Ask(region, "month", "county", "people")).Value.Rows, r => r["county"] == "嘉善县");

        await Agree(region, Counts(region, least: 895) with { Id = "ag-larger", ValidUntil = Now(region) + 1800_000 });
        region.Get<AgreementBook>(Shanghai).End("ag-phones", Now(region));
        Assert.Empty((await Ask(region, "month", "county", "origin", "people")).Value.Rows);
    }

    [Fact]
    public async Task A_subscription_and_a_bulk_answer_give_no_small_group_either_and_say_how_many_were_kept_back()
    {
        await using var region = await TwoNodes.Start(company: true, also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        await Agree(region, Counts(region) with { Subscription = true, Bulk = true });
        _ = await region.Get<Catalogues>(Shanghai).Of(Telecom, Ct);
        using var steward = new Browser(Role.Steward);
        var page = region.Url(Shanghai) + "/console/agreements/ag-phones";
        Assert.Equal(303, (int)(await steward.Submit(page, "/console/agreements/ag-phones/bulk", ("purpose", Item))).StatusCode);
        BulkRow? bulk = null;
        await Soon.Holds(() => (bulk = region.As<NodeDb, BulkRow?>(Shanghai, Actor.Node("test"), db => db.Set<BulkRow>().AsNoTracking().SingleOrDefaultAsync(b => b.State == BulkState.Done, Ct)).GetAwaiter().GetResult()) is not null, Ct);
        using var file = await steward.Get(region.Url(Shanghai) + $"/console/bulk/{bulk!.Id}/file");
        var lines = (await file.Content.ReadAsStringAsync(Ct)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var people = Array.IndexOf(lines[0].TrimStart('\uFEFF').Split(','), "people");
        Assert.NotEmpty(lines[1..]);
        Assert.All(lines[1..], l => Assert.True(long.Parse(l.Split(',')[people]) >= 10, l));
        var manifest = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(bulk.Manifest.Split('.')[1])).RootElement;
        Assert.True(manifest.GetProperty("withheld").GetInt32() > 0);

        var until = region.Clock.GetUtcNow().AddDays(1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(303, (int)(await steward.Submit(page, "/console/agreements/ag-phones/subscriptions", ("purpose", Item), ("until", until))).StatusCode);
        IReadOnlyList<TakenChangeRow> taken = [];
        await Soon.Holds(() => (taken = region.As<NodeDb, List<TakenChangeRow>>(Shanghai, Actor.Node("test"), db => db.Set<TakenChangeRow>().AsNoTracking().ToListAsync(Ct)).GetAwaiter().GetResult()).Count > 0, Ct);
        var change = QueryAnswer.Parse(region.Get<IVault>(Shanghai).TryOpen(taken[0].Answer, TakenChangeRow.SealContext).Value).Value;
        Assert.NotEmpty(change.Rows);
        Assert.All(change.Rows, r => Assert.True(long.Parse(r["people"]!) >= 10));
        Assert.True(change.Withheld!.Groups > 0);

        // The same on the page, down to one level.
        using var looked = await steward.Submit(page, "/console/agreements/ag-phones/groups", ("level", "2"), ("p.month", ""), ("p.county", ""), ("purpose", Item));
        var shown = System.Net.WebUtility.HtmlDecode(await looked.Content.ReadAsStringAsync(Ct));
        Assert.Equal(200, (int)looked.StatusCode);
        Assert.Contains("有 2 个分组没有提供", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("嘉善县", shown, StringComparison.Ordinal);
        Assert.Contains("企业", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_company_has_no_vote_no_witness_and_no_door_but_those_of_agreements()
    {
        await using var region = await TwoNodes.Start(hub: true, company: true);
        var document = region.Get<RegionDirectory>(Hub).Trusted.Document;
        var entry = document.Members.Single(m => m.NodeId == Telecom);
        Assert.Equal(("company", null, NodeIds.Company), (Assert.Single(entry.Roles), entry.Witness, NodeIds.ClassOf(entry.NodeId)));
        Assert.DoesNotContain(entry.Keys[0].Kid, document.Quorum.Kids);
        Assert.Equal(2, document.Quorum.K);

        var peers = region.Get<PeerClient>(Telecom);
        async Task<string?> Send(string to, HttpMethod method, string path, string body = "{}") =>
            (await peers.Send(to, method, path, method == HttpMethod.Get ? default : Encoding.UTF8.GetBytes(body), Ct)).Error?.Code;
        // Every door there is, and what docs/exchange.md says of it.
        var page = File.ReadAllText(Path.Combine(ProjectRoot.Path, "docs", "exchange.md"));
        string[] Named(string from, string to, string pattern) =>
            [.. System.Text.RegularExpressions.Regex.Matches(page.Split(from)[1].Split(to)[0], pattern).Select(m => m.Groups[1].Value)];
        var named = Named("these are open to them:", "All others answer", "`((?:GET )?/(?:peer|dsp)[^`]*)`");
        bool IsNamed(string method, string path, string door) =>
            door.Split(' ') is var parts && (parts.Length == 1 || parts[0] == method) && (door.EndsWith('…') ? path.StartsWith(parts[^1][..^1], StringComparison.Ordinal) : path.Split('{')[0] == parts[^1].Split('{')[0]);
        var doors = RouteGuard.Endpoints(region.App(Anhui)).Where(e => e.Metadata.GetMetadata<RouteRule>() == Allow.Peer)
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(m => (Method: m, Path: "/" + e.RoutePattern.RawText!.Trim('/')))).ToList();
        Assert.All(named, door => Assert.Contains(doors, d => IsNamed(d.Method, d.Path, door)));
        foreach (var (method, path) in doors)
        {
            var answer = await Send(Anhui, new HttpMethod(method), System.Text.RegularExpressions.Regex.Replace(path, "{n:int}", "0").Replace("{hash}", new string('a', 64), StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal));
            Assert.True(named.Any(door => IsNamed(method, path, door)) == (answer != "peer.class"), $"{method} {path}: {answer}");
        }
        // Where it asks for what is its own: see GovernanceTests.
        Assert.Equal("directory.malformed", await Send(Hub, HttpMethod.Post, "/peer/directory/proposals"));
        Assert.Null(await Send(Anhui, HttpMethod.Get, "/peer/catalogue"));
        Assert.Null(await Send(Hub, HttpMethod.Get, "/peer/directory"));

        // Of events only those of agreements and disputes; nothing that this version does not know.
        string Event(string type, object body) => JsonSerializer.Serialize(new EventMessage(Guid.NewGuid().ToString("N"), type, JsonSerializer.Serialize(body, DirectoryDocument.Json), "s", 1, []), DirectoryDocument.Json);
        foreach (var type in new[] { "exchange.consent-revoked.v1", "cases.case-filed.v1", "nobody.knows-this.v9" })
            Assert.Equal("peer.class", await Send(Anhui, HttpMethod.Post, "/peer/events", Event(type, new { consentId = "x", at = 1 })));
        Assert.Equal(Named("Of events they may send", "Any other", "`([^`]+)`").Order(), TakeEvent.OfSociety.Order());
        // What a company's own node publishes when the other side is late is taken; one that is refused would be sent for ever.
        foreach (object overdue in new object[] { new RequestOverdue(new string('b', 32), Anhui, Marriage, "answer", "2026-01-01", 1), new OverdueRequestAnswered(new string('b', 32), "TERMINATED", 1), new DisputeOverdue(new string('b', 32), Anhui, Marriage, "2026-01-01", 1, null) })
            Assert.Null(await Send(Hub, HttpMethod.Post, "/peer/events", Event((string)overdue.GetType().GetProperty("WireName")!.GetValue(null)!, overdue).Replace("\"s\"", $"\"{overdue.GetType().Name}\"", StringComparison.Ordinal)));
        Assert.Null(await Send(Anhui, HttpMethod.Post, "/peer/events", Event(AgreementTerminated.WireName, new AgreementTerminated("ag-none", Telecom, "试验", 1))));

        // Nobody signs in there or by it, and it issues nothing.
        Assert.DoesNotContain(region.Get<IMembers>(Anhui).All, m => m.IsGovernment && m.NodeId == Telecom);
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        Assert.Equal("/console", (await http.GetAsync(region.Url(Telecom) + "/", Ct)).Headers.Location?.OriginalString);
        foreach (var (path, status) in new[] { ("/register", 404), ("/signin", 404), ("/items", 404), ("/my/data", 404), ("/oidc/authorize", 404), ("/.well-known/openid-configuration", 404), ("/verify", 404), ("/console/signin", 200), ("/log/checkpoint", 200), ("/catalogue.ttl", 200) })
            Assert.Equal((path, status), (path, (int)(await http.GetAsync(region.Url(Telecom) + path, Ct)).StatusCode));
    }

    [Fact]
    public async Task A_directory_that_gives_a_company_another_part_is_none()
    {
        await using var region = await TwoNodes.Start(company: true);
        var document = region.Get<RegionDirectory>(Anhui).Trusted.Document;
        var entry = document.Members.Single(m => m.NodeId == Telecom);
        TrustedDirectory? Trusted(DirectoryDocument changed) => TrustedDirectory.Pin(region.Sign(changed, Shanghai, Anhui)) is { Ok: true } pinned ? pinned.Value : null;
        DirectoryDocument With(MemberEntry changed) => document with { Members = [.. document.Members.Select(m => m.NodeId == Telecom ? changed : m)] };
        Assert.NotNull(Trusted(document));
        foreach (var changed in new[]
        {
            With(entry with { Roles = ["government"] }), With(entry with { Roles = ["company", "witness"] }), With(entry with { Roles = ["hub"] }), With(entry with { Roles = ["organisation"] }),
            With(entry with { Witness = document.Members[0].Witness }), document with { Quorum = document.Quorum with { Kids = [.. document.Quorum.Kids, entry.Keys[0].Kid] } },
            document with { Members = [.. document.Members.Select(m => m.NodeId == Anhui ? m with { Roles = ["government", "company"] } : m)] },
        })
            Assert.Null(Trusted(changed));
    }

    [Fact]
    public async Task A_company_joins_by_its_application_and_the_governments_signatures()
    {
        await using var region = await TwoNodes.Start(hub: true);
        var identity = new NodeIdentity(Telecom, "340000", new Words("样例通信公司", "Sample Telecom"), false, "http://127.0.0.1:5999", region.Url(Hub), region.Folder, region.Folder, false);
        var keys = Keystore.Create(Path.Combine(region.Folder, "telecom.tbk"), "test", 1000).Value;
        var application = MemberApplication.Make(identity, keys, Now(region));
        var read = MemberApplication.Read(application, "CN-YRD");
        Assert.True(read.Ok, read.Error?.DetailEn);
        Assert.Equal("company", Assert.Single(read.Value.Roles));
        string Signed(MemberEntry changed) => JsonSerializer.Serialize(SignedDocument.Of(changed).Sign(keys.Signing, "tb-application+jws"));
        foreach (var bad in new[]
        {
            read.Value with { Roles = ["government"] }, read.Value with { Roles = ["company", "witness"] }, read.Value with { NodeId = "CN-YRD/ORG/91340199MA2TEXC01J" }, read.Value with { NodeId = "CN-YRD/COM/91340199MA2TEXC010" },
            read.Value with { NodeId = "CN-YRD/350000" }, read.Value with { Division = "" },
        })
            Assert.False(MemberApplication.Read(Signed(bad), "CN-YRD").Ok);

        var before = region.Get<RegionDirectory>(Shanghai).Trusted.Document;
        var next = DirectoryChange.Admit(before, read.Value, Now(region)).Value;
        Assert.Contains("接纳企业成员", DirectoryDifferences.Between(before, next)[0].Zh, StringComparison.Ordinal);
        Assert.True((await region.Get<HubProposals>(Shanghai).Propose(next, Ct)).Ok);
        Assert.True((await region.Get<HubProposals>(Anhui).Sign(Proposal.Read(Assert.Single((await region.Get<HubProposals>(Anhui).Waiting(Ct)).Value).Document)!.Value.Signed, Ct)).Ok);
        await Soon.Holds(() => region.Get<RegionDirectory>(Anhui).Trusted.Find(Telecom) is not null, Ct);
        // The two governments are still two, and may not become one; the company may leave.
        Assert.Equal(2, region.Get<RegionDirectory>(Anhui).Trusted.Document.Quorum.K);
        Assert.Equal("directory.too-few", DirectoryChange.Remove(next, Anhui, Now(region)).Error?.Code);
        Assert.True(DirectoryChange.Remove(next, Telecom, Now(region)).Ok);
    }

    /// <summary>Whatever both signed: the provider looks at it again.</summary>
    [Theory]
    [InlineData("consent", "member.no-consent")]
    [InlineData("related", "member.no-related")]
    [InlineData("usual", "member.personal-needs-law")]
    [InlineData("bulk", "member.personal-one-by-one")]
    [InlineData("subscription", "member.personal-one-by-one")]
    [InlineData("no-case", "member.personal-one-by-one")]
    [InlineData("law", null)]
    [InlineData("place", "agreement.place")]
    [InlineData("about a person", "member.personal-needs-law")]
    public async Task Of_personal_data_a_company_gets_only_what_a_named_law_says_one_case_at_a_time(string terms, string? refused)
    {
        await using var region = await TwoNodes.Start(company: true);
        var law = new AgreementTerms(
            "ag-company", Anhui, Telecom, Marriage, 1, ["registerNumber", "state"], [Item], true, new AgreementBasis(AgreementBasis.Legal, new Words("反电信网络诈骗法第九条", "Law against telecom fraud, art. 9")),
            Now(region) - 60_000, Now(region) + 3600_000, 100);
        await Agree(region, terms switch
        {
            "consent" => law with { Basis = StandingOffer.ByConsent },
            "related" => law with { Related = new RelatedBasis([Item], new Words("法", "law")) },
            "usual" => law with { Basis = StandingOffer.ByLaw },
            "bulk" => law with { Bulk = true },
            "subscription" => law with { Subscription = true },
            "no-case" => law with { CaseRequired = false },
            "place" => law with { Place = "340000" },
            // No field is about a person, and whom it is asked about is one.
            "about a person" => law with { Resource = Employment, Fields = ["employer"], Basis = StandingOffer.WithoutPersons, CaseRequired = false },
            _ => law,
        });
        var (resource, fields) = terms == "about a person" ? (Employment, new[] { "employer" }) : (Marriage, ["registerNumber", "state"]);
        var answer = await region.Get<IExchange>(Telecom).Query(
            new ExchangeQuestion(Anhui, resource, new Dictionary<string, string> { ["citizenId"] = Husband }, fields, Item, "D1", "subject-1", null, "account-1"), Ct);
        Assert.Equal(refused, answer.Error?.Code);
        if (resource == Employment)
            Assert.Empty(StandingOffer.Terms(region.Get<OwnResources>(Anhui).Find(Employment)!, Anhui, Telecom, new ExchangeOptions()).Fields);
    }

    [Fact]
    public async Task Settings_of_a_companys_node_say_who_and_where_it_is_and_what_it_has()
    {
        await using var region = await TwoNodes.Start(without: Shanghai);
        var folder = Directory.CreateDirectory(Path.Combine(region.Folder, "settings")).FullName;
        var good = new NodeSettings { Id = Telecom, Name = new Words("样例通信公司", "Sample Telecom"), Listen = "http://127.0.0.1:1", HubUrl = "http://127.0.0.1:2", Division = "340000", Systems = new Dictionary<string, Words> { ["telecom"] = new("网", "net") }, LeastGroup = 15, Folder = folder };
        string? Loaded(NodeSettings settings)
        {
            settings.Save();
            return NodeSettings.Load(folder).Error?.Code;
        }
        Assert.Null(Loaded(good));
        var identity = NodeSettings.Load(folder).Value.Identity();
        Assert.Equal(("340000", NodeIds.Company, false, "网"), (identity.Division, identity.Class, identity.IsGovernment, identity.Systems["telecom"].Zh));
        foreach (var bad in new[] { good with { Division = null }, good with { Systems = null }, good with { Id = "CN-YRD/COM/91340199MA2TEXC010" }, good with { Id = "CN-YRD/ORG/x" } })
            Assert.Equal("node.company-settings", Loaded(bad));
        Assert.Equal("node.least-group", Loaded(good with { LeastGroup = 2 }));
    }

    [Fact]
    public async Task A_consent_that_a_company_attested_is_none()
    {
        await using var region = await TwoNodes.Start(company: true);
        var salt = new byte[32];
        var artefact = new ConsentArtefact("c-1", Telecom, System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(Husband)])), Item, "D1", Telecom,
            [new ConsentSource(Anhui, Marriage, ["registerNumber"])], 3, Now(region) - 1000, Now(region) + 60_000);
        Assert.Equal("consent.issuer", ConsentArtefact.Verify(artefact.Sign(region.Keys(Telecom).Signing), region.Get<RegionDirectory>(Anhui).Trusted).Error?.Code);
    }
}
