using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Tests.Integration.Exchange;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Faults;

public sealed class OneRegion : IAsyncLifetime
{
    internal TwoNodes Nodes { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Nodes = await TwoNodes.Start();

    public ValueTask DisposeAsync() => Nodes.DisposeAsync();
}

/// <summary>A signed message that is not what it claims, at the provider's door: one line each. Nothing is written for any of them.</summary>
public sealed class SignedMessageRefusals(OneRegion region) : IClassFixture<OneRegion>
{
    static readonly HttpClient Http = new(new SocketsHttpHandler { UseCookies = false });

    readonly TwoNodes nodes = region.Nodes;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("no signature", "signature.missing", "Signature-Input")]
    [InlineData("forged: a key nobody published", "signature.unknown-key", "keyid")]
    [InlineData("forged: another member's key id over an own signature", "signature.wrong", "Signature")]
    [InlineData("unknown member: a key id that no member has", "signature.unknown-key", "keyid")]
    [InlineData("expired", "signature.expired", "expires")]
    [InlineData("created in the future", "signature.not-yet-valid", "created")]
    [InlineData("re-targeted: to another path", "signature.wrong", "Signature")]
    [InlineData("re-targeted: to another node", "signature.wrong", "Signature")]
    [InlineData("re-targeted: with another method", "signature.wrong", "Signature")]
    [InlineData("truncated: signature", "signature.*", null)]
    [InlineData("truncated: signature input", "signature.*", null)]
    [InlineData("truncated: body", "digest.mismatch", "Content-Digest")]
    [InlineData("changed: body", "digest.mismatch", "Content-Digest")]
    [InlineData("changed: digest", "signature.wrong", "Signature")]
    [InlineData("changed: body and digest", "signature.wrong", "Signature")]
    [InlineData("left out: digest", "signature.*", null)]
    public async Task A_message_is_refused_with_words_for_programs_and_people(string line, string code, string? where)
    {
        var log = nodes.Get<TransparencyLog>(Anhui).Size;
        var events = await Arrived();
        await Faces.Refuses(Http, () => Make(line), line switch
        {
            _ when code.StartsWith("digest", StringComparison.Ordinal) => 400,
            "truncated: signature" or "truncated: signature input" => await StatusOf(line),
            "left out: digest" => await StatusOf(line),
            _ => 403,
        }, code, where);
        Assert.Equal(log, nodes.Get<TransparencyLog>(Anhui).Size);
        Assert.Equal(events, await Arrived());
    }

    [Fact]
    public async Task Replayed_is_refused_with_words_for_programs_and_people()
    {
        var consent = await nodes.Secret(await nodes.Consent(Husband));
        var body = nodes.Message(consent).ToJson();
        var first = Signed(body);
        using (var answered = await Http.SendAsync(Copy(first, body), Ct))
            Assert.Equal(200, (int)answered.StatusCode);
        await Faces.Refuses(Http, () => Copy(first, body), 409, "signature.replayed");
    }

    /// <summary>The provider's own word on a query beyond what was agreed, whatever the consumer checked.</summary>
    [Theory]
    [InlineData("beyond the agreement: field", "agreement.field-not-covered")]
    [InlineData("beyond the agreement: purpose", "agreement.purpose-not-covered")]
    [InlineData("beyond the agreement: period", "agreement.expired")]
    [InlineData("beyond the agreement: another resource", "resource.none")]
    [InlineData("beyond the agreement: nobody's agreement", "agreement.none")]
    [InlineData("consent: none", "consent.missing")]
    [InlineData("consent: revoked", "consent.revoked")]
    [InlineData("consent: expired", "consent.expired")]
    [InlineData("consent: forged", "consent.signature")]
    [InlineData("consent: of somebody else", "consent.holder")]
    [InlineData("consent: for another matter", "consent.case")]
    public async Task A_query_is_refused_with_words_for_programs_and_people(string line, string code)
    {
        var id = await nodes.Consent(line == "consent: of somebody else" ? Wife : Husband);
        var good = nodes.Message(await nodes.Secret(id));
        var query = line switch
        {
            "beyond the agreement: field" => good with { Fields = ["wifeId"] },
            "beyond the agreement: purpose" => good with { Purpose = "999999999999" },
            "beyond the agreement: another resource" => good with { Resource = "none" },
            "beyond the agreement: nobody's agreement" => good with { Agreement = "ag-none" },
            "consent: none" => good with { Consent = null },
            "consent: forged" => good with { Consent = good.Consent![..^8] + "AAAAAAAA" },
            "consent: for another matter" => good with { CaseReference = "D2" },
            _ => good,
        };
        if (line == "consent: revoked")
            nodes.Get<ConsentBook>(Anhui).Revoke(Shanghai, id);
        nodes.Clock.Ahead = line switch
        {
            "beyond the agreement: period" => TimeSpan.FromHours(3),
            "consent: expired" => TimeSpan.FromMinutes(90),
            _ => TimeSpan.Zero,
        };
        try
        {
            await Faces.Refuses(Http, () => Signed((query with { ExchangeId = Guid.CreateVersion7().ToString("N") }).ToJson()), await StatusOf(code, query), code);
        }
        finally
        {
            nodes.Clock.Ahead = TimeSpan.Zero;
        }
    }

