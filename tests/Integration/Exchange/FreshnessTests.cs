using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A department that does not write within the cycle it declared is named to its steward and to the whole region, until it does.</summary>
public sealed class FreshnessTests
{
    const string Code = "civil.daily-copy";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_overdue_is_listed_here_and_marked_everywhere_and_no_longer_once_it_is_written()
    {
        await using var nodes = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        var own = nodes.Get<OwnResources>(Anhui);
        var like = own.Find(Marriage)!;
        await nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
        {
            foreach (var (code, cycle, connector) in new[] { (Code, "daily", like.Definition.Connector), ("civil.no-source", "daily", null), ("civil.on-a-network", "daily", new SourceBinding(Sources.Postgres, "nowhere", ["SELECT 1"])) })
            {
                var row = ResourceRow.Of(like.Definition with { Code = code, Name = "每日副本", UpdateCycle = cycle, Connector = connector }, "340000", like.Department, 1);
                row.Publish(1);
                db.Add(row);
            }
            return db.SaveChangesAsync(Ct);
        });
        await own.Load(Ct);
        var watch = nodes.Get<IEnumerable<IHostedService>>(Anhui).OfType<WatchFreshness>().Single();
        async Task<(string Ours, string? Theirs)> Look()
        {
            await watch.Look(Ct);
            using var steward = new Browser(Role.Steward);
            var page = await steward.Read(nodes.Url(Anhui) + "/console/freshness");
            return (page, (await nodes.Get<Catalogues>(Shanghai).Fetch(Anhui, Ct)).Value.Resources.Single(r => r.Code == Code).OverdueSince);
        }
        Task<int> Noted() => nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), db => db.Set<OverdueRow>().CountAsync(Ct));
        var file = new FileInfo(Path.Combine(nodes.FolderOf(Anhui), "departments", "civil.db"));
        void WrittenAt(DateTimeOffset at) => file.LastWriteTimeUtc = at.UtcDateTime;

        WrittenAt(nodes.Clock.GetUtcNow());
        var (ours, theirs) = await Look();
        Assert.DoesNotContain(Code, ours, StringComparison.Ordinal);
        Assert.Null(theirs);
        // Yesterday is in time; the day before it is not.
        WrittenAt(nodes.Clock.GetUtcNow() - TimeSpan.FromDays(1));
        Assert.Null((await Look()).Theirs);
        WrittenAt(nodes.Clock.GetUtcNow() - TimeSpan.FromDays(3));
        (ours, theirs) = await Look();
        Assert.Contains(Code, ours, StringComparison.Ordinal);
        Assert.Contains("逾期 2 天", ours, StringComparison.Ordinal);
        // Read at each question: a quiet department is no fault.
        Assert.DoesNotContain(Marriage, ours, StringComparison.Ordinal);
        Assert.Equal(nodes.Clock.Today().AddDays(-1).ToString("yyyy-MM-dd", null), theirs);
        Assert.Equal(1, await Noted());
        using (var steward = new Browser(Role.Steward))
        {
            Assert.Contains($"自 {theirs} 起", await steward.Read(nodes.Url(Shanghai) + $"/console/catalogue/340000/{Code}"), StringComparison.Ordinal);
            var unknown = await steward.Read(nodes.Url(Anhui) + "/console/freshness?only=unknown");
            Assert.Contains("civil.no-source", unknown, StringComparison.Ordinal);
            Assert.Contains("civil.on-a-network", unknown, StringComparison.Ordinal);
        }
        // Looked at again it is the same; after a restart it is still known.
        await nodes.Stop(Anhui);
        await nodes.Run(Anhui);
        Assert.Equal(theirs, nodes.Get<OverdueBook>(Anhui).Since(Code, 1));
        watch = nodes.Get<IEnumerable<IHostedService>>(Anhui).OfType<WatchFreshness>().Single();
        WrittenAt(nodes.Clock.GetUtcNow());
        (ours, theirs) = await Look();
        Assert.DoesNotContain(Code, ours, StringComparison.Ordinal);
        Assert.Null(theirs);
        Assert.Equal(0, await Noted());
    }
}
