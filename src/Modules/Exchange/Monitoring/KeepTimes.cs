using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>Once a minute what was counted goes to the table, by the hour; a crash loses a minute of statistics. Kept for a month.</summary>
sealed partial class KeepTimes(ExchangeTimes times, ExchangeOptions options, TimeProvider clock, IServiceScopeFactory scopes, ILogger<KeepTimes> logger) : BackgroundService
{
    public const long HourMs = 3_600_000;
    public static readonly TimeSpan Kept = TimeSpan.FromDays(31);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.MonitoringPeriod, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await Store(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogFailed(logger, e);
                }
            }
        }
        finally
        {
            // What came since the last minute, on an orderly stop.
            await Store(CancellationToken.None);
        }
    }

    public async Task Store(CancellationToken ct)
    {
        var hour = clock.NowMs() / HourMs;
        foreach (var (pair, counts) in times.Take())
        {
            var stored = false;
            try
            {
                // Replicas add to the same rows: whoever comes second adds to what it finds then.
                for (var tries = 0; !stored && tries < 5; tries++)
                    stored = await Add(hour, pair, counts, ct);
            }
            finally
            {
                if (!stored)
                    times.Return(pair, counts);
            }
        }
        await using var scope = scopes.AsNode("monitoring");
        var oldest = hour - (long)Kept.TotalHours;
        await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<ExchangeTimeRow>().Where(r => r.Hour < oldest).ExecuteDeleteAsync(ct);
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
