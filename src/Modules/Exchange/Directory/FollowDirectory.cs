using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Events;

namespace Tongban.Exchange;

/// <summary>
/// Asks the hub for the directory again and again. The hub's signed answer is what makes it fresh; on the hub itself a newer
/// file in its folder is taken. A revocation reaches every node within this period while the hub is reachable.
/// </summary>
sealed partial class FollowDirectory(NodeIdentity node, RegionDirectory directory, StandardBook standards, OwnKeys keys, PeerClient peers, ExchangeOptions options, TimeProvider clock, ILogger<FollowDirectory> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.Every(options.DirectoryPeriod, clock, Round, e => LogFailed(log, e), stoppingToken, atOnce: true);

    async Task Round(CancellationToken ct)
    {
        if (await Once(ct) is { Ok: false } refused)
            LogRefused(log, refused.Error.Code, refused.Error.DetailEn);
        if (await standards.Follow(ct) is { Ok: false } missing)
            LogNoStandard(log, missing.Error.Code, missing.Error.DetailEn);
    }

    /// <summary>
    /// Whether the hub has a newer directory than the one in force here: for whoever met something that a member's newest entry would explain, such as
    /// another epoch of its log. So that no peer makes this node ask for ever, it asks once in a while.
    /// </summary>
    /// <param name="than">Hash of the directory under which it was met.</param>
    public async Task<bool> HasNewer(string than, CancellationToken ct)
    {
        if (directory.Trusted.Hash != than)
            return true;
        var (last, now) = (Interlocked.Read(ref asked), clock.GetTimestamp());
        if ((last != 0 && clock.GetElapsedTime(last, now) < LeastBetween) || Interlocked.CompareExchange(ref asked, now, last) != last)
            return false;
        _ = await Once(ct);
        return directory.Trusted.Hash != than;
    }

    static readonly TimeSpan LeastBetween = TimeSpan.FromSeconds(2);

    long asked;

    public async Task<Result<TrustedDirectory>> Once(CancellationToken ct)
    {
        if (node.IsHub)
            return await directory.Offer(await File.ReadAllTextAsync(Path.Combine(node.DataFolder, RegionDirectory.FileName), ct), ct);
        if (directory.Trusted.Document.Members.FirstOrDefault(m => m.IsHub) is not { } hub)
            return Error.Unavailable("directory.no-hub", "名录中没有枢纽", "The directory names no hub");
        var offered = await peers.Send(hub.NodeId, HttpMethod.Get, "/peer/directory", default, ct);
        foreach (var key in keys.Prepared)
        {
            if (offered.Error?.Code == "signature.unknown-key")
                offered = await peers.Send(hub.NodeId, HttpMethod.Get, "/peer/directory", default, ct, key: key);
        }
        if (!offered.Ok)
            return offered.Error;
        var taken = await directory.Offer(offered.Value.Text, ct);
        keys.Follow();
        // What the directory names is in force with it; if it cannot be had now, the next round tries again.
        _ = await standards.Follow(ct);
        return taken;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The directory was not confirmed: {Code} {Why}")]
    static partial void LogRefused(ILogger log, string code, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The data standard that the directory names is not in force here: {Code} {Why}")]
    static partial void LogNoStandard(ILogger log, string code, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Following the directory failed; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);
}
