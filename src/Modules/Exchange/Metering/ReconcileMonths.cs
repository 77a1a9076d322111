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
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// Once a day, and when a steward asks, each agreement's month is compared with the other side; in the first days of a month the one before as
/// well. What was found stays until the next comparison.
/// </summary>
sealed partial class ReconcileMonths(
    AgreementBook agreements, NodeIdentity node, Reconcile reconcile, TransparencyLog log, MeteringTally tally, TimeProvider clock, IServiceScopeFactory scopes, ILogger<ReconcileMonths> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromMinutes(10);
    static readonly TimeSpan Again = TimeSpan.FromHours(20);

    /// <summary>Days into a month in which the one before is still compared.</summary>
    const int LateDays = 10;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Added up before the first page asks: a long log takes seconds, once.
        await Rounds.Try(tally.Now, e => LogFailed(logger, e), stoppingToken);
        await Rounds.Every(Period, clock, Round, e => LogFailed(logger, e), stoppingToken);
    }

    public async Task Round(CancellationToken ct)
    {
        var today = clock.Today();
        List<DateOnly> months = [MeteringTally.MonthOf(today)];
        if (today.Day <= LateDays)
            months.Add(months[0].AddMonths(-1));
        foreach (var use in (await tally.Now(ct)).Where(u => months.Contains(u.Month) && u.Consumer != u.Provider && u.Units > 0).DistinctBy(u => (u.Agreement, u.Month)))
        {
            if (await ComparedAt(use.Agreement, use.Month, ct) < clock.NowMs() - (long)Again.TotalMilliseconds)
                // One that cannot be compared keeps no other from it.
                await Rounds.Try(c => Run(use.Agreement, use.Month, c), e => LogFailed(logger, e), ct);
        }
    }

    async Task<long> ComparedAt(string agreement, DateOnly month, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("metering");
        var name = NameOf(month);
        return await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<ReconciliationRow>().Where(r => r.AgreementId == agreement && r.Month == name).Select(r => (long?)r.ComparedAt).SingleOrDefaultAsync(ct) ?? 0;
    }

    /// <summary>Compares now and keeps what was found.</summary>
    public async Task<Result<Done>> Run(string agreement, DateOnly month, CancellationToken ct)
    {
        if (agreements.Find(agreement) is not { } known || MeteringSide.Of(known.Terms, node.Id) is null)
            return TerminateAgreement.None;
        await using var scope = scopes.AsNode("metering");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var found = await reconcile.Run(known.Terms, month, log, db, ct);
        var name = NameOf(month);
        var row = await db.Set<ReconciliationRow>().SingleOrDefaultAsync(r => r.AgreementId == agreement && r.Month == name, ct);
        if (row is null)
            db.Add(row = new ReconciliationRow { AgreementId = agreement, Month = name });
        row.Revision++;
        row.Trouble = found.Error is { } error ? TroubleOf(error.Code) : null;
        if (found.Ok)
        {
            Keep(row, found.Value);
            // Those of before are no longer what is so.
            var before = await db.Set<MeteringDifferenceRow>().Where(d => d.AgreementId == agreement && d.Month == name).OrderBy(d => d.Number).ToListAsync(ct);
            db.RemoveRange(before.Skip(found.Value.Differences.Count));
            for (var i = 0; i < found.Value.Differences.Count; i++)
            {
                if (i >= before.Count)
                    db.Add(Take(new MeteringDifferenceRow { AgreementId = agreement, Month = name, Number = i }, found.Value.Differences[i]));
                else
                    Take(before[i], found.Value.Differences[i]);
            }
        }
        var saved = await db.TrySave(ct);
        return saved != SaveOutcome.Saved ? Error.Conflict("metering.compared", "刚刚已经核对过，请刷新", "It was compared a moment ago; load the page again") : found.Ok ? Done.It : found.Error;
    }

    void Keep(ReconciliationRow row, Reconciliation found)
    {
        (row.ProviderRecords, row.ProviderUnits) = (found.Provider.Records, found.Provider.Units);
        (row.ConsumerRecords, row.ConsumerUnits) = (found.Consumer.Records, found.Consumer.Units);
        (row.Confirmed, row.Explained, row.Open, row.ComparedAt) = (found.Confirmed, found.Explained, found.Open, clock.NowMs());
    }

    /// <summary>The code may be the other node's own word: what is no name, or does not fit the column, must not keep the outcome from being stored.</summary>
    static string TroubleOf(string code) => code.Length > 0 && code.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') ? DspMessage.Cut(code, ReconciliationRow.LongestTrouble) : "peer.refused";

    static MeteringDifferenceRow Take(MeteringDifferenceRow row, Difference one)
    {
        (row.Kind, row.ExchangeId, row.At) = (one.Kind, one.Exchange, one.Provider?.At ?? one.Consumer?.At ?? 0);
        (row.ProviderIndex, row.ProviderUnits) = (one.Provider?.Index, one.Provider?.Units);
        (row.ConsumerIndex, row.ConsumerUnits) = (one.Consumer?.Index, one.Consumer?.Units);
        return row;
    }

    public static string NameOf(DateOnly month) => month.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    [LoggerMessage(Level = LogLevel.Error, Message = "Metering could not be compared with the other sides; trying again.")]
    static partial void LogFailed(ILogger logger, Exception e);
}
