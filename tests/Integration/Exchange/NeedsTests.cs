using Tongban.Exchange;
using Tongban.Kernel.Time;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>What one government needs beside what the others publish.</summary>
public class NeedsTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_wanted_fact_is_agreed_published_or_had_by_nobody()
    {
        await using var region = await Start();
        var catalogue = await region.Get<Catalogues>(Shanghai).Of(Anhui, Ct);
        var marriage = catalogue.Value.Resources.First(r => r.Code == Marriage);
        var agreed = region.Get<AgreementBook>(Shanghai).All.First(a => a.Terms.Resource == Marriage && a.Terms.Provider == Anhui);
        var covered = marriage.Fields.First(f => agreed.Terms.Fields.Contains(f.Name) && f.Element == "marriage.state").Element!;
        var covers = region.Get<AgreementBook>(Shanghai).All.Where(a => a.Terms.Provider == Anhui).Select(a => a.Terms.Resource).ToHashSet();
        var elsewhere = catalogue.Value.Resources.Where(r => !covers.Contains(r.Code)).SelectMany(r => r.Fields).First(f => f.Element is { } e
            && !catalogue.Value.Resources.Where(r => covers.Contains(r.Code)).Any(r => r.Fields.Any(x => x.Element == e))).Element!;
        IReadOnlyList<MatchNeeds.Match> Matched(string of) => region.Get<MatchNeeds>(Shanghai).Of([covered, elsewhere, "no.such-element"], of, region.Clock.NowMs());
        Assert.Equal([Supply.Agreed, Supply.Published, Supply.Nobody], Matched("").Select(m => m.Supply));
        Assert.All(Matched(Anhui).Take(2), m => Assert.All(m.Holders, h => Assert.Equal(Anhui, h.NodeId)));
        // Of whom it is not wanted does not count; what is held here is no need.
        Assert.All(Matched(Hub), m => Assert.Equal(Supply.Nobody, m.Supply));
        Assert.All(Matched(""), m => Assert.DoesNotContain(m.Holders, h => h.NodeId == Shanghai));

        // The agreement ends: what was agreed is only published.
        var book = region.Get<AgreementBook>(Shanghai);
        foreach (var id in book.All.Where(a => a.Terms.Consumer == Shanghai && a.Terms.Provider == Anhui).Select(a => a.Id).ToList())
            book.End(id, region.Clock.NowMs());
        Assert.Equal(Supply.Published, Matched("")[0].Supply);
    }
}
