using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>What a node signs of a negotiation, what becomes of an agreement that is ended before it is here, and of two beginnings of one.</summary>
public class DspSigningTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task<NegotiationRow> Row(NegotiationKit kit, string node) => kit.Region.As<NodeDb, NegotiationRow>(node, Actor.Node("test"), db => db.Set<NegotiationRow>().AsNoTracking().SingleAsync(Ct));

    [Theory]
    [InlineData("", "sublicence")]
    [InlineData("basis.text", "scope")]
    public async Task An_agreement_with_a_term_that_the_consumer_does_not_know_is_not_signed(string within, string name)
    {
        await using var kit = new NegotiationKit(Shanghai, Anhui, DspSide.Consumer);
        await kit.InitializeAsync();
        await kit.Play("< request, = REQUESTED");
        kit.Garbled = m =>
        {
            var signed = JsonSerializer.Deserialize<SignedDocument>((string)m["agreement"]![DspMessage.Document]!)!;
            var terms = JsonNode.Parse(signed.UnverifiedPayload)!.AsObject();
            var at = terms;
            foreach (var step in within.Split('.', StringSplitOptions.RemoveEmptyEntries))
                at = at[step]!.AsObject();
            at[name] = "granted";
            m["agreement"]![DspMessage.Document] = JsonSerializer.Serialize(SignedDocument.Of(terms).Sign(kit.Region.Keys(Anhui).Signing, Agreement.DocumentType));
            return m;
        };
        var (status, refused) = await kit.Say("agreement");
        Assert.Equal((400, "agreement.not-read"), (status, (string?)refused?["code"]));
        Assert.Contains(name, refused!.ToJsonString(), StringComparison.Ordinal);
        var row = await Row(kit, Shanghai);
        Assert.Equal((NegotiationState.Requested, ""), (row.State, row.Document));
        // Without it, the same is taken.
        kit.Garbled = m => m;
        Assert.Equal(200, (await kit.Say("agreement")).Status);
    }

    [Fact]
    public async Task An_agreement_taken_by_another_version_is_looked_at_again_before_it_is_signed()
    {
        await using var kit = new NegotiationKit(Shanghai, Anhui, DspSide.Consumer);
        await kit.InitializeAsync();
        await kit.Play("< request, > agreement, = AGREED");
        await kit.Region.As<NodeDb, int>(Shanghai, Actor.Node("test"), async db =>
        {
            var row = await db.Set<NegotiationRow>().SingleAsync(Ct);
            var terms = JsonNode.Parse(JsonSerializer.Deserialize<SignedDocument>(row.Document)!.UnverifiedPayload)!.AsObject();
            terms["sublicence"] = "granted";
            row.Document = JsonSerializer.Serialize(SignedDocument.Of(terms).Sign(kit.Region.Keys(Anhui).Signing, Agreement.DocumentType));
            row.Send(NegotiationMove.Verify, 0);
            return await db.SaveChangesAsync(Ct);
        });
        kit.Region.Get<DspSignal>(Shanghai).Raise();
        await Soon.Holds(async () => (await Row(kit, Shanghai)).LastError == Agreement.NotRead, Ct);
        Assert.Single(JsonSerializer.Deserialize<SignedDocument>((await Row(kit, Shanghai)).Document)!.Signatures);
    }

    [Fact]
    public async Task An_end_that_is_quicker_than_the_agreement_ends_it()
    {
        await using var kit = new NegotiationKit(Shanghai, Anhui, DspSide.Consumer);
        await kit.InitializeAsync();
        await kit.Play("< request, > agreement, < verified, = VERIFIED");
        var id = (await Row(kit, Shanghai)).AgreementId;
        Assert.NotEmpty(id);
        // Of somebody who is no side of it, and of one that nobody negotiates, nothing is kept.
        await Hear(kit, Hub, id, 1);
        await Hear(kit, Anhui, "ag-none", 2);
        Assert.Null((await Row(kit, Shanghai)).EndedAt);
        await Hear(kit, Anhui, id, 1234, new string('长', 2000));
        Assert.Equal(1234, (await Row(kit, Shanghai)).EndedAt);

        Assert.Equal(200, (await kit.Say("finalized")).Status);
        await Soon.Holds(() => kit.Region.Get<AgreementBook>(Shanghai).Find(id) is not null, Ct);
        Assert.Equal(AgreementState.Terminated, kit.Region.Get<AgreementBook>(Shanghai).Find(id)!.StateAt(kit.Region.Clock.GetUtcNow().ToUnixTimeMilliseconds()));
        var held = await kit.Region.As<NodeDb, AgreementRow>(Shanghai, Actor.Node("test"), db => db.Set<AgreementRow>().AsNoTracking().SingleAsync(a => a.Id == id, Ct));
        Assert.Equal((1234, Anhui, 500), (held.TerminatedAt, held.TerminatedBy, held.TerminationReason!.Length));
    }

    /// <summary>As it comes from another node, up to where its handler is done.</summary>
    static async Task Hear(NegotiationKit kit, string from, string agreement, long at, string reason = "试验")
    {
        var (id, body) = (Guid.CreateVersion7().ToString("N"), JsonSerializer.Serialize(new AgreementTerminated(agreement, from, reason, at), EventTypes.Json));
        var arrived = await kit.Region.As<PeerInbox, Arrival>(Shanghai, Actor.Node("test"), inbox => inbox.Take(from, id, AgreementTerminated.WireName, body, $"agreement:{id}", 1, Ct));
        Assert.Equal(ArrivalKind.Taken, arrived.Kind);
        await Soon.Holds(() => kit.Region.As<NodeDb, bool>(Shanghai, Actor.Node("test"), db => db.Set<OutboxRow>().AnyAsync(o => o.EventId == $"{from}:{id}" && o.DoneAt != null, Ct)), Ct);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Requests_of_one_id_at_once_begin_one_negotiation(bool postgres)
    {
        Assert.SkipWhen(postgres && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var kit = new NegotiationKit(Anhui, Shanghai, DspSide.Provider) { Postgres = postgres };
        await kit.InitializeAsync();
        for (var round = 0; round < 5; round++)
        {
            JsonObject? request = null;
            kit.Garbled = m =>
            {
                request = m.DeepClone().AsObject();
                m["offer"] = null;
                return m;
            };
            kit.Begin();
            Assert.Equal(404, (await kit.Say("request")).Status);
            var begun = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => kit.Send(HttpMethod.Post, "/negotiations/request", request!.DeepClone().AsObject())));
            Assert.All(begun, b => Assert.Equal(201, b.Status));
            Assert.Single(begun.Select(b => (string?)b.Body!["providerPid"]).Distinct());
            var consumer = (string)request!["consumerPid"]!;
            Assert.Equal(1, await kit.Region.As<NodeDb, int>(Anhui, Actor.Node("test"), db => db.Set<NegotiationRow>().CountAsync(n => n.PeerPid == consumer, Ct)));
        }
        kit.Forget();
    }

    [Fact]
    public async Task A_message_that_names_the_id_of_another_process_is_refused()
    {
        await using var kit = new NegotiationKit(Shanghai, Anhui, DspSide.Consumer);
        await kit.InitializeAsync();
        // Both were begun by Shanghai; Anhui has answered the first only.
        var (first, second) = (Process(kit, "urn:uuid:11111111-1111-4111-8111-111111111111"), Process(kit, ""));
        await kit.Region.As<NodeDb, int>(Shanghai, Actor.Node("test"), db =>
        {
            db.AddRange(first, second);
            return db.SaveChangesAsync(Ct);
        });
        var end = DspMessage.New("ContractNegotiationTerminationMessage", first.PeerPid, second.Id);
        end["code"] = "kit";
        var (status, refused) = await kit.Send(HttpMethod.Post, $"/negotiations/{second.Id}/termination", end);
        Assert.Equal((400, "dsp.malformed"), (status, (string?)refused?["code"]));
        kit.Forget();
    }

    static NegotiationRow Process(NegotiationKit kit, string pid)
    {
        var row = NegotiationRow.New(DspSide.Consumer, "310000", "", Anhui, "/dsp", kit.Asked, StandingOffer.NewId(), 1);
        row.PeerPid = pid;
        return row;
    }
}
