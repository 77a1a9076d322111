using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The other side's messages of a negotiation, for both roles of this node: a move of the table that its sender may make now,
/// with terms this node can keep, or a refusal that changes nothing. A process of others is not there (404).
/// </summary>
sealed class TakeNegotiation(
    NodeIdentity node, OwnResources own, RegionDirectory directory, AgreementBook agreements, ExchangeOptions options, DspSignal signal, TimeProvider clock, IServiceScopeFactory scopes)
    : TakeSteps<NegotiationRow, NegotiationState, NegotiationMove>(agreements, signal, clock, scopes)
{
    protected override string ProcessType => "ContractNegotiation";

    protected override Error None => Error.NotFound("dsp.no-negotiation", "没有这个协商", "There is no such negotiation");

    public static Task<IResult> Show(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) => take.View(pid, http, ct);

    public static Task<IResult> Begin(HttpContext http, TakeNegotiation take, CancellationToken ct) => take.BeginAsProvider(http, ct);

    public static Task<IResult> BeginOffered(HttpContext http, TakeNegotiation take, CancellationToken ct) => take.BeginAsConsumer(http, ct);

    public static Task<IResult> Request(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractRequestMessage", _ => NegotiationMove.Request, Of(take.PutOnTable), ct);

    public static Task<IResult> Offer(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractOfferMessage", _ => NegotiationMove.Offer, Of(take.PutOnTable), ct);

    public static Task<IResult> Agree(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractAgreementMessage", _ => NegotiationMove.Agree, Of(take.TakeAgreement), ct);

    public static Task<IResult> Verify(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractAgreementVerificationMessage", _ => NegotiationMove.Verify, Of(take.TakeSignature), ct);

    public static Task<IResult> Event(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractNegotiationEventMessage", message => DspMessage.Text(message, "eventType") switch
        {
            "ACCEPTED" => NegotiationMove.Accept,
            "FINALIZED" => NegotiationMove.Finalize,
            _ => DspMessage.Malformed("eventType"),
        }, take.TakeEvent, ct);

    public static Task<IResult> Terminate(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractNegotiationTerminationMessage", _ => NegotiationMove.Terminate, Nothing, ct);

    async Task<IResult> BeginAsProvider(HttpContext http, CancellationToken ct)
    {
        var from = http.Peer().From;
        var read = DspMessage.Read(http.Peer().Body, "ContractRequestMessage");
        if (!read.Ok)
            return DspMessage.Refuse(ErrorType, read.Error);
        var consumerPid = DspMessage.Text(read.Value, "consumerPid");
        if (!DspMessage.IsPid(consumerPid) || read.Value.TryGetProperty("providerPid", out _))
            return DspMessage.Refuse(ErrorType, DspMessage.Malformed("consumerPid"));
        var answerTo = DspMessage.CallbackOf(read.Value, from);
        if (!answerTo.Ok)
            return DspMessage.Refuse(ErrorType, answerTo.Error, "", consumerPid);
        if (!Offered(read.Value, out var offer) || StandingOffer.ResourceOf(DspMessage.Text(offer, "target")) is not { } code || own.Find(code) is not { } resource || !StandingOffer.IsOffered(resource))
            return DspMessage.Refuse(ErrorType, ShowDataspace.NoDataset, "", consumerPid);
        var standing = StandingOffer.Terms(resource, node.Id, from.NodeId, options);
        var asked = Readable(OdrlPolicy.Read(offer, standing), resource);
        if (!asked.Ok)
            return DspMessage.Refuse(ErrorType, asked.Error, "", consumerPid);
        var row = NegotiationRow.New(DspSide.Provider, node.Division, resource.Department, from.NodeId, answerTo.Value, asked.Value, DspMessage.Text(offer, "@id")!, Now);
        row.PeerPid = consumerPid!;
        return await Store(row, ct);
    }

    async Task<IResult> BeginAsConsumer(HttpContext http, CancellationToken ct)
    {
        var from = http.Peer().From;
        var read = DspMessage.Read(http.Peer().Body, "ContractOfferMessage");
        if (!read.Ok)
            return DspMessage.Refuse(ErrorType, read.Error);
        var providerPid = DspMessage.Text(read.Value, "providerPid");
        if (!DspMessage.IsPid(providerPid) || read.Value.TryGetProperty("consumerPid", out _))
            return DspMessage.Refuse(ErrorType, DspMessage.Malformed("providerPid"));
        var answerTo = DspMessage.CallbackOf(read.Value, from);
        if (!answerTo.Ok)
            return DspMessage.Refuse(ErrorType, answerTo.Error, providerPid);
        if (!Offered(read.Value, out var offer) || StandingOffer.ResourceOf(DspMessage.Text(offer, "target")) is not { Length: > 0 and <= 64 } code)
            return DspMessage.Refuse(ErrorType, DspMessage.Malformed("offer"), providerPid);
        // Nothing stands yet: the offer must say everything that matters.
        var nothing = new AgreementTerms("", from.NodeId, node.Id, code, 0, [], [], true, new AgreementBasis("", new Words("", "")), 0, 0, 0);
        var offered = OdrlPolicy.Read(offer, nothing);
        if (!offered.Ok)
            return DspMessage.Refuse(ErrorType, offered.Error, providerPid);
        if (offered.Value is { Fields.Count: 0 } or { Purposes.Count: 0 } or { Basis.Kind: "" } or { QuotaPerDay: 0 })
            return DspMessage.Refuse(ErrorType, DspMessage.Malformed("offer.permission"), providerPid);
        var row = NegotiationRow.New(DspSide.Consumer, node.Division, "", from.NodeId, answerTo.Value, offered.Value, DspMessage.Text(offer, "@id")!, Now);
        (row.PeerPid, row.State) = (providerPid!, NegotiationState.Offered);
        return await Store(row, ct);
    }

    protected override NegotiationMove? Follows(NegotiationRow row, bool changed) => options.StewardConfirms ? null : NegotiationRules.Follows(row.State, row.Side, row.State switch
    {
        NegotiationState.Requested => own.Find(row.Resource) is { } resource && NodeIds.IsGovernment(row.Peer) && StandingOffer.IsUnconditional(resource) && StandingOffer.Covers(StandingOffer.Terms(resource, node.Id, row.Peer, options), row.OnTable),
        NegotiationState.Offered => !changed,
        _ => false,
    });

    Error? PutOnTable(NegotiationRow row, JsonElement message)
    {
        if (!Offered(message, out var offer))
            return DspMessage.Malformed("offer");
        if (DspMessage.Text(offer, "target") is { } target && StandingOffer.ResourceOf(target) != row.Resource)
            return DspMessage.Malformed("offer.target");
        var terms = OdrlPolicy.Read(offer, row.OnTable);
        if (terms.Ok && own.Find(row.Resource) is { } resource && row.Side == DspSide.Provider)
            terms = Readable(terms, resource);
        if (!terms.Ok)
            return terms.Error;
        row.OnTable = terms.Value;
        row.OfferId = DspMessage.Text(offer, "@id")!;
        return null;
    }

    /// <summary>The agreement that the provider signed says what is on the table, and its ODRL view says the same.</summary>
    Error? TakeAgreement(NegotiationRow row, JsonElement message)
    {
        if (!message.TryGetProperty("agreement", out var view) || DspMessage.Text(view, DspMessage.Document) is not { } text || Agreement.Read(text) is not { } signed)
            return DspMessage.Malformed(DspMessage.Document);
        var verified = signed.Document.Verify(Agreement.DocumentType, kid => Agreement.Signer(kid, directory.Trusted, Now) is { } signer && signer.Signer == row.Peer ? signer : null, 1);
        if (!verified.Ok)
            return verified.Error;
        // This node is asked to put its own signature under the very same bytes.
        if (ReadInFull.Refuses<AgreementTerms>(verified.Value.Payload, Agreement.NotRead) is { } unread)
            return unread;
        var terms = signed.Terms;
        var table = row.OnTable;
        var expected = table with
        {
            Id = terms.Id,
            ValidFrom = table.ValidFrom > 0 ? table.ValidFrom : terms.ValidFrom,
            ValidUntil = table.ValidUntil > 0 ? table.ValidUntil : terms.ValidUntil,
            // An offer names the dataset; its version is the provider's to say.
            ResourceVersion = table.ResourceVersion > 0 ? table.ResourceVersion : terms.ResourceVersion,
        };
        var shown = OdrlPolicy.Read(view, terms);
        if (terms.Id.Length > 64 || !Same(terms, expected) || !shown.Ok || !Same(shown.Value, terms) || DspMessage.Text(view, "@id") != terms.Id
            || DspMessage.Text(view, "assigner") != terms.Provider || DspMessage.Text(view, "assignee") != terms.Consumer || StandingOffer.ResourceOf(DspMessage.Text(view, "target")) != terms.Resource)
            return Error.Invalid("dsp.agreement-differs", "签署的协议与商定的内容不一致", "The signed agreement is not what was negotiated", "agreement", "请按商定内容重新签署", "Sign what was negotiated");
        if (Agreements.Find(terms.Id) is not null)
            return Error.Invalid("dsp.agreement-known", "该协议编号已经使用", "An agreement of this id is held already", "agreement", "请用新的编号", "Use a new id");
        (row.Document, row.AgreementId, row.OnTable) = (text, terms.Id, terms);
        return null;
    }

    /// <summary>The consumer's signature beside the provider's own, under the same words.</summary>
    Error? TakeSignature(NegotiationRow row, JsonElement message)
    {
        if (DspMessage.Text(message, DspMessage.Document) is not { } text || Agreement.Read(text) is not { } signed || Agreement.Read(row.Document) is not { } sent || signed.Document.Payload != sent.Document.Payload)
            return DspMessage.Malformed(DspMessage.Document);
        var verified = Agreement.Verify(text, directory.Trusted, Now);
        if (verified.Ok)
            row.Document = text;
        return verified.Error;
    }

    /// <summary>The consumer holds the agreement in the same transaction in which its negotiation becomes final.</summary>
    async Task<Error?> TakeEvent(NegotiationRow row, JsonElement message, NodeDb db, CancellationToken ct)
    {
        if (row.State != NegotiationState.Verified)
            return null;
        var signed = Agreements.Signed(row.Document);
        if (signed.Ok && !await db.Set<AgreementRow>().AnyAsync(a => a.Id == row.AgreementId, ct))
        {
            // That it was ended may have been quicker than that it is final.
            if (row.EndedAt is { } ended)
                signed.Value.Terminate(row.Peer, row.EndReason ?? "", ended);
            db.Add(signed.Value);
        }
        return signed.Error;
    }

    /// <summary>A provider holds the agreement before it says so; ended in between, it is no agreement.</summary>
    public async Task Withdraw(NegotiationRow row, NodeDb db, CancellationToken ct)
    {
        if (row is { State: NegotiationState.Terminated, AgreementId.Length: > 0 }
            && await db.Set<AgreementRow>().SingleOrDefaultAsync(a => a.Id == row.AgreementId && (a.Provider == row.Peer || a.Consumer == row.Peer), ct) is { } held)
            held.Terminate(row.TerminatedBy!, row.Reason ?? "协商终止 Negotiation ended", Now);
    }

    protected override Task Along(NegotiationRow row, NodeDb db, CancellationToken ct) => Withdraw(row, db, ct);

    static bool Same(AgreementTerms one, AgreementTerms other) => JsonSerializer.Serialize(one, DirectoryDocument.Json) == JsonSerializer.Serialize(other, DirectoryDocument.Json);

    Result<AgreementTerms> Readable(Result<AgreementTerms> terms, OwnResource resource) =>
        terms.Ok && terms.Value.Fields.FirstOrDefault(f => !resource.Definition.Has(f)) is { } unknown
            ? Error.Invalid("resource.field-unknown", $"资源没有字段 {unknown}", $"The resource has no field {unknown}", "fields")
            : terms.Ok && ProviderTerms.Refuses(terms.Value, resource, own.RightsOf(resource.Definition.Code), options, Now) is { } refused ? refused with { Kind = ErrorKind.Invalid }
            : terms;

    static bool Offered(JsonElement message, out JsonElement offer) =>
        message.TryGetProperty("offer", out offer) && offer.ValueKind == JsonValueKind.Object && DspMessage.Text(offer, "@type") == "Offer" && DspMessage.Text(offer, "@id") is { Length: > 0 and <= 256 };
}
