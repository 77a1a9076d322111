using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The other side's messages of a negotiation, for both roles of this node: a move of the table that its sender may make now,
/// with terms this node can keep, or a refusal that changes nothing. A process of others is not there (404).
/// </summary>
sealed class TakeNegotiation(
    NodeIdentity node, OwnResources own, RegionDirectory directory, AgreementBook agreements, ExchangeOptions options, DspSignal signal, TimeProvider clock, IServiceScopeFactory scopes)
{
    const string ErrorType = "ContractNegotiationError";

    public static Task<IResult> Begin(HttpContext http, TakeNegotiation take, CancellationToken ct) => take.BeginAsProvider(http, ct);

    public static Task<IResult> BeginOffered(HttpContext http, TakeNegotiation take, CancellationToken ct) => take.BeginAsConsumer(http, ct);

    public static Task<IResult> Request(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractRequestMessage", _ => NegotiationMove.Request, (row, message, _) => Task.FromResult(take.PutOnTable(row, message)), ct);

    public static Task<IResult> Offer(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractOfferMessage", _ => NegotiationMove.Offer, (row, message, _) => Task.FromResult(take.PutOnTable(row, message)), ct);

    public static Task<IResult> Agree(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractAgreementMessage", _ => NegotiationMove.Agree, (row, message, _) => Task.FromResult(take.TakeAgreement(row, message)), ct);

    public static Task<IResult> Verify(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractAgreementVerificationMessage", _ => NegotiationMove.Verify, (row, message, _) => Task.FromResult(take.TakeSignature(row, message)), ct);

    public static Task<IResult> Event(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractNegotiationEventMessage", message => DspMessage.Text(message, "eventType") switch
        {
            "ACCEPTED" => NegotiationMove.Accept,
            "FINALIZED" => NegotiationMove.Finalize,
            _ => DspMessage.Malformed("eventType"),
        }, take.TakeEvent, ct);

    public static Task<IResult> Terminate(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct) =>
        take.Step(http, pid, "ContractNegotiationTerminationMessage", _ => NegotiationMove.Terminate, async (row, message, db) =>
        {
            (row.TerminatedBy, row.Reason) = (row.Peer, ReasonOf(message));
            await take.Withdraw(row, db, ct);
            return null;
        }, ct);

    public static async Task<IResult> Show(string pid, HttpContext http, TakeNegotiation take, CancellationToken ct)
    {
        await using var scope = take.Scope();
        return await Find(scope, pid, http.Peer().From.NodeId, ct) is { } row ? DspMessage.Json(View(row)) : DspMessage.Refuse(ErrorType, None);
    }

    public static JsonObject View(NegotiationRow row)
    {
        var view = DspMessage.New("ContractNegotiation", row.ProviderPid, row.ConsumerPid);
        view["state"] = NegotiationRules.Wire(row.State);
        return view;
    }

    async Task<IResult> BeginAsProvider(HttpContext http, CancellationToken ct)
    {
        var from = http.Peer().From;
        var read = DspMessage.Read(http.Peer().Body, "ContractRequestMessage");
        if (!read.Ok)
            return DspMessage.Refuse(ErrorType, read.Error);
        var consumerPid = DspMessage.Text(read.Value, "consumerPid");
        if (!DspMessage.IsPid(consumerPid) || read.Value.TryGetProperty("providerPid", out _))
            return DspMessage.Refuse(ErrorType, DspMessage.Malformed("consumerPid"));
        var answerTo = CallbackOf(read.Value, from);
        if (!answerTo.Ok)
            return DspMessage.Refuse(ErrorType, answerTo.Error, "", consumerPid);
        if (!Offered(read.Value, out var offer) || StandingOffer.ResourceOf(DspMessage.Text(offer, "target")) is not { } code || own.Find(code) is not { } resource || !StandingOffer.IsOffered(resource))
            return DspMessage.Refuse(ErrorType, ShowDataspace.NoDataset, "", consumerPid);
        var standing = StandingOffer.Terms(resource, node.Id, from.NodeId);
        var asked = Readable(OdrlPolicy.Read(offer, standing), resource);
        if (!asked.Ok)
            return DspMessage.Refuse(ErrorType, asked.Error, "", consumerPid);
        var row = NegotiationRow.New(DspSide.Provider, node.Division, resource.Department, from.NodeId, answerTo.Value, asked.Value, DspMessage.Text(offer, "@id")!, clock.NowMs());
        row.PeerPid = consumerPid!;
        Follow(row, StandingOffer.IsUnconditional(resource) && StandingOffer.Covers(standing, asked.Value));
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
        var answerTo = CallbackOf(read.Value, from);
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
        var row = NegotiationRow.New(DspSide.Consumer, node.Division, "", from.NodeId, answerTo.Value, offered.Value, DspMessage.Text(offer, "@id")!, clock.NowMs());
        (row.PeerPid, row.State) = (providerPid!, NegotiationState.Offered);
        return await Store(row, ct);
    }

    /// <summary>The same request once more, as after a lost answer, finds what it began.</summary>
    async Task<IResult> Store(NegotiationRow row, CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        if (await db.Set<NegotiationRow>().AsNoTracking().FirstOrDefaultAsync(n => n.Peer == row.Peer && n.PeerPid == row.PeerPid && n.Side == row.Side, ct) is { } before)
            return DspMessage.Json(View(before), StatusCodes.Status201Created);
        db.Add(row);
        await db.SaveChangesAsync(ct);
        signal.Raise();
        return DspMessage.Json(View(row), StatusCodes.Status201Created);
    }

    async Task<IResult> Step(
        HttpContext http, string pid, string type, Func<JsonElement, Result<NegotiationMove>> moveOf, Func<NegotiationRow, JsonElement, NodeDb, Task<Error?>> apply, CancellationToken ct)
    {
        var from = http.Peer().From.NodeId;
        var read = DspMessage.Read(http.Peer().Body, type);
        for (var tries = 1; ; tries++)
        {
            await using var scope = Scope();
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            if (await Find(scope, pid, from, ct) is not { } row)
                return DspMessage.Refuse(ErrorType, None);
            IResult Refuse(Error error) => DspMessage.Refuse(ErrorType, error, row.ProviderPid, row.ConsumerPid);
            if (!read.Ok)
                return Refuse(read.Error);
            var move = moveOf(read.Value);
            if (!move.Ok)
                return Refuse(move.Error);
            if (!Names(read.Value, row))
                return Refuse(DspMessage.Malformed("pid"));
            var now = clock.NowMs();
            if (NegotiationRules.Next(row.State, row.OtherSide, move.Value) is not { } next)
            {
                if (tries >= MostTries || !row.IsArriving(move.Value, now))
                    return Refuse(Illegal(row.State, move.Value));
                await Task.Delay(Moment, ct);
                continue;
            }
            var before = row.Terms;
            if (await apply(row, read.Value, db) is { } wrong)
                return Refuse(wrong);
            row.Become(next, now);
            Follow(row, next switch
            {
                NegotiationState.Requested => own.Find(row.Resource) is { } resource && StandingOffer.IsUnconditional(resource) && StandingOffer.Covers(StandingOffer.Terms(resource, node.Id, row.Peer), row.OnTable),
                NegotiationState.Offered => row.Terms == before,
                _ => false,
            });
            // Lost to what this side did at the same moment: looked at again as things stand now.
            if (await db.TrySave(ct) != SaveOutcome.Saved)
            {
                if (tries >= MostTries)
                    return Refuse(Busy);
                continue;
            }
            if (row.AgreementId.Length > 0)
                await agreements.Refresh(ct);
            signal.Raise();
            return DspMessage.Json(View(row));
        }
    }

    const int MostTries = 50;
    static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(10);

    /// <summary>The message names both processes; the other side's id is learnt here when it is quicker than its own first answer.</summary>
    static bool Names(JsonElement message, NegotiationRow row)
    {
        var (mine, other) = row.Side == DspSide.Provider ? ("providerPid", "consumerPid") : ("consumerPid", "providerPid");
        if (DspMessage.Text(message, mine) != row.Id || DspMessage.Text(message, other) is not { } pid || !DspMessage.IsPid(pid))
            return false;
        if (row.PeerPid.Length == 0)
            row.PeerPid = pid;
        return row.PeerPid == pid;
    }

    void Follow(NegotiationRow row, bool asked) =>
        row.Send(options.StewardConfirms ? null : NegotiationRules.Follows(row.State, row.Side, asked), clock.NowMs());

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
        var verified = signed.Document.Verify(Agreement.DocumentType, kid => directory.Trusted.KeyOfAnyTime(kid) is { } key && key.Member.NodeId == row.Peer ? new SignerKey(row.Peer, key.Key) : null, 1);
        if (!verified.Ok)
            return verified.Error;
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
        if (agreements.Find(terms.Id) is not null)
            return Error.Invalid("dsp.agreement-known", "该协议编号已经使用", "An agreement of this id is held already", "agreement", "请用新的编号", "Use a new id");
        (row.Document, row.AgreementId, row.OnTable) = (text, terms.Id, terms);
        return null;
    }

    /// <summary>The consumer's signature beside the provider's own, under the same words.</summary>
    Error? TakeSignature(NegotiationRow row, JsonElement message)
    {
        if (DspMessage.Text(message, DspMessage.Document) is not { } text || Agreement.Read(text) is not { } signed || Agreement.Read(row.Document) is not { } sent || signed.Document.Payload != sent.Document.Payload)
            return DspMessage.Malformed(DspMessage.Document);
        var verified = Agreement.Verify(text, directory.Trusted);
        if (verified.Ok)
            row.Document = text;
        return verified.Error;
    }

    /// <summary>The consumer holds the agreement in the same transaction in which its negotiation becomes final.</summary>
    async Task<Error?> TakeEvent(NegotiationRow row, JsonElement message, NodeDb db)
    {
        if (row.State != NegotiationState.Verified)
            return null;
        var signed = agreements.Signed(row.Document);
        if (signed.Ok && !await db.Set<AgreementRow>().AnyAsync(a => a.Id == row.AgreementId))
            db.Add(signed.Value);
        return signed.Error;
    }

    /// <summary>A provider holds the agreement before it says so; ended in between, it is no agreement.</summary>
    public async Task Withdraw(NegotiationRow row, NodeDb db, CancellationToken ct)
    {
        if (row.AgreementId.Length > 0 && await db.Set<AgreementRow>().SingleOrDefaultAsync(a => a.Id == row.AgreementId, ct) is { } held)
            held.Terminate(row.TerminatedBy!, row.Reason ?? "协商终止 Negotiation ended", clock.NowMs());
    }

    static bool Same(AgreementTerms one, AgreementTerms other) => JsonSerializer.Serialize(one, DirectoryDocument.Json) == JsonSerializer.Serialize(other, DirectoryDocument.Json);

    static Result<AgreementTerms> Readable(Result<AgreementTerms> terms, OwnResource resource) =>
        terms.Ok && terms.Value.Fields.FirstOrDefault(f => !resource.Definition.Has(f)) is { } unknown
            ? Error.Invalid("resource.field-unknown", $"资源没有字段 {unknown}", $"The resource has no field {unknown}", "fields")
            : terms;

    static bool Offered(JsonElement message, out JsonElement offer) =>
        message.TryGetProperty("offer", out offer) && offer.ValueKind == JsonValueKind.Object && DspMessage.Text(offer, "@type") == "Offer" && DspMessage.Text(offer, "@id") is { Length: > 0 and <= 256 };

    /// <summary>Answers go to the member's endpoint of the directory and to nowhere else, whatever a message asks for.</summary>
    internal static Result<string> CallbackOf(JsonElement message, MemberEntry from)
    {
        if (DspMessage.Text(message, "callbackAddress") is not { Length: <= 256 } address)
            return DspMessage.Malformed("callbackAddress");
        return address.StartsWith(from.Endpoint + "/", StringComparison.Ordinal) && address[from.Endpoint.Length..].TrimEnd('/') is var path && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_') && PeerPaths.Are(path)
            ? path
            : Error.Invalid("dsp.callback", "回调地址必须在名录登记的地址之下", "The callback address must lie below the member's endpoint in the directory", "callbackAddress", "请改用名录中的地址", "Use the address of the directory");
    }

    internal static string? ReasonOf(JsonElement message) =>
        message.TryGetProperty("reason", out var reasons) && reasons.ValueKind == JsonValueKind.Array && reasons.GetArrayLength() > 0 && reasons[0].ValueKind == JsonValueKind.String && reasons[0].GetString() is { } text
            ? text.Length <= 500 ? text : text[..500]
            : null;

    static Task<NegotiationRow?> Find(AsyncServiceScope scope, string pid, string peer, CancellationToken ct) =>
        scope.ServiceProvider.GetRequiredService<NodeDb>().Set<NegotiationRow>().SingleOrDefaultAsync(n => n.Id == pid && n.Peer == peer, ct);

    AsyncServiceScope Scope()
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(Actor.Node("negotiations"));
        return scope;
    }

    static readonly Error Busy = Error.Unavailable("dsp.busy", "协商正被同时修改", "The negotiation is being changed at the same moment", "请稍候重发", "Send it again in a moment");

    public static readonly Error None = Error.NotFound("dsp.no-negotiation", "没有这个协商", "There is no such negotiation");

    internal static Error Illegal<TState, TMove>(TState state, TMove move) where TState : struct, Enum where TMove : struct, Enum => Error.Invalid("dsp.illegal-transition",
        $"状态 {NegotiationRules.Wire(state)} 下不能 {NegotiationRules.Wire(move)}", $"{NegotiationRules.Wire(move)} is not possible in state {NegotiationRules.Wire(state)}", "state", "请先查询当前状态", "Ask for the present state first");
}
