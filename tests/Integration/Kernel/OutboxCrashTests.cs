using System.Diagnostics;
using Tongban.Kernel.Data;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.Kernel;

/// <summary>SIGKILL between commit and delivery: nothing acknowledged is lost, nothing is handled twice.</summary>
public class OutboxCrashTests
{
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

    static async Task KillAndVerify(DatabaseOptions options, int kills)
    {
        var random = new Random(20261122);
        var acknowledged = new HashSet<string>();
        for (var kill = 0; kill < kills; kill++)
        {
            using var load = Probe("load", options);
            var wanted = random.Next(20, 200);
            while (wanted-- > 0 && await load.StandardOutput.ReadLineAsync() is { } line)
                Assert.True(acknowledged.Add(line["ok ".Length..]));
            load.Kill();
            while (await load.StandardOutput.ReadLineAsync() is { } line)
            {
                if (line.Length == 35)
                    acknowledged.Add(line["ok ".Length..]);
            }
            await load.WaitForExitAsync();
        }
        using var drain = Probe("drain", options);
        var counts = await drain.StandardOutput.ReadLineAsync();
        var there = new HashSet<string>();
        while (await drain.StandardOutput.ReadLineAsync() is { } line)
            there.Add(line["has ".Length..]);
        await drain.WaitForExitAsync();
        Assert.True(acknowledged.Count >= 20 * kills);
        Assert.Subset(there, acknowledged);
        Assert.Equal($"changes {there.Count} handled {there.Count} distinct {there.Count}", counts);
    }

    static Process Probe(string mode, DatabaseOptions options)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Tongban.Tests.Probe.dll"));
        start.ArgumentList.Add(mode);
        start.ArgumentList.Add(options.Provider);
        start.ArgumentList.Add(options.Connection);
        return Process.Start(start)!;
    }
}
