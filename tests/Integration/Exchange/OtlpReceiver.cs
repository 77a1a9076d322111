using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>An OpenTelemetry collector's door (OTLP 1.x over HTTP, protobuf), which reads what is sent by the published message numbers.</summary>
sealed class OtlpReceiver : IAsyncDisposable
{
    readonly ConcurrentQueue<byte[]> bodies = [];
    readonly ConcurrentQueue<Point> points = [];
    readonly ConcurrentQueue<string> spans = [];
    WebApplication app = null!;

    /// <summary>A data point of a histogram.</summary>
    public sealed record Point(string Name, IReadOnlyDictionary<string, string> Attributes, long Count, IReadOnlyList<long> Buckets);

    public IReadOnlyList<Point> Points => [.. points];

    /// <summary>Names of spans.</summary>
    public IReadOnlyList<string> Spans => [.. spans];

    /// <summary>All bytes that came, as text, so that nothing in them stays unseen.</summary>
    public string Everything => string.Concat(bodies.Select(Encoding.UTF8.GetString));

    /// <summary>What every request waits for.</summary>
    public Task Answers { get; set; } = Task.CompletedTask;

    int hungUp;

    /// <summary>Senders that waited no longer.</summary>
    public int HungUp => hungUp;

    public static async Task<OtlpReceiver> Start(int port)
    {
        var receiver = new OtlpReceiver();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        receiver.app = builder.Build();
        receiver.app.Run(receiver.Take);
        await receiver.app.StartAsync();
        return receiver;
    }

    async Task Take(HttpContext http)
    {
        using var read = new MemoryStream();
        await http.Request.Body.CopyToAsync(read);
        await Answers.WaitAsync(http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (http.RequestAborted.IsCancellationRequested)
        {
            Interlocked.Increment(ref hungUp);
            return;
        }
        if (http.Request.ContentType != "application/x-protobuf")
        {
            http.Response.StatusCode = 415;
            return;
        }
        var body = read.ToArray();
        bodies.Enqueue(body);
        // ExportMetricsServiceRequest and ExportTraceServiceRequest: 1 resource_*, in it 2 scope_*, in it 2 metrics or spans.
        foreach (var one in Parts(body, 1).SelectMany(r => Parts(r, 2)).SelectMany(s => Parts(s, 2)))
        {
            if (http.Request.Path == "/v1/traces")
                spans.Enqueue(Text(Parts(one, 5).Single()));
            else
                Metric(one);
        }
        http.Response.ContentType = "application/x-protobuf";
    }

    /// <summary>Metric: 1 name, 9 histogram, in it 1 data_points: 4 count, 6 bucket_counts, 9 attributes (KeyValue: 1 key, 2 value: 1 string_value).</summary>
    void Metric(byte[] metric)
    {
        foreach (var point in Parts(metric, 9).SelectMany(h => Parts(h, 1)))
        {
            var attributes = Parts(point, 9).ToDictionary(a => Text(Parts(a, 1).Single()), a => Text(Parts(Parts(a, 2).Single(), 1).Single()));
            var buckets = Parts(point, 6).SelectMany(packed => Enumerable.Range(0, packed.Length / 8).Select(i => BinaryPrimitives.ReadInt64LittleEndian(packed.AsSpan(i * 8)))).ToList();
            points.Enqueue(new(Text(Parts(metric, 1).Single()), attributes, BinaryPrimitives.ReadInt64LittleEndian(Parts(point, 4).Single()), buckets));
        }
    }

    static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>The contents of every field of a number, in protobuf's wire format.</summary>
    static List<byte[]> Parts(byte[] message, int number)
    {
        var (found, at) = (new List<byte[]>(), 0);
        while (at < message.Length)
        {
            var tag = Varint();
            var length = (tag & 7) switch { 0 => -1, 1 => 8, 2 => (int)Varint(), 5 => 4, _ => throw new InvalidDataException() };
            if (length < 0)
            {
                Varint();
                continue;
            }
            if (tag >> 3 == number)
                found.Add(message[at..(at + length)]);
            at += length;
        }
        return found;

        long Varint()
        {
            var value = 0L;
            for (var shift = 0; ; shift += 7)
            {
                var next = message[at++];
                value |= (long)(next & 0x7F) << shift;
                if (next < 0x80)
                    return value;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
