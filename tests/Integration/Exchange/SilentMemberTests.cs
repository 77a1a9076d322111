using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A member that takes connections and never answers holds up nothing that goes to others, however much waits for it.</summary>
public sealed class SilentMemberTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task<TwoNodes> Start(bool hub, bool postgres) => TwoNodes.Start(hub, postgres: postgres, also: b => b.Services.AddSingleton(new ExchangeOptions
    {
        PeerTimeout = TimeSpan.FromMinutes(5),
        WatchPeriod = TimeSpan.FromMilliseconds(100),
    }));

    static TcpListener Silent(TwoNodes region, string node)
    {
        var listener = new TcpListener(IPAddress.Loopback, new Uri(region.Url(node)).Port);
        listener.Start(512);
        return listener;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_to_others_go_while_hundreds_wait_for_it(bool postgres)
    {
        Assert.SkipWhen(postgres && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        const int many = 300;
        await using var region = await Start(hub: true, postgres);
        await region.Stop(Anhui);
        using var silent = Silent(region, Anhui);
        await using (var scope = region.App(Shanghai).Services.AsNode("test"))
        {
            var outbox = scope.ServiceProvider.GetRequiredService<Outbox>();
            for (var i = 0; i < many; i++)
                outbox.PublishTo(Anhui, new ConsentRevoked(Name(i), 1), $"consent:{Name(i)}", 1);
            await scope.ServiceProvider.GetRequiredService<NodeDb>().SaveChangesAsync(Ct);
        }
        Task<List<OutboxRow>> Sent(string node) => region.As<NodeDb, List<OutboxRow>>(Shanghai, Actor.Node("test"), db => db.Set<OutboxRow>().AsNoTracking().Where(r => r.ToNode == node).ToListAsync(Ct));
        await Soon.Holds(async () => (await Sent(Anhui)).Count(r => r.ClaimedUntil > 0) >= 8, Ct);

        // In one stream, in order.
        for (var i = 1; i <= 3; i++)
            await region.Publish(Shanghai, Hub, new ConsentRevoked(Name(i), i), "consent:others", i);
        await Soon.Holds(async () => (await Sent(Hub)).TrueForAll(r => r.DoneAt is not null), Ct);

        Assert.Equal([1, 2, 3], await region.As<NodeDb, List<long>>(Hub, Actor.Node("test"), db => db.Set<OutboxRow>().Where(r => r.FromNode == Shanghai).OrderBy(r => r.Position).Select(r => r.StreamSequence).ToListAsync(Ct)));
        var waiting = await Sent(Anhui);
        Assert.Equal(many, waiting.Count);
        Assert.All(waiting, r => Assert.Equal((null, 0), (r.DoneAt, r.Attempts)));
        // What waits behind those that hang is not claimed: another replica may send it, or this one when there is room.
        Assert.InRange(waiting.Count(r => r.ClaimedUntil > 0), 8, 32);

        static string Name(int i) => i.ToString("D8", CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Changes_reach_others_while_it_is_told_of_many()
    {
        await using var region = await Start(hub: false, postgres: false);
        var id = (await SubscriptionTests.Begin(region)).Value;
        await SubscriptionTests.States(region, id, 1);
        using var silent = Silent(region, Hub);
        // Forty that the hub had and that ended: it is to be told of each.
        var mine = (await SubscriptionTests.Watches(region)).Single();
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
        {
            for (var i = 0; i < 40; i++)
                db.Add(new WatchRow { Id = i.ToString("D32", CultureInfo.InvariantCulture), Consumer = Hub, AgreementId = mine.AgreementId, Resource = mine.Resource, Query = mine.Query, State = WatchState.Ended, Division = mine.Division, Department = mine.Department });
            return db.SaveChangesAsync(Ct);
        });
        region.Get<WatchSignal>(Anhui).Raise();
        var asked = new List<TcpClient>();
        while (asked.Count < 8)
            asked.Add(await silent.AcceptTcpClientAsync(Ct));
        region.Write("djzh = '照常'");
        Assert.Equal(["J340199-2015-000001", "照常"], await SubscriptionTests.States(region, id, 2));
        Assert.All((await SubscriptionTests.Watches(region)).Where(w => w.Consumer == Hub), w => Assert.False(w.EndTold));
        asked.ForEach(a => a.Dispose());
    }
}
