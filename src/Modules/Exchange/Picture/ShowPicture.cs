using System.Globalization;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>Who exchanges with whom, as a picture with its table: at a node its own exchanges, at the hub those that members publish.</summary>
static class ShowPicture
{
    public const string Path = "/console/exchange/picture";

    public static async Task<IResult> Handle(NodeDb db, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, MeteringTally tally, RegionCounts region, TimeProvider clock, CancellationToken ct, string? month = null, string? from = null, string? to = null)
    {
        IReadOnlyList<MonthlyCounts.Use> uses = node.IsHub
            ? [.. region.Shown()]
            : [.. (await tally.Now(ct)).Where(u => u.Consumer != u.Provider && u.Units > 0).Select(u => new MonthlyCounts.Use(MeteringPage.Of(u.Month), u.Consumer, u.Provider, u.Resource, u.Records))];
        var now = MeteringPage.Of(MeteringTally.MonthOf(clock.Today()));
        var of = month ?? now;
        if (of != "all" && !DateOnly.TryParseExact(of, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            return ShowMetering.NoMonth.AsResult();
        var months = uses.Select(u => u.Month).Append(now).Distinct().OrderDescending().Take(24).ToList();
        var shown = uses.Where(u => of == "all" || u.Month == of).ToList();
        var names = new UseNames(directory, catalogues);
        var members = directory.Trusted.Document.Members.Where(m => !m.IsHub).Select(m => m.NodeId)
            .Union(shown.SelectMany(u => new[] { u.Consumer, u.Provider })).Order(StringComparer.Ordinal).ToList();
        var ways = shown.GroupBy(u => (u.Consumer, u.Provider)).Select(g => new PicturePage.Way(g.Key.Consumer, g.Key.Provider, names.Node(g.Key.Consumer), names.Node(g.Key.Provider), g.Sum(u => u.Count)))
            .OrderByDescending(w => w.Count).ThenBy(w => w.From, StringComparer.Ordinal).ThenBy(w => w.To, StringComparer.Ordinal).ToList();
        return Page.Of<PicturePage>(new
        {
            Month = of,
            Months = (IReadOnlyList<string>)months,
            Members = (IReadOnlyList<PicturePage.Member>)[.. members.Select(m => new PicturePage.Member(m, names.Node(m), m == node.Id, !node.IsHub || region.Published.ContainsKey(m)))],
            Ways = (IReadOnlyList<PicturePage.Way>)ways,
            Chosen = ways.Find(w => w.From == from && w.To == to),
            Resources = (IReadOnlyList<PicturePage.Resource>)[.. shown.Where(u => u.Consumer == from && u.Provider == to).GroupBy(u => u.Resource, StringComparer.Ordinal)
                .Select(g => new PicturePage.Resource(g.Key, names.Resource(g.Key), g.Sum(u => u.Count))).OrderByDescending(r => r.Count)],
            node.IsHub,
            Publishes = !node.IsHub && await GiveCounts.IsOn(db, ct),
        });
    }
}
