using System.Text.Json;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Reads a month's use of an agreement from the node's own metering: by purpose, and where rows are charged how many each leaf says were given.</summary>
static class MonthlyUse
{
    public static async Task<IReadOnlyList<PurposeUse>> Of(TransparencyLog log, string agreement, DateOnly month, bool withRows, CancellationToken ct)
    {
        var (from, until) = (Began(month), Began(month.AddMonths(1)));
        var calls = await log.UnitsByPurpose(agreement, from, until, ct);
        if (!withRows)
            return [.. calls.Select(c => new PurposeUse(c.Purpose, c.Units, 0))];
        var rows = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var after = -1L; await log.MeteredLeaves(agreement, from, until, after, ct) is { Count: > 0 } page; after = page[^1].Index)
        {
            foreach (var (_, purpose, leaf) in page)
                rows[purpose] = rows.GetValueOrDefault(purpose) + RowsOf(leaf);
        }
        return [.. calls.Select(c => new PurposeUse(c.Purpose, c.Units, rows.GetValueOrDefault(c.Purpose)))];
    }

    static long RowsOf(byte[] leaf)
    {
        using var json = JsonDocument.Parse(leaf);
        return json.RootElement.GetProperty("body").GetProperty("rows").GetInt64();
    }

    public static long Began(DateOnly month) => new DateTimeOffset(month.ToDateTime(TimeOnly.MinValue), LocalTime.Zone.BaseUtcOffset).ToUnixTimeMilliseconds();
}
