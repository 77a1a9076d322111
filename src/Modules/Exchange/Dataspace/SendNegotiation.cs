using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>This side's messages of its negotiations.</summary>
sealed class SendNegotiation(
    NodeIdentity node, Keystore keys, PeerClient peers, AgreementBook agreements, TakeNegotiation take, DspSignal signal, TimeProvider clock, IServiceScopeFactory scopes, ILogger<SendNegotiation> log)
    : SendSteps<NegotiationRow, NegotiationState, NegotiationMove>(node, peers, agreements, signal, clock, scopes, log)
{
    protected override string ProcessType => "ContractNegotiation";

    protected override NegotiationState Ended => NegotiationState.Terminated;

    protected override string PathOf(NegotiationRow row) => $"/negotiations/{row.PeerPid}";

    protected override Task Wait(CancellationToken ct) => Signal.Negotiations(ct);

    /// <summary>An agreement is signed and stored before it is sent: the same is sent again.</summary>
    protected override void Prepare(NegotiationRow row, NegotiationMove move)
    {
        if (move == NegotiationMove.Agree && row.Document.Length == 0)
        {
            var table = row.OnTable;
            // A minute back: the other side's clock may be that much behind.
            var from = table.ValidFrom > 0 ? table.ValidFrom : Now - 60_000;
            var terms = table with { Id = $"ag-{Guid.CreateVersion7():N}", ValidFrom = from, ValidUntil = table.ValidUntil > 0 ? table.ValidUntil : from + (long)StandingOffer.Life.TotalMilliseconds };
            (row.AgreementId, row.OnTable) = (terms.Id, terms);
            row.Document = JsonSerializer.Serialize(SignedDocument.Of(terms).Sign(keys.Signing, Agreement.DocumentType));
        }
        if (move == NegotiationMove.Verify && Agreement.Read(row.Document) is { Document: { Signatures.Count: 1 } signed } && Unread(row) is null)
            row.Document = JsonSerializer.Serialize(signed.Sign(keys.Signing, Agreement.DocumentType));
    }

    /// <summary>The provider can answer under it before the consumer hears that it may ask.</summary>
    protected override async Task<Error?> Before(NegotiationRow row, NegotiationMove move, CancellationToken ct) => move switch
    {
        NegotiationMove.Finalize => (await Agreements.Import([row.Document], ct)).Error,
        NegotiationMove.Verify => Unread(row),
        _ => null,
    };

    /// <summary>Looked at again when it is signed: it may have been taken by another version of this node.</summary>
    static Error? Unread(NegotiationRow row) =>
        Agreement.Read(row.Document) is { Document: var document } ? ReadInFull.Refuses<AgreementTerms>(document.UnverifiedPayload, Agreement.NotRead) : null;

    protected override Task Along(NegotiationRow row, NodeDb db, CancellationToken ct) => take.Withdraw(row, db, ct);

    protected override (string Path, JsonObject Message) Message(NegotiationRow row, NegotiationMove move)
    {
        JsonObject New(string type) => DspMessage.New(type, row.ProviderPid, row.ConsumerPid);
        var dataset = StandingOffer.DatasetId(row.Resource);
        var at = PathOf(row);
        switch (move)
        {
            case NegotiationMove.Request when row.PeerPid.Length == 0:
                var first = New("ContractRequestMessage");
                first.Remove("providerPid");
                first["offer"] = OdrlPolicy.Offer(row.OfferId, row.OnTable, dataset);
                first["callbackAddress"] = Node.PublicUrl + PeerPaths.Dataspace;
                return ("/negotiations/request", first);
            case NegotiationMove.Request:
                var counter = New("ContractRequestMessage");
                counter["offer"] = OdrlPolicy.Offer(row.OfferId, row.OnTable, dataset);
                return ($"{at}/request", counter);
            case NegotiationMove.Offer when row.PeerPid.Length == 0:
                var unasked = New("ContractOfferMessage");
                unasked.Remove("consumerPid");
                unasked["offer"] = OdrlPolicy.Offer(row.OfferId, row.OnTable, dataset);
                unasked["callbackAddress"] = Node.PublicUrl + PeerPaths.Dataspace;
                return ("/negotiations/offers", unasked);
            case NegotiationMove.Offer:
                var offer = New("ContractOfferMessage");
                offer["offer"] = OdrlPolicy.Offer(row.OfferId, row.OnTable, dataset);
                return ($"{at}/offers", offer);
            case NegotiationMove.Accept or NegotiationMove.Finalize:
                var happened = New("ContractNegotiationEventMessage");
                happened["eventType"] = move == NegotiationMove.Accept ? "ACCEPTED" : "FINALIZED";
                return ($"{at}/events", happened);
            case NegotiationMove.Agree:
                var agreement = New("ContractAgreementMessage");
                var view = OdrlPolicy.Agreement(row.OnTable, dataset, DateTimeOffset.FromUnixTimeMilliseconds(row.OnTable.ValidFrom));
                view[DspMessage.Document] = row.Document;
                agreement["agreement"] = view;
                return ($"{at}/agreement", agreement);
            case NegotiationMove.Verify:
                var verification = New("ContractAgreementVerificationMessage");
                verification[DspMessage.Document] = row.Document;
                return ($"{at}/agreement/verification", verification);
            default:
                var end = New("ContractNegotiationTerminationMessage");
                end["code"] = "terminated";
                end["reason"] = new JsonArray(row.Reason ?? "终止");
                return ($"{at}/termination", end);
        }
    }
}
