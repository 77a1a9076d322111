using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Exchange;
using Tongban.Tests.Integration.Exchange;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Faults;

/// <summary>A member that signs well and sends nonsense: refused in words or taken, never an error of ours.</summary>
public sealed class SignedNonsense(OneRegion region) : IClassFixture<OneRegion>
{
    static readonly HttpClient Http = new(new SocketsHttpHandler { UseCookies = false });

    readonly TwoNodes nodes = region.Nodes;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/peer/query", "query")]
    [InlineData("/peer/queries", "queries")]
    [InlineData("/peer/events", """{"eventId":"a1","type":"exchange.consent-revoked.v1","body":"{\"consentId\":\"c\",\"at\":1}","stream":"s","sequence":1,"files":["0000000000000000000000000000000000000000000000000000000000000000"]}""")]
    [InlineData("/peer/records", """{"citizenId":"310199199004279071","level":2}""")]
    [InlineData("/peer/log/cosignatures", """{"size":1,"line":"— CN-YRD/310000/witness AAAA"}""")]
    public async Task At_each_door_of_members(string path, string good)
    {
        if (good is "query" or "queries")
        {
            var query = nodes.Message(await nodes.Secret(await nodes.Consent(Husband))).ToJson();
            good = Encoding.UTF8.GetString(good == "query" ? query : QueriesMessage.Write([query, query]));
        }
        for (var seed = 0; seed < 300; seed++)
        {
            var body = Encoding.UTF8.GetBytes(new Mutations(seed).Json(good));
            using var request = new HttpRequestMessage(HttpMethod.Post, nodes.Url(Anhui) + path) { Content = new ByteArrayContent(body) };
            Assert.True(MessageSigner.SignRequest(request, body, nodes.Keys(Shanghai).Signing, nodes.Clock.GetUtcNow()).Ok);
            using var answer = await Http.SendAsync(request, Ct);
            var text = await answer.Content.ReadAsStringAsync(Ct);
            // 503 is the department that is away; 500 is ours.
            Assert.True((int)answer.StatusCode < 500 || ((int)answer.StatusCode == 503 && !text.Contains("web.broken", StringComparison.Ordinal)),
                $"seed {seed}: {(int)answer.StatusCode} {text}\nfor: {Encoding.UTF8.GetString(body[..Math.Min(body.Length, 600)])}");
            if ((int)answer.StatusCode >= 400)
                Assert.True(JsonDocument.Parse(text).RootElement.TryGetProperty("todo", out _), text);
        }
    }

    [Theory]
    [InlineData("exchange.consent-revoked.v1", "{\"consentId\":null,\"at\":1}", 400)]
    [InlineData("exchange.consent-revoked.v1", "{\"at\":1}", 400)]
    [InlineData("exchange.consent-revoked.v1", "null", 400)]
    [InlineData("exchange.consent-revoked.v1", "[", 400)]
    [InlineData("cases.filing-submitted.v1", "{}", 400)]
    [InlineData("exchange.consent-revoked.v1", "{\"consentId\":\"c\",\"at\":1}", 200)]
    [InlineData("some.event-of-tomorrow.v9", "{}", 200)]
    public async Task In_an_event_that_lacks_what_its_handler_needs(string type, string content, int status)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { eventId = Guid.NewGuid().ToString("N"), type, body = content, stream = $"s:{Guid.NewGuid():N}", sequence = 1, files = Array.Empty<string>() });
        using var request = new HttpRequestMessage(HttpMethod.Post, nodes.Url(Anhui) + "/peer/events") { Content = new ByteArrayContent(body) };
        Assert.True(MessageSigner.SignRequest(request, body, nodes.Keys(Shanghai).Signing, nodes.Clock.GetUtcNow()).Ok);
        using var answer = await Http.SendAsync(request, Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(status == 400 ? "event.malformed" : "taken", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_the_proofs_that_anybody_asks_for()
    {
        foreach (var query in new[] { "index=-1&size=1", "index=x", "index=9223372036854775807&size=9223372036854775807", "", "from=5&to=1", "from=-1&to=-1", "from=0&to=99999999" })
        {
            foreach (var path in new[] { "/log/proof/inclusion", "/log/proof/consistency" })
            {
                using var answer = await Http.GetAsync(new Uri($"{nodes.Url(Anhui)}{path}?{query}"), Ct);
                Assert.True((int)answer.StatusCode < 500, $"{path}?{query}: {await answer.Content.ReadAsStringAsync(Ct)}");
            }
        }
    }
}
