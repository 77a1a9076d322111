using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.Faults;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.SubscriptionTests;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Disks that are full and members that are slow: a change comes later, in its order and once.</summary>
public sealed class SubscriptionFaultTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task Sql(TwoNodes region, string sql) => region.As<NodeDb, int>(Anhui, Actor.Node("test"), db => db.Database.ExecuteSqlRawAsync(sql, Ct));

    /// <summary>As the department would have written it some time ago.</summary>
    static void WriteLongAgo(TwoNodes region, string what, int minutes)
    {
        region.Write(what);
        File.SetLastWriteTimeUtc(Path.Combine(region.FolderOf(Anhui), "departments", "civil.db"), DateTime.UtcNow.AddMinutes(-minutes));
    }

    [Fact]
    public async Task A_change_that_cannot_be_stored_is_seen_again_however_old_it_is_and_keeps_no_other_waiting()
    {
        await using var region = await TwoNodes.Start();
        var (first, second) = ((await Begin(region)).Value, (await Begin(region)).Value);
        await States(region, first, 1);
        await States(region, second, 1);
        // The database refuses what is written for the first.
        await Sql(region, $"CREATE TRIGGER no_room BEFORE INSERT ON exchange_watched_change WHEN NEW.WatchId = '{first}' BEGIN SELECT RAISE(ABORT, 'no room'); END");
        WriteLongAgo(region, "djzh = '一'", 30);
        Assert.Equal(["J340199-2015-000001", "一"], await States(region, second, 2));
        WriteLongAgo(region, "djzh = '二'", 20);
        Assert.Equal(["J340199-2015-000001", "一", "二"], await States(region, second, 3));
        Assert.Single(await Changes(region, first));
        await Sql(region, "DROP TRIGGER no_room");
        Assert.Equal(["J340199-2015-000001", "二"], await States(region, first, 2));
    }

    [Fact]
    public async Task On_a_full_disk_at_the_subscriber_changes_wait_and_come_in_order_once_there_is_room()
    {
        await using var region = await TwoNodes.Start(without: Shanghai);
        using var disk = new SmallDisk(region.FolderOf(Shanghai), 64);
        await region.Run(Shanghai);
        try
        {
            var id = (await Begin(region)).Value;
            await States(region, id, 1);
            disk.Fill(leave: 0);
            region.Write("djzh = printf('%0300000d', 1)");
            var waits = await Until(region, w => w.Attempts > 0);
            Assert.Equal((WatchState.Active, 1L), (waits.State, waits.Acked));
            region.Write("djzh = '再'");
            await Until(region, w => w.Offset == 3);
            disk.Free();
            region.Clock.Ahead += TimeSpan.FromMinutes(2);
            region.Get<WatchSignal>(Anhui).Raise();
            Assert.Equal([19, 300_000, 1], (await States(region, id, 3)).Select(s => s!.Length));
            Assert.Equal([1, 2, 3], (await Changes(region, id)).Select(c => c.Offset));
            foreach (var node in new[] { Anhui, Shanghai })
                Assert.Equal(3, (await region.Get<TransparencyLog>(node).Metering(-1, 100, AgreementId, Ct)).Sum(m => m.Metering.Units));
        }
        finally
        {
            await region.Stop(Shanghai);
        }
    }

    [Fact]
    public async Task A_subscriber_that_does_not_answer_in_time_gets_each_change_once()
    {
        var (gate, hold) = (new Gate(), new TaskCompletionSource());
        await using var region = await TwoNodes.Start(also: b =>
        {
            gate.Watch(b);
            b.Services.AddSingleton(new ExchangeOptions { PeerTimeout = TimeSpan.FromMilliseconds(1500), WatchPeriod = TimeSpan.FromMilliseconds(100) });
        });
        var id = (await Begin(region)).Value;
        await Until(region, w => w.Acked == 1);
        gate.Passes = async (_, path) =>
        {
            if (path == "/peer/changes")
                await hold.Task;
            return true;
        };
        region.Write("djzh = '慢'");
        Assert.Equal((WatchState.Active, 1L), await Until(region, w => w.Code == "peer.unreachable") is var waits ? (waits.State, waits.Acked) : default);
        region.Write("djzh = '再'");
        await Until(region, w => w.Offset == 3);
        hold.SetResult();
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        region.Get<WatchSignal>(Anhui).Raise();
        Assert.Equal(["J340199-2015-000001", "慢", "再"], await States(region, id, 3));
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.Equal(3, (await region.Get<TransparencyLog>(node).Metering(-1, 100, AgreementId, Ct)).Sum(m => m.Metering.Units));
    }
}
