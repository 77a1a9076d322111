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
/// Sends changes to their subscribers: of one subscription in order and at least once, many subscriptions side by side, each consumer by
/// itself, so that one that is stuck holds up no other. Each change is decided, metered and logged like the answer to a query at the moment it goes.
/// A member that is away is tried again for as long as the subscription holds; one that refuses a change again and again blocks it, visibly.
/// </summary>
sealed partial class PushChanges(
    AnswerQuery answers, PeerClient peers, WatchSignal signal, IVault vault, ExchangeOptions options, TimeProvider clock, IServiceScopeFactory scopes, ILogger<PushChanges> log) : BackgroundService
{
    const int AtOnceToOne = 8;

    /// <summary>So many subscriptions of one consumer are gone through, then it is looked again what is due.</summary>
    const int Batch = 64;

    /// <summary>Bytes of answers in one message; one alone may have as many as any answer.</summary>
    const int MostBytes = 8 * 1024 * 1024;

    /// <summary>So many refusals of the same change, then a person looks at it.</summary>
    const int MostRefusals = 6;

    static readonly TimeSpan ForReplay = TimeSpan.FromDays(7);
    static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);

    /// <summary>By consumer.</summary>
    readonly ConcurrentDictionary<string, Task> underWay = new(StringComparer.Ordinal);

    /// <summary>By consumer, where its last batch ended: the next begins behind it, so that each subscription has its turn.</summary>
    readonly Dictionary<string, string> turn = new(StringComparer.Ordinal);

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

    /// <summary>Sets going what is due for consumers to whom nothing is under way.</summary>
    async Task Begin(CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var now = clock.NowMs();
        var due = db.Set<WatchRow>().Where(w => (w.State == WatchState.Active && w.Acked < w.Offset || w.State == WatchState.Ended && !w.EndTold) && w.NextAt <= now);
        foreach (var consumer in (await due.Select(w => w.Consumer).Distinct().ToListAsync(ct)).Where(c => !underWay.ContainsKey(c)))
        {
            var last = turn.GetValueOrDefault(consumer, "");
            var of = due.Where(w => w.Consumer == consumer).OrderBy(w => w.Id).Select(w => w.Id);
            var batch = await of.Where(id => string.Compare(id, last) > 0).Take(Batch).ToListAsync(ct);
            if (batch.Count < Batch)
                batch.AddRange(await of.Where(id => string.Compare(id, last) <= 0).Take(Batch - batch.Count).ToListAsync(ct));
            if (batch.Count == 0)
                continue;
            turn[consumer] = batch[^1];
            Begin(consumer, batch, ct);
        }
    }

    void Begin(string consumer, List<string> batch, CancellationToken ct)
    {
        var sent = 0;
        var task = Task.Run(() => Parallel.ForEachAsync(batch, new ParallelOptions { MaxDegreeOfParallelism = AtOnceToOne }, async (id, _) =>
        {
            if (await Send(id, ct))
                Interlocked.Increment(ref sent);
        }), CancellationToken.None);
        underWay[consumer] = task;
        _ = task.ContinueWith(_ =>
        {
            underWay.TryRemove(consumer, out var _);
            // What failed here is tried again with the next period, not at once and for ever.
            if (sent > 0)
                signal.Send();
        }, TaskScheduler.Default);
    }

    /// <summary>False when it failed at this node.</summary>
    async Task<bool> Send(string id, CancellationToken ct)
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
                    return true;
                db.ChangeTracker.Clear();
            }
            return true;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Sent again after the restart.
            return false;
        }
        catch (Exception e)
        {
            LogSendFailed(log, e, id);
            return false;
        }
    }

    /// <summary>True when there is more to send at once.</summary>
    async Task<bool> SendNext(WatchRow row, NodeDb db, CancellationToken ct)
    {
        var query = QueryMessage.Parse(vault.TryOpen(row.Query, WatchRow.SealContext).Value).Value;
        var changes = await Next(row, db, ct);
        if (changes.Count == 0 || changes[0].Offset != row.Acked + 1)
        {
            // It says that it lost what is not kept any more. A consumer takes no change before those in front of it: it would wait for ever, and hears why.
            row.End(NotKept.Code);
            return true;
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
            row.Take(upTo);
            return row.Acked < row.Offset;
        }
        return Fail(row, sent.Error ?? ReplyMalformed);
    }

    /// <summary>The changes that come next, as many as go together.</summary>
    static async Task<List<WatchedChangeRow>> Next(WatchRow row, NodeDb db, CancellationToken ct)
    {
        var after = db.Set<WatchedChangeRow>().AsNoTracking().Where(c => c.WatchId == row.Id && c.Offset > row.Acked).OrderBy(c => c.Offset);
        var bytes = await after.Take(ChangesMessage.Most).Select(c => c.Rows.Length).ToListAsync(ct);
        return await after.Take(Together(bytes)).ToListAsync(ct);
    }

    /// <summary>How many of the first go into one message: the first in any case.</summary>
    internal static int Together(IReadOnlyList<int> bytes)
    {
        var (count, all) = (0, 0L);
        while (count < bytes.Count && ((all += bytes[count]) <= MostBytes || count == 0))
            count++;
        return count;
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

    public static readonly Error NotKept = new(
        ErrorKind.NotFound, "changes.not-kept", "所要求的变更已不再保留，无法补齐", "The changes that are asked for are no longer kept", "from", "请结束这项订阅并重新订阅，届时会收到现在的内容", "End this subscription and subscribe anew: it begins with what is true then");

    static readonly Error ReplyMalformed = Error.Unavailable("changes.reply-malformed", "对方的回答格式错误", "The reply is malformed");

    AsyncServiceScope Scope() => scopes.AsNode("push");

    [LoggerMessage(Level = LogLevel.Error, Message = "Changes could not be looked up for sending; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "Changes of subscription {Id} could not be sent; trying again.")]
    static partial void LogSendFailed(ILogger log, Exception e, string id);
}
