using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>The part of an audit that needs the others: this month and the last of each agreement, as both sides metered them.</summary>
static class AuditMetering
{
    public static async Task<IReadOnlyList<Finding>> Run(IServiceProvider services, NodeIdentity node, CancellationToken ct)
    {
        try
        {
            return await Compare(services, node, ct);
        }
        // What was made of its rows the audit of the log itself has said.
        catch (Exception broken) when (broken is InvalidDataException or InvalidCastException)
        {
            return [new("metering-peers", false, new("日志读不出，未与对方核对计量", "The log cannot be read, so its metering was not compared with the others'"))];
        }
    }

    static async Task<IReadOnlyList<Finding>> Compare(IServiceProvider services, NodeIdentity node, CancellationToken ct)
    {
        var reconcile = services.GetRequiredService<Reconcile>();
        await using var scope = services.AsNode("audit");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        // As they stand in the table, whatever was made of it: what became of the agreements themselves the audit says elsewhere.
        var agreements = (await db.Set<AgreementRow>().AsNoTracking().Select(a => a.Document).ToListAsync(ct)).Select(Agreement.Read).Where(a => a is not null).Select(a => a!.Value.Terms).DistinctBy(t => t.Id).OrderBy(t => t.Id, StringComparer.Ordinal);
        await using var own = await TransparencyLog.Metering(ExchangeModule.LogDatabase(node, services.GetRequiredService<DatabaseOptions>()), cancel: ct);
        var month = MeteringTally.MonthOf(services.GetRequiredService<TimeProvider>().Today());
        var (wrong, away, compared, unbilled) = (new List<Finding>(), new HashSet<string>(StringComparer.Ordinal), 0L, 0L);
        foreach (var terms in agreements)
        {
            var side = MeteringSide.Of(terms, node.Id);
            foreach (var of in new[] { month.AddMonths(-1), month })
            {
                // Who is away once is not waited for again.
                if (side is null || away.Contains(side.Value.Peer))
                    continue;
                var run = await reconcile.Run(terms, of, own, db, ct);
                if (run.Error is { Code: "peer.unreachable" })
                {
                    away.Add(side.Value.Peer);
                    continue;
                }
                if (!run.Ok)
                {
                    wrong.Add(NotCompared(terms.Id, of, run.Error));
                    continue;
                }
                compared += Math.Max(run.Value.Provider.Records, run.Value.Consumer.Records);
                unbilled += run.Value.Explained;
                wrong.AddRange(run.Value.Differences.Where(d => !Difference.IsExplained(d.Kind)).Take(20).Select(d => Wrong(terms.Id, of, d)));
            }
        }
        if (wrong.Count > 0)
            return wrong;
        var (zh, en) = (unbilled > 0 ? $"，{unbilled} 次不计费（未收到，或随日志丢失）" : "", unbilled > 0 ? $"; {unbilled} are not billed (never received, or lost with a log)" : "");
        return [new Finding("metering-peers", true, new(
            $"本月与上月 {compared} 次交换与对方计量一一对应{zh}" + (away.Count > 0 ? $"；{string.Join("、", away)} 未能核对" : ""),
            $"{compared} exchanges of this month and the last are metered by both sides, one to one{en}" + (away.Count > 0 ? $"; {string.Join(", ", away)} could not be asked" : "")))];
    }

    static Finding NotCompared(string agreement, DateOnly month, Error error) => new("metering-peers", false, new(
        $"协议 {agreement}，{MeteringPage.Of(month)}：未能核对：{error.Detail} [{error.Code}]", $"Agreement {agreement}, {MeteringPage.Of(month)}: not compared: {error.DetailEn} [{error.Code}]"));

    static Finding Wrong(string agreement, DateOnly month, Difference one)
    {
        var said = MeteringWords.Said(one.Kind);
        var (given, taken) = (Said(one.Provider), Said(one.Consumer));
        return new("metering-peers", false, new(
            $"协议 {agreement}，{MeteringPage.Of(month)}，交换 {one.Exchange ?? "–"}：{said.Zh}（提供方 {given}，使用方 {taken}）",
            $"Agreement {agreement}, {MeteringPage.Of(month)}, exchange {one.Exchange ?? "–"}: {said.En} (provider {given}, consumer {taken})"));
    }

    static string Said(MeteredExchange? side) => side?.Units is { } units ? units.ToString(System.Globalization.CultureInfo.InvariantCulture) : "–";
}
