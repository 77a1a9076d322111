using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>Which resources here are overdue, in memory for the catalogue.</summary>
sealed class OverdueBook(IServiceScopeFactory scopes)
{
    readonly ConcurrentDictionary<(string Code, int Version), DateTimeOffset> said = new();

    volatile FrozenDictionary<(string Code, int Version), string> since = FrozenDictionary<(string, int), string>.Empty;

    /// <summary>ISO date; null when it is in time, or nobody can tell.</summary>
    public string? Since(string code, int version) => since.GetValueOrDefault((code, version));

    /// <summary>When a source was last written to, as it said when it was last asked; null when it never answered since this process began.</summary>
    public DateTimeOffset? Said(ResourceDefinition resource) => said.TryGetValue((resource.Code, resource.Version), out var at) ? at : null;

    public void Heard(ResourceDefinition resource, DateTimeOffset at) => said[(resource.Code, resource.Version)] = at;

    /// <summary>True when it is not as it was.</summary>
    public async Task<bool> Load(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("freshness");
        var rows = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<OverdueRow>().AsNoTracking().ToListAsync(ct);
        var now = rows.ToFrozenDictionary(r => (r.Code, r.Version), r => r.Since);
        var changed = now.Count != since.Count || now.Any(p => since.GetValueOrDefault(p.Key) != p.Value);
        since = now;
        return changed;
    }
}

/// <summary>
/// Holds the departments' systems against the update cycles they declared. A steward finds what is overdue on a page of its own, and every
/// member in the catalogue, from the first day on.
/// </summary>
sealed partial class WatchFreshness(OwnResources own, Sources sources, OverdueBook book, NodeIdentity node, ExchangeOptions options, TimeProvider clock, IServiceScopeFactory scopes, ILogger<WatchFreshness> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => node.IsHub ? Task.CompletedTask : Rounds.Run(Round, e => LogFailed(log, e), stoppingToken);

    async Task Round(CancellationToken ct)
    {
        await Look(ct);
        await Task.Delay(options.FreshnessPeriod, ct);
    }

    public async Task Look(CancellationToken ct)
    {
        // Each by itself: a system that does not answer is as it was, and holds up no other.
        await Parallel.ForEachAsync(own.All.Select(r => r.Definition).Where(d => d.Connector is { Written: not null } && Freshness.Days(d.UpdateCycle) is not null), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct }, async (resource, cancel) =>
        {
            if (await sources.AskWritten(resource, cancel) is { Ok: true, Value: { } at })
                book.Heard(resource, at);
        });
        await using (var scope = scopes.AsNode("freshness"))
        {
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            var noted = await db.Set<OverdueRow>().ToDictionaryAsync(r => (r.Code, r.Version), ct);
            foreach (var resource in own.All)
            {
                var key = (resource.Definition.Code, resource.Definition.Version);
                noted.Remove(key, out var row);
                var found = Freshness.Of(resource.Definition, sources, book, clock);
                if (found is not { LateBy: > 0, WrittenOn: { } written })
                {
                    // One that has not answered yet is as it was noted.
                    if (row is not null && found.Told != Freshness.Told.NotKnown)
                        db.Remove(row);
                    continue;
                }
                if (row is null)
                {
                    db.Add(row = new OverdueRow { Code = key.Code, Version = key.Version, WrittenOn = "", Since = "", NotedAt = clock.NowMs(), Division = node.Division, Department = resource.Department });
                }
                if (row.WrittenOn != Iso(written))
                    (row.WrittenOn, row.Since, row.Revision) = (Iso(written), Iso(clock.Today().AddDays(1 - found.LateBy)), row.Revision + 1);
            }
            // What is no longer offered, or of a version that is no longer the newest.
            db.RemoveRange(noted.Values);
            // Another replica that looked at the same moment stored the same.
            _ = await db.TrySave(ct);
        }
        if (await book.Load(ct))
            await own.Load(ct);
    }

    static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    [LoggerMessage(Level = LogLevel.Error, Message = "Freshness could not be looked at; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);
}
