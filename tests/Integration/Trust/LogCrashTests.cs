using System.Diagnostics;
using System.Text.Json;
using Tongban.Kernel.Data;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Integration.Trust;

/// <summary>SIGKILL under load: every append that was acknowledged is there, and everything verifies.</summary>
public sealed class LogCrashTests(ITestOutputHelper output)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_random_moments_on_SQLite()
    {
        await using var database = TestDatabase.Sqlite();
        await KillAndVerify(database.Options, kills: 4);
    }

    [Fact]
    public async Task Killed_at_random_moments_on_PostgreSQL()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var database = await TestDatabase.Postgres();
        await KillAndVerify(database.Options, kills: 2);
    }

    async Task KillAndVerify(DatabaseOptions options, int kills)
    {
        var key = SignatureSuites.Ed25519.Generate();
        var random = new Random(20261122);
        var acknowledged = new HashSet<string>();
        for (var kill = 0; kill < kills; kill++)
        {
            using var load = Load(options, key);
            var wanted = random.Next(50, 1500);
            while (wanted-- > 0 && await load.StandardOutput.ReadLineAsync(Cancel) is { } line)
                Assert.True(acknowledged.Add(line["ok ".Length..]));
            load.Kill();
            while (await load.StandardOutput.ReadLineAsync(Cancel) is { } line)
            {
                // The last line may be cut by the kill.
                if (line.Length == 35)
                    acknowledged.Add(line["ok ".Length..]);
            }
            await load.WaitForExitAsync(Cancel);
        }
        var opened = await TransparencyLog.Open(options, "probe/log", key, TimeProvider.System, wait: TimeSpan.FromSeconds(20), cancel: Cancel);
        Assert.True(opened.Ok, opened.Error?.ToString());
        await using var log = opened.Value;
        foreach (var reference in acknowledged)
            Assert.NotNull(await log.Find(reference, Cancel));
        var audit = await log.Verify(cancel: Cancel);
        Assert.True(audit.Clean, string.Join('\n', audit.Findings));
        Assert.True(acknowledged.Count >= 50 * kills);
        Assert.True(log.Size >= acknowledged.Count);
        output.WriteLine($"{options.Provider}: {kills} kills, {acknowledged.Count} acknowledged, {log.Size} in the log, all there, audit clean");
    }

    static Process Load(DatabaseOptions options, NodeKey key)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "Tongban.Tests.Probe.dll"), "log", options.Provider, options.Connection, JsonSerializer.Serialize(key.Secret) })
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
