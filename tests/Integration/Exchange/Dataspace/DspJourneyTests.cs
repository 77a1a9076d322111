using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Two nodes negotiate by the protocol; what they agree is what queries run under.</summary>
public class DspJourneyTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static long Now(TwoNodes region) => region.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    static AgreementTerms Asked(string resource = Marriage) => new("", Anhui, Shanghai, resource, 1, ["registerNumber", "wifeName"], [Item], true,
        new AgreementBasis(AgreementBasis.Consent, new Words("同意", "consent")), 0, 0, 2);

    static async Task<string> Begin(TwoNodes region, AgreementTerms terms)
    {
        var id = await region.As<NodeDb, string>(Shanghai, Actor.Node("test"), async db =>
        {
            var row = NegotiationRow.New(DspSide.Consumer, "310000", "", Anhui, "/dsp", terms, StandingOffer.NewId(), Now(region));
            row.Send(NegotiationMove.Request, Now(region));
            db.Add(row);
            await db.SaveChangesAsync(Ct);
            return row.Id;
        });
        region.Get<DspSignal>(Shanghai).Raise();
        return id;
    }

    static async Task Decide(TwoNodes region, string node, NegotiationMove move, AgreementTerms? terms = null)
    {
        await region.As<NodeDb, int>(node, Actor.Node("test"), async db =>
        {
            var row = await db.Set<NegotiationRow>().SingleAsync(Ct);
            Assert.Null(row.Decide(move, terms ?? row.OnTable, "试验", Now(region)));
            return await db.SaveChangesAsync(Ct);
        });
        region.Get<DspSignal>(node).Raise();
    }

    static Task<NegotiationRow> Until(TwoNodes region, string node, NegotiationState state) =>
        Until(region, node, row => row.State == state && row.Sending is null, state.ToString());

    static async Task<NegotiationRow> Until(TwoNodes region, string node, Func<NegotiationRow, bool> holds, string what)
    {
        NegotiationRow? row = null;
        for (var i = 0; i < 800; i++)
        {
            row = await region.As<NodeDb, NegotiationRow?>(node, Actor.Node("test"), db => db.Set<NegotiationRow>().AsNoTracking().SingleOrDefaultAsync(Ct));
            if (row is not null && holds(row))
                return row;
            await Task.Delay(25, Ct);
        }
        Assert.Fail($"{node}: {row?.State} (sending {row?.Sending}, {row?.LastError}), not {what}");
        return row!;
    }

    static ExchangeQuestion AskFor(string consent) => Question(consent, "registerNumber", "wifeName");

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task What_two_nodes_negotiate_is_what_queries_run_under_until_it_is_ended(string engine)
    {
        Assert.SkipWhen(engine == "postgres" && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        var wire = new DspWire();
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter>(wire), postgres: engine == "postgres");
        var consent = await region.Consent(Husband, Item, "D1", "registerNumber", "wifeName");
        Assert.Equal("agreement.field-not-covered", (await region.Ask(AskFor(consent))).Error?.Code);

        // A resource that is shared on condition waits for its steward, who offers less; the consumer's takes it.
        await Begin(region, Asked() with { QuotaPerDay = 50 });
        await Until(region, Anhui, NegotiationState.Requested);
        await Decide(region, Anhui, NegotiationMove.Offer, Asked());
        await Until(region, Shanghai, NegotiationState.Offered);
        Assert.Equal(2, (await Until(region, Shanghai, NegotiationState.Offered)).OnTable.QuotaPerDay);
        await Decide(region, Shanghai, NegotiationMove.Accept);
        var made = await Until(region, Shanghai, NegotiationState.Finalized);
        Assert.Equal(made.AgreementId, (await Until(region, Anhui, NegotiationState.Finalized)).AgreementId);

        // One document, signed by both, the same at both; queries run under it, and its quota counts.
        var documents = new List<string>();
        foreach (var node in new[] { Shanghai, Anhui })
            documents.Add(await region.As<NodeDb, string>(node, Actor.Node("test"), db => db.Set<AgreementRow>().Where(a => a.Id == made.AgreementId).Select(a => a.Document).SingleAsync(Ct)));
        Assert.Equal(documents[0], documents[1]);
        var answer = await region.Ask(AskFor(consent));
        Assert.True(answer.Ok, answer.Error?.DetailEn);
        Assert.Equal((made.AgreementId, "样例乙"), (answer.Value.AgreementId, answer.Value.Rows[0]["wifeName"]));
        Assert.Equal("agreement.field-not-covered", (await region.Ask(Question(consent, "wifeName", "state"))).Error?.Code);
        Assert.True((await region.Ask(AskFor(consent))).Ok);
        Assert.Equal("agreement.quota-exceeded", (await region.Ask(AskFor(consent))).Error?.Code);

        // The provider ends it: at once there, soon at the consumer.
        region.Clock.Ahead = TimeSpan.FromMinutes(1);
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), async db =>
        {
            (await db.Set<AgreementRow>().SingleAsync(a => a.Id == made.AgreementId, Ct)).Terminate(Anhui, "试验", Now(region));
            return await db.SaveChangesAsync(Ct);
        });
        await region.Get<AgreementBook>(Anhui).Refresh(Ct);
        Assert.Equal("agreement.terminated", (await region.Ask(AskFor(consent))).Error?.Code);
        // What another agreement covers goes under that one.
        Assert.Equal("consent.field", (await region.Ask(Question(consent, "state"))).Error?.Code);

        if (DspWire.Missing is null)
            Assert.Superset(new HashSet<string> { "ContractRequestMessage", "ContractOfferMessage", "ContractAgreementMessage", "ContractAgreementVerificationMessage", "ContractNegotiationEventMessage", "ContractNegotiation" }, (await wire.AllValid()).ToHashSet());
    }

    [Fact]
    public async Task What_is_shared_without_condition_is_agreed_on_without_a_steward_as_far_as_it_is_offered()
    {
        await using var region = await TwoNodes.Start();
        var offered = StandingOffer.Terms(region.Get<OwnResources>(Anhui).Find("market.business-licence")!, Anhui, Shanghai, new ExchangeOptions());
        Assert.True(StandingOffer.IsUnconditional(region.Get<OwnResources>(Anhui).Find("market.business-licence")!));
        await Begin(region, offered with { Purposes = [Item], QuotaPerDay = 10 });
        var made = await Until(region, Shanghai, NegotiationState.Finalized);
        Assert.Equal(10, region.Get<AgreementBook>(Anhui).Find(made.AgreementId)!.Terms.QuotaPerDay);
    }

    [Fact]
    public async Task So_many_queries_a_minute_as_were_agreed()
    {
        await using var region = await TwoNodes.Start();
        await Begin(region, Asked() with { QuotaPerDay = 9, RatePerMinute = 2 });
        await Until(region, Anhui, NegotiationState.Requested);
        await Decide(region, Anhui, NegotiationMove.Agree);
        await Until(region, Shanghai, NegotiationState.Finalized);
        // Early in a minute, so that it does not end on the way.
        region.Clock.Ahead = TimeSpan.FromMilliseconds(61_000 - (Now(region) % 60_000));
        var consent = await region.Consent(Husband, Item, "D1", "registerNumber", "wifeName");
        for (var i = 0; i < 2; i++)
        {
            var answer = await region.Ask(AskFor(consent));
            Assert.True(answer.Ok, answer.Error?.DetailEn);
        }
        Assert.Equal("agreement.rate-exceeded", (await region.Ask(AskFor(consent))).Error?.Code);
        region.Clock.Ahead += TimeSpan.FromMinutes(1);
        Assert.True((await region.Ask(AskFor(consent))).Ok);
    }

    [Fact]
    public async Task A_negotiation_goes_on_when_a_node_was_away()
    {
        await using var region = await TwoNodes.Start();
        await Begin(region, Asked());
        await Until(region, Anhui, NegotiationState.Requested);
        await region.Stop(Shanghai);
        await Decide(region, Anhui, NegotiationMove.Agree);
        await Until(region, Anhui, row => row is { Sending: not null, LastError: not null }, "has tried in vain");
        await region.Stop(Anhui);
        await region.Run(Shanghai);
        await region.Run(Anhui);

        await Until(region, Anhui, NegotiationState.Finalized);
        Assert.True(region.Get<AgreementBook>(Shanghai).Find((await Until(region, Shanghai, NegotiationState.Finalized)).AgreementId) is { TerminatedAt: null });
    }

    [Fact]
    public async Task A_negotiation_that_was_ended_leaves_no_agreement_in_force_whatever_was_signed_before()
    {
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton(new ExchangeOptions { StewardConfirms = true }));
        await Begin(region, Asked());
        await Until(region, Anhui, NegotiationState.Requested);
        await Decide(region, Anhui, NegotiationMove.Agree);
        await Until(region, Shanghai, NegotiationState.Agreed);
        await Decide(region, Shanghai, NegotiationMove.Verify);
        var verified = await Until(region, Anhui, NegotiationState.Verified);
        // As when the provider put it in force and its word of that did not arrive.
        Assert.Equal(1, (await region.Get<AgreementBook>(Anhui).Import([verified.Document], Ct)).Value);
        await Until(region, Shanghai, NegotiationState.Verified);
        await Decide(region, Shanghai, NegotiationMove.Terminate);
        await Until(region, Anhui, NegotiationState.Terminated);
        await region.Get<AgreementBook>(Anhui).Refresh(Ct);
        Assert.NotNull(region.Get<AgreementBook>(Anhui).Find(verified.AgreementId)!.TerminatedAt);
        Assert.Null(region.Get<AgreementBook>(Shanghai).Find(verified.AgreementId));
    }

    static async Task Transfer(TwoNodes region, string node, Action<NodeDb, List<TransferRow>> act)
    {
        await region.As<NodeDb, int>(node, Actor.Node("test"), async db =>
        {
            act(db, await db.Set<TransferRow>().OrderBy(t => t.CreatedAt).ToListAsync(Ct));
            return await db.SaveChangesAsync(Ct);
        });
        region.Get<DspSignal>(node).Raise();
    }

    /// <summary>Of the transfers that began, at both nodes.</summary>
    static async Task States(TwoNodes region, params TransferState[] states)
    {
        foreach (var node in new[] { Shanghai, Anhui })
        {
            List<TransferRow> rows = [];
            for (var i = 0; i < 800; i++)
            {
                rows = await region.As<NodeDb, List<TransferRow>>(node, Actor.Node("test"), db => db.Set<TransferRow>().AsNoTracking().OrderBy(t => t.CreatedAt).ToListAsync(Ct));
                var settled = rows.TrueForAll(r => r.Sending is null);
                rows.RemoveAll(r => r.PeerPid.Length == 0);
                if (settled && rows.Select(r => r.State).SequenceEqual(states))
                    break;
                await Task.Delay(25, Ct);
            }
            Assert.True(rows.Select(r => r.State).SequenceEqual(states), $"{node}: {string.Join("; ", rows.Select(r => $"{r.State} sending {r.Sending} {r.LastError} suspended {r.SuspendedBy} {r.Reason}"))}");
            await region.Get<AgreementBook>(node).Refresh(Ct);
        }
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_use_that_the_provider_suspends_stops_queries_until_the_provider_takes_it_up_again_and_ends_with_its_agreement(string engine)
    {
        Assert.SkipWhen(engine == "postgres" && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var region = await TwoNodes.Start(postgres: engine == "postgres");
        var question = Question(await region.Consent(Husband));
        void Request(NodeDb db, List<TransferRow> _)
        {
            var row = TransferRow.New(DspSide.Consumer, "310000", "", Anhui, "/dsp", AgreementId, Now(region));
            row.Send(TransferMove.Request, Now(region));
            db.Add(row);
        }
        await Transfer(region, Shanghai, Request);
        await States(region, TransferState.Started);
        Assert.True((await region.Ask(question)).Ok);

        // Decided while the consumer cannot be told: questions are refused already.
        await Transfer(region, Anhui, (_, all) =>
        {
            Assert.Null(all[0].Decide(TransferMove.Suspend, "核查", Now(region)));
            all[0].NextAt += 3_600_000;
        });
        await region.Get<AgreementBook>(Anhui).Refresh(Ct);
        Assert.Equal("agreement.suspended", (await region.Ask(question)).Error?.Code);
        await Transfer(region, Anhui, (_, all) => all[0].NextAt = Now(region));
        await States(region, TransferState.Suspended);
        Assert.Equal("agreement.suspended", (await region.Ask(question)).Error?.Code);
        // The consumer can neither take it up, nor go round it by ending it and beginning another.
        await Transfer(region, Shanghai, (_, all) => Assert.Equal("dsp.illegal-transition", all[0].Decide(TransferMove.Start, null, Now(region))?.Code));
        await Transfer(region, Shanghai, (_, all) => Assert.Null(all[0].Decide(TransferMove.Terminate, "绕过", Now(region))));
        await States(region, TransferState.Terminated);
        Assert.Equal("agreement.suspended", (await new Provider(region).Ask()).Error?.Code);
        await Transfer(region, Shanghai, Request);
        await States(region, TransferState.Terminated);

        await Transfer(region, Anhui, (_, all) => all[0].Lift());
        await region.Get<AgreementBook>(Anhui).Refresh(Ct);
        Assert.True((await region.Ask(question)).Ok);
        await Transfer(region, Shanghai, Request);
        await States(region, TransferState.Terminated, TransferState.Started);

        // The agreement runs out: so does its use, and both sides say so.
        region.Clock.Ahead = TimeSpan.FromHours(3);
        await States(region, TransferState.Terminated, TransferState.Terminated);
    }

    /// <summary>A consumer that keeps to nothing: straight to the provider's own checks.</summary>
    sealed class Provider(TwoNodes region)
    {
        public async Task<Result<PeerAnswer>> Ask() =>
            await region.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/query", region.Message(null).ToJson(), Ct);
    }
}
