using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Wakes the senders of negotiations and transfers.</summary>
sealed class DspSignal
{
    readonly OutboxSignal negotiations = new();
    readonly OutboxSignal transfers = new();

    public void Raise()
    {
        negotiations.Raise();
        transfers.Raise();
    }

    public Task Negotiations(CancellationToken ct) => negotiations.Wait(TimeSpan.FromMilliseconds(500), ct);

    public Task Transfers(CancellationToken ct) => transfers.Wait(TimeSpan.FromMilliseconds(500), ct);
}

/// <summary>
/// Delivers what this side decided in its negotiations. A state is reached by delivering its message: until the other side has
/// taken it, this side is where it was. After a crash, or an answer that was lost, the other side is asked how far it is.
/// </summary>
sealed partial class SendNegotiation(
    NodeIdentity node, Keystore keys, PeerClient peers, AgreementBook agreements, TakeNegotiation take, DspSignal signal, TimeProvider clock, IServiceScopeFactory scopes, ILogger<SendNegotiation> log) : BackgroundService
{
    const int Batch = 32;
    static readonly TimeSpan Claim = TimeSpan.FromSeconds(30);

    /// <summary>The other side may not have stored yet what it just told: a refusal is believed after so many.</summary>
    internal const int Refusals = 6;

    readonly ConcurrentDictionary<string, Task> underWay = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await signal.Negotiations(stoppingToken);
                // Each by itself: a node that is away holds up nobody else's negotiation.
                foreach (var id in await Due(stoppingToken))
                {
                    if (!underWay.ContainsKey(id))
                        _ = (underWay[id] = Task.Run(() => Deliver(id, stoppingToken), CancellationToken.None)).ContinueWith(t => Done(id, t), TaskScheduler.Default);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                LogFailed(log, e);
                await Task.Delay(TimeSpan.FromMilliseconds(500), stoppingToken);
            }
        }
        await Task.WhenAll(underWay.Values).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    void Done(string id, Task delivery)
    {
        underWay.TryRemove(id, out _);
        if (delivery is { IsFaulted: true, Exception: { } fault })
            LogFailed(log, fault);
        // The answer may have come while this was being stored: the next step is looked for at once.
        signal.Raise();
    }

    async Task<List<string>> Due(CancellationToken ct)
    {
        await using var scope = Scope();
        var now = clock.NowMs();
        return await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<NegotiationRow>().Where(n => n.Sending != null && n.NextAt <= now).OrderBy(n => n.NextAt).Select(n => n.Id).Take(Batch).ToListAsync(ct);
    }

    async Task Deliver(string id, CancellationToken ct)
    {
        if (await Prepare(id, ct) is not { Sending: { } move } row)
            return;
        if (move == NegotiationMove.Finalize && (await agreements.Import([row.Document], ct)).Error is { } notImported)
        {
            await Settle(id, move, notImported, null, ct);
            return;
        }
        // Nothing is known to have begun there: it ends here, and whatever comes for it is refused.
        if (move == NegotiationMove.Terminate && row.PeerPid.Length == 0)
        {
            await Settle(id, move, null, null, ct);
            return;
        }
        var (path, message) = Message(row, move);
        var sent = await peers.Send(row.Peer, HttpMethod.Post, row.PeerBase + path, JsonSerializer.SerializeToUtf8Bytes(message, DirectoryDocument.Json), ct);
        var error = sent.Error;
        if (error is { Kind: not ErrorKind.Unavailable } && await Reached(row, move, ct))
            error = null;
        await Settle(id, move, error, sent.Ok ? sent.Value.Body : null, ct);
    }

    /// <summary>Claims it for this replica; an agreement is signed and stored before it is sent, so that the same is sent again.</summary>
    async Task<NegotiationRow?> Prepare(string id, CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        if (await db.Set<NegotiationRow>().SingleOrDefaultAsync(n => n.Id == id, ct) is not { Sending: { } move } row || row.NextAt > clock.NowMs())
            return null;
        var now = clock.NowMs();
        row.NextAt = now + (long)Claim.TotalMilliseconds;
        row.Revision++;
        if (move == NegotiationMove.Agree && row.Document.Length == 0)
        {
            var table = row.OnTable;
            // A minute back: the other side's clock may be that much behind.
            var from = table.ValidFrom > 0 ? table.ValidFrom : now - 60_000;
            var terms = table with { Id = $"ag-{Guid.CreateVersion7():N}", ValidFrom = from, ValidUntil = table.ValidUntil > 0 ? table.ValidUntil : from + (long)StandingOffer.Life.TotalMilliseconds };
            (row.AgreementId, row.OnTable) = (terms.Id, terms);
            row.Document = JsonSerializer.Serialize(SignedDocument.Of(terms).Sign(keys.Signing, Agreement.DocumentType));
        }
        if (move == NegotiationMove.Verify && Agreement.Read(row.Document) is { Document: { Signatures.Count: 1 } signed })
            row.Document = JsonSerializer.Serialize(signed.Sign(keys.Signing, Agreement.DocumentType));
        return await db.TrySave(ct) == SaveOutcome.Saved ? row : null;
    }

    (string Path, JsonObject Message) Message(NegotiationRow row, NegotiationMove move)
    {
        JsonObject New(string type) => DspMessage.New(type, row.ProviderPid, row.ConsumerPid);
        var dataset = StandingOffer.DatasetId(row.Resource);
        var at = $"/negotiations/{row.PeerPid}";
        switch (move)
        {
            case NegotiationMove.Request when row.PeerPid.Length == 0:
                var first = New("ContractRequestMessage");
                first.Remove("providerPid");
                first["offer"] = OdrlPolicy.Offer(row.OfferId, row.OnTable, dataset);
                first["callbackAddress"] = node.PublicUrl + PeerPaths.Dataspace;
                return ("/negotiations/request", first);
            case NegotiationMove.Request:
                var counter = New("ContractRequestMessage");
                counter["offer"] = OdrlPolicy.Offer(row.OfferId, row.OnTable, dataset);
                return ($"{at}/request", counter);
            case NegotiationMove.Offer when row.PeerPid.Length == 0:
                var unasked = New("ContractOfferMessage");
                unasked.Remove("consumerPid");
                unasked["offer"] = OdrlPolicy.Offer(row.OfferId, row.OnTable, dataset);
                unasked["callbackAddress"] = node.PublicUrl + PeerPaths.Dataspace;
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

    /// <summary>Whether the other side is already where this message leads, though it refuses it now.</summary>
    async Task<bool> Reached(NegotiationRow row, NegotiationMove move, CancellationToken ct)
    {
        if (NegotiationRules.Next(row.State, row.Side, move) is not { } next || row.PeerPid.Length == 0)
            return false;
        var answer = await peers.Send(row.Peer, HttpMethod.Get, $"{row.PeerBase}/negotiations/{row.PeerPid}", default, ct);
        return answer.Ok && DspMessage.Read(answer.Value.Body, "ContractNegotiation") is { Ok: true } view && DspMessage.Text(view.Value, "state") == NegotiationRules.Wire(next);
    }

    /// <summary>What came of it is stored against what the other side may have done meanwhile.</summary>
    async Task Settle(string id, NegotiationMove move, Error? error, byte[]? answer, CancellationToken ct)
    {
        for (var tries = 0; tries < 5; tries++)
        {
            await using var scope = Scope();
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            if (await db.Set<NegotiationRow>().SingleOrDefaultAsync(n => n.Id == id, ct) is not { } row)
                return;
            if (error is null)
                Delivered(row, move, answer);
            else if (row.Sending == move)
                Postpone(row, error);
            row.Revision++;
            if (row.State == NegotiationState.Terminated)
                await take.Withdraw(row, db, ct);
            if (await db.TrySave(ct) != SaveOutcome.Saved)
                continue;
            if (row.AgreementId.Length > 0)
                await agreements.Refresh(ct);
            return;
        }
    }

    void Delivered(NegotiationRow row, NegotiationMove move, byte[]? answer)
    {
        if (row.PeerPid.Length == 0 && answer is not null && DspMessage.Read(answer, "ContractNegotiation") is { Ok: true } view
            && DspMessage.Text(view.Value, row.Side == DspSide.Consumer ? "providerPid" : "consumerPid") is { } pid && DspMessage.IsPid(pid))
            row.PeerPid = pid;
        if (row.Sending != move)
            return;
        row.Send(null, clock.NowMs());
        if (NegotiationRules.Next(row.State, row.Side, move) is not { } next)
            return;
        row.Become(next, clock.NowMs());
        if (next == NegotiationState.Terminated)
            row.TerminatedBy = node.Id;
    }

    void Postpone(NegotiationRow row, Error error)
    {
        row.Attempts++;
        row.LastError = error.Code;
        if (error.Kind == ErrorKind.Unavailable)
        {
            row.NextAt = clock.NowMs() + (long)OutboxClaims.Pause(row.Attempts).TotalMilliseconds;
            return;
        }
        if (row.Attempts < Refusals)
        {
            row.NextAt = clock.NowMs() + (100L << row.Attempts);
            return;
        }
        row.Sending = null;
        // Nothing began there: it is over here as well.
        if (row.PeerPid.Length == 0)
        {
            row.Become(NegotiationState.Terminated, clock.NowMs());
            (row.TerminatedBy, row.Reason) = (row.Peer, error.Detail);
        }
    }

    AsyncServiceScope Scope()
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(Actor.Node("negotiations"));
        return scope;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Negotiations could not be sent; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);
}