    async Task<int> StatusOf(string code, QueryMessage query)
    {
        using var answer = await Http.SendAsync(Signed((query with { ExchangeId = Guid.CreateVersion7().ToString("N") }).ToJson()), Ct);
        Assert.InRange((int)answer.StatusCode, 400, 409);
        Assert.NotEmpty(code);
        return (int)answer.StatusCode;
    }

    /// <summary>What cannot be read is 400, what does not hold is 403: which one depends on where it was cut.</summary>
    async Task<int> StatusOf(string line)
    {
        using var answer = await Http.SendAsync(Make(line), Ct);
        Assert.Contains((int)answer.StatusCode, new[] { 400, 403 });
        return (int)answer.StatusCode;
    }

    HttpRequestMessage Make(string line)
    {
        var body = nodes.Message(null).ToJson();
        var stranger = SignatureSuites.EcdsaP256.Generate();
        switch (line)
        {
            case "no signature":
                return Request(body);
            case "forged: a key nobody published":
                return Signed(body, stranger);
            case "forged: another member's key id over an own signature":
                return Header(Signed(body), "Signature-Input", v => v.Replace(nodes.Keys(Shanghai).Signing.Kid, nodes.Keys(Anhui).Signing.Kid, StringComparison.Ordinal));
            case "unknown member: a key id that no member has":
                return Header(Signed(body), "Signature-Input", v => v.Replace(nodes.Keys(Shanghai).Signing.Kid, "nobody-at-all", StringComparison.Ordinal));
            case "expired":
                return Signed(body, at: TimeSpan.FromMinutes(-10));
            case "created in the future":
                return Signed(body, at: TimeSpan.FromMinutes(10));
            case "re-targeted: to another path":
                return At(Signed(body, target: nodes.Url(Anhui) + "/peer/records"), nodes.Url(Anhui) + "/peer/query");
            case "re-targeted: to another node":
                return At(Signed(body, target: nodes.Url(Shanghai) + "/peer/query"), nodes.Url(Anhui) + "/peer/query");
            case "re-targeted: with another method":
                var put = Signed(body);
                put.Method = HttpMethod.Put;
                return put;
            case "truncated: signature":
                return Header(Signed(body), "Signature", v => v[..^9] + ":");
            case "truncated: signature input":
                return Header(Signed(body), "Signature-Input", v => v[..(v.Length / 2)]);
            case "truncated: body":
                return Body(Signed(body), body[..^10]);
            case "changed: body":
                return Body(Signed(body), [.. body[..^10], (byte)(body[^10] ^ 1), .. body[^9..]]);
            case "changed: digest":
                return Header(Signed(body), "Content-Digest", _ => DigestOf("{}"u8.ToArray()));
            case "changed: body and digest":
                return Header(Body(Signed(body), "{}"u8.ToArray()), "Content-Digest", _ => DigestOf("{}"u8.ToArray()));
            case "left out: digest":
                var without = Signed(body);
                without.Headers.Remove("Content-Digest");
                without.Content!.Headers.Remove("Content-Digest");
                return without;
            default:
                throw new ArgumentOutOfRangeException(nameof(line), line, null);
        }
    }

    static string DigestOf(byte[] body) => $"sha-256=:{Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(body))}:";

    HttpRequestMessage Request(byte[] body) => new(HttpMethod.Post, nodes.Url(Anhui) + "/peer/query") { Content = new ByteArrayContent(body) };

    HttpRequestMessage Signed(byte[] body, NodeKey? key = null, TimeSpan at = default, string? target = null)
    {
        var request = Request(body);
        if (target is not null)
            request.RequestUri = new Uri(target);
        Assert.True(MessageSigner.SignRequest(request, body, key ?? nodes.Keys(Shanghai).Signing, nodes.Clock.GetUtcNow() + at).Ok);
        return request;
    }

    static HttpRequestMessage At(HttpRequestMessage request, string target)
    {
        request.RequestUri = new Uri(target);
        return request;
    }

    static HttpRequestMessage Body(HttpRequestMessage request, byte[] body)
    {
        var content = new ByteArrayContent(body);
        foreach (var header in request.Content!.Headers.Where(h => h.Key != "Content-Length"))
            content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        request.Content = content;
        return request;
    }

    static HttpRequestMessage Header(HttpRequestMessage request, string name, Func<string, string> change)
    {
        var headers = request.Headers.Contains(name) ? (System.Net.Http.Headers.HttpHeaders)request.Headers : request.Content!.Headers;
        var value = change(headers.GetValues(name).Single());
        headers.Remove(name);
        headers.TryAddWithoutValidation(name, value);
        return request;
    }

    static HttpRequestMessage Copy(HttpRequestMessage request, byte[] body)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = new ByteArrayContent(body) };
        foreach (var header in request.Headers)
            copy.Headers.TryAddWithoutValidation(header.Key, header.Value);
        return copy;
    }

    Task<int> Arrived() => nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), db => db.Set<OutboxRow>().CountAsync(Ct));
}
