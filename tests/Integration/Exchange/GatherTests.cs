using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Questions that go together in one message: each is answered, refused, logged and metered as if it had come alone.</summary>
public sealed class GatherTests
{
    static readonly HttpClient Http = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Questions_at_once_share_messages_and_each_gets_its_own_answer_or_its_own_refusal()
    {
        var door = new Door();
        await using var region = await Start(seals: false, also: door.Watch);
        var consent = await region.Consent(Husband);
        var wife = await region.Consent(Wife);
        door.Hold(TimeSpan.FromMilliseconds(300));
        ExchangeQuestion Of(int i) => (i % 3) switch
        {
            0 => Question(consent, "registerNumber", "registeredOn"),
            1 => Question(consent, "state"),
            // About the husband on the wife's consent: only Anhui can tell.
            _ => Question(wife),
        };

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => region.Ask(Of(i))));

        for (var i = 0; i < answers.Length; i++)
        {
            if (i % 3 == 2)
                Assert.Equal("consent.holder", answers[i].Error?.Code);
            else
                Assert.Equal(i % 3 == 0 ? "registerNumber,registeredOn" : "state", string.Join(',', answers[i].Value.Rows.Single().Keys));
        }
        Assert.Equal(60 - 20, answers.Where(a => a.Ok).Select(a => a.Value.ExchangeId).Distinct().Count());
        Assert.Contains("/peer/queries", door.Seen);
        Assert.True(door.Seen.Count < 10, $"{door.Seen.Count} messages for 60 questions");
        var log = region.Get<TransparencyLog>(Anhui);
        Assert.Equal(60, log.Size);
        Assert.Equal(40, (await log.Metering(-1, 100, cancel: Ct)).Sum(m => m.Metering.Units));
        foreach (var answer in answers.Where(a => a.Ok))
            Assert.True((await region.Get<IExchange>(Anhui).Receipt(answer.Value.ExchangeId, Ct)).Ok);
    }

    /// <summary>A department whose records are large: five of these answers are more than one message holds.</summary>
    const string ThreeMegabytes = "djzh = hex(zeroblob(1500000))";

    [Fact]
    public async Task Of_answers_too_large_to_go_together_the_rest_is_asked_for_again_alone_under_the_same_id()
    {
        await using var region = await Start(seals: false);
        region.Write(ThreeMegabytes);
        // Three answers, counted one by one.
        var given = await region.As<IConsents, Result<ConsentGiven>>(Shanghai, Actor.Node("test"), c => c.Attest(
            new ConsentRequest("subject-1", Husband, Item, new Words("户口迁移", "Household move"), "D1", Shanghai, [new ConsentSource(Anhui, Marriage, ["registerNumber"])], 2, TimeSpan.FromHours(1)) { Fetch = new ConsentFetch(ConsentFetch.Periodic, 7, ConsentFetch.Day) }, Ct));
        var consent = await region.Secret(given.Value.ConsentId);
        byte[][] queries = [.. Enumerable.Range(0, 7).Select(_ => region.Message(consent).ToJson())];
        var body = QueriesMessage.Write(queries);

        var message = Signed(region, body);
        Assert.Equal(["200", "200", "200", "200", "queries.ask-alone", "queries.ask-alone", "queries.ask-alone"], await Send(Copy(message, body)));

        // Of those nothing was logged, metered or taken of the consent: a place and an answer each for the four.
        var log = region.Get<TransparencyLog>(Anhui);
        Assert.Equal(8, log.Size);
        Assert.Equal(4, (await log.Metering(-1, 100, cancel: Ct)).Sum(m => m.Metering.Units));
        Assert.Equal(4, region.Get<AgreementBook>(Anhui).UsedToday(AgreementId));
        Assert.All(await Send(Copy(message, body)), code => Assert.Equal("signature.replayed", code));
        foreach (var left in queries[4..])
            Assert.Equal(["200"], await Send(Signed(region, QueriesMessage.Write([left]))));
        Assert.Equal(["exchange.repeated"], await Send(Signed(region, QueriesMessage.Write([queries[6]]))));
        Assert.Equal(7, (await log.Metering(-1, 100, cancel: Ct)).Sum(m => m.Metering.Units));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Large_answers_come_whole_whatever_goes_together(bool seals)
    {
        var door = new Door();
        await using var region = await Start(seals: seals, also: b =>
        {
            door.Watch(b);
            b.Services.AddSingleton(new ExchangeOptions { PeerTimeout = TimeSpan.FromMinutes(1) });
        });
        region.Write(ThreeMegabytes);
        var consent = await region.Consent(Husband);
        door.Hold(TimeSpan.FromMilliseconds(300));
        var answers = await Task.WhenAll(Enumerable.Range(0, 18).Select(_ => region.Ask(Question(consent, "registerNumber"))));
        Assert.All(answers, a => Assert.Equal(3_000_000, a.Ok ? a.Value.Rows.Single()["registerNumber"]!.Length : -1));
        // Some did not fit, and nobody was answered or counted twice.
        Assert.True(door.Asked > answers.Length, $"{door.Asked} questions came");
        foreach (var node in new[] { Anhui, Shanghai })
        {
            Assert.Equal(answers.Length, region.Get<TransparencyLog>(node).Size);
            Assert.Equal(answers.Length, (await region.Get<TransparencyLog>(node).Metering(-1, 100, cancel: Ct)).Sum(m => m.Metering.Units));
        }
    }

    [Fact]
    public async Task An_answer_that_no_message_holds_is_refused_in_words()
    {
        await using var region = await Start();
        region.Write("djzh = hex(zeroblob(7500000))");
        var consent = await region.Consent(Husband);
        Assert.Equal("resource.too-large", (await region.Ask(Question(consent, "registerNumber"))).Error?.Code);
        Assert.True((await region.Ask(Question(consent, "state"))).Ok);
    }

    [Fact]
    public async Task A_captured_message_sent_again_is_answered_in_no_part()
    {
        await using var region = await Start(seals: false);
        var consent = await region.Secret(await region.Consent(Husband));
        var body = QueriesMessage.Write([region.Message(consent).ToJson(), "{}"u8.ToArray(), region.Message(consent).ToJson()]);

        var captured = Signed(region, body);
        Assert.Equal(["200", "query.malformed", "200"], await Send(Copy(captured, body)));
        Assert.Equal(["signature.replayed", "signature.replayed", "signature.replayed"], await Send(Copy(captured, body)));
        await region.Stop(Anhui);
        await region.Run(Anhui);
        Assert.Equal(["signature.replayed", "signature.replayed", "signature.replayed"], await Send(Copy(captured, body)));
        Assert.Equal(2, region.Get<TransparencyLog>(Anhui).Size);
        Assert.Equal(["exchange.repeated", "query.malformed", "exchange.repeated"], await Send(Signed(region, body)));
    }

    [Fact]
    public async Task A_list_that_is_none_is_refused_and_spends_its_nonce()
    {
        await using var region = await Start(seals: false);
        var query = region.Message(await region.Secret(await region.Consent(Husband))).ToJson();
        foreach (var body in new[] { QueriesMessage.Write([]), QueriesMessage.Write([.. Enumerable.Repeat(query, QueriesMessage.Most + 1)]), query, "{\"v\":2,\"queries\":[{}]}"u8.ToArray(), "[]"u8.ToArray(), "{\"v\":1,\"queries\":[1]}"u8.ToArray() })
        {
            var message = Signed(region, body);
            Assert.Equal(["queries.malformed"], await Send(Copy(message, body)));
            Assert.Equal(["signature.replayed"], await Send(Copy(message, body)));
        }
        Assert.Equal(0, region.Get<TransparencyLog>(Anhui).Size);
    }

    [Fact]
    public async Task Nobody_is_given_the_answer_to_anothers_question()
    {
        await using var region = await Start(seals: false);
        var consents = new[] { await region.Consent(Husband), await region.Consent(Husband, fields: "state") };
        await region.Stop(Anhui);
        List<(string Lie, string Code)> lies =
        [
            ("swapped", "answer.not-to-this"), ("one-short", "answer.malformed"), ("one-more", "answer.malformed"), ("nothing-in-it", "answer.malformed"),
            ("no-status", "answer.malformed"), ("other-fields", "answer.other-fields"), ("unsigned", "peer.answer-not-trusted"),
            ("of-1970", "answer.malformed"), ("of-the-end-of-time", "answer.malformed"), ("too-many-rows", "answer.malformed"), ("an-essay-for-a-department", "answer.malformed"),
        ];
        foreach (var (lie, code) in lies)
        {
            await using var liar = await Liar(region, lie);
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => region.Ask(Question(consents[i % 2], i % 2 == 0 ? "registerNumber" : "state"))));
            Assert.All(answers, a => Assert.False(a.Ok));
            // The first go alone, to a door that this one does not have.
            Assert.All(answers.Where(a => a.Error!.Code != "peer.refused"), a => Assert.Equal(code, a.Error!.Code));
            Assert.True(answers.Count(a => a.Error!.Code == code) >= 10, $"{lie}: {string.Join(' ', answers.Select(a => a.Error!.Code))}");
            await liar.StopAsync(Ct);
        }
        Assert.Equal(0, region.Get<TransparencyLog>(Shanghai).Size);
    }

    [Fact]
    public async Task A_dead_peer_fails_all_who_wait_and_who_went_away_is_not_asked_for()
    {
        var door = new Door();
        await using var region = await Start(seals: false, also: door.Watch);
        var consent = await region.Consent(Husband);
        var secret = await region.Secret(consent);
        var gather = region.Get<GatherQueries>(Shanghai);
        Task<Result<Obtained>> Send(CancellationToken ct)
        {
            var query = region.Message(secret);
            return gather.Ask(Anhui, query, query.ToJson(), _ => QueryAnswer.Malformed, ct);
        }
        door.Hold(TimeSpan.FromMilliseconds(300));
        var under = Enumerable.Range(0, GatherQueries.AtOnce).Select(_ => Send(Ct)).ToList();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Send(new CancellationToken(canceled: true)));
        await Task.WhenAll(under);
        // Had it been asked for, it would stand in the log before this one.
        Assert.True((await region.Ask(Question(consent))).Ok);
        Assert.Equal(GatherQueries.AtOnce + 1, region.Get<TransparencyLog>(Anhui).Size);

        await region.Stop(Anhui);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => region.Ask(Question(consent))));
        Assert.All(answers, a => Assert.Equal("peer.unreachable", a.Error?.Code));
        await region.Run(Anhui);
        Assert.True((await region.Ask(Question(consent))).Ok);
    }

    [Fact]
    public async Task A_peer_that_takes_the_connection_and_never_answers_is_unreachable_and_holds_up_no_other()
    {
        await using var region = await Start(hub: true, also: b => b.Services.AddSingleton(new ExchangeOptions { PeerTimeout = TimeSpan.FromSeconds(3), DirectoryPeriod = TimeSpan.FromMilliseconds(300) }));
        var consent = await region.Consent(Husband);
        var query = region.Message(await region.Secret(consent));
        await region.Stop(Anhui);
        var answers = new List<Task<Result<ExchangeAnswer>>>();
        using (var silent = new TcpListener(IPAddress.Loopback, new Uri(region.Url(Anhui)).Port))
        {
            silent.Start(100);
            for (var i = 0; i < 20; i++)
                answers.Add(region.Ask(Question(consent)));
            // The hub is asked meanwhile, and answers: it has no such resource.
            Assert.Equal("resource.none", (await region.Get<GatherQueries>(Shanghai).Ask(Hub, query, query.ToJson(), _ => QueryAnswer.Malformed, Ct)).Error?.Code);
            Assert.All(await Task.WhenAll(answers), a => Assert.Equal("peer.unreachable", a.Error?.Code));
        }
        Assert.Equal(0, region.Get<TransparencyLog>(Shanghai).Size);
        await region.Run(Anhui);
        Assert.Equal(0, region.Get<TransparencyLog>(Anhui).Size);
        Assert.True((await region.Ask(Question(consent))).Ok);
    }

    /// <summary>Has Anhui's address and key, and answers each list of questions with one lie.</summary>
    static async Task<WebApplication> Liar(TwoNodes region, string lie)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(region.Url(Anhui));
        var app = builder.Build();
        app.Run(async http =>
        {
            using var read = new MemoryStream();
            await http.Request.Body.CopyToAsync(read);
            var body = read.ToArray();
            byte[] content = "{}"u8.ToArray();
            if (http.Request.Path == "/peer/queries")
            {
                var queries = QueriesMessage.Parse(body).Value.Select(q => QueryMessage.Parse(q.Span).Value).ToList();
                var fields = (QueryMessage q) => lie == "other-fields" ? [.. q.Fields, "wifeId"] : q.Fields;
                var asOf = lie switch { "of-1970" => 1L, "of-the-end-of-time" => long.MaxValue, _ => region.Clock.GetUtcNow().ToUnixTimeMilliseconds() };
                var department = lie == "an-essay-for-a-department" ? new string('x', 65) : "civil";
                string?[][] rows(QueryMessage q) => [.. Enumerable.Repeat<string?[]>([.. fields(q).Select(_ => "x")], lie == "too-many-rows" ? Sources.MostRows + 1 : 1)];
                var answers = queries.Select(q => (Result<byte[]>)QueryAnswer.Write(q.ExchangeId, Anhui, department, q.Resource, asOf, 0, RowsJson.Of(fields(q), rows(q)))).ToList();
                content = lie switch
                {
                    "swapped" => AnswersMessage.Write([.. answers.Skip(1), answers[0]]),
                    "one-short" => AnswersMessage.Write([.. answers.Skip(1)]),
                    "one-more" => AnswersMessage.Write([.. answers, answers[0]]),
                    "nothing-in-it" => Encoding.UTF8.GetBytes($$"""{"v":1,"answers":[{{string.Join(',', answers.Select(_ => """{"status":200}"""))}}]}"""),
                    "no-status" => Encoding.UTF8.GetBytes($$"""{"v":1,"answers":[{{string.Join(',', answers.Select(a => $$"""{"answer":{{Encoding.UTF8.GetString(a.Value)}}}"""))}}]}"""),
                    _ => AnswersMessage.Write(answers),
                };
            }
            else
            {
                http.Response.StatusCode = 404;
            }
            var view = new ServerRequestView(http.Request, body, new Uri(region.Url(Anhui)));
            if (lie != "unsigned")
                Assert.True(MessageSigner.SignResponse(http.Response, view, content, region.Keys(Anhui).Messages, region.Clock.GetUtcNow()).Ok);
            // Alone a question is told soon that there is no such door; the others wait for company meanwhile.
            await Task.Delay(http.Response.StatusCode == 404 ? 100 : 0);
            http.Response.ContentLength = content.Length;
            await http.Response.Body.WriteAsync(content);
        });
        await app.StartAsync(Ct);
        return app;
    }

    /// <summary>What comes through Anhui's door, which can be slow.</summary>
    sealed class Door
    {
        long until;

        public ConcurrentBag<string> Seen { get; } = [];

        /// <summary>Questions that came, those that came again with them.</summary>
        public int Asked;

        public void Hold(TimeSpan length) => until = Environment.TickCount64 + (long)length.TotalMilliseconds;

        public void Watch(WebApplicationBuilder builder) => builder.Services.AddSingleton<IStartupFilter>(new Filter(this));

        sealed class Filter(Door door) : IStartupFilter
        {
            public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
            {
                app.Use(async (http, on) =>
                {
                    if (http.Request.Path.Value is "/peer/query" or "/peer/queries" or "/peer/sealed")
                    {
                        door.Seen.Add(http.Request.Path);
                        http.Request.EnableBuffering();
                        using var reader = new StreamReader(http.Request.Body, leaveOpen: true);
                        var asked = (await reader.ReadToEndAsync()).Split("\"exchangeId\"").Length - 1;
                        http.Request.Body.Position = 0;
                        Interlocked.Add(ref door.Asked, asked);
                        if (asked == 1 && door.until - Environment.TickCount64 is > 0 and var left)
                            await Task.Delay((int)left);
                    }
                    await on(http);
                });
                next(app);
            };
        }
    }

    static HttpRequestMessage Signed(TwoNodes region, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, region.Url(Anhui) + "/peer/queries") { Content = new ByteArrayContent(body) };
        Assert.True(MessageSigner.SignRequest(request, body, region.Keys(Shanghai).Signing, region.Clock.GetUtcNow()).Ok);
        return request;
    }

    static HttpRequestMessage Copy(HttpRequestMessage request, byte[] body)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = new ByteArrayContent(body) };
        foreach (var header in request.Headers)
            copy.Headers.TryAddWithoutValidation(header.Key, header.Value);
        return copy;
    }

    /// <summary>For each question its status or the code of its refusal; or the code alone when the whole was refused.</summary>
    static async Task<string[]> Send(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request, Ct);
        Assert.True(response.Headers.Contains("Signature"));
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Ct);
        return response.IsSuccessStatusCode
            ? [.. answer.GetProperty("answers").EnumerateArray().Select(a => a.TryGetProperty("problem", out var problem) ? problem.GetProperty("title").GetString()! : a.GetProperty("status").GetInt32().ToString(CultureInfo.InvariantCulture))]
            : [answer.GetProperty("title").GetString()!];
    }
}
