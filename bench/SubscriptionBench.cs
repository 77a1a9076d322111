using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Node;

namespace Tongban.Bench;

/// <summary>
/// A department changes what so many subscriptions are about, all at once; how long until each change is stored and logged at the
/// subscribing node, and whether any is missing. The node looks at its departments' files every two seconds, as it does by default, so
/// half of that is waiting for the look. Options: <c>--subscribers 100 --changes 20</c>.
/// </summary>
static class SubscriptionBench
{
    public static Task<int> Run(string[] args) =>
        Load.InFolder(folder => Run(folder, Load.Option(args, "--subscribers", 100), Load.Option(args, "--changes", 20)));

    static async Task<int> Run(string folder, int subscribers, int changes)
    {
        var (_, consumer, provider) = BenchRegion.Prepare(folder);
        var ids = BenchDepartments.Marriages(provider.Folder, subscribers);
        await using var asked = NodeHost.Build(provider, b => b.Logging.SetMinimumLevel(LogLevel.Critical));
        await using var asking = NodeHost.Build(consumer, b => b.Logging.SetMinimumLevel(LogLevel.Critical));
        await NodeHost.Start(asked);
        await NodeHost.Start(asking);
        var subscriptions = new List<string>();
        foreach (var question in await ExchangeBench.Questions(asking.Services, consumer, provider, ids))
            subscriptions.Add((await As(asking.Services, s => s.GetRequiredService<ISubscriptions>().Subscribe(question, DateTimeOffset.UtcNow.AddHours(2), CancellationToken.None))).Value);
        await Until(asking.Services, subscribers);
        var lags = new List<double>();
        for (var change = 1; change <= changes; change++)
        {
            // Not always at the same place between two looks.
            await Task.Delay(Random.Shared.Next(2000));
            Write(provider.Folder, $"J{change}");
            var at = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            await Until(asking.Services, subscribers * (change + 1));
            var offset = change + 1;
            lags.AddRange((await As(asking.Services, s => s.GetRequiredService<NodeDb>().Set<TakenChangeRow>().Where(c => c.Offset == offset).Select(c => c.TakenAt).ToListAsync())).Select(taken => (double)(taken - at)));
        }
        var stored = await As(asking.Services, s => s.GetRequiredService<NodeDb>().Set<TakenChangeRow>().CountAsync());
        lags.Sort();
        await asking.StopAsync();
        await asked.StopAsync();
        Load.Figure("subscription.subscribers", subscribers, "subscriptions");
        Load.Figure("subscription.lost", (subscribers * (changes + 1)) - stored, "changes");
        Load.Figure("subscription.lag.p50", lags[lags.Count / 2], "ms");
        Load.Figure("subscription.lag.p99", lags[lags.Count * 99 / 100], "ms");
        return stored == subscribers * (changes + 1) ? 0 : 1;
    }

    static void Write(string folder, string value)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "departments", "civil.db"), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE hunyin SET djzh = @value || substr(djzh, instr(djzh, '-'))";
        command.Parameters.AddWithValue("@value", value);
        command.ExecuteNonQuery();
    }

    static async Task Until(IServiceProvider services, int count)
    {
        for (var i = 0; i < 2400 && await As(services, s => s.GetRequiredService<NodeDb>().Set<TakenChangeRow>().CountAsync()) < count; i++)
            await Task.Delay(25);
    }

    static async Task<T> As<T>(IServiceProvider services, Func<IServiceProvider, Task<T>> act)
    {
        await using var scope = services.AsNode("bench");
        return await act(scope.ServiceProvider);
    }
}
