using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>What a provider refuses of a caller that keeps to nothing: every message here is made by hand.</summary>
public sealed partial class ForgeryTests : IAsyncLifetime
{
    static readonly HttpClient Http = new();
    TwoNodes region = null!;
    ConsentSecret consent = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        region = await TwoNodes.Start();
        consent = await region.Secret(await region.Consent(Husband));
    }

    public ValueTask DisposeAsync() => region.DisposeAsync();

    [Fact]
    public async Task Signatures_that_do_not_hold_are_refused_each_with_its_reason()
    {
        var body = region.Message(consent).ToJson();
        var key = region.Keys(Shanghai).Signing;
        var now = region.Clock.GetUtcNow();

        Assert.Equal("signature.missing", await Send(Request(body)));
        Assert.Equal("signature.unknown-key", await Send(Signed(body, SignatureSuites.EcdsaP256.Generate(), now)));
        Assert.Equal("signature.expired", await Send(Signed(body, key, now.AddMinutes(-10))));
        Assert.Equal("signature.not-yet-valid", await Send(Signed(body, key, now.AddMinutes(10))));

        var truncated = Signed(body, key, now);
        var signature = truncated.Headers.GetValues("Signature").Single();
        truncated.Headers.Remove("Signature");
        truncated.Headers.TryAddWithoutValidation("Signature", signature[..^9] + ":");
        Assert.StartsWith("signature.", await Send(truncated));

        // Signed for Shanghai's own door, sent to Anhui's.
        var elsewhere = Signed(body, key, now, region.Url(Shanghai) + "/peer/query");
        elsewhere.RequestUri = new Uri(region.Url(Anhui) + "/peer/query");
        Assert.Equal("signature.wrong", await Send(elsewhere));

        // One character of the content changed on the way.
        var changed = Signed(body, key, now);
        var other = body.ToArray();
        other[^10] ^= 1;
        changed.Content = new ByteArrayContent(other);
        Assert.Equal("digest.mismatch", await Send(changed));

        Assert.Equal(0, region.Get<TransparencyLog>(Anhui).Size);
    }

    [Fact]
    public async Task Whoever_does_not_sign_as_a_member_is_refused_before_any_content_comes()
    {
        var large = new byte[17 * 1024 * 1024];
        var (key, now) = (region.Keys(Shanghai).Signing, region.Clock.GetUtcNow());
        const string some = "Content-Length: 16000000";
        // Nothing of these sixteen megabytes is ever sent.
        Assert.Equal("signature.missing", await Raw(Request(large), some));
        Assert.Equal("signature.unknown-key", await Raw(Signed(large, SignatureSuites.EcdsaP256.Generate(), now), some));
        Assert.Equal("signature.wrong", await Raw(Signed(large, key, now, region.Url(Shanghai) + "/peer/query"), some));
        Assert.Equal("signature.component-missing", await Raw(Signed([], key, now), some));
        Assert.Equal("peer.body-too-large", await Raw(Signed(large, key, now), $"Content-Length: {large.Length}"));
        // One that does not say how much it is, and never ends.
        Assert.Equal("signature.missing", await Raw(Request(large), "Transfer-Encoding: chunked"));
        Assert.Equal("peer.body-too-large", await Raw(Signed(large, key, now), "Transfer-Encoding: chunked", chunks: 17));
        Assert.Equal(0, region.Get<TransparencyLog>(Anhui).Size);
    }

    [Fact]
    public async Task A_replayed_request_is_refused_also_after_a_restart()
    {
        var body = region.Message(consent).ToJson();
        var first = Signed(body, region.Keys(Shanghai).Signing, region.Clock.GetUtcNow());
        Assert.Null(await Send(Copy(first, body)));
        Assert.Equal("signature.replayed", await Send(Copy(first, body)));

        await region.Stop(Anhui);
        await region.Run(Anhui);

        Assert.Equal("signature.replayed", await Send(Copy(first, body)));
        Assert.Equal(1, region.Get<TransparencyLog>(Anhui).Size);
        // The same exchange under a fresh signature would give data without a leaf of its own.
        Assert.Equal("exchange.repeated", await Send(Signed(body, region.Keys(Shanghai).Signing, region.Clock.GetUtcNow())));
    }

    [Fact]
    public async Task The_provider_itself_enforces_agreement_and_consent_and_logs_each_refusal()
    {
        var good = region.Message(consent);
        var secretOfWife = await region.Secret(await region.Consent(Wife));
        (QueryMessage Message, string Code)[] refused =
        [
            (good with { Fields = ["wifeId"] }, "agreement.field-not-covered"),
            (good with { Fields = [] }, "query.no-fields"),
            (good with { Purpose = "999999999999" }, "agreement.purpose-not-covered"),
            (good with { CaseReference = "" }, "agreement.case-reference-required"),
            (good with { Agreement = "ag-none" }, "agreement.none"),
            (good with { Agreement = "ag-self" }, "agreement.not-for-this"),
            (good with { ResourceVersion = 2 }, "agreement.not-for-this"),
            (good with { Resource = "none" }, "resource.none"),
            (good with { Consent = null }, "consent.missing"),
            (good with { Consent = good.Consent![..^8] + "AAAAAAAA" }, "consent.signature"),
            (good with { Fields = ["office"] }, "consent.field"),
            (good with { CaseReference = "D2" }, "consent.case"),
            (region.Message(secretOfWife), "consent.holder"),
            (good with { HolderSalt = new byte[32] }, "consent.holder"),
            (good with { Parameters = new Dictionary<string, string>() }, "consent.holder"),
            // The person's number moved into the salt: the commitment would open to nobody, and the query be about anybody.
            (good with { Parameters = new Dictionary<string, string>(), HolderSalt = [.. good.HolderSalt!, .. System.Text.Encoding.UTF8.GetBytes(Husband)] }, "consent.holder"),
            (good with { Parameters = new Dictionary<string, string> { ["citizenId"] = Husband[1..] }, HolderSalt = [.. good.HolderSalt!, (byte)Husband[0]] }, "consent.holder"),
            (good with { Consent = Signed(new ConsentSource(Anhui, Marriage, null!)) }, "consent.malformed"),
            (good with { Consent = Signed(null!) }, "consent.malformed"),
            (good with { Consent = AtLevel(0) }, "consent.level"),
        ];
        foreach (var (message, code) in refused)
            Assert.Equal(code, await Send(message with { ExchangeId = Guid.CreateVersion7().ToString("N") }));

        var log = region.Get<TransparencyLog>(Anhui);
        Assert.Equal(refused.Length, log.Size);
        Assert.All(await log.Metering(-1, 100, cancel: Ct), m => Assert.Equal(("refused", 0L), (m.Metering.Outcome, m.Metering.Units)));
        // A refused question leaves nothing of its own making in the log for ever.
        Assert.Equal("agreement.field-not-covered", await Send(good with { ExchangeId = Guid.CreateVersion7().ToString("N"), Fields = ["zhangsan"] }));
        Assert.DoesNotContain("zhangsan", Leaf(await log.LeavesBefore(long.MaxValue, 1, Ct)), StringComparison.Ordinal);
        foreach (var name in new[] { new string('a', 65), "张三", "a b", "" })
            Assert.Equal("query.malformed", await Send(good with { ExchangeId = Guid.CreateVersion7().ToString("N"), Fields = [name] }));

        static string Leaf(List<LogLeaf> leaves) => System.Text.Encoding.UTF8.GetString(leaves.Single().Data);
        var malformed = Signed("{\"v\":1}"u8.ToArray(), region.Keys(Shanghai).Signing, region.Clock.GetUtcNow());
        Assert.Equal("query.malformed", await Send(malformed));
    }

    [Fact]
    public async Task A_captured_message_sent_again_and_again_uses_up_nobodys_quota()
    {
        MakePolice();
        var message = region.Message(null) with { Agreement = SmallQuota, Resource = "police.identity", Fields = ["name"] };
        var body = message.ToJson();
        var captured = Signed(body, region.Keys(Shanghai).Signing, region.Clock.GetUtcNow());
        Assert.Null(await Send(Copy(captured, body)));
        for (var i = 0; i < 3; i++)
            Assert.Equal("signature.replayed", await Send(Copy(captured, body)));
        Assert.Equal("exchange.repeated", await Send(message));

        Assert.Null(await Send(message with { ExchangeId = Guid.CreateVersion7().ToString("N") }));
        Assert.Equal("agreement.quota-exceeded", await Send(message with { ExchangeId = Guid.CreateVersion7().ToString("N") }));
    }

    [Fact]
    public void What_was_counted_yesterday_frees_nothing_of_today()
    {
        var book = region.Get<AgreementBook>(Anhui);
        var agreement = book.Find(SmallQuota)! with { Terms = book.Find(SmallQuota)!.Terms with { QuotaPerDay = 1, RatePerMinute = 1 } };
        var today = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var yesterday = today - (24L * 3600 * 1000);
        Assert.Null(book.OverQuota(agreement, yesterday));
        Assert.Null(book.OverQuota(agreement, today));
        book.TakeBack(agreement, yesterday);
        Assert.Equal("agreement.rate-exceeded", book.OverQuota(agreement, today)?.Code);
        Assert.Equal("agreement.quota-exceeded", book.OverQuota(agreement with { Terms = agreement.Terms with { RatePerMinute = null } }, today)?.Code);
        // Too fast is not used up: of yesterday's one is free again.
        Assert.Null(book.OverQuota(agreement, yesterday));
    }

    [Fact]
    public void What_is_given_back_is_free_for_somebody_however_many_were_refused_meanwhile()
    {
        var book = region.Get<AgreementBook>(Anhui);
        var agreement = book.Find(SmallQuota)! with { Terms = book.Find(SmallQuota)!.Terms with { QuotaPerDay = 1 } };
        // Of a day that no other test counts.
        var day = region.Clock.GetUtcNow().ToUnixTimeMilliseconds() - (48L * 3600 * 1000);
        Assert.Null(book.OverQuota(agreement, day));
        for (var i = 0; i < 5; i++)
            Assert.Equal("agreement.quota-exceeded", book.OverQuota(agreement, day)?.Code);
        // The one that was counted met a log that does not answer.
        book.TakeBack(agreement, day);
        Assert.Null(book.OverQuota(agreement, day));
    }

    [Fact]
    public async Task The_quota_of_a_day_holds_across_a_restart()
    {
        var message = region.Message(null) with { Agreement = SmallQuota, Resource = "police.identity", Fields = ["name"] };
        QueryMessage Next() => message with { ExchangeId = Guid.CreateVersion7().ToString("N") };

        // The department's file is not there: the query is within the agreement, and fails behind it.
        Assert.Equal("connector.source-unavailable", await Send(Next()));
        MakePolice();
        Assert.Null(await Send(Next()));
        Assert.Equal("agreement.quota-exceeded", await Send(Next()));

        await region.Stop(Anhui);
        await region.Run(Anhui);
        // A failed query gave nothing and is not metered, so one is left.
        Assert.Null(await Send(Next()));
        Assert.Equal("agreement.quota-exceeded", await Send(Next()));
    }

    [Fact]
    public async Task An_answer_bound_to_another_question_or_unsigned_is_not_used()
    {
        var key = region.Keys(Shanghai).Signing;
        var now = region.Clock.GetUtcNow();
        var one = region.Message(consent).ToJson();
        var two = region.Message(consent).ToJson();
        var question = Signed(one, key, now);
        var view = new ClientRequestView(question, one);
        using var answer = await Http.SendAsync(question, Ct);
        var content = await answer.Content.ReadAsByteArrayAsync(Ct);
        PublicKey? Anhuis(string kid) => region.Keys(Anhui).Signing.Kid == kid ? region.Keys(Anhui).Signing.Public : null;

        Assert.True(MessageVerifier.Verify(new ClientResponseView(answer, view, content), Profile.Label, Anhuis, now, Profile.Response).Ok);

        var otherView = new ClientRequestView(Signed(two, key, now), two);
        Assert.Equal("signature.wrong", MessageVerifier.Verify(new ClientResponseView(answer, otherView, content), Profile.Label, Anhuis, now, Profile.Response).Error?.Code);
    }

    /// <summary>A consent that Shanghai itself made wrongly.</summary>
    string Signed(ConsentSource source)
    {
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        return new ConsentArtefact("c1", Shanghai, "x", Item, "D1", Shanghai, [source], 2, now - 1000, now + 60_000).Sign(region.Keys(Shanghai).Signing);
    }

    /// <summary>The person's own consent, attested as of another sign-in.</summary>
    string AtLevel(int level) =>
        (ConsentArtefact.Verify(consent.Token, region.Get<RegionDirectory>(Shanghai).Trusted).Value with { Level = level }).Sign(region.Keys(Shanghai).Signing);

    void MakePolice()
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(region.FolderOf(Anhui), "departments", "police.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            CREATE TABLE renkou (sfzh TEXT, xm TEXT, xb TEXT, mz TEXT, csrq TEXT, huhao TEXT, zt TEXT);
            CREATE TABLE hu (huhao TEXT, xzqh TEXT, dizhi TEXT);
            """;
        command.ExecuteNonQuery();
    }

    Task<string?> Send(QueryMessage message) => Send(Signed(message.ToJson(), region.Keys(Shanghai).Signing, region.Clock.GetUtcNow()));

    /// <summary>The code of the refusal; null when it was answered. Every answer must be signed by Anhui.</summary>
    static async Task<string?> Send(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request, Ct);
        if (request.Headers.Contains("Signature"))
            Assert.True(response.Headers.Contains("Signature"), "An answer to a signed request is signed, refusals too.");
        if (response.IsSuccessStatusCode)
            return null;
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Ct);
        return problem.GetProperty("title").GetString();
    }

    /// <summary>Sends the head, and of the content only so many chunks of a megabyte; the code of the refusal that comes back, or whatever else does.</summary>
    async Task<string> Raw(HttpRequestMessage request, string length, int chunks = 0)
    {
        var door = new Uri(region.Url(Anhui));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, door.Port, Ct);
        await using var stream = client.GetStream();
        var head = new StringBuilder($"POST /peer/query HTTP/1.1\r\nHost: {door.Authority}\r\n{length}\r\n");
        foreach (var (name, values) in request.Headers.NonValidated.Concat(request.Content!.Headers.NonValidated).Where(h => h.Key != "Content-Length"))
            head.Append(CultureInfo.InvariantCulture, $"{name}: {values}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), Ct);
        var sending = Send(stream, chunks);
        var answer = new StringBuilder();
        var block = new byte[4096];
        Match code;
        while (!(code = Title().Match(answer.ToString())).Success)
        {
            var read = await stream.ReadAsync(block, Ct);
            if (read == 0)
                return answer.ToString();
            answer.Append(Encoding.UTF8.GetString(block, 0, read));
        }
        stream.Close();
        await ((Task)sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return code.Groups[1].Value;
    }

    static async Task Send(NetworkStream stream, int chunks)
    {
        for (var i = 0; i < chunks; i++)
        {
            await stream.WriteAsync("100000\r\n"u8.ToArray(), Ct);
            await stream.WriteAsync(new byte[1024 * 1024], Ct);
            await stream.WriteAsync("\r\n"u8.ToArray(), Ct);
        }
    }

    [GeneratedRegex("\"title\":\"([^\"]+)\"")]
    private static partial Regex Title();

    HttpRequestMessage Request(byte[] body) => new(HttpMethod.Post, region.Url(Anhui) + "/peer/query") { Content = new ByteArrayContent(body) };

    HttpRequestMessage Signed(byte[] body, NodeKey key, DateTimeOffset now, string? target = null)
    {
        var request = Request(body);
        if (target is not null)
            request.RequestUri = new Uri(target);
        Assert.True(MessageSigner.SignRequest(request, body, key, now).Ok);
        return request;
    }

    static HttpRequestMessage Copy(HttpRequestMessage request, byte[] body)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = new ByteArrayContent(body) };
        foreach (var header in request.Headers)
            copy.Headers.TryAddWithoutValidation(header.Key, header.Value);
        return copy;
    }
}
