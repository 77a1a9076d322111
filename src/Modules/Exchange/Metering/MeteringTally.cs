using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Use of one month, added up: of an agreement, by outcome.</summary>
/// <param name="Month">The first day of the month (Asia/Shanghai).</param>
sealed record MonthUse(DateOnly Month, string Agreement, string Resource, string Consumer, string Provider, string Outcome, long Records, long Units);

/// <summary>
/// The metering of this node added up by month. It is read from the log once, and then from where the sums stand: a page costs what came
/// since the last one, however long the log is. Memory grows with agreements and months, not with records.
/// </summary>
sealed class MeteringTally(TransparencyLog log)
{
    /// <summary>Records read at once.</summary>
    const long Step = 250_000;

    static readonly long Offset = (long)LocalTime.Zone.BaseUtcOffset.TotalMilliseconds;

    readonly SemaphoreSlim turn = new(1, 1);
    readonly Dictionary<MonthUse, (long Records, long Units)> sums = [];
    long next;

    public async Task<IReadOnlyList<MonthUse>> Now(CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            for (var size = log.Size; next < size;)
            {
                var until = Math.Min(size, next + Step);
                foreach (var day in await log.MeteringSums(next, until, Offset, ct))
                {
                    var date = DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays((int)day.Day);
                    var key = new MonthUse(new DateOnly(date.Year, date.Month, 1), day.Agreement, day.Resource, day.Consumer, day.Provider, day.Outcome, 0, 0);
                    var (records, units) = sums.GetValueOrDefault(key);
                    sums[key] = (records + day.Records, units + day.Units);
                }
                next = until;
            }
            return [.. sums.Select(s => s.Key with { Records = s.Value.Records, Units = s.Value.Units })];
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Unix ms at which a month begins.</summary>
    public static long Began(DateOnly month) => new DateTimeOffset(month.ToDateTime(TimeOnly.MinValue), LocalTime.Zone.BaseUtcOffset).ToUnixTimeMilliseconds();

    public static DateOnly MonthOf(DateOnly day) => new(day.Year, day.Month, 1);
}
