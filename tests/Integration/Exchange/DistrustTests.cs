using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Trust;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A key of Shanghai's was stolen, and members say from when on nobody may rely on it. Two nodes and the hub, a clock that moves.</summary>
public class DistrustTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static long Now(TwoNodes region) => region.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    static DirectoryDocument InForce(TwoNodes region, string node) => region.Get<RegionDirectory>(node).Trusted.Document;

    static AgreementTerms Terms(TwoNodes region, string id) => region.Get<AgreementBook>(Anhui).Find(AgreementId)!.Terms with { Id = id };

    static string Signed(AgreementTerms terms, params NodeKey[] keys) =>
        System.Text.Json.JsonSerializer.Serialize(keys.Aggregate(SignedDocument.Of(terms), (document, key) => document.Sign(key, Agreement.DocumentType)));

    /// <summary>Shanghai makes a new key and both sign that the old one is distrusted.</summary>
    static async Task Distrust(TwoNodes region, long from)
    {
        var fresh = region.Get<Keystore>(Shanghai).Prepare("signing", SignatureSuites.EcdsaP256);
        var next = DirectoryChange.ReplaceKey(InForce(region, Shanghai), Shanghai, MemberApplication.Key(fresh, null, Now(region)), TimeSpan.Zero, Now(region), from).Value;
        Assert.True((await region.Get<HubProposals>(Shanghai).Propose(next, Ct)).Ok);
        var waiting = (await region.Get<HubProposals>(Anhui).Waiting(Ct)).Value.Single();
        Assert.True((await region.Get<HubProposals>(Anhui).Sign(Proposal.Read(waiting.Document)!.Value.Signed, Ct)).Ok);
        await Soon.Holds(() => InForce(region, Anhui).Version == next.Version && region.Get<Keystore>(Shanghai).Signing.Kid == fresh.Kid, Ct);
    }

    [Fact]
    public async Task Of_a_stolen_key_nothing_later_counts_and_of_what_is_earlier_only_what_others_saw()
    {
        await using var region = await TwoNodes.Start(hub: true);
        var (stolen, anhui) = (region.Get<Keystore>(Shanghai).Signing, region.Get<Keystore>(Anhui).Signing);
        var (book, agreements) = (region.Get<ConsentBook>(Anhui), region.Get<AgreementBook>(Anhui));
        // Before the theft: one consent that Anhui sees then, one that it does not.
        var (seen, unseen) = (await region.Consent(Husband), await region.Secret(await region.Consent(Husband, caseReference: "D2")));
        Assert.True((await region.Ask(Question(seen))).Ok);
        var began = Now(region);

        region.Clock.Ahead = TimeSpan.FromMinutes(20);
        // After it: the thief attests, and signs an agreement that Anhui takes, not knowing.
        var forged = (await region.Secret(await region.Consent(Husband, caseReference: "D3"))).Token;
        Assert.True(book.Verify(forged).Ok);
        Assert.Equal(1, (await agreements.Import([Signed(Terms(region, "ag-thief"), stolen, anhui)], Ct)).Value);
        Assert.Equal(AgreementState.InForce, agreements.Find("ag-thief")!.StateAt(Now(region)));

        await Distrust(region, from: began + 600_000);

        Assert.Null(region.Get<RegionDirectory>(Anhui).Key(stolen.Kid));
        Assert.Equal("consent.signature", book.Verify(forged).Error?.Code);
        await agreements.Refresh(Ct);
        Assert.Equal("agreement.key-distrusted", agreements.Find("ag-thief")!.Inactive(Now(region))?.Code);
        Assert.Equal(AgreementState.InForce, agreements.Find(AgreementId)!.StateAt(Now(region)));
        // What Anhui saw before goes on; a paper of the same day that nobody saw does not, for the thief can write that day on it too.
        Assert.True((await region.Ask(Question(seen))).Ok);
        Assert.Equal("consent.signature", book.Verify(unseen.Token).Error?.Code);
        Assert.Equal("agreement.unsigned", (await agreements.Import([Signed(Terms(region, "ag-back-dated"), stolen, anhui)], Ct)).Error?.Code);
        // Consented anew, under the new key.
        Assert.True((await region.Ask(Question(await region.Consent(Husband, caseReference: "D1")))).Ok);

        // So it stays after a restart: the agreement's time is in the database, the consent's was only seen.
        await region.Stop(Anhui);
        await region.Run(Anhui);
        Assert.Equal(AgreementState.Doubted, region.Get<AgreementBook>(Anhui).Find("ag-thief")!.StateAt(Now(region)));
        Assert.Equal("consent.signature", (await region.Ask(Question(seen))).Error?.Code);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_within_a_minute_and_without_the_hub_nothing_goes_on_beyond_the_bound()
    {
        // What a node waits at most between two looks at the hub, and between two looks of a replica at what the node took.
        var options = new ExchangeOptions();
        Assert.InRange(options.DirectoryPeriod + options.RefreshPeriod, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        await using var region = await TwoNodes.Start(hub: true);
        var consent = await region.Consent(Husband);
        var stolen = region.Get<Keystore>(Shanghai).Signing;
        await Distrust(region, from: Now(region));
        // Nobody asked anything meanwhile: the node looked by itself.
        Assert.Null(region.Get<RegionDirectory>(Anhui).Key(stolen.Kid));

        await region.Stop(Hub);
        region.Clock.Ahead = RegionDirectory.FreshnessBound - TimeSpan.FromMinutes(5);
        Assert.NotEqual("directory.stale", (await region.Ask(Question(consent))).Error?.Code);
        region.Clock.Ahead = RegionDirectory.FreshnessBound + TimeSpan.FromMinutes(5);
        Assert.Equal("directory.stale", (await region.Ask(Question(consent))).Error?.Code);
    }
}
