using Microsoft.EntityFrameworkCore;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Contracts.Exchange;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

public class RevocationTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_revoked_consent_is_refused_by_the_provider_even_if_the_consumer_goes_on_asking()
    {
        await using var region = await TwoNodes.Start();
        var id = await region.Consent(Husband);
        Assert.True((await region.Ask(Question(id))).Ok);

        await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), async db =>
        {
            var row = await db.Set<ConsentRow>().SingleAsync(c => c.Id == id, Ct);
            Assert.True(row.Revoke(region.Clock.GetUtcNow().ToUnixTimeMilliseconds()).Ok);
            return await db.SaveChangesAsync(Ct);
        });
        await Publish(region, Shanghai, Anhui, new ConsentRevoked(id, 1), $"consent:{id}");

        // The consumer's memory still holds the token: it is the provider that must refuse.
        var refused = await Until(() => region.Ask(Question(id)), answer => !answer.Ok);
        Assert.Equal("consent.revoked", refused.Error?.Code);
    }

    /// <summary>A node that may not know of a stolen key neither gives nor takes what concerns people, whoever asks; what ends something still passes.</summary>
    [Fact]
    public async Task Without_the_hub_beyond_the_bound_only_what_takes_away_passes_between_nodes()
    {
        await using var region = await TwoNodes.Start();
        region.Clock.Ahead = RegionDirectory.FreshnessBound + TimeSpan.FromMinutes(5);
        // The hub, which is never stale, at an address where nobody looks for it.
        var hub = region.Settings.Single(s => s.Id == Hub);
        await region.Run(hub with { Listen = $"http://127.0.0.1:{Ports.Take(1)[0]}" });
        var (fresh, stale) = (region.Get<PeerClient>(Hub), region.Get<PeerClient>(Shanghai));
        async Task<string?> Sent(PeerClient by, HttpMethod method, string path, string body) =>
            (await by.Send(Anhui, method, path, System.Text.Encoding.UTF8.GetBytes(body), Ct)).Error?.Code;
        var certificate = System.Text.Json.JsonSerializer.Serialize(new EventMessage("e1", "certificates.revoked.v1", "{}", "s", 1, []), DirectoryDocument.Json);

        foreach (var (method, path, body) in new[]
        {
            ("POST", "/peer/records", "{}"), ("POST", "/peer/events", certificate), ("PUT", $"/peer/files/{new string('a', 64)}", "x"), ("POST", "/peer/subscriptions", "{}"),
            ("POST", "/peer/bulk", "{}"), ("POST", "/peer/changes", "{}"), ("POST", "/peer/acks", "{}"), ("POST", "/peer/metering", "{}"), ("GET", "/peer/needs", ""), ("GET", "/peer/counts", ""),
            ("POST", "/dsp/catalog/request", "{}"), ("POST", "/dsp/negotiations/request", "{}"), ("POST", "/dsp/transfers/request", "{}"),
        })
        {
            Assert.Equal((path, "directory.stale"), (path, await Sent(fresh, new(method), path, body)));
            if (path != "/peer/events")
                Assert.Equal((path, "directory.stale"), (path, await Sent(stale, new(method), path, body)));
        }
        foreach (var path in new[] { "/peer/directory", "/peer/log/checkpoint", "/peer/catalogue" })
        {
            Assert.Equal((path, null), (path, await Sent(fresh, HttpMethod.Get, path, "")));
            Assert.Equal((path, null), (path, await Sent(stale, HttpMethod.Get, path, "")));
        }

        await Publish(region, Shanghai, Anhui, new Tongban.Contracts.Certificates.CertificateRevoked("cert-1", Shanghai, new Words("x", "x"), 1), "cert:1");
        await Publish(region, Shanghai, Anhui, new AgreementTerminated(AgreementId, Shanghai, "test", 1), $"agreement:{AgreementId}");
        await Until(() => Task.FromResult(region.Get<AgreementBook>(Anhui).Find(AgreementId)!), a => a.TerminatedAt is not null);
        var waits = await Until(
            () => region.As<NodeDb, OutboxRow>(Shanghai, Actor.Node("test"), db => db.Set<OutboxRow>().AsNoTracking().SingleAsync(o => o.Stream == "cert:1", Ct)), o => o.Attempts > 0);
        Assert.Equal((null, "directory.stale"), (waits.DoneAt, waits.LastError));
        // The hub is there again: what waited goes by itself.
        await region.Stop(Hub);
        await region.Run(Hub);
        await Until(
            () => region.As<NodeDb, OutboxRow>(Shanghai, Actor.Node("test"), db => db.Set<OutboxRow>().AsNoTracking().SingleAsync(o => o.Stream == "cert:1", Ct)), o => o.DoneAt is not null);
    }

    [Fact]
    public async Task A_terminated_agreement_stops_queries_on_both_sides()
    {
        await using var region = await TwoNodes.Start();
        var consent = await region.Consent(Husband);
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), async db =>
        {
            (await db.Set<AgreementRow>().SingleAsync(a => a.Id == AgreementId, Ct)).Terminate(Anhui, "test", 1);
            return await db.SaveChangesAsync(Ct);
        });
        await region.Get<AgreementBook>(Anhui).Refresh(Ct);
        Assert.Equal("agreement.terminated", (await region.Ask(Question(consent))).Error?.Code);

        await Publish(region, Anhui, Shanghai, new AgreementTerminated(AgreementId, Anhui, "test", 1), $"agreement:{AgreementId}");
        await Until(() => Task.FromResult(region.Get<AgreementBook>(Shanghai).Find(AgreementId)!), a => a.TerminatedAt is not null);
    }

    [Fact]
    public async Task An_event_to_a_node_that_is_away_arrives_once_it_is_back_and_holds_up_no_other()
    {
        await using var region = await TwoNodes.Start(hub: true);
        await region.Stop(Anhui);
        await Publish(region, Shanghai, Anhui, new ConsentRevoked("c-away", 1), "consent:c-away");
        await Publish(region, Shanghai, Hub, new ConsentRevoked("c-hub", 1), "consent:c-hub");
        await Until(() => Revocations(region, Hub), found => found.Contains("c-hub"));

        await region.Run(Anhui);
        await Until(() => Revocations(region, Anhui), found => found.Contains("c-away"));
    }

    [Fact]
    public async Task An_event_under_a_number_that_another_had_is_kept_by_its_sender_and_the_delivered_go_after_a_month()
    {
        await using var region = await TwoNodes.Start();
        await Publish(region, Shanghai, Anhui, new ConsentRevoked("c-1", 1), "consent:c-1");
        await Until(() => Revocations(region, Anhui), found => found.Contains("c-1"));
        // Shanghai counts again from the beginning, as after a backup was put back.
        await Publish(region, Shanghai, Anhui, new ConsentRevoked("c-2", 1), "consent:c-1");
        Task<List<OutboxRow>> Sent() => region.As<NodeDb, List<OutboxRow>>(Shanghai, Actor.Node("test"), db => db.Set<OutboxRow>().Where(r => r.ToNode == Anhui).OrderBy(r => r.Position).ToListAsync(Ct));
        var rows = await Until(Sent, found => found is [{ DoneAt: not null }, { Attempts: > 0 }]);
        Assert.Equal((null, "event.number-taken"), (rows[1].DoneAt, rows[1].LastError));
        Assert.DoesNotContain("c-2", await Revocations(region, Anhui));

        Task<int> Inbox() => region.As<NodeDb, int>(Anhui, Actor.Node("test"), db => db.Set<InboxRow>().CountAsync(Ct));
        foreach (var node in new[] { Shanghai, Anhui })
            await region.Get<SweepDelivered>(node).Once(Ct);
        Assert.Equal((2, 1), ((await Sent()).Count, await Inbox()));
        region.Clock.Ahead += SweepDelivered.Kept + TimeSpan.FromMinutes(1);
        foreach (var node in new[] { Shanghai, Anhui })
            await region.Get<SweepDelivered>(node).Once(Ct);
        Assert.Null(Assert.Single(await Sent()).DoneAt);
        Assert.Equal(0, await Inbox());
    }

    static Task<List<string>> Revocations(TwoNodes region, string node) =>
        region.As<NodeDb, List<string>>(node, Actor.Node("test"), db => db.Set<RevocationRow>().Select(r => r.ConsentId).ToListAsync(Ct));

    static Task<int> Publish<TEvent>(TwoNodes region, string from, string to, TEvent e, string stream) where TEvent : IPeerEvent =>
        region.Publish(from, to, e, stream, 1);

    /// <summary>Waits for something that happens in the background, at most twenty seconds.</summary>
    static async Task<T> Until<T>(Func<Task<T>> look, Func<T, bool> enough)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (true)
        {
            var found = await look();
            if (enough(found) || DateTime.UtcNow > deadline)
            {
                Assert.True(enough(found), "It did not happen within 20 s.");
                return found;
            }
            await Task.Delay(250, Ct);
        }
    }
}
