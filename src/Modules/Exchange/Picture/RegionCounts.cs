using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Events;

namespace Tongban.Exchange;

/// <summary>
/// At the hub: what members publish, asked for every few minutes and held in memory only. Whoever publishes no longer is gone with the next look;
/// the hub stores nobody's counts.
/// </summary>
sealed partial class RegionCounts(NodeIdentity node, RegionDirectory directory, PeerClient peers, ExchangeOptions options, TimeProvider clock, ILogger<RegionCounts> logger) : BackgroundService
{
    readonly ConcurrentDictionary<string, MonthlyCounts> published = new(StringComparer.Ordinal);

    /// <summary>By the member that published them.</summary>
    public IReadOnlyDictionary<string, MonthlyCounts> Published => published;

    /// <summary>
    /// Exchanges that both sides publish: nobody is shown by the word, or by the choice, of the other alone. Where they count differently, the
    /// smaller number, which both have.
    /// </summary>
    public IEnumerable<MonthlyCounts.Use> Shown()
    {
        var taken = published.Values.SelectMany(c => c.Uses.Where(u => u.Consumer == c.Node)).ToDictionary(u => u.What, u => u.Count);
        foreach (var given in published.Values.SelectMany(c => c.Uses.Where(u => u.Provider == c.Node)))
        {
            if (taken.TryGetValue(given.What, out var count))
                yield return given with { Count = Math.Min(given.Count, count) };
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!node.IsHub)
            return;
        await Rounds.Every(options.CountsPeriod, clock, Look, e => LogFailed(logger, e), stoppingToken, atOnce: true);
    }

    public async Task Look(CancellationToken ct)
    {
        var members = directory.Trusted.Document.Members.Where(m => m.NodeId != node.Id).Select(m => m.NodeId).ToList();
        foreach (var member in members)
        {
            var answer = await peers.Get(member, "/peer/counts", ct);
            // One that is away published what it published; one that says no, or signs something else, does not.
            if (answer.Error is { Kind: ErrorKind.Unavailable })
                continue;
            if (answer.Ok && MonthlyCounts.Verify(answer.Value, directory.Trusted, member) is { } counts)
                published[member] = counts;
            else
                published.TryRemove(member, out _);
        }
        foreach (var gone in published.Keys.Except(members).ToList())
            published.TryRemove(gone, out _);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Published counts could not be asked for; trying again.")]
    static partial void LogFailed(ILogger logger, Exception e);
}
