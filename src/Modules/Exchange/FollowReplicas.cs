using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Resources, agreements and revocations are in memory; what another replica of this node changed is read within the period.</summary>
sealed partial class FollowReplicas(Keystore keys, OwnResources resources, MappingBook mappings, OverdueBook overdue, AgreementBook agreements, ConsentBook consents, ExchangeOptions options, TimeProvider clock, ILogger<FollowReplicas> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.Every(options.RefreshPeriod, clock, Round, e => LogFailed(log, e), stoppingToken);

    async Task Round(CancellationToken ct)
    {
        keys.Refresh();
        if (await mappings.Refresh(ct) | await overdue.Load(ct))
            await resources.Load(ct);
        await resources.Refresh(ct);
        await agreements.Refresh(ct);
        await consents.Load(ct);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Keys, resources, agreements and revocations could not be read again; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);
}
