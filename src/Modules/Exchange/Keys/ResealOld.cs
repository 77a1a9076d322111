using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// While the keystore holds an older envelope key, what it sealed is sealed anew in the background, by one replica at a time. Once all is
/// done it rests until the next rotation; retiring the old key is an administrator's own act.
/// </summary>
sealed partial class ResealOld(Reseal reseal, Keystore keys, NodeIdentity node, IServiceScopeFactory scopes, ExchangeOptions options, TimeProvider clock, ILogger<ResealOld> log) : BackgroundService
{
    /// <summary>Longer than a whole run may take without the lease being renewed is not needed: two runs at once only waste work.</summary>
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    readonly string holder = $"{node.Id} {Environment.ProcessId} {Guid.CreateVersion7():N}";
    string? doneWith;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.ResealPeriod, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Once(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(log, e);
            }
        }
    }

    public async Task Once(CancellationToken ct)
    {
        keys.Refresh();
        var newest = keys.Vault.KeyId;
        if (keys.Envelopes.Count < 2 || doneWith == newest || !await Mine(ct))
            return;
        // Twice: what a replica that had not seen the new key yet sealed meanwhile is found by the second run.
        var changed = await reseal.Run((_, _) => { }, ct);
        if (changed == 0)
            doneWith = newest;
        else
            LogDone(log, changed, newest);
    }

    async Task<bool> Mine(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("keys");
        return await scope.ServiceProvider.GetRequiredService<NodeDb>().TakeLease("keys.reseal", holder, Lease, clock.GetUtcNow(), ct) is not null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} values were sealed anew with {Key}.")]
    static partial void LogDone(ILogger log, long count, string key);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sealing anew with the newest envelope key failed; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);
}
