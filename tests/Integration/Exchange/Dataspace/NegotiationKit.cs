using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>The kit as the consumer: Anhui, the provider, is under test.</summary>
public sealed class ProviderNegotiations() : PlayedKit(new NegotiationKit(Anhui, Shanghai, DspSide.Provider));

/// <summary>The kit as the provider: Shanghai, the consumer, is under test.</summary>
public sealed class ConsumerNegotiations() : PlayedKit(new NegotiationKit(Shanghai, Anhui, DspSide.Consumer));

sealed class NegotiationKit(string underTest, string played, DspSide side) : DspKit(underTest, played)
{
    public AgreementTerms Asked { get; } = new("", Anhui, Shanghai, Marriage, 1, ["registerNumber", "state"], [Item], true, new AgreementBasis(AgreementBasis.Consent, new Words("同意", "consent")), 0, 0, 50);

    string mine = "", theirs = "";
    AgreementTerms table = null!;
    string? document;

    /// <summary>What a kit that lies changes in its next messages.</summary>
    public Func<JsonObject, JsonObject> Garbled { get; set; } = m => m;

    /// <summary>Other terms than were negotiated.</summary>
    public Func<AgreementTerms, AgreementTerms> Otherwise { get; set; } = t => t;

    public string? SignedBy { get; set; }

    JsonObject AskedOf()
    {
        var request = With("ContractRequestMessage", "offer", Offer(table));
        request.Remove("providerPid");
        request["callbackAddress"] = Callback;
        return request;
    }

    public override void Begin() => (mine, theirs, table, document) = ($"urn:uuid:{Guid.NewGuid():D}", "", Asked, null);

    public override string ProcessPath => $"/negotiations/{theirs}";

    JsonObject Message(string type) => side == DspSide.Provider ? DspMessage.New(type, theirs, mine) : DspMessage.New(type, mine, theirs);

    JsonObject With(string type, string name, JsonNode value)
    {
        var message = Message(type);
        message[name] = value;
        return message;
    }

    JsonObject Offer(AgreementTerms terms) => OdrlPolicy.Offer(StandingOffer.NewId(), terms, StandingOffer.DatasetId(Marriage));

    protected override JsonObject? First(string path, JsonObject message)
    {
        if (path != "/dsp/negotiations/request")
            return null;
        theirs = (string)message["consumerPid"]!;
        return With("ContractNegotiation", "state", "REQUESTED");
    }

    public override async Task<(int Status, JsonObject? Body)> Say(string word)
    {
        switch (word)
        {
            case "request":
                var request = Garbled(AskedOf());
                var (status, begun) = await Send(HttpMethod.Post, "/negotiations/request", request);
                if (status != 201)
                    return (status, begun);
                if (theirs.Length == 0)
                    Assert.Equal("REQUESTED", (string?)begun!["state"]);
                theirs = (string)begun!["providerPid"]!;
                return (status, begun);
            case "counter":
                table = table with { QuotaPerDay = 40 };
                return await Send(HttpMethod.Post, $"{ProcessPath}/request", Garbled(With("ContractRequestMessage", "offer", Offer(table))));
            case "offer":
                table = table with { QuotaPerDay = 20 };
                return await Send(HttpMethod.Post, $"{ProcessPath}/offers", Garbled(With("ContractOfferMessage", "offer", Offer(table))));
            case "accepted" or "finalized":
                return await Send(HttpMethod.Post, $"{ProcessPath}/events", Garbled(With("ContractNegotiationEventMessage", "eventType", word.ToUpperInvariant())));
            case "agreement":
                var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
                var terms = Otherwise(table with { Id = $"ag-kit-{Guid.NewGuid():N}", ValidFrom = now - 1000, ValidUntil = now + 3600_000 });
                document = Region.Sign(terms, SignedBy ?? Played);
                var view = OdrlPolicy.Agreement(terms, StandingOffer.DatasetId(Marriage), DateTimeOffset.UtcNow);
                view[DspMessage.Document] = document;
                return await Send(HttpMethod.Post, $"{ProcessPath}/agreement", Garbled(With("ContractAgreementMessage", "agreement", view)));
            case "verified":
                return await Send(HttpMethod.Post, $"{ProcessPath}/agreement/verification", document is null
                    ? Garbled(Message("ContractAgreementVerificationMessage"))
                    : Garbled(With("ContractAgreementVerificationMessage", DspMessage.Document, JsonSerializer.Serialize(JsonSerializer.Deserialize<SignedDocument>(document)!.Sign(Region.Keys(SignedBy ?? Played).Signing, Agreement.DocumentType)))));
            default:
                Assert.Equal("terminated", word);
                return await Send(HttpMethod.Post, $"{ProcessPath}/termination", Garbled(With("ContractNegotiationTerminationMessage", "code", "kit")));
        }
    }

    protected override async Task Hear(string word)
    {
        if (word == "request")
        {
            await Steward(db =>
            {
                var row = NegotiationRow.New(DspSide.Consumer, "310000", "", Played, "/dsp", Asked, StandingOffer.NewId(), Region.Clock.GetUtcNow().ToUnixTimeMilliseconds());
                row.Send(NegotiationMove.Request, 0);
                db.Add(row);
                return Task.FromResult(row);
            });
            await Receive("/negotiations/request", "ContractRequestMessage");
            return;
        }
        var (move, path, type) = word switch
        {
            "offer" => (NegotiationMove.Offer, "offers", "ContractOfferMessage"),
            "counter" => (NegotiationMove.Request, "request", "ContractRequestMessage"),
            "accepted" => (NegotiationMove.Accept, "events", "ContractNegotiationEventMessage"),
            "finalized" => (NegotiationMove.Finalize, "events", "ContractNegotiationEventMessage"),
            "agreement" => (NegotiationMove.Agree, "agreement", "ContractAgreementMessage"),
            "verified" => (NegotiationMove.Verify, "agreement/verification", "ContractAgreementVerificationMessage"),
            _ => (NegotiationMove.Terminate, "termination", "ContractNegotiationTerminationMessage"),
        };
        await Decide(async db => (await db.Set<NegotiationRow>().SingleAsync(n => n.Id == theirs)).Decide(move, "试验", Region.Clock.GetUtcNow().ToUnixTimeMilliseconds()));
        var message = await Receive($"/negotiations/{mine}/{path}", type);
        Assert.Equal((mine, theirs), side == DspSide.Provider ? ((string?)message["consumerPid"], (string?)message["providerPid"]) : ((string?)message["providerPid"], (string?)message["consumerPid"]));
        if (word == "agreement")
            document = (string?)message["agreement"]![DspMessage.Document];
    }
}
