using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Trust;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>The members of a region change it together: keys, newcomers, those who leave. Of two governments both must sign.</summary>
public class GovernanceTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static long Now(TwoNodes region) => region.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    static DirectoryDocument InForce(TwoNodes region, string node) => region.Get<RegionDirectory>(node).Trusted.Document;

    /// <summary>Shanghai proposes, Anhui reads what it is and signs.</summary>
    static async Task Agree(TwoNodes region, DirectoryDocument next)
    {
        Assert.True((await region.Get<HubProposals>(Shanghai).Propose(next, Ct)).Ok);
        var version = InForce(region, Anhui).Version;
        var waiting = (await region.Get<HubProposals>(Anhui).Waiting(Ct)).Value.Single(p => Proposal.Read(p.Document)!.Value.Content.Version == next.Version);
        Assert.Equal([Shanghai], waiting.Signers);
        Assert.Equal(version, InForce(region, Hub).Version);
        Assert.True((await region.Get<HubProposals>(Anhui).Sign(Proposal.Read(waiting.Document)!.Value.Signed, Ct)).Ok);
        Assert.Equal(version + 1, InForce(region, Hub).Version);
        await Soon.Holds(() => InForce(region, Shanghai).Version == version + 1 && InForce(region, Anhui).Version == version + 1, Ct);
        await Soon.Holds(() => region.Get<Keystore>(Shanghai) is var keys && keys.Prepared("signing") is null && keys.Prepared("messages") is null, Ct);
    }

    [Fact]
    public async Task A_key_is_replaced_with_an_overlap_and_nothing_stops()
    {
        await using var region = await TwoNodes.Start(hub: true);
        var consent = await region.Consent(Husband);
        var keys = region.Get<Keystore>(Shanghai);
        var old = keys.Signing;
        var fresh = keys.Prepare("signing", SignatureSuites.EcdsaP256);
        Assert.Same(fresh, keys.Prepare("signing", SignatureSuites.EcdsaP256));
        Assert.Equal(old, keys.Signing);

        await Agree(region, DirectoryChange.ReplaceKey(InForce(region, Shanghai), Shanghai, MemberApplication.Key(fresh, null, Now(region)), TimeSpan.FromDays(7), Now(region)).Value);

        Assert.Equal(fresh, keys.Signing);
        Assert.True((await region.Ask(Question(consent))).Ok);
        // What is still under way under the old key is taken, for seven days; then only the new one.
        Assert.NotNull(region.Get<RegionDirectory>(Anhui).Key(old.Kid));
        region.Clock.Ahead = TimeSpan.FromDays(7) + TimeSpan.FromMinutes(1);
        Assert.Null(region.Get<RegionDirectory>(Anhui).Key(old.Kid));
        Assert.NotNull(region.Get<RegionDirectory>(Anhui).Key(fresh.Kid));

        // The keystore has forgotten the old one, and a restart finds the directory though it was signed by keys of before.
        region.Clock.Ahead = TimeSpan.Zero;
        await region.Stop(Shanghai);
        await region.Run(Shanghai);
        Assert.Equal(fresh.Kid, region.Get<Keystore>(Shanghai).Signing.Kid);
        Assert.True((await region.Ask(Question(await region.Consent(Husband, caseReference: "D1")))).Ok);
    }

    [Fact]
    public async Task A_stolen_key_ends_as_soon_as_members_agree()
    {
        await using var region = await TwoNodes.Start(hub: true);
        var keys = region.Get<Keystore>(Shanghai);
        var stolen = keys.Signing;

        await Agree(region, DirectoryChange.ReplaceKey(InForce(region, Shanghai), Shanghai, MemberApplication.Key(keys.Prepare("signing", SignatureSuites.EcdsaP256), null, Now(region)), TimeSpan.Zero, Now(region)).Value);

        Assert.Null(region.Get<RegionDirectory>(Anhui).Key(stolen.Kid));
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);
    }

    [Fact]
    public async Task A_region_goes_over_to_SM2_member_by_member_while_it_works()
    {
        await using var region = await TwoNodes.Start(hub: true);
        var keys = region.Get<Keystore>(Shanghai);

        await Agree(region, DirectoryChange.ReplaceKey(InForce(region, Shanghai), Shanghai,
            MemberApplication.Key(keys.Prepare("messages", SignatureSuites.Sm2), MemberKey.ForMessages, Now(region)), TimeSpan.Zero, Now(region)).Value);

        Assert.Equal("sm2-sm3", keys.Messages.Suite.Name);
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);
    }

    [Fact]
    public async Task A_member_goes_over_to_sealed_answers_and_to_SM2_on_its_checkpoints_while_it_works()
    {
        await using var region = await TwoNodes.Start(hub: true, seals: false);
        var seals = region.Get<OpenSeals>(Shanghai);
        Assert.False(seals.Seals(Anhui));

        await Agree(region, DirectoryChange.Seal(InForce(region, Shanghai), Anhui, true, null, Now(region)).Value);
        Assert.True(seals.Seals(Anhui));
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);

        var second = region.Get<Keystore>(Anhui).SignCheckpointsInSm2();
        await Agree(region, DirectoryChange.Seal(InForce(region, Shanghai), Anhui, true, second.Public, Now(region)).Value);
        var answer = await region.Ask(Question(await region.Consent(Husband, caseReference: "D1")));
        Assert.True(answer.Ok, answer.Error?.DetailEn);
        var log = region.Get<RegionDirectory>(Shanghai).Entry(Anhui)!.Log!;
        var shown = SignedNote.Parse(region.Get<TransparencyLog>(Anhui).Shown(region.Get<TransparencyLog>(Anhui).Head).Note).Value;
        Assert.True(shown.HoldsFor(NoteKey.Parse(log.Sm2!).Value));

        await Agree(region, DirectoryChange.Seal(InForce(region, Shanghai), Anhui, false, null, Now(region)).Value);
        Assert.False(seals.Seals(Anhui));
        Assert.NotNull(region.Get<RegionDirectory>(Shanghai).Entry(Anhui)!.Log!.Sm2);
        Assert.True((await region.Ask(Question(await region.Consent(Husband, caseReference: "D1")))).Ok);
    }

    [Fact]
    public async Task A_newcomer_is_admitted_by_its_own_application_and_may_leave()
    {
        await using var region = await TwoNodes.Start(hub: true);
        var identity = new NodeIdentity("CN-YRD/350000", "350000", new Words("福建省", "Fujian"), false, "http://127.0.0.1:5999", region.Url(Hub), region.Folder, region.Folder, false);
        var theirs = Keystore.Create(Path.Combine(region.Folder, "fujian.tbk"), "test", 1000).Value;
        var application = MemberApplication.Make(identity, theirs, Now(region));
        var read = MemberApplication.Read(application, "CN-YRD");
        Assert.True(read.Ok, read.Error?.DetailEn);

        await Agree(region, DirectoryChange.Admit(InForce(region, Shanghai), read.Value, Now(region)).Value);

        Assert.Equal("福建省", region.Get<RegionDirectory>(Anhui).Find("CN-YRD/350000")!.Name.Zh);
        // Whoever is new starts with the hub's document alone.
        Assert.True(TrustedDirectory.Pin(region.Get<RegionDirectory>(Hub).Trusted.Text).Ok);

        await Agree(region, DirectoryChange.Remove(InForce(region, Shanghai), "CN-YRD/350000", Now(region)).Value);
        Assert.Null(region.Get<RegionDirectory>(Anhui).Find("CN-YRD/350000"));
    }

    [Fact]
    public async Task An_application_with_another_key_or_another_place_is_none()
    {
        await using var region = await TwoNodes.Start();
        var keys = region.Keys(Shanghai);
        var identity = new NodeIdentity("CN-YRD/350000", "350000", new Words("福建省", "Fujian"), false, "http://127.0.0.1:5999", region.Url(Hub), region.Folder, region.Folder, false);
        var good = MemberApplication.Make(identity, keys, Now(region));
        var entry = MemberApplication.Read(good, "CN-YRD").Value;
        string Signed(MemberEntry changed, NodeKey key) => JsonSerializer.Serialize(SignedDocument.Of(changed).Sign(key, "tb-application+jws"));

        Assert.True(MemberApplication.Read(Signed(entry, keys.Signing), "CN-YRD").Ok);
        foreach (var (bad, key) in new (MemberEntry, NodeKey)[]
        {
            (entry, region.Keys(Anhui).Signing),
            (entry with { Roles = ["hub"] }, keys.Signing),
            (entry with { Roles = ["government", "witness"] }, keys.Signing),
            (entry with { NodeId = "CN-YRD/340000" }, keys.Signing),
            (entry with { Endpoint = "ftp://x" }, keys.Signing),
            // Another's log, or a name over another's: witnesses go by it.
            (entry with { Log = region.Get<RegionDirectory>(Shanghai).Entry(Anhui)!.Log }, keys.Signing),
            (entry with { Log = entry.Log! with { Origin = region.Get<RegionDirectory>(Shanghai).Entry(Anhui)!.Log!.Origin } }, keys.Signing),
            (entry with { Log = entry.Log! with { Sm2 = "x" } }, keys.Signing),
            (entry with { Keys = [] }, keys.Signing),
            (entry with { Keys = [entry.Keys[0] with { Use = MemberKey.ForMessages }] }, keys.Signing),
            (entry with { Keys = [entry.Keys[0] with { Kid = "x" }] }, keys.Signing),
        })
            Assert.False(MemberApplication.Read(Signed(bad, key), "CN-YRD").Ok);
        Assert.False(MemberApplication.Read(good, "CN-PRD").Ok);
        foreach (var text in new[] { "", "{}", "[]", "null", "{\"payload\":\"e30\",\"signatures\":[]}", good[..^5] })
            Assert.Equal("application.malformed", MemberApplication.Read(text, "CN-YRD").Error?.Code);
    }

    [Fact]
    public async Task The_hub_takes_no_proposal_of_an_old_version_a_stranger_or_without_the_senders_signature()
    {
        await using var region = await TwoNodes.Start(hub: true);
        var peers = region.Get<PeerClient>(Shanghai);
        async Task<string?> Send(string text) =>
            (await peers.Send(Hub, HttpMethod.Post, "/peer/directory/proposals", System.Text.Encoding.UTF8.GetBytes(text), Ct)).Error?.Code;
        var next = InForce(region, Shanghai) with { Version = 2, ValidFrom = Now(region) };

        Assert.Equal("directory.malformed", await Send("{}"));
        Assert.Equal("directory.malformed", await Send("null"));
        Assert.Equal("directory.version", await Send(region.Sign(next with { Version = 1 }, Shanghai)));
        Assert.Equal("directory.version", await Send(region.Sign(next with { Version = 3 }, Shanghai)));
        Assert.Equal("directory.version", await Send(region.Sign(next with { Region = "CN-PRD" }, Shanghai)));
        // Another member's signature does not make it Shanghai's.
        Assert.Equal("directory.unsigned", await Send(region.Sign(next, Anhui)));
        Assert.Empty((await region.Get<HubProposals>(Anhui).Waiting(Ct)).Value);

        // The same signature twice is one; the hub's own does not count.
        Assert.Null(await Send(region.Sign(next, Shanghai, Shanghai, Hub)));
        Assert.Equal(1, InForce(region, Hub).Version);
        Assert.Null(await Send(region.Sign(next, Shanghai)));
        Assert.Equal(1, InForce(region, Hub).Version);
        var waiting = Assert.Single((await region.Get<HubProposals>(Anhui).Waiting(Ct)).Value);
        Assert.Single(JsonSerializer.Deserialize<SignedDocument>(waiting.Document)!.Signatures);
    }

    [Fact]
    public async Task A_member_that_was_away_while_all_keys_were_replaced_catches_up_version_by_version()
    {
        await using var region = await TwoNodes.Start(hub: true, company: true);
        await region.Stop(Telecom);
        foreach (var node in new[] { Shanghai, Anhui, Shanghai })
        {
            var fresh = region.Get<Keystore>(node).Prepare("signing", SignatureSuites.EcdsaP256);
            await Agree(region, DirectoryChange.ReplaceKey(InForce(region, Shanghai), node, MemberApplication.Key(fresh, null, Now(region)), TimeSpan.Zero, Now(region)).Value);
        }
        // The newest is signed by keys that the version held there never heard of.
        var newest = region.Get<RegionDirectory>(Hub).Trusted.Text;
        Assert.Equal(4, InForce(region, Hub).Version);

        await region.Run(Telecom);
        await Soon.Holds(() => InForce(region, Telecom).Version == 4, Ct);
        Assert.Equal(newest, region.Get<RegionDirectory>(Telecom).Trusted.Text);
        // That the newest could not be judged at first is no trouble any more.
        await Soon.Holds(() => region.Get<RegionDirectory>(Telecom).Refused is null, Ct);
        Assert.True(await region.As<NodeDb, bool>(Telecom, Actor.Node("test"), async db => await db.Set<DirectoryRow>().CountAsync(Ct) == 4));
        // What was passed on the way is refused when it is offered again, and a step that members did not sign is none.
        var held = region.Get<RegionDirectory>(Telecom).Trusted;
        Assert.Equal("directory.malformed", held.Follow(held.Text).Error?.Code);
        Assert.Equal("directory.quorum", held.Follow(region.Sign(held.Document with { Version = 5 }, Shanghai)).Error?.Code);
        Assert.Equal("directory.malformed", held.Follow(region.Sign(held.Document with { Version = 5, ValidFrom = held.Document.ValidFrom - 1 }, Shanghai, Anhui)).Error?.Code);
        Assert.True(held.Follow(region.Sign(held.Document with { Version = 5 }, Shanghai, Anhui)).Ok);
    }

    [Fact]
    public async Task Who_has_no_vote_replaces_its_own_key_and_nothing_else()
    {
        await using var region = await TwoNodes.Start(hub: true, company: true);
        var away = InForce(region, Telecom);
        foreach (var node in new[] { Hub, Telecom })
        {
            var keys = region.Get<Keystore>(node);
            var (old, fresh) = (keys.Signing, keys.Prepare("signing", SignatureSuites.EcdsaP256));
            var proposed = await region.Get<HubProposals>(node).Propose(DirectoryChange.ReplaceKey(InForce(region, node), node, MemberApplication.Key(fresh, null, Now(region)), TimeSpan.Zero, Now(region)).Value, Ct);
            Assert.True(proposed.Ok, proposed.Error?.DetailEn);
            foreach (var voter in new[] { Shanghai, Anhui })
            {
                Assert.Null(region.Get<RegionDirectory>(Hub).Key(fresh.Kid));
                var waiting = Assert.Single((await region.Get<HubProposals>(voter).Waiting(Ct)).Value);
                Assert.True((await region.Get<HubProposals>(voter).Sign(Proposal.Read(waiting.Document)!.Value.Signed, Ct)).Ok);
            }
            // With the hub's key gone at once, its answers are signed with one that nobody knew before.
            await Soon.Holds(() => keys.Signing == fresh && new[] { Hub, Shanghai, Anhui, Telecom }.All(n => region.Get<RegionDirectory>(n) is var d && d.Key(fresh.Kid) is not null && d.Key(old.Kid) is null), Ct);
        }
        // Everybody goes on confirming it.
        var confirmed = region.Get<RegionDirectory>(Shanghai).ConfirmedAt;
        await Soon.Holds(() => region.Get<RegionDirectory>(Shanghai).ConfirmedAt > confirmed, Ct);
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);

        var now = InForce(region, Hub);
        foreach (var (sender, next) in new (string, DirectoryDocument)[]
        {
            (Telecom, DirectoryChange.Remove(now, Telecom, Now(region)).Value),
            (Telecom, DirectoryChange.Distrust(now, now.Members.Single(m => m.NodeId == Shanghai).Keys[^1].Kid, Now(region), Now(region)).Value),
            (Telecom, now with { Version = now.Version + 1, Quorum = now.Quorum with { K = 1 } }),
            (Hub, now with { Version = now.Version + 1, Members = [.. now.Members.Select(m => m.IsHub ? m with { Roles = ["hub", "government"] } : m)] }),
            (Hub, DirectoryChange.Standardise(now, new StandardReference(1, new string('a', 64)), Now(region))),
        })
        {
            var sent = await region.Get<PeerClient>(sender).Send(Hub, HttpMethod.Post, "/peer/directory/proposals", System.Text.Encoding.UTF8.GetBytes(region.Sign(next, sender)), Ct);
            Assert.Contains(sent.Error?.Code, new[] { "directory.unsigned", "standard.unknown", "directory.malformed" });
        }
        Assert.Equal(1, away.Version);
    }

    [Fact]
    public async Task A_new_key_signs_messages_only_when_the_others_have_had_time_to_hear_of_it()
    {
        await using var region = await TwoNodes.Start(hub: true, also: b => b.Services.AddSingleton(new ExchangeOptions { DirectoryPeriod = TimeSpan.FromMilliseconds(1500) }));
        var keys = region.Get<Keystore>(Shanghai);
        var (old, fresh) = (keys.Signing, keys.Prepare("signing", SignatureSuites.EcdsaP256));
        var consent = await region.Consent(Husband);
        Assert.True((await region.Get<HubProposals>(Shanghai).Propose(DirectoryChange.ReplaceKey(InForce(region, Shanghai), Shanghai, MemberApplication.Key(fresh, null, Now(region)), TimeSpan.FromDays(7), Now(region)).Value, Ct)).Ok);
        Assert.True((await region.Get<HubProposals>(Anhui).Sign(Proposal.Read((await region.Get<HubProposals>(Anhui).Waiting(Ct)).Value.Single().Document)!.Value.Signed, Ct)).Ok);
        await region.Get<FollowDirectory>(Shanghai).Once(Ct);
        Assert.Equal(2, InForce(region, Shanghai).Version);
        var taken = region.Get<RegionDirectory>(Shanghai).TakenAt;

        for (var asked = 0; keys.Signing == old; asked++)
        {
            Assert.True((await region.Ask(Question(consent))).Ok, $"question {asked}");
            await Task.Delay(100, Ct);
        }
        Assert.Equal(fresh, keys.Signing);
        Assert.True(Now(region) - taken >= 3000);
        Assert.True((await region.Ask(Question(consent))).Ok);
    }
}
