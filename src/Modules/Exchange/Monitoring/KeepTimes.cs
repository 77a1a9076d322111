using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>Once a minute what was counted goes to the table, by the hour; a crash loses a minute of statistics. Kept for a month.</summary>
sealed partial class KeepTimes(ExchangeTimes times, ExchangeOptions options, TimeProvider clock, IServiceScopeFactory scopes, ILogger<KeepTimes> logger) : BackgroundService
{
    public const long HourMs = 3_600_000;
    public static readonly TimeSpan Kept = TimeSpan.FromDays(31);
    static readonly TimeSpan LastStore = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Rounds.Every(options.MonitoringPeriod, clock, Store, e => LogFailed(logger, e), stoppingToken);
        // What came since the last minute, on an orderly stop; a database that does not answer must not keep the node from stopping.
        using var last = new CancellationTokenSource(LastStore);
        await Store(last.Token);
    }

    /// <summary>What cannot be stored stays in memory until the next time, and keeps nothing else from being stored: these are statistics, and no page waits for them.</summary>
    public async Task Store(CancellationToken ct)
    {
        Exception? first = null;
        void Failed(Exception e) => first ??= e;
        var hour = clock.NowMs() / HourMs;
        foreach (var (pair, counts) in times.Take())
        {
            var stored = false;
            await Rounds.Try(
                async c =>
                {
                    // Replicas add to the same rows: whoever comes second adds to what it finds then.
                    for (var tries = 0; !stored && tries < 5; tries++)
                        stored = await Add(hour, pair, counts, c);
                },
                Failed, ct);
            if (!stored)
                times.Return(pair, counts);
        }
        await Rounds.Try(c => Forget(hour - (long)Kept.TotalHours, c), Failed, ct);
        if (first is not null)
            LogFailed(logger, first);
    }

    async Task Forget(long before, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("monitoring");
        await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<ExchangeTimeRow>().Where(r => r.Hour < before).ExecuteDeleteAsync(ct);
    }

    async Task<bool> Add(long hour, TimedPair pair, TimedCounts counts, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("monitoring");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var row = await db.Set<ExchangeTimeRow>().SingleOrDefaultAsync(r => r.Hour == hour && r.Side == pair.Side && r.Peer == pair.Peer && r.Resource == pair.Resource, ct);
        if (row is null)
            db.Add(row = new ExchangeTimeRow { Hour = hour, Side = pair.Side, Peer = pair.Peer, Resource = pair.Resource, Total = [], Network = [], Source = [] });
        row.Add(counts);
        return await db.TrySave(ct) == SaveOutcome.Saved;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Times of exchanges could not be stored; they are kept in memory and tried again.")]
    static partial void LogFailed(ILogger logger, Exception e);
}
