using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Resources, agreements and revocations are in memory; what another replica of this node changed is read within the period.</summary>
sealed partial class FollowReplicas(Keystore keys, OwnResources resources, MappingBook mappings, OverdueBook overdue, AgreementBook agreements, ConsentBook consents, ExchangeOptions options, TimeProvider clock, ILogger<FollowReplicas> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.RefreshPeriod, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                keys.Refresh();
                if (await mappings.Refresh(stoppingToken) | await overdue.Load(stoppingToken))
                    await resources.Load(stoppingToken);
                await resources.Refresh(stoppingToken);
                await agreements.Refresh(stoppingToken);
                await consents.Load(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(log, e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Keys, resources, agreements and revocations could not be read again; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);
}
