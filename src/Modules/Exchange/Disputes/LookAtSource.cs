using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The provider's side: reads what the department's system says about a value in dispute, as soon as it answers, and notes it. A system
/// that is away is asked again until the dispute is decided, and holds up no other.
/// </summary>
sealed partial class LookAtSource(OwnResources own, Sources sources, IVault vault, TimeProvider clock, IServiceScopeFactory scopes, ILogger<LookAtSource> log) : BackgroundService
{
    const int AtOnce = 200;

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Rounds.Run(Round, e => LogFailed(log, e), stoppingToken);

    async Task Round(CancellationToken ct)
    {
        if (await Look(ct) < AtOnce)
            await Task.Delay(Pause, ct);
    }

    /// <summary>Returns how many were due.</summary>
    public async Task<int> Look(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("disputes");
        var now = clock.NowMs();
        var due = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<DisputeRow>().AsNoTracking()
            .Where(d => d.LookAt <= now).OrderBy(d => d.LookAt).ThenBy(d => d.Id).Take(AtOnce).ToListAsync(ct);
        await Parallel.ForEachAsync(due.GroupBy(d => d.Resource), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct }, (group, c) => new ValueTask(Look([.. group], c)));
        return due.Count;
    }

    /// <summary>Disputes about one resource. Where it does not answer for one the others are not tried now; they are due still, and come before it next time.</summary>
    async Task Look(IReadOnlyList<DisputeRow> disputes, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("disputes");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        foreach (var row in disputes)
        {
            var seen = await Seen(row, ct);
            db.ChangeTracker.Clear();
            db.Attach(row);
            if (seen is not null)
                (row.Seen, row.SeenAt, row.LookAt) = (seen, clock.NowMs(), null);
            else
                row.LookAt = Again(row.RaisedAt, clock.NowMs());
            // The revision stays: nothing changes that a steward could be deciding on. One that was decided meanwhile needs it no more.
            _ = await db.TrySave(ct);
            if (seen is null)
                return;
        }
    }

    async Task<string?> Seen(DisputeRow row, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        string? seen = null;
        await Rounds.Try(async c => seen = await Read(own, sources, vault, row.Resource, row.Field, DecideDispute.Words(row, vault).Subject, c), e => LogAway(log, e, row.Resource), patience.Token);
        ct.ThrowIfCancellationRequested();
        return seen;
    }

    /// <summary>The longer it has been away, the longer until it is asked again: a second at first, at most a minute.</summary>
    static long Again(long raisedAt, long now) => now + Math.Clamp(now - raisedAt, 1000, 60_000);

    /// <summary>Keyed hash of what the department's system says now; null when it does not answer.</summary>
    public static async ValueTask<string?> Read(OwnResources own, Sources sources, IVault vault, string code, string field, string subject, CancellationToken ct)
    {
        if (own.Find(code)?.Definition is not { SubjectParameter: { } parameter } resource || !resource.Has(field))
            return null;
        var rows = await sources.Read(resource, new Dictionary<string, string> { [parameter.Name] = subject }, [field], ct);
        return rows.Ok ? vault.BlindIndex("exchange_dispute.Seen", Convert.ToBase64String(RowsJson.Of([field], rows.Value.Rows))) : null;
    }

    /// <summary>
    /// Who else stands in the records about somebody, as the spouse does in a marriage's: what was given about them was the same record.
    /// Null when the department's system does not answer: then nobody knows whom to tell.
    /// </summary>
    public static async ValueTask<IReadOnlyList<string>?> AlsoNamed(OwnResources own, Sources sources, string code, string subject, CancellationToken ct)
    {
        if (own.Find(code)?.Definition is not { SubjectParameter: { } parameter } resource || resource.Fields.Where(f => f.Element == Identifiers.CitizenIds).Select(f => f.Name).ToList() is not { Count: > 0 } ids)
            return [];
        var rows = await sources.Read(resource, new Dictionary<string, string> { [parameter.Name] = subject }, ids, ct);
        return rows.Ok ? [.. rows.Value.Rows.SelectMany(r => r).OfType<string>().Where(id => id != subject).Distinct(StringComparer.Ordinal)] : null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The sources of values in dispute could not be looked at; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The source of {Resource}, about which a value is in dispute, could not be read; trying again.")]
    static partial void LogAway(ILogger log, Exception e, string resource);
}
