using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Node;
using Tongban.Trust;

namespace Tongban.Bench;

/// <summary>
/// A full exchange (a caller inside the consumer node → signed request → everything checked → connector → logged → signed
/// answer → verified and logged) beside a plain HTTP call to the same connector, by turns, in one process.
/// A third variant has the answers sealed by the provider's log instead of signed, a fourth sends each query in a message of its own, as a caller
/// does that has no company.
/// Options: <c>--rounds 7 --seconds 4 --callers 32 --people 2000 --warm 20</c> (seconds before the rounds) <c>--suite sm2-sm3</c>; <c>--profile</c> hardly runs the others.
/// </summary>
static class ExchangeBench
{
    const string Resource = "civil.marriage";
    static readonly string[] Fields = ["registerNumber", "registeredOn", "office", "division", "husbandName", "wifeName", "state"];

    public static Task<int> Run(string[] args)
    {
        int Option(string name, int otherwise) => Load.Option(args, name, otherwise);
        var (rounds, seconds, callers, people, warm) = (Option("--rounds", 7), Option("--seconds", 4), Option("--callers", 32), Option("--people", 2000), Option("--warm", 20));
        var suite = Load.Option(args, "--suite") is { } name ? SignatureSuites.ByName(name) : null;
        return Load.InFolder(folder => Run(folder, rounds, TimeSpan.FromSeconds(seconds), callers, people, TimeSpan.FromSeconds(warm), args.Contains("--profile"), suite));
    }

