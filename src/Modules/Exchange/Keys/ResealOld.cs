using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// While the keystore holds an older envelope key, or the blind index is made with two, what the older made is made anew in the background,
/// by one replica at a time. Once all is done it rests until the next rotation; retiring the old key is an administrator's own act.
/// </summary>
sealed partial class ResealOld(Reseal reseal, Reindex reindex, TransparencyLog ownLog, Keystore keys, NodeIdentity node, IServiceScopeFactory scopes, ExchangeOptions options, TimeProvider clock, ILogger<ResealOld> log) : BackgroundService
{
    /// <summary>Longer than a whole run may take without the lease being renewed is not needed: two runs at once only waste work.</summary>
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    /// <summary>How long after a new key of the blind index is in use somebody's transaction may still end that wrote with the older one.</summary>
    static readonly TimeSpan Late = TimeSpan.FromMinutes(2);

    readonly string holder = $"{node.Id} {Environment.ProcessId} {Guid.CreateVersion7():N}";
    string? doneWith;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.Every(options.ResealPeriod, clock, Once, e => LogFailed(log, e), stoppingToken);

    public async Task Once(CancellationToken ct)
    {
        keys.Refresh();
        var (vault, newest) = (keys.Vault, $"{keys.Vault.KeyId} i{keys.Vault.Indexes.Newest}");
        if ((keys.Envelopes.Count < 2 && !vault.Changing) || doneWith == newest || !await Mine(ct))
            return;
        // Twice: what a replica that had not seen the new key yet made meanwhile is found by the second run.
        var changed = await reseal.Run((_, _) => { }, ct) + await reindex.Rows((_, _) => { }, ct) + InLog(await reindex.Log(ownLog, (_, _) => { }, ct));
        if (vault.Replaced && keys.Envelopes.Count > 1)
            changed += InLog(await ownLog.Reseal(vault, ct));
        if (changed > 0)
            LogDone(log, changed, newest);
        else if (!vault.Changing || TimeProvider.System.GetUtcNow() > vault.Indexes.From + Late)
            doneWith = newest;
    }

    /// <summary>A log that does not take it now is tried again at the next look.</summary>
    static long InLog(Result<long> changed) => changed.Ok ? changed.Value : throw new IOException($"The log cannot be brought under the newest key now [{changed.Error.Code}]");

    async Task<bool> Mine(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("keys");
        return await scope.ServiceProvider.GetRequiredService<NodeDb>().TakeLease("keys.reseal", holder, Lease, clock.GetUtcNow(), ct) is not null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} values were sealed or indexed anew with {Key}.")]
    static partial void LogDone(ILogger log, long count, string key);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sealing or indexing anew with the newest key failed; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);
}
