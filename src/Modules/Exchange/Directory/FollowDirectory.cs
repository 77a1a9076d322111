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
        var taken = node.IsHub ? await directory.Offer(await File.ReadAllTextAsync(Path.Combine(node.DataFolder, RegionDirectory.FileName), ct), ct) : await AskHub(ct);
        // Signed by members, or by a hub, whose keys the version held here does not name: those between say who they are.
        if (taken.Error?.Code is TrustedDirectory.LacksQuorum or PeerClient.NotTrusted && !node.IsHub && await CatchUp(ct))
            taken = await AskHub(ct);
        keys.Follow();
        // What the directory names is in force with it; if it cannot be had now, the next round tries again.
        if (taken.Ok)
            _ = await standards.Follow(ct);
        return taken;
    }

    async Task<Result<TrustedDirectory>> AskHub(CancellationToken ct)
    {
        if (Hub is not { } hub)
            return NoHub;
        var offered = await peers.Send(hub.NodeId, HttpMethod.Get, "/peer/directory", default, ct);
        foreach (var key in keys.Prepared)
        {
            if (offered.Error?.Code == "signature.unknown-key")
                offered = await peers.Send(hub.NodeId, HttpMethod.Get, "/peer/directory", default, ct, key: key);
        }
        return offered.Ok ? await directory.Offer(offered.Value.Text, ct) : offered.Error;
    }

    /// <summary>Version by version, each judged by the one before. They prove themselves, so that they need no signature of a hub whose key is new as well.</summary>
    /// <returns>True when at least one was taken.</returns>
    async Task<bool> CatchUp(CancellationToken ct)
    {
        for (var taken = false; ; taken = true)
        {
            if (Hub is not { } hub || await peers.GetOpen(hub.NodeId, GiveDirectory.After(directory.Trusted.Document.Version), ct) is not { Ok: true, Value: var next })
                return taken;
            if (await directory.Advance(next, ct) is { Ok: false } refused)
            {
                LogRefused(log, refused.Error.Code, refused.Error.DetailEn);
                return taken;
            }
        }
    }

    MemberEntry? Hub => directory.Trusted.Document.Members.FirstOrDefault(m => m.IsHub);

    static readonly Error NoHub = Error.Unavailable("directory.no-hub", "名录中没有枢纽", "The directory names no hub");

    [LoggerMessage(Level = LogLevel.Warning, Message = "The directory was not confirmed: {Code} {Why}")]
    static partial void LogRefused(ILogger log, string code, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The data standard that the directory names is not in force here: {Code} {Why}")]
    static partial void LogNoStandard(ILogger log, string code, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Following the directory failed; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);
}
