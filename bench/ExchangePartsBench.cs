using System.Diagnostics;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Bench;

/// <summary>Processor time of the parts that a full exchange is made of: where a microsecond goes.</summary>
static class ExchangePartsBench
{
    public static async Task<int> Run(string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("tongban-parts-").FullName;
        var clock = TimeProvider.System;
        var key = SignatureSuites.EcdsaP256.Generate();
        var body = new byte[1000];
        Random.Shared.NextBytes(body);
        HttpRequestMessage Signed()
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "http://127.0.0.1:5131/peer/query");
            _ = MessageSigner.SignRequest(request, body, key, clock.GetUtcNow());
            return request;
        }

        var data = new byte[400];
        var signature = key.Sign(data);
        await Cpu("ecdsa.sign", 1, 3000, _ => { key.Sign(data); return Task.CompletedTask; });
        await Cpu("ecdsa.verify", 1, 3000, _ => { key.Public.Verify(data, signature); return Task.CompletedTask; });
        await Cpu("message.sign", 1, 3000, _ => { Signed(); return Task.CompletedTask; });
        var view = new ClientRequestView(Signed(), body);
        await Cpu("message.verify", 1, 3000, i => { _ = MessageVerifier.Verify(view, Profile.Label, _ => key.Public, clock.GetUtcNow(), Profile.Request); return Task.CompletedTask; });
        var query = new QueryMessage(1, new string('a', 32), "ag-1", "civil.marriage", 1, ["a", "b", "c", "d", "e"], new Dictionary<string, string> { ["citizenId"] = "340199199001010011" }, "p", "D1", new string('x', 700), new byte[32]);
        var json = query.ToJson();
        await Cpu("query.write", 1, 5000, _ => { query.ToJson(); return Task.CompletedTask; });
        await Cpu("query.parse", 1, 5000, i => { _ = QueryMessage.Parse(json); return Task.CompletedTask; });
        LogEntry Entry(int i) => ExchangeLeaf.Of(ExchangeLeaf.Provided, $"p/CN-YRD/310000/{i}", query, "340000-civil",
            new Metering("ag-1", "civil.marriage", "CN-YRD/310000", "CN-YRD/340000", "p", 1, i, "answered"), true, json, body, 1, "c", "consent", null, null, Guid.NewGuid().ToString("N") + "00000000000") with
        {
            Nonce = new UsedNonce(key.Kid, Guid.NewGuid().ToString("N"), clock.GetUtcNow().ToUnixTimeMilliseconds() + 60_000),
        };
        await Cpu("leaf.make", 1, 5000, i => { Entry(i); return Task.CompletedTask; });
        await using (var log = (await TransparencyLog.Open(new DatabaseOptions("sqlite", Path.Combine(folder, "log.db")), "bench/log", SignatureSuites.Ed25519.Generate(), clock)).Value)
            await Cpu("log.append", 32, args.Contains("--million") ? 600_000 : args.Contains("--long") ? 60_000 : 12_000, async i => { if (!(await log.Append(Entry(i))).Ok) throw new InvalidOperationException("not appended"); });
        Times();
        Directory.Delete(folder, recursive: true);
        return 0;
    }

    /// <summary>What counting the time stamps of an exchange costs, both sides of it, while nobody exports them.</summary>
    static void Times()
    {
        var node = new NodeIdentity("CN-YRD/310000", "310000", new Words("上海市", "Shanghai"), false, "http://127.0.0.1", "http://127.0.0.1", ".", ".", false);
        using var telemetry = new ExchangeTelemetry(node);
        var times = new ExchangeTimes(node, telemetry);
        void Count(int i)
        {
            times.Obtained("CN-YRD/340000", "civil.marriage", ExchangeOutcome.Answered, 2500 + (i % 1000), 700);
            times.Provided("CN-YRD/320000", "civil.marriage", ExchangeOutcome.Answered, 1500 + (i % 1000), 300);
        }
        for (var i = 0; i < 200_000; i++)
            Count(i);
        var (allocated, watch) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        const int Rounds = 2_000_000;
        for (var i = 0; i < Rounds; i++)
            Count(i);
        Load.Figure("exchange.part.times.both_sides", watch.Elapsed.TotalNanoseconds / Rounds, "ns");
        Load.Figure("exchange.part.times.allocated", (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)Rounds, "B");
    }

    static async Task Cpu(string name, int callers, int count, Func<int, Task> act)
    {
        var next = 0;
        async Task Drive(int until) => await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) <= until;)
                await act(i);
        })));
        await Drive(count / 2);
        await Task.Delay(300);
        var start = next;
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        await Drive(start + count);
        var used = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        Load.Figure($"exchange.part.{name}.cpu", used.TotalMicroseconds / count, "us");
        Load.Figure($"exchange.part.{name}.rate", count / watch.Elapsed.TotalSeconds, "1/s");
    }
}
