using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A replica learns of the others' revocations by reading what is new, not everything.</summary>
public sealed class RevocationsReadTests
{
    const long Minute = 60_000;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_replica_reads_all_once_and_then_what_is_newer_with_some_overlap(bool postgres)
    {
        Assert.SkipWhen(postgres && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var region = await TwoNodes.Start(without: Shanghai, postgres: postgres);
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        Task Store(params (string Id, long HeardAt)[] rows) => region.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
        {
            db.AddRange(rows.Select(r => new RevocationRow { ConsentId = r.Id, FromNode = Shanghai, At = 1, HeardAt = r.HeardAt }));
            return db.SaveChangesAsync(Ct);
        });
        await Store([.. Enumerable.Range(0, 50).Select(i => ($"old-{i}", now - (60 * Minute))), ("newest", now)]);
        var replica = ActivatorUtilities.CreateInstance<ConsentBook>(region.App(Anhui).Services);
        Assert.Equal(51, await replica.Load(Ct));
        Assert.True(replica.IsRevoked(Shanghai, "old-7"));

        // Of another replica: one as it comes, one that was begun before the newest and is committed after it, one of an older version.
        await Store(("later", now + Minute), ("slow", now - (5 * Minute)), ("older-version", 0));
        Assert.Equal(4, await replica.Load(Ct));
        foreach (var id in new[] { "later", "slow", "older-version", "old-7" })
            Assert.True(replica.IsRevoked(Shanghai, id), id);
        // The mark moves on: what is out of the overlap is read no more.
        await Store(("much-later", now + (30 * Minute)));
        Assert.Equal(5, await replica.Load(Ct));
        Assert.Equal(2, await replica.Load(Ct));
    }

    [Fact]
    public async Task What_is_heard_is_stored_with_this_nodes_own_time()
    {
        await using var region = await TwoNodes.Start();
        var before = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        // The other side says that it was long ago.
        await region.Publish(Shanghai, Anhui, new ConsentRevoked("c-1", 1), "consent:c-1", 1);
        await Soon.Holds(() => region.Get<ConsentBook>(Anhui).IsRevoked(Shanghai, "c-1"), Ct);
        await Soon.Holds(() => region.As<NodeDb, bool>(Anhui, Actor.Node("test"), db => db.Set<RevocationRow>().AnyAsync(r => r.ConsentId == "c-1" && r.At == 1 && r.HeardAt >= before, Ct)), Ct);
    }
}
