using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>How long exchanges took and how they ended: by pair and resource over a day, a week or a month, and one of them over time.</summary>
static class ShowMonitoring
{
    const int PageSize = 50;

    /// <summary>What is shown, and in steps of how many hours.</summary>
    internal static readonly IReadOnlyDictionary<string, (int Hours, int Step, Words Name)> Spans = new Dictionary<string, (int, int, Words)>(StringComparer.Ordinal)
    {
        ["day"] = (24, 1, new("24 小时", "24 hours")),
        ["week"] = (7 * 24, 6, new("7 天", "7 days")),
        ["month"] = (31 * 24, 24, new("31 天", "31 days")),
    };

    public static async Task<IResult> Handle(NodeDb db, RegionDirectory directory, Catalogues catalogues, KeepTimes keep, TimeProvider clock, CancellationToken ct, string? span = null, string? side = null, string? peer = null, string? resource = null, string? after = null)
    {
        if (!Spans.ContainsKey(span ?? "day"))
            return Error.Invalid("monitoring.span", "时段应为 day、week 或 month", "The span is day, week or month", "span", "请从页面上选择", "Choose it on the page").AsResult();
        var first = 0;
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            if (!int.TryParse(key.Value[0], NumberStyles.None, CultureInfo.InvariantCulture, out first))
                return Cursor.Invalid.AsResult();
        }
        // What came in the last minute is shown too.
        await keep.Store(ct);
        var (hours, step, _) = Spans[span ?? "day"];
        var until = (clock.NowMs() / KeepTimes.HourMs) + 1;
        var rows = db.Set<ExchangeTimeRow>().AsNoTracking().Where(r => r.Hour >= until - hours);
        var one = peer is not null && resource is not null;
        var of = side == "provider" ? DspSide.Provider : DspSide.Consumer;
        if (one)
            rows = rows.Where(r => r.Side == of && r.Peer == peer && r.Resource == resource);
        var (pairs, times) = (new Dictionary<TimedPair, TimedSum>(), new TimedSum?[hours / step]);
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(ct))
        {
            var pair = new TimedPair(row.Side, row.Peer, row.Resource);
            if (!pairs.TryGetValue(pair, out var sum))
                pairs[pair] = sum = new();
            sum.Add(row);
            var at = (int)((row.Hour - (until - hours)) / step);
            if (one && at < times.Length)
                (times[at] ??= new()).Add(row);
        }
        var names = new UseNames(directory, catalogues);
        var sorted = pairs.OrderByDescending(p => p.Value.All).ThenBy(p => p.Key.Peer, StringComparer.Ordinal).ThenBy(p => p.Key.Resource, StringComparer.Ordinal).ToList();
        return Page.Of<MonitoringPage>(new
        {
            Span = span ?? "day",
            Rows = (IReadOnlyList<MonitoringPage.Row>)[.. sorted.Skip(first).Take(PageSize).Select(p => Row(p.Key, p.Value, names))],
            Next = sorted.Count > first + PageSize ? Cursor.Of(first + PageSize) : null,
            IsFirst = first == 0,
            One = one ? new MonitoringPage.Chosen(of == DspSide.Provider, peer!, resource!, names.Node(peer!), names.Resource(resource!)) : null,
            Times = (IReadOnlyList<MonitoringPage.Step>)(one ? [.. times.Select((t, i) => Step((until - hours + (i * step)) * KeepTimes.HourMs, t))] : []),
        });
    }

    static MonitoringPage.Row Row(TimedPair pair, TimedSum sum, UseNames names) => new(
        pair.Side == DspSide.Provider, pair.Peer, pair.Resource,
        pair.Peer.Length == 0 ? new("其余", "All others") : names.Node(pair.Peer), pair.Resource.Length == 0 ? new("其他", "Anything else") : names.Resource(pair.Resource),
        sum.All, sum.Refused, sum.Failed, Of(sum.Total, 0.5), Of(sum.Total, 0.95), Of(sum.Total, 0.99), Of(sum.Network, 0.95), Of(sum.Source, 0.95));

    static MonitoringPage.Step Step(long at, TimedSum? sum) => sum is null
        ? new(at, 0, 0, 0, null, null, null)
        : new(at, sum.All, sum.Refused, sum.Failed, Of(sum.Total, 0.5), Of(sum.Total, 0.95), Of(sum.Total, 0.99));

    static double? Of(long[] counts, double share) => Durations.Percentile(counts, share) / 1000.0;

    sealed class TimedSum
    {
        public long All { get; private set; }

        public long Refused { get; private set; }

        public long Failed { get; private set; }

        public long[] Total { get; } = new long[Durations.Buckets];

        public long[] Network { get; } = new long[Durations.Buckets];

        public long[] Source { get; } = new long[Durations.Buckets];

        public void Add(ExchangeTimeRow row)
        {
            All += row.Answered + row.Refused + row.Failed;
            Refused += row.Refused;
            Failed += row.Failed;
            Durations.AddTo(Total, row.Total);
            Durations.AddTo(Network, row.Network);
            Durations.AddTo(Source, row.Source);
        }
    }
}
