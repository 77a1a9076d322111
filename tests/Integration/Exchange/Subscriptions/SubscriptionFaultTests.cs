using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Tests.Integration.Exchange.Connectors;
using Tongban.Tests.Integration.Faults;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
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

    [Fact]
    public async Task A_department_that_hangs_holds_up_no_change_of_another()
    {
        await using var department = new Department();
        await department.Start();
        await using var region = await AdoptionRegister.Start(n => File.WriteAllText(
            Path.Combine(n.FolderOf(Anhui), NamedSources.FileName), $$$"""{"court": {"departments": ["340000-civil"], "url": "{{{department.Url}}}/api", "timeoutMs": 60000}}"""));
        var register = new AdoptionRegister(region);
        Assert.Empty(await register.Enter("http:court", "GET /persons/{citizenId}/adoption"));
        Assert.Empty(await register.Publish());
        await register.Agree(t => t with { Subscription = true });
        var asked = new TaskCompletionSource();
        department.Answer = async http =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        };
        var stuck = (await Begin(region, AdoptionRegister.Question)).Value;
        region.Get<WatchSignal>(Anhui).Raise();
        await asked.Task;
        var other = (await Begin(region)).Value;
        Assert.Equal(["J340199-2015-000001"], await States(region, other, 1));
        region.Write("djzh = '照常'");
        Assert.Equal(["J340199-2015-000001", "照常"], await States(region, other, 2));
        // It is asked once and no second time beside that.
        Assert.Equal((1, 0L), (department.Asked, (await Watches(region)).Single(w => w.Id == stuck).Offset));
    }

    [Fact]
    public async Task What_came_together_is_sent_in_messages_that_can_be_taken()
    {
        await using var region = await TwoNodes.Start();
        var id = (await Begin(region)).Value;
        await States(region, id, 1);
        await region.Stop(Shanghai);
        // Six of three megabytes, and one that is small: 18 MB wait.
        for (var i = 1; i <= 6; i++)
        {
            region.Write($"djzh = hex(zeroblob(1500000)) || '{i}'");
            await Until(region, w => w.Offset == i + 1);
        }
        region.Write("djzh = '小'");
        await Until(region, w => w.Offset == 8);
        await region.Run(Shanghai);
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        region.Get<WatchSignal>(Anhui).Raise();
        Assert.Equal([19, 3_000_001, 3_000_001, 3_000_001, 3_000_001, 3_000_001, 3_000_001, 1], (await States(region, id, 8)).Select(s => s!.Length));
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.Equal(8, (await region.Get<TransparencyLog>(node).Metering(-1, 100, AgreementId, Ct)).Sum(m => m.Metering.Units));
    }

    [Fact]
    public async Task A_consumer_that_lost_what_is_not_kept_any_more_hears_so_and_nothing_is_passed_over_in_silence()
    {
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        var id = (await Begin(region)).Value;
        for (var i = 2; i <= 3; i++)
        {
            await States(region, id, i - 1);
            region.Write($"djzh = '状态{i}'");
        }
        await States(region, id, 3);
        // A week later the provider has swept the first two; the consumer goes back to a backup from before all.
        await Sql(region, "DELETE FROM exchange_watched_change WHERE \"Offset\" < 3");
        await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), async db =>
        {
            await db.Set<TakenChangeRow>().ExecuteDeleteAsync(Ct);
            return await db.Set<SubscriptionRow>().ExecuteUpdateAsync(s => s.SetProperty(x => x.Offset, 0), Ct);
        });
        // Asked for by its steward it is refused, and nothing changes.
        using var steward = new Browser(Role.Steward);
        var page = region.Url(Shanghai) + "/console/subscriptions";
        using (var refused = await steward.Submit(page, $"/console/subscriptions/{id}/decide", ("move", "replay")))
            Assert.Contains("已不再保留", await refused.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Equal((WatchState.Active, 3L), await Until(region, _ => true) is var still ? (still.State, still.Acked) : default);
        // The next change comes too early for it, so it says what it lacks, and hears that this is all that there will be.
        region.Write("djzh = '状态4'");
        await Until(region, w => w.Attempts > 0);
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        region.Get<WatchSignal>(Anhui).Raise();
        Assert.Equal("changes.not-kept", (await Until(region, w => w is { State: WatchState.Ended, EndTold: true })).Code);
        Assert.Empty(await Changes(region, id));
        foreach (var shown in new[] { page, region.Url(Anhui) + "/console/subscriptions?side=given" })
            Assert.Contains("已不再保留", await steward.Read(shown), StringComparison.Ordinal);
        // Subscribed anew, it begins with what is true now.
        var anew = (await Begin(region)).Value;
        Assert.Equal(["状态4"], await States(region, anew, 1));
    }

    [Fact]
    public async Task A_consumer_that_says_now_this_and_now_that_is_sent_it_less_and_less_often()
    {
        await using var region = await TwoNodes.Start();
        var id = (await Begin(region)).Value;
        for (var i = 2; i <= 3; i++)
        {
            await States(region, id, i - 1);
            region.Write($"djzh = '状态{i}'");
        }
        await States(region, id, 3);
        await region.Stop(Shanghai);
        // In its place one that signs well: it has all that it is sent, then nothing, in turn.
        var said = 0;
        await using var consumer = await Signing(region, () => $$"""{"v":1,"taken":{{(Interlocked.Increment(ref said) % 2 == 1 ? 0 : 3)}}}""");
        region.Write("djzh = '状态4'");
        for (var attempts = 1; attempts <= 4; attempts++)
        {
            var at = attempts;
            var row = await Until(region, w => w.Attempts >= at);
            var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            Assert.Equal((at, WatchState.Active, "changes.asked-again"), (row.Attempts, row.State, row.Code));
            Assert.InRange(row.NextAt, now + (long)(OutboxClaims.Pause(at) / 2).TotalMilliseconds, now + (long)OutboxClaims.Pause(at).TotalMilliseconds);
            region.Clock.Ahead += OutboxClaims.Pause(at);
            region.Get<WatchSignal>(Anhui).Raise();
        }
        await consumer.StopAsync(Ct);
        await region.Run(Shanghai);
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        region.Get<WatchSignal>(Anhui).Raise();
        Assert.Equal("状态4", (await States(region, id, 4)).Last());
        // What it never had is progress.
        Assert.Equal((0, 4L), await Until(region, w => w.Acked == 4) is var done ? (done.Attempts, done.MostAcked) : default);
    }

    /// <summary>Has Shanghai's address and key, and answers changes so; nothing else is there.</summary>
    static async Task<WebApplication> Signing(TwoNodes region, Func<string> reply)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(region.Url(Shanghai));
        var app = builder.Build();
        app.Run(async http =>
        {
            using var read = new MemoryStream();
            await http.Request.Body.CopyToAsync(read);
            var content = "{}"u8.ToArray();
            if (http.Request.Path == "/peer/changes")
                content = System.Text.Encoding.UTF8.GetBytes(reply());
            else
                http.Response.StatusCode = 404;
            Assert.True(MessageSigner.SignResponse(http.Response, new ServerRequestView(http.Request, read.ToArray(), new Uri(region.Url(Shanghai))), content, region.Keys(Shanghai).Messages, region.Clock.GetUtcNow()).Ok);
            http.Response.ContentLength = content.Length;
            await http.Response.Body.WriteAsync(content);
        });
        await app.StartAsync(Ct);
        return app;
    }
}
