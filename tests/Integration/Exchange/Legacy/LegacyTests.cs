using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A system of Shanghai's that nobody rewrites asks Anhui: in plain JSON, or as it would ask an X-Road security server. curl plays it.</summary>
public sealed partial class LegacyTests : IAsyncLifetime
{
    TwoNodes nodes = null!;
    string consent = "";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        nodes = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        _ = await nodes.Get<Catalogues>(Shanghai).Of(Anhui, Ct);
        consent = await nodes.Consent(Husband, Item, "D1", "registerNumber", "state");
    }

    public ValueTask DisposeAsync() => nodes.DisposeAsync();

    [Fact]
    public async Task The_gateway_asks_for_a_registered_system_and_the_log_names_it()
    {
        var secret = await Register("medical-desk", Marriage);
        var answer = await Curl("/gateway/query", secret, Question());
        Assert.Equal(200, answer.Status);
        var body = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal("J340199-2015-000001", body.GetProperty("rows")[0].GetProperty("registerNumber").GetString());
        var leaf = (await nodes.Get<TransparencyLog>(Shanghai).Leaves(body.GetProperty("logIndex").GetInt64(), 1, Ct))[0];
        Assert.Contains("\"by\":\"client:medical-desk\"", Encoding.UTF8.GetString(leaf.Data), StringComparison.Ordinal);
        Assert.True(CanonicalJson.Write(System.Text.Json.Nodes.JsonNode.Parse(leaf.Data)!).AsSpan().SequenceEqual(leaf.Data));
        // The person sees it like any other use.
        Assert.NotEmpty(await nodes.Get<TransparencyLog>(Shanghai).BySubject(nodes.Get<IVault>(Shanghai).Forms(nodes.Get<IVault>(Shanghai).BlindIndex(AnswerQuery.PersonContext, Husband)), cancel: Ct));
    }

    [Fact]
    public async Task X_Road_r1_is_answered_in_its_shape()
    {
        var secret = await Register("medical-desk", "*");
        var body = $$$"""{"parameters":{"citizenId":"{{{Husband}}}"},"fields":["registerNumber","state"],"consentId":"{{{consent}}}"}""";
        string[] headers = ["X-Road-Client: CN-YRD/GOV/310000/medical-desk", "X-Road-Id: 9bd3f5b2-1", "X-Road-Issue: D1", "X-Road-UserId: CN0042", "X-Road-Represented-Party: GOV/310000-medical"];
        const string path = "/r1/CN-YRD/GOV/340000/civil/civil.marriage";
        var answer = await Curl(path, secret, body, headers);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("有效", JsonDocument.Parse(answer.Body).RootElement[0].GetProperty("state").GetString());
        Assert.Equal("9bd3f5b2-1", answer.Headers["x-road-id"]);
        Assert.Equal("CN-YRD/GOV/340000/civil/civil.marriage", answer.Headers["x-road-service"]);
        Assert.Equal("CN-YRD/GOV/310000/medical-desk", answer.Headers["x-road-client"]);
        var log = nodes.Get<TransparencyLog>(Shanghai);
        var found = (await log.Find(ExchangeLeaf.ReferenceOfObtained(answer.Headers["x-road-request-id"]), Ct))!.Value;
        // Who asked and for whom can be proven to whoever doubts it, and is read by nobody else.
        var leaf = (await log.Leaves(found.Index, 1, Ct))[0].Data;
        Assert.True(CanonicalJson.Write(System.Text.Json.Nodes.JsonNode.Parse(leaf)!).AsSpan().SequenceEqual(leaf));
        var salts = await log.Salts(found.Index, Ct);
        foreach (var (name, said) in new[] { (ExchangeLeaf.User, "CN0042"), (ExchangeLeaf.Represented, "GOV/310000-medical") })
        {
            var committed = JsonDocument.Parse(leaf).RootElement.GetProperty("body").GetProperty(name).GetString()!;
            Assert.True(Commitment.Opens(committed, salts.Single(s => s.Name == name).Value, Encoding.UTF8.GetBytes(said)));
            Assert.False(Commitment.Opens(committed, salts.Single(s => s.Name == name).Value, Encoding.UTF8.GetBytes(said + "0")));
            Assert.DoesNotContain(said, Encoding.UTF8.GetString(leaf), StringComparison.Ordinal);
        }
        var hashed = $"POST {path}\nx-road-client: CN-YRD/GOV/310000/medical-desk\nx-road-id: 9bd3f5b2-1\nx-road-issue: D1\nx-road-represented-party: GOV/310000-medical\nx-road-userid: CN0042\n\n{body}";
        Assert.Equal(Convert.ToBase64String(SHA512.HashData(Encoding.UTF8.GetBytes(hashed))), answer.Headers["x-road-request-hash"]);

        foreach (var (what, at, sent, changed, status, type, detail) in new (string, string, string?, string?, int, string, string)[]
        {
            ("another's name", path, body, "X-Road-Client: CN-YRD/GOV/310000/other", 403, "Client.AccessDenied", "client.header"),
            ("no such member", "/r1/CN-YRD/GOV/990000/civil/civil.marriage", body, null, 404, "Client.UnknownService", "xroad.unknown-service"),
            ("another instance", "/r1/EE/GOV/340000/civil/civil.marriage", body, null, 404, "Client.UnknownService", "xroad.unknown-service"),
            ("another subsystem", "/r1/CN-YRD/GOV/340000/police/civil.marriage", body, null, 404, "Client.UnknownService", "xroad.unknown-service"),
            ("a name that no header holds", "/r1/CN-YRD/GOV/340000/%E4%B8%AD/civil.marriage", body, null, 404, "Client.UnknownService", "xroad.unknown-service"),
            ("a person in the address", path + "?citizenId=1", null, null, 400, "Client.InvalidRequest", "xroad.parameters-in-address"),
            ("garbage", path, "{", null, 400, "Client.InvalidRequest", "gateway.malformed"),
            ("too much", path, new string(' ', 70_000), null, 400, "Client.InvalidRequest", "gateway.too-large"),
            ("too much, its length not said", path, new string(' ', 70_000), "Transfer-Encoding: chunked\nX-Road-Client: CN-YRD/GOV/310000/medical-desk", 400, "Client.InvalidRequest", "gateway.too-large"),
            ("no agreement", "/r1/CN-YRD/GOV/340000/police/police.household-register", body, null, 403, "Client.AccessDenied", "agreement.none"),
            ("without consent", path, body.Replace($",\"consentId\":\"{consent}\"", "", StringComparison.Ordinal), null, 403, "Client.AccessDenied", "consent.missing"),
        })
        {
            var refused = await Curl(at, secret, sent, changed is null ? headers : [.. changed.Split('\n'), .. headers[1..]]);
            Assert.True(status == refused.Status, $"{what}: {refused.Status} {refused.Body}");
            Assert.Equal(type, refused.Headers["x-road-error"]);
            Assert.Equal((type, detail), (JsonDocument.Parse(refused.Body).RootElement.GetProperty("type").GetString()!, JsonDocument.Parse(refused.Body).RootElement.GetProperty("detail").GetString()!));
            Assert.DoesNotContain(Husband, refused.Body, StringComparison.Ordinal);
        }
        await nodes.Stop(Anhui);
        var away = await Curl(path, secret, body, headers);
        Assert.Equal((503, "Server.ServerProxy.ServiceFailed"), (away.Status, away.Headers["x-road-error"]));
    }

    [Fact]
    public async Task Both_shapes_say_when_what_was_given_is_to_be_deleted()
    {
        var secret = await Register("medical-desk", "*");
        Assert.DoesNotContain("deleteAt", (await Curl("/gateway/query", secret, Question())).Body, StringComparison.Ordinal);
        var given = await nodes.As<IConsents, Result<ConsentGiven>>(Shanghai, Actor.Node("test"), c => c.Attest(
            new ConsentRequest("subject-1", Husband, Item, new Words("户口迁移", "Household move"), "D1", Shanghai, [new ConsentSource(Anhui, Marriage, ["registerNumber", "state"])], 2, TimeSpan.FromHours(1)) { DataLifeDays = 30 }, Ct));
        consent = given.Value.ConsentId;
        const long Life = 30L * 24 * 3600 * 1000;
        var plain = JsonDocument.Parse((await Curl("/gateway/query", secret, Question())).Body).RootElement;
        Assert.Equal(plain.GetProperty("asOf").GetInt64() + Life, plain.GetProperty("deleteAt").GetInt64());
        var asked = await Curl("/r1/CN-YRD/GOV/340000/civil/civil.marriage", secret, Question(), "X-Road-Client: CN-YRD/GOV/310000/medical-desk", "X-Road-Issue: D1");
        Assert.True(asked.Status == 200, asked.Body);
        Assert.True(long.Parse(asked.Headers["tongban-delete-at"], System.Globalization.CultureInfo.InvariantCulture) >= plain.GetProperty("deleteAt").GetInt64());
    }

    [Fact]
    public async Task Whoever_is_not_registered_or_not_any_more_gets_nothing()
    {
        var secret = await Register("medical-desk", "police.identity");
        foreach (var wrong in new[] { null, "", "medical-desk", "medical-desk:", "medical-desk:x", "other" + secret[12..], secret[..^1], secret + "x" })
            Assert.Equal((403, "client.unknown"), Refused(await Curl("/gateway/query", wrong, Question())));
        Assert.Equal((403, "client.resource"), Refused(await Curl("/gateway/query", secret, Question())));
        Assert.Equal((400, "gateway.malformed"), Refused(await Curl("/gateway/query", secret, "[]")));
        Assert.Equal((400, "gateway.too-large"), Refused(await Curl("/gateway/query", secret, new string(' ', 70_000))));
        foreach (var holds in new[] { "\"parameters\":{\"citizenId\":null}", "\"fields\":[null]" })
            Assert.Equal((400, "gateway.malformed"), Refused(await Curl("/gateway/query", secret, $"{{\"provider\":\"{Anhui}\",\"resource\":\"police.identity\",{holds}}}")));
        // The same id twice, and what is no id, are told; the secret is nowhere to be read again.
        using var admin = new Browser(Role.Administrator);
        var page = nodes.Url(Shanghai) + "/console/clients";
        Assert.DoesNotContain(secret, await admin.Read(page), StringComparison.Ordinal);
        Assert.Equal(400, (int)(await admin.Submit(page, "/console/clients", ("id", "medical-desk"), ("name", "again"), ("resources", "*"), ("perMinute", "1"))).StatusCode);
        Assert.Equal(303, (int)(await admin.Submit(page, "/console/clients/medical-desk/revoke")).StatusCode);
        Assert.Equal((403, "client.unknown"), Refused(await Curl("/gateway/query", secret, Question())));
        using var steward = new Browser(Role.Steward);
        Assert.Equal(403, (int)(await steward.Get(page)).StatusCode);
    }

    [Fact]
    public async Task What_a_subscription_brought_is_read_by_offset_by_whoever_may_ask_for_it()
    {
        var secret = await Register("medical-desk", Marriage);
        var stranger = await Register("other-desk", "police.identity");
        var begun = await nodes.As<ISubscriptions, Result<string>>(Shanghai, Actor.Node("test"), s => s.Subscribe(TwoNodes.Question(consent, "registerNumber", "state"), nodes.Clock.GetUtcNow().AddMinutes(30), Ct));
        Assert.True(begun.Ok, begun.Error?.DetailEn);
        var changes = $"/gateway/changes?subscription={begun.Value}";
        async Task<JsonElement> Read(string more, Func<JsonElement, bool>? until = null)
        {
            for (var i = 0; ; i++)
            {
                var answer = await Curl(changes + more, secret, null);
                Assert.True(answer.Status == 200, answer.Body);
                var body = JsonDocument.Parse(answer.Body).RootElement;
                if (until is null || until(body) || i == 300)
                    return body;
                await Task.Delay(50, Ct);
            }
        }
        static string Said(JsonElement body) => string.Join(' ', body.GetProperty("changes").EnumerateArray().Select(c => $"{c.GetProperty("offset")}:{c.GetProperty("rows")[0].GetProperty("registerNumber").GetString()}"));
        const string first = "1:J340199-2015-000001";
        Assert.Equal(first, Said(await Read("", b => b.GetProperty("offset").GetInt64() == 1)));
        nodes.Write("djzh = 'J2'");
        await Read("&after=1", b => b.GetProperty("offset").GetInt64() == 2);
        foreach (var (asked, said, more) in new[] { ("", $"{first} 2:J2", false), ("&limit=1", first, true), ("&after=1", "2:J2", false), ("&after=0&limit=100", $"{first} 2:J2", false), ("&after=2", "", false) })
        {
            var body = await Read(asked);
            Assert.Equal((asked, said, more), (asked, Said(body), body.GetProperty("more").GetBoolean()));
        }
        // Each reading is recorded, with the system's name.
        Assert.Contains((await nodes.Get<TransparencyLog>(Shanghai).Leaves(0, 1000, Ct)).Select(l => Encoding.UTF8.GetString(l.Data)), l => l.Contains("\"actor\":\"client:medical-desk\"", StringComparison.Ordinal) && l.Contains(ExchangeLeaf.StaffRead, StringComparison.Ordinal));

        Assert.Equal((403, "client.unknown"), Refused(await Curl(changes, secret + "x", null)));
        Assert.Equal((403, "client.resource"), Refused(await Curl(changes, stranger, null)));
        Assert.Equal((404, "subscription.none"), Refused(await Curl("/gateway/changes?subscription=none", secret, null)));
        foreach (var bad in new[] { "&after=-1", "&after=x", "&after=3", "&limit=0", "&limit=101" })
            Assert.Equal((bad, (400, "gateway.offset")), (bad, Refused(await Curl(changes + bad, secret, null))));
        nodes.Get<AgreementBook>(Shanghai).End(AgreementId, nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        Assert.Equal((403, "agreement.terminated"), Refused(await Curl(changes, secret, null)));
    }

    [Fact]
    public async Task What_a_subscription_brought_says_until_when_it_may_be_kept()
    {
        var secret = await Register("medical-desk", Marriage);
        var given = await nodes.As<IConsents, Result<ConsentGiven>>(Shanghai, Actor.Node("test"), c => c.Attest(
            new ConsentRequest("subject-1", Husband, Item, new Words("户口迁移", "Household move"), "D1", Shanghai, [new ConsentSource(Anhui, Marriage, ["registerNumber", "state"])], 2, TimeSpan.FromHours(1)) { DataLifeDays = 30 }, Ct));
        var begun = await nodes.As<ISubscriptions, Result<string>>(Shanghai, Actor.Node("test"), s => s.Subscribe(TwoNodes.Question(given.Value.ConsentId, "registerNumber", "state"), nodes.Clock.GetUtcNow().AddMinutes(30), Ct));
        var change = await Changed(begun.Value, secret);
        Assert.True(change.TryGetProperty("deleteAt", out var until), change.GetRawText());
        var days = TimeSpan.FromMilliseconds(until.GetInt64() - nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds()).TotalDays;
        Assert.InRange(days, 29, 30);
    }

    [Fact]
    public async Task What_one_department_began_is_read_by_no_other_departments_system()
    {
        var mine = await nodes.As<ISubscriptions, Result<string>>(Shanghai, new Actor(Role.Steward, "steward-1", "样例", "310000", "310000-police"), s =>
            s.Subscribe(TwoNodes.Question(consent, "registerNumber", "state"), nodes.Clock.GetUtcNow().AddMinutes(30), Ct));
        Assert.True(mine.Ok, mine.Error?.DetailEn);
        _ = await Changed(mine.Value, await Client("police-desk", "310000-police"));
        foreach (var (id, department) in new[] { ("civil-desk", "310000-civil"), ("node-desk", "") })
            Assert.Equal((id, (404, "subscription.none")), (id, Refused(await Curl($"/gateway/changes?subscription={mine.Value}", await Client(id, department), null))));
    }

    /// <summary>The first change that came.</summary>
    async Task<JsonElement> Changed(string subscription, string secret)
    {
        for (var i = 0; i < 300; i++)
        {
            var answer = await Curl($"/gateway/changes?subscription={subscription}", secret, null);
            Assert.True(answer.Status == 200, answer.Body);
            if (JsonDocument.Parse(answer.Body).RootElement.GetProperty("changes") is var changes && changes.GetArrayLength() > 0)
                return changes[0];
            await Task.Delay(50, Ct);
        }
        throw new TimeoutException("no change came");
    }

    /// <summary>A system of one department, which may ask for anything.</summary>
    Task<string> Client(string id, string department) => nodes.As<NodeDb, string>(Shanghai, Actor.Node("test"), async db =>
    {
        var secret = LegacyClientRow.NewSecret();
        db.Add(new LegacyClientRow { Id = id, Name = "窗口系统", SecretHash = LegacyClientRow.HashOf(secret), Purpose = Item, Resources = "*", PerMinute = 10_000, Division = "310000", Department = department });
        await db.SaveChangesAsync(Ct);
        return $"{id}:{secret}";
    });

    [Fact]
    public async Task What_rested_on_a_consent_is_read_no_more_once_it_is_revoked()
    {
        var secret = await Register("medical-desk", Marriage);
        var begun = await nodes.As<ISubscriptions, Result<string>>(Shanghai, Actor.Node("test"), s => s.Subscribe(TwoNodes.Question(consent, "registerNumber", "state"), nodes.Clock.GetUtcNow().AddMinutes(30), Ct));
        Assert.Equal(200, (await Curl($"/gateway/changes?subscription={begun.Value}", secret, null)).Status);
        nodes.Get<ConsentBook>(Shanghai).Revoke(Shanghai, consent);
        Assert.Equal((403, "consent.revoked"), Refused(await Curl($"/gateway/changes?subscription={begun.Value}", secret, null)));
    }

    [Fact]
    public async Task One_that_calls_too_often_waits_for_the_next_minute()
    {
        nodes.Clock.Ahead = TimeSpan.FromMilliseconds(61_000 - (nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds() % 60_000));
        consent = await nodes.Consent(Husband, Item, "D1", "registerNumber", "state");
        var secret = await Register("medical-desk", Marriage, perMinute: 2);
        for (var i = 0; i < 2; i++)
            Assert.Equal(200, (await Curl("/gateway/query", secret, Question())).Status);
        Assert.Equal((503, "client.rate"), Refused(await Curl("/gateway/query", secret, Question())));
        nodes.Clock.Ahead += TimeSpan.FromMinutes(1);
        Assert.Equal(200, (await Curl("/gateway/query", secret, Question())).Status);
    }

    string Question() => JsonSerializer.Serialize(new
    {
        provider = Anhui,
        resource = Marriage,
        fields = new[] { "registerNumber", "state" },
        parameters = new { citizenId = Husband },
        caseReference = "D1",
        consentId = consent,
    });

    [GeneratedRegex("Authorization: Bearer ([a-z0-9-]+:[A-Za-z0-9_-]{43})")]
    private static partial Regex Secret();

    async Task<string> Register(string id, string resources, int perMinute = 600)
    {
        using var admin = new Browser(Role.Administrator);
        using var answer = await admin.Submit(nodes.Url(Shanghai) + "/console/clients", "/console/clients", ("id", id), ("name", "窗口系统"), ("resources", resources), ("purpose", Item), ("perMinute", $"{perMinute}"));
        return Secret().Match(await answer.Content.ReadAsStringAsync(Ct)).Groups[1].Value;
    }

    static (int, string?) Refused(Answer answer) => (answer.Status, JsonDocument.Parse(answer.Body).RootElement.GetProperty("title").GetString());

    sealed record Answer(int Status, Dictionary<string, string> Headers, string Body);

    async Task<Answer> Curl(string path, string? secret, string? body, params string[] headers)
    {
        if (!File.Exists("/usr/bin/curl"))
            Assert.Skip("curl is not installed");
        List<string> arguments = ["-s", "-i", "--http1.1"];
        foreach (var header in secret is null ? headers : [.. headers, $"Authorization: Bearer {secret}"])
            arguments.AddRange(["-H", header]);
        if (body is not null)
            arguments.AddRange(["-H", "Content-Type: application/json", "-H", "Expect:", "--data-binary", "@-"]);
        arguments.Add(nodes.Url(Shanghai) + path);
        var start = new System.Diagnostics.ProcessStartInfo("/usr/bin/curl", arguments) { RedirectStandardOutput = true, RedirectStandardInput = true };
        using var curl = System.Diagnostics.Process.Start(start)!;
        await curl.StandardInput.WriteAsync(body.AsMemory(), Ct);
        curl.StandardInput.Close();
        var text = await curl.StandardOutput.ReadToEndAsync(Ct);
        await curl.WaitForExitAsync(Ct);
        var parts = text.Split("\r\n\r\n", 2);
        var lines = parts[0].Split("\r\n");
        return new(int.Parse(lines[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(l => l[0].ToLowerInvariant(), l => l[1], StringComparer.Ordinal), parts[1]);
    }
}
