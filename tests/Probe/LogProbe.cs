using System.Text.Json.Nodes;
using Tongban.Kernel.Data;
using Tongban.Trust;

/// <summary>A log under load, to be killed: it prints each reference only after the log acknowledged it.</summary>
static class LogProbe
{
    public const string Origin = "probe/log";

    /// <param name="args">provider, connection, JWK of the log's key.</param>
    public static async Task<int> Run(string[] args)
    {
        var key = NodeKey.Read(System.Text.Json.JsonSerializer.Deserialize<Jwk>(args[2])!).Value;
        await using var log = (await TransparencyLog.Open(new DatabaseOptions(args[0], args[1]), Origin, key, TimeProvider.System, wait: TimeSpan.FromSeconds(20))).Value;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Append(log))));
        return 0;
    }

    static async Task Append(TransparencyLog log)
    {
        while (true)
        {
            var reference = Guid.CreateVersion7().ToString("N");
            var entry = LogEntry.Of(reference, "probe", new JsonObject(), new Metering("a", "r", "c", "p", "x", 1, 0, "answered")) with { Nonce = new UsedNonce("kid", reference, long.MaxValue) };
            if (!(await log.Append(entry)).Ok)
                continue;
            lock (log)
            {
                Console.WriteLine($"ok {reference}");
                Console.Out.Flush();
            }
        }
    }
}
