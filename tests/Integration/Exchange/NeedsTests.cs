using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
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
        IReadOnlyList<MatchNeeds.Match> Matched(string of) => region.Get<MatchNeeds>(Shanghai).Of([([covered, elsewhere, "no.such-element"], of)], Shanghai, region.Clock.NowMs())[0];
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

    [Fact]
    public async Task What_others_need_stands_beside_what_is_published_here_and_nobody_hears_what_is_needed_of_somebody_else()
    {
        await using var region = await Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        NeedRow Need(string title, string of, string elements, long? closed = null) => new()
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Title = title,
            Elements = elements,
            Of = of,
            Reason = "样例事项",
            CreatedAt = region.Clock.NowMs(),
            ClosedAt = closed,
            Division = "310000",
            Department = "",
        };
        await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), db =>
        {
            db.AddRange(Need("核对婚姻", Anhui, "marriage.state no.such-element"), Need("谁都可以", "", "marriage.state other.nobody-has-it"), Need("已不需要", Anhui, "marriage.state", 1), Need("问枢纽", Hub, "marriage.state"));
            return db.SaveChangesAsync(Ct);
        });

        var answer = await region.Get<PeerClient>(Anhui).Send(Shanghai, HttpMethod.Get, NeedsMessage.Path, default, Ct);
        var read = NeedsMessage.Read(answer.Value.Body, Shanghai)!;
        Assert.Equal([("核对婚姻", false), ("谁都可以", true)], read.Needs.Select(n => (n.Title, n.OfAnybody)).OrderBy(n => n.OfAnybody));
        Assert.Null(NeedsMessage.Read(answer.Value.Body, Anhui));

        using var steward = new Browser(Role.Steward);
        var there = await steward.Read($"{region.Url(Anhui)}/console/needs/pairs?with={Uri.EscapeDataString(Shanghai)}");
        Assert.Contains("核对婚姻", there, StringComparison.Ordinal);
        Assert.Contains("no.such-element", there, StringComparison.Ordinal);
        Assert.Contains("无人提供", there, StringComparison.Ordinal);
        Assert.Contains("已有协议", there, StringComparison.Ordinal);
        // What anybody may give is not listed where it is not held.
        Assert.DoesNotContain("other.nobody-has-it", there, StringComparison.Ordinal);
        Assert.DoesNotContain("已不需要", there, StringComparison.Ordinal);
        Assert.DoesNotContain("问枢纽", there, StringComparison.Ordinal);
        var here = await steward.Read($"{region.Url(Shanghai)}/console/needs/pairs?with={Uri.EscapeDataString(Anhui)}");
        Assert.Contains("核对婚姻", here, StringComparison.Ordinal);
        Assert.Contains("对方没有登记", here, StringComparison.Ordinal);

        // Whoever is away is named as that.
        await region.Stop(Shanghai);
        Assert.Contains("对方暂时没有回答", await steward.Read($"{region.Url(Anhui)}/console/needs/pairs?with={Uri.EscapeDataString(Shanghai)}"), StringComparison.Ordinal);
    }
}
