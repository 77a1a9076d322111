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
/// Delivers what this side decided in its processes. A state is reached by delivering its message: until the other side has
/// taken it, this side is where it was. After a crash, or an answer that was lost, the other side is asked how far it is.
/// </summary>
abstract partial class SendSteps<TRow, TState, TMove>(NodeIdentity node, PeerClient peers, AgreementBook agreements, DspSignal signal, TimeProvider clock, IServiceScopeFactory scopes, ILogger log) : BackgroundService
    where TRow : DspProcess<TState, TMove>
    where TState : struct, Enum
    where TMove : struct, Enum
{
    const int Batch = 32;
    static readonly TimeSpan Claim = TimeSpan.FromSeconds(30);

    /// <summary>The other side may not have stored yet what it just told: a refusal within a process is believed after so many.</summary>
    const int Refusals = 6;

    readonly ConcurrentDictionary<string, Task> underWay = new(StringComparer.Ordinal);

    protected NodeIdentity Node => node;

    protected AgreementBook Agreements => agreements;

    protected DspSignal Signal => signal;

    protected long Now => clock.NowMs();

    /// <summary>The <c>@type</c> of the process as the other side shows it.</summary>
    protected abstract string ProcessType { get; }

    /// <summary>Path of the other side's process below its base.</summary>
    protected abstract string PathOf(TRow row);

    protected abstract Task Wait(CancellationToken ct);

    /// <summary>What must be stored before the message goes out, so that the same goes out after a crash.</summary>
    protected virtual void Prepare(TRow row, TMove move)
    {
    }

    /// <summary>What must hold here before the other side hears of it.</summary>
    protected virtual Task<Error?> Before(TRow row, TMove move, CancellationToken ct) => Task.FromResult<Error?>(null);

    /// <summary>What changes with the row, in the same transaction.</summary>
    protected virtual Task Along(TRow row, NodeDb db, CancellationToken ct) => Task.CompletedTask;

    protected virtual Task Look(CancellationToken ct) => Task.CompletedTask;

    protected abstract (string Path, JsonObject Message) Message(TRow row, TMove move);

    /// <summary>The state of a process that never began at the other side.</summary>
    protected abstract TState Ended { get; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Rounds.Run(Round, e => LogFailed(log, e), stoppingToken);
        await Task.WhenAll(underWay.Values).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    async Task Round(CancellationToken ct)
    {
        await Wait(ct);
        await Look(ct);
        // Each by itself: a node that is away holds up nobody else's process.
        foreach (var id in await Due(ct))
        {
            if (!underWay.ContainsKey(id))
                _ = (underWay[id] = Task.Run(() => Deliver(id, ct), CancellationToken.None)).ContinueWith(t => Done(id, t), TaskScheduler.Default);
        }
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
        var now = Now;
        return await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<TRow>().Where(n => n.Sending != null && n.NextAt <= now).OrderBy(n => n.NextAt).Select(n => n.Id).Take(Batch).ToListAsync(ct);
    }

    async Task Deliver(string id, CancellationToken ct)
    {
        if (await Take(id, ct) is not { Sending: { } move } row)
            return;
        if (await Before(row, move, ct) is { } notYet)
        {
            await Settle(row, move, notYet, null, ct);
            return;
        }
        // Nothing is known to have begun there: it ends here, and whatever comes for it is refused.
        if (row.IsEnd(move) && row.PeerPid.Length == 0)
        {
            await Settle(row, move, null, null, ct);
            return;
        }
        var (path, message) = Message(row, move);
        var sent = await peers.Send(row.Peer, HttpMethod.Post, row.PeerBase + path, JsonSerializer.SerializeToUtf8Bytes(message, DirectoryDocument.Json), ct);
        var error = sent.Error;
        if (error is { Kind: not ErrorKind.Unavailable } && await Reached(row, move, ct))
            error = null;
        await Settle(row, move, error, sent.Ok ? sent.Value.Body : null, ct);
    }

    /// <summary>Claims it for this replica.</summary>
    async Task<TRow?> Take(string id, CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        if (await db.Set<TRow>().SingleOrDefaultAsync(n => n.Id == id, ct) is not { Sending: { } move } row || row.NextAt > Now)
            return null;
        row.NextAt = Now + (long)Claim.TotalMilliseconds;
        row.Revision++;
        Prepare(row, move);
        return await db.TrySave(ct) == SaveOutcome.Saved ? row : null;
    }

    /// <summary>Whether the other side is already where this message leads, though it refuses it now.</summary>
    async Task<bool> Reached(TRow row, TMove move, CancellationToken ct)
    {
        if (row.Next(row.State, row.Side, move) is not { } next || row.PeerPid.Length == 0)
            return false;
        var answer = await peers.Send(row.Peer, HttpMethod.Get, row.PeerBase + PathOf(row), default, ct);
        return answer.Ok && DspMessage.Read(answer.Value.Body, ProcessType) is { Ok: true } view && DspMessage.Text(view.Value, "state") == DspProcess<TState, TMove>.WireOf(next);
    }

    /// <summary>
    /// What came of it is stored against what the other side may have done meanwhile: its next message can be here before its
    /// answer, and what this side decided on that, be it the same move once more, is another message, under no claim yet.
    /// </summary>
    async Task Settle(TRow sent, TMove move, Error? error, byte[]? answer, CancellationToken ct)
    {
        for (var tries = 0; tries < 5; tries++)
        {
            await using var scope = Scope();
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            if (await db.Set<TRow>().SingleOrDefaultAsync(n => n.Id == sent.Id, ct) is not { } row)
                return;
            if (answer is not null)
                Learn(row, answer);
            if (EqualityComparer<TMove?>.Default.Equals(row.Sending, move) && row.NextAt == sent.NextAt)
            {
                if (error is null)
                    Delivered(row, move);
                else
                    Postpone(row, error);
            }
            row.Revision++;
            await Along(row, db, ct);
            var saved = await db.TrySave(ct);
            // It answers with the id of another process: that began nothing.
            if (saved == SaveOutcome.Exists)
                (error, answer) = (DspMessage.Malformed("pid"), null);
            if (saved != SaveOutcome.Saved)
                continue;
            if (row.AgreementId.Length > 0)
                await agreements.Refresh(ct);
            return;
        }
    }

    /// <summary>The other side's id of the process, from its answer to what began it.</summary>
    void Learn(TRow row, byte[] answer)
    {
        if (row.PeerPid.Length == 0 && DspMessage.Read(answer, ProcessType) is { Ok: true } view
            && DspMessage.Text(view.Value, row.Side == DspSide.Consumer ? "providerPid" : "consumerPid") is { } pid && DspMessage.IsPid(pid))
            row.PeerPid = pid;
    }

    void Delivered(TRow row, TMove move)
    {
        row.Send(null, Now);
        if (row.Next(row.State, row.Side, move) is { } next)
            row.Become(next, node.Id, Now);
    }

    void Postpone(TRow row, Error error)
    {
        row.Attempts++;
        row.LastError = DspMessage.Cut(error.Code, 128);
        if (error.Kind == ErrorKind.Unavailable)
        {
            row.NextAt = Now + (long)OutboxClaims.Pause(row.Attempts).TotalMilliseconds;
            return;
        }
        if (row.PeerPid.Length > 0 && row.Attempts < Refusals)
        {
            row.NextAt = Now + (100L << row.Attempts);
            return;
        }
        row.Sending = null;
        // Nothing began there: it is over here as well.
        if (row.PeerPid.Length == 0)
        {
            row.Become(Ended, row.Peer, Now);
            row.Reason = DspMessage.Cut(error.Detail, 500);
        }
    }

    protected AsyncServiceScope Scope() => scopes.AsNode("dataspace");

    [LoggerMessage(Level = LogLevel.Error, Message = "Messages of the Dataspace Protocol could not be sent; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);
}