    static async Task<int> Run(string folder, int rounds, TimeSpan length, int callers, int people, TimeSpan warm, bool profile, ISignatureSuite? suite)
    {
        var (_, consumer, provider) = BenchRegion.Prepare(folder, suite);
        var plainPort = BenchRegion.FreePorts(1)[0];
        var ids = BenchDepartments.Marriages(provider.Folder, people);
        await using var asked = NodeHost.Build(provider, b => b.Logging.SetMinimumLevel(LogLevel.Critical));
        await using var asking = NodeHost.Build(consumer, b => b.Logging.SetMinimumLevel(LogLevel.Critical));
        await NodeHost.Start(asked);
        await NodeHost.Start(asking);
        await using var plain = Plain(provider, plainPort);
        await plain.StartAsync();

        Console.WriteLine($"attesting {people} consents");
        var questions = await Questions(asking.Services, consumer, provider, ids);
        IExchange Through(ExchangeOptions options) => ActivatorUtilities.CreateInstance<AskProvider>(asking.Services, ActivatorUtilities.CreateInstance<GatherQueries>(asking.Services, options));
        var exchange = Through(new ExchangeOptions { TakesSeals = false });
        var underSeal = Through(new ExchangeOptions());
        var eachAlone = Through(new ExchangeOptions { QueriesTogether = 1, TakesSeals = false });
        async Task Ask(IExchange through, int turn)
        {
            var answer = await through.Query(questions[turn % questions.Count], CancellationToken.None);
            if (!answer.Ok)
                throw new InvalidOperationException($"{answer.Error.Code}: {answer.Error.DetailEn}");
        }
        Task Full(int turn) => Ask(exchange, turn);
        Task Sealed(int turn) => Ask(underSeal, turn);
        Task Alone(int turn) => Ask(eachAlone, turn);

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = Math.Max(64, callers), ActivityHeadersPropagator = null });
        var address = new Uri($"http://127.0.0.1:{plainPort}/plain");
        var bodies = ids.Select(id => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["citizenId"] = id })).ToArray();
        var size = 0L;
        async Task Direct(int turn)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Version = HttpVersion.Version11, Content = new ByteArrayContent(bodies[turn % bodies.Length]) };
            using var response = await http.SendAsync(request);
            response.EnsureSuccessStatusCode();
            var rows = JsonSerializer.Deserialize<List<Dictionary<string, string?>>>(await response.Content.ReadAsByteArrayAsync(), JsonSerializerOptions.Web)!;
            if (rows.Count != 1)
                throw new InvalidOperationException("The plain call found nothing.");
            size = response.Content.Headers.ContentLength ?? 0;
        }

        // Every consent is seen once before, so that the rounds measure queries and not first meetings; the JIT, which compiles in
        // the background and would be counted to whoever runs then, settles too.
        await Load.Drive(callers, warm / 4, Direct);
        await Load.Drive(callers, warm / 3, Alone);
        await Load.Drive(callers, warm / 2, Sealed);
        await Load.Drive(callers, warm, Full);
        var (plains, fulls, alones, seals) = (new List<Round>(), new List<Round>(), new List<Round>(), new List<Round>());
        var others = profile ? TimeSpan.FromMilliseconds(100) : length;
        for (var round = 0; round < rounds; round++)
        {
            plains.Add(await Load.Drive(callers, others, Direct));
            fulls.Add(await Load.Drive(callers, length, Full));
            seals.Add(await Load.Drive(callers, length, Sealed));
            alones.Add(await Load.Drive(callers, others, Alone));
            Console.WriteLine($"round {round + 1}: plain {plains[^1].PerSecond:F0}/s, full {fulls[^1].PerSecond:F0}/s, {fulls[^1].PerSecond / plains[^1].PerSecond:P1}, sealed {seals[^1].PerSecond / plains[^1].PerSecond:P1}, each alone {alones[^1].PerSecond / plains[^1].PerSecond:P1}; cpu {plains[^1].Cpu:F0}, {fulls[^1].Cpu:F0}, {seals[^1].Cpu:F0} and {alones[^1].Cpu:F0} µs/call");
        }
        await plain.StopAsync();
        await asking.StopAsync();
        await asked.StopAsync();
        Load.Figure("exchange.answer_size", size, "bytes");
        Load.Figure("exchange.plain.rate", Load.Median(plains.Select(r => r.PerSecond)), "calls/s");
        Load.Figure("exchange.plain.p99", Load.Median(plains.Select(r => r.P99)), "ms");
        Load.Figure("exchange.full.rate", Load.Median(fulls.Select(r => r.PerSecond)), "calls/s");
        Load.Figure("exchange.full.p50", Load.Median(fulls.Select(r => r.P50)), "ms");
        Load.Figure("exchange.full.p99", Load.Median(fulls.Select(r => r.P99)), "ms");
        Load.Figure("exchange.sealed.rate", Load.Median(seals.Select(r => r.PerSecond)), "calls/s");
        Load.Figure("exchange.sealed.p50", Load.Median(seals.Select(r => r.P50)), "ms");
        Load.Figure("exchange.sealed.p99", Load.Median(seals.Select(r => r.P99)), "ms");
        Load.Figure("exchange.sealed.cpu", Load.Median(seals.Select(r => r.Cpu)), "us/call");
        Load.Figure("exchange.alone.rate", Load.Median(alones.Select(r => r.PerSecond)), "calls/s");
        Load.Figure("exchange.alone.p99", Load.Median(alones.Select(r => r.P99)), "ms");
        Load.Figure("exchange.plain.cpu", Load.Median(plains.Select(r => r.Cpu)), "us/call");
        Load.Figure("exchange.full.cpu", Load.Median(fulls.Select(r => r.Cpu)), "us/call");
        Load.Figure("exchange.alone.cpu", Load.Median(alones.Select(r => r.Cpu)), "us/call");
        Load.Figure("exchange.plain.allocated", Load.Median(plains.Select(r => r.Allocated)), "bytes/call");
        Load.Figure("exchange.full.allocated", Load.Median(fulls.Select(r => r.Allocated)), "bytes/call");
        Load.Figure("exchange.alone_of_plain", Load.Median(alones.Zip(plains, (a, p) => a.PerSecond / p.PerSecond * 100)), "%");
        var underSealShare = Load.Median(seals.Zip(plains, (s, p) => s.PerSecond / p.PerSecond * 100));
        Load.Figure("exchange.sealed_of_plain", underSealShare, "%");
        var share = Load.Median(fulls.Zip(plains, (f, p) => f.PerSecond / p.PerSecond * 100));
        Load.Figure("exchange.full_of_plain", share, "%");
        // What was set for 32 callers.
        return share >= 20 && underSealShare >= 45 ? 0 : 1;
    }

    public static async Task<List<ExchangeQuestion>> Questions(IServiceProvider services, NodeSettings consumer, NodeSettings provider, IReadOnlyList<string> ids)
    {
        var purpose = services.GetRequiredService<AgreementBook>().All.First(a => a.Terms.Resource == Resource).Terms.Purposes[0];
        var questions = new List<ExchangeQuestion>();
        for (var i = 0; i < ids.Count; i++)
        {
            await using var scope = services.AsNode("bench");
            var consents = scope.ServiceProvider.GetRequiredService<IConsents>();
            var subject = $"subject-{i}";
            var given = await consents.Attest(new ConsentRequest(subject, ids[i], purpose, new Words("测量", "Measuring"), $"D{i}", consumer.Id,
                [new ConsentSource(provider.Id, Resource, Fields)], 2, TimeSpan.FromHours(4)), CancellationToken.None);
            questions.Add(new ExchangeQuestion(provider.Id, Resource, new Dictionary<string, string> { ["citizenId"] = ids[i] }, Fields, purpose, $"D{i}", subject, given.Value.ConsentId, "bench"));
        }
        return questions;
    }

    /// <summary>The same connector behind a bare endpoint: no signature, no policy, no log.</summary>
    static WebApplication Plain(NodeSettings provider, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http1));
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var resource = OwnResources.Read(provider.Identity().SharedFolder, provider.Identity().Division).First(r => r.Definition.Code == Resource).Definition;
        var connector = new SqlConnector(provider.Identity());
        app.MapPost("/plain", async (HttpContext http) =>
        {
            var parameters = (await JsonSerializer.DeserializeAsync<Dictionary<string, string>>(http.Request.Body, JsonSerializerOptions.Web))!;
            var body = RowsJson.Of(Fields, connector.Read(resource, resource.Connector!, parameters, Fields).Value);
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = body.Length;
            await http.Response.Body.WriteAsync(body);
        });
        return app;
    }
}
