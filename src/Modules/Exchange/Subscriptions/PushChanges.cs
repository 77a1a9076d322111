using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// Sends changes to their subscribers: of one subscription in order and at least once, many subscriptions side by side, so that one that
/// is stuck holds up no other. Each change is decided, metered and logged like the answer to a query at the moment it goes.
/// A member that is away is tried again for as long as the subscription holds; one that refuses a change again and again blocks it, visibly.
/// </summary>
sealed partial class PushChanges(
    AnswerQuery answers, PeerClient peers, WatchSignal signal, IVault vault, ExchangeOptions options, TimeProvider clock, IServiceScopeFactory scopes, ILogger<PushChanges> log) : BackgroundService
{
    const int AtOnce = 16;
    const int Page = 500;

    /// <summary>So many refusals of the same change, then a person looks at it.</summary>
    const int MostRefusals = 6;

    static readonly TimeSpan ForReplay = TimeSpan.FromDays(7);
    static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);

    readonly ConcurrentDictionary<string, Task> underWay = new(StringComparer.Ordinal);
    readonly SemaphoreSlim room = new(AtOnce);
    long lastSweep;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Rounds.Run(Round, e => LogFailed(log, e), stoppingToken);
        await Task.WhenAll(underWay.Values);
    }

    async Task Round(CancellationToken ct)
    {
        await Begin(ct);
        await Sweep(ct);
        await signal.ToSend(TimeSpan.FromMilliseconds(Math.Min(500, options.WatchPeriod.TotalMilliseconds)), ct);
    }

    /// <summary>Sets everything going that is due and not under way.</summary>
    async Task Begin(CancellationToken ct)
    {
        var after = "";
        while (true)
        {
            await using var scope = Scope();
            var now = clock.NowMs();
            var due = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<WatchRow>().AsNoTracking()
                .Where(w => (w.State == WatchState.Active && w.Acked < w.Offset || w.State == WatchState.Ended && !w.EndTold) && w.NextAt <= now && string.Compare(w.Id, after) > 0)
                .OrderBy(w => w.Id).Select(w => w.Id).Take(Page).ToListAsync(ct);
            foreach (var id in due.Where(id => !underWay.ContainsKey(id)))
            {
                await room.WaitAsync(ct);
                var task = Task.Run(() => Send(id, ct), CancellationToken.None);
                underWay[id] = task;
                _ = task.ContinueWith(_ =>
                {
                    underWay.TryRemove(id, out var _);
                    room.Release();
                }, TaskScheduler.Default);
            }
            if (due.Count < Page)
                return;
            after = due[^1];
        }
    }

    async Task Send(string id, CancellationToken ct)
    {
        try
        {
            await using var scope = Scope();
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            while (await db.Set<WatchRow>().SingleOrDefaultAsync(w => w.Id == id, ct) is { } row)
            {
                var more = row.State == WatchState.Ended ? await TellEnd(row, ct) : await SendNext(row, db, ct);
                // Changed elsewhere meanwhile: it is read anew, and what was sent is known there by its offset.
                var saved = await db.TrySave(ct) == SaveOutcome.Saved;
                if (saved && !more)
                    return;
                db.ChangeTracker.Clear();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Sent again after the restart.
        }
        catch (Exception e)
        {
            LogSendFailed(log, e, id);
        }
    }

    /// <summary>True when there is more to send at once.</summary>
    async Task<bool> SendNext(WatchRow row, NodeDb db, CancellationToken ct)
    {
        var query = QueryMessage.Parse(vault.TryOpen(row.Query, WatchRow.SealContext).Value).Value;
        var changes = await db.Set<WatchedChangeRow>().AsNoTracking().Where(c => c.WatchId == row.Id && c.Offset > row.Acked).OrderBy(c => c.Offset).Take(ChangesMessage.Most).ToListAsync(ct);
        if (changes.Count == 0 || changes[0].Offset != row.Acked + 1)
        {
            // What a replay asked for is not kept any more: it gets what there is.
            row.Acked = changes.Count == 0 ? row.Offset : changes[0].Offset - 1;
            row.Revision++;
            return changes.Count > 0;
        }
        var sending = new List<ChangeMessage>(changes.Count);
        Error? refused = null;
        foreach (var change in changes)
        {
            var given = await answers.Give(row.Consumer, query with { ExchangeId = change.ExchangeId }, vault.TryOpen(change.Rows, WatchedChangeRow.SealContext).Value, change.Count, change.AsOf, ct, change.Withheld is { } groups ? new GroupsWithheld(groups, change.WithheldOrMore == true) : null);
            refused = given.Error;
            if (!given.Ok)
                break;
            sending.Add(new(change.Offset, given.Value));
        }
        if (sending.Count == 0)
            return Halt(row, refused!);
        var sent = await peers.Send(row.Consumer, HttpMethod.Post, "/peer/changes", new ChangesMessage(row.Id, sending).ToJson(), ct);
        var taken = sent.Ok ? NumberMessage.Read(sent.Value.Body, "taken") : null;
        // Forward it goes on at once. One that says it has less than was sent before is given that again, but after a pause: it may say so for ever.
        if (taken is { } less && less >= 0 && less < row.Acked)
        {
            row.Acked = less;
            return Wait(row, ConsumerBehind.Code);
        }
        if (taken is { } upTo && upTo >= 0 && upTo <= row.Offset && upTo != row.Acked)
        {
            (row.Acked, row.Attempts, row.NextAt, row.Code) = (upTo, 0, 0, null);
            row.Revision++;
            return row.Acked < row.Offset;
        }
        return Fail(row, sent.Error ?? ReplyMalformed);
    }

    bool Halt(WatchRow row, Error refused)
    {
        if (WatchSources.MayPass(refused))
            return Wait(row, refused.Code);
        row.End(refused.Code);
        return true;
    }

    /// <summary>Whether the member is away or does not want it makes the difference between waiting and a person's look.</summary>
    bool Fail(WatchRow row, Error error)
    {
        Wait(row, error.Code);
        if (error.Code == Subscribe.None.Code)
        {
            row.End(error.Code);
            row.EndTold = true;
        }
        // A signature is refused for what passes by itself: a clock that is behind, a directory that is not the newest.
        else if (error.Kind != ErrorKind.Unavailable && !error.Code.StartsWith("signature.", StringComparison.Ordinal) && row.Attempts >= MostRefusals)
        {
            row.State = WatchState.Blocked;
        }
        return false;
    }

    bool Wait(WatchRow row, string code)
    {
        row.Attempts++;
        (row.Code, row.NextAt) = (code, clock.NowMs() + (long)OutboxClaims.Pause(row.Attempts).TotalMilliseconds);
        row.Revision++;
        return false;
    }

    async Task<bool> TellEnd(WatchRow row, CancellationToken ct)
    {
        var told = await peers.Send(row.Consumer, HttpMethod.Post, "/peer/changes", new ChangesMessage(row.Id, [], row.Code ?? "subscription.ended").ToJson(), ct);
        row.EndTold = told.Ok || told.Error.Kind != ErrorKind.Unavailable;
        row.Attempts++;
        row.NextAt = clock.NowMs() + (long)OutboxClaims.Pause(row.Attempts).TotalMilliseconds;
        row.Revision++;
        return false;
    }

    /// <summary>Provider: changes long taken. Consumer: changes whose agreement says that they are not kept longer.</summary>
    async Task Sweep(CancellationToken ct)
    {
        var now = clock.NowMs();
        if (now - lastSweep < SweepEvery.TotalMilliseconds)
            return;
        lastSweep = now;
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var before = now - (long)ForReplay.TotalMilliseconds;
        await db.Set<WatchedChangeRow>()
            .Where(c => c.AsOf < before && db.Set<WatchRow>().Any(w => w.Id == c.WatchId && (w.State == WatchState.Ended || w.Acked >= c.Offset)))
            .ExecuteDeleteAsync(ct);
        await db.Set<TakenChangeRow>().Where(c => c.DeleteAt != null && c.DeleteAt < now).ExecuteDeleteAsync(ct);
    }

    static readonly Error ConsumerBehind = Error.Unavailable("changes.asked-again", "对方要求重新送达", "The other side asked for them again");

    static readonly Error ReplyMalformed = Error.Unavailable("changes.reply-malformed", "对方的回答格式错误", "The reply is malformed");

    AsyncServiceScope Scope() => scopes.AsNode("push");

    [LoggerMessage(Level = LogLevel.Error, Message = "Changes could not be looked up for sending; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "Changes of subscription {Id} could not be sent; trying again.")]
    static partial void LogSendFailed(ILogger log, Exception e, string id);
}
