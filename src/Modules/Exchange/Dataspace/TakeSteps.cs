using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>The other side's messages of a process: moves of its table that their sender may make now, or refusals that change nothing.</summary>
abstract class TakeSteps<TRow, TState, TMove>(AgreementBook agreements, DspSignal signal, TimeProvider clock, IServiceScopeFactory scopes)
    where TRow : DspProcess<TState, TMove>
    where TState : struct, Enum
    where TMove : struct, Enum
{
    const int MostTries = 50;
    static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(10);

    /// <summary>The <c>@type</c> of the process as it is shown.</summary>
    protected abstract string ProcessType { get; }

    /// <summary>The <c>@type</c> of a refusal.</summary>
    protected virtual string ErrorType => $"{ProcessType}Error";

    protected abstract Error None { get; }

    protected AgreementBook Agreements => agreements;

    protected long Now => clock.NowMs();

    /// <summary>What follows by itself from the state that was reached.</summary>
    /// <param name="changed">What is on the table is no longer what it was before the message.</param>
    protected abstract TMove? Follows(TRow row, bool changed);

    /// <summary>What the message changes beside the state; an error refuses it.</summary>
    protected delegate Task<Error?> Apply(TRow row, JsonElement message, NodeDb db, CancellationToken ct);

    protected static Apply Nothing { get; } = (_, _, _, _) => Task.FromResult<Error?>(null);

    protected static Apply Of(Func<TRow, JsonElement, Error?> apply) => (row, message, _, _) => Task.FromResult(apply(row, message));

    /// <summary>A process of others is not there.</summary>
    protected async Task<IResult> View(string pid, HttpContext http, CancellationToken ct)
    {
        await using var scope = Scope();
        return await Find(scope, pid, http.Peer().From.NodeId, ct) is { } row ? DspMessage.Json(View(row)) : DspMessage.Refuse(ErrorType, None);
    }

    JsonObject View(TRow row)
    {
        var view = DspMessage.New(ProcessType, row.ProviderPid, row.ConsumerPid);
        view["state"] = row.Wire;
        return view;
    }

    /// <summary>The same request once more, as after a lost answer, finds what it began.</summary>
    protected async Task<IResult> Store(TRow row, CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        if (await Begun(row, db, ct) is { } before)
            return DspMessage.Json(View(before), StatusCodes.Status201Created);
        if (Follows(row, changed: true) is { } move)
            row.Send(move, Now);
        db.Add(row);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
        {
            // The same at the same moment: the other was quicker.
            db.ChangeTracker.Clear();
            return await Begun(row, db, ct) is { } quicker ? DspMessage.Json(View(quicker), StatusCodes.Status201Created) : DspMessage.Refuse(ErrorType, Busy);
        }
        signal.Raise();
        return DspMessage.Json(View(row), StatusCodes.Status201Created);
    }

    /// <summary>What goes by the other side's id of it already.</summary>
    static Task<TRow?> Begun(TRow row, NodeDb db, CancellationToken ct) =>
        db.Set<TRow>().AsNoTracking().FirstOrDefaultAsync(n => n.Peer == row.Peer && n.PeerPid == row.PeerPid && n.Side == row.Side && n.Id != row.Id, ct);

    protected async Task<IResult> Step(HttpContext http, string pid, string type, Func<JsonElement, Result<TMove>> moveOf, Apply apply, CancellationToken ct)
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
            if (row.Next(row.State, row.OtherSide, move.Value) is not { } next)
            {
                if (tries >= MostTries || !row.IsArriving(move.Value, Now))
                    return Refuse(row.Illegal(move.Value));
                await Task.Delay(Moment, ct);
                continue;
            }
            var before = row.Table;
            if (row.IsEnd(move.Value))
                row.Reason = DspMessage.ReasonOf(read.Value);
            if (await apply(row, read.Value, db, ct) is { } wrong)
                return Refuse(wrong);
            row.Become(next, row.Peer, Now);
            // That this side ends it stays decided, whatever comes meanwhile.
            if (row.Sending is not { } mine || !row.IsEnd(mine) || row.Next(next, row.Side, mine) is null)
                row.Send(Follows(row, row.Table != before), Now);
            await Along(row, db, ct);
            // Lost to what this side did at the same moment: looked at again as things stand now.
            if (await db.TrySave(ct) != SaveOutcome.Saved)
            {
                db.ChangeTracker.Clear();
                if (await Begun(row, db, ct) is not null)
                    return Refuse(DspMessage.Malformed("pid"));
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

    /// <summary>What changes with the row, in the same transaction.</summary>
    protected virtual Task Along(TRow row, NodeDb db, CancellationToken ct) => Task.CompletedTask;

    /// <summary>The message names both processes; the other side's id is learnt here when it is quicker than its own first answer.</summary>
    static bool Names(JsonElement message, TRow row)
    {
        var (mine, other) = row.Side == DspSide.Provider ? ("providerPid", "consumerPid") : ("consumerPid", "providerPid");
        if (DspMessage.Text(message, mine) != row.Id || DspMessage.Text(message, other) is not { } pid || !DspMessage.IsPid(pid))
            return false;
        if (row.PeerPid.Length == 0)
            row.PeerPid = pid;
        return row.PeerPid == pid;
    }

    static Task<TRow?> Find(AsyncServiceScope scope, string pid, string peer, CancellationToken ct) =>
        scope.ServiceProvider.GetRequiredService<NodeDb>().Set<TRow>().SingleOrDefaultAsync(n => n.Id == pid && n.Peer == peer, ct);

    AsyncServiceScope Scope() => scopes.AsNode("dataspace");

    static readonly Error Busy = Error.Unavailable("dsp.busy", "正被同时修改", "It is being changed at the same moment", "请稍候重发", "Send it again in a moment");
}
