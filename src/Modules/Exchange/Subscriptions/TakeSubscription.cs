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

/// <summary>The provider's side: takes a standing question after the checks of a query, sends again from an offset, ends.</summary>
static class TakeSubscription
{
    /// <summary>Of one member at a time: what it watches is read again at every change of its source.</summary>
    const int MostOfOne = 100_000;

    public static async Task<IResult> Begin(HttpContext http, IServiceScopeFactory scopes, NodeIdentity node, AnswerQuery answers, WatchSignal signal, IVault vault, TimeProvider clock, CancellationToken ct)
    {
        var consumer = http.Peer().From.NodeId;
        var parsed = SubscribeMessage.Parse(http.Peer().Body);
        if (!parsed.Ok)
            return parsed.Error.AsResult();
        var (query, until) = parsed.Value;
        var now = clock.NowMs();
        if (until <= now)
            return SubscribeMessage.Malformed.AsResult();
        var allowed = answers.MayAnswer(consumer, query);
        if (!allowed.Ok)
            return allowed.Error.AsResult();
        if (!allowed.Value.Terms.Subscription)
            return Subscribe.NotAgreed.AsResult();
        await using var scope = Scope(scopes);
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var watches = db.Set<WatchRow>();
        if (await watches.CountAsync(w => w.Consumer == consumer && w.State != WatchState.Ended, ct) >= MostOfOne)
            return Error.Conflict("subscription.too-many", "订阅数量已达上限", "There are too many subscriptions", "请先结束不再需要的订阅", "End those that are no longer needed").AsResult();
        db.Add(new WatchRow
        {
            Id = query.ExchangeId,
            Consumer = consumer,
            AgreementId = query.Agreement,
            Resource = query.Resource,
            Query = vault.Seal(query.ToJson(), WatchRow.SealContext),
            CreatedAt = now,
            Until = until,
            Division = node.Division,
            Department = allowed.Value.Department,
        });
        // Asked twice, it was taken the first time; an id of somebody else's is refused without a word about theirs.
        if (await db.TrySave(ct) == SaveOutcome.Exists && !await watches.AsNoTracking().AnyAsync(w => w.Id == query.ExchangeId && w.Consumer == consumer, ct))
            return Error.Conflict("subscription.id-taken", "这个订阅编号已被使用", "This id was used before", "请换一个编号", "Choose another").AsResult();
        signal.Raise();
        return Results.Bytes(NumberMessage.Write("offset", 0), "application/json");
    }

    public static async Task<IResult> Replay(string id, HttpContext http, IServiceScopeFactory scopes, WatchSignal signal, CancellationToken ct)
    {
        var from = NumberMessage.Read(http.Peer().Body, "from");
        return from is > 0 ? await Change(id, http, scopes, signal, async (row, db) =>
        {
            // Nothing is promised that is not kept any more.
            if (from <= row.Offset && !await db.Set<WatchedChangeRow>().AnyAsync(c => c.WatchId == id && c.Offset == from, ct))
                return PushChanges.NotKept;
            row.Replay(from.Value);
            return null;
        }, ct) : SubscribeMessage.Malformed.AsResult();
    }

    public static Task<IResult> End(string id, HttpContext http, IServiceScopeFactory scopes, WatchSignal signal, CancellationToken ct) => Change(id, http, scopes, signal, (row, _) =>
    {
        row.End("subscription.ended");
        row.EndTold = true;
        return Task.FromResult((Error?)null);
    }, ct);

    static async Task<IResult> Change(string id, HttpContext http, IServiceScopeFactory scopes, WatchSignal signal, Func<WatchRow, NodeDb, Task<Error?>> change, CancellationToken ct)
    {
        var consumer = http.Peer().From.NodeId;
        await using var scope = Scope(scopes);
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            db.ChangeTracker.Clear();
            if (await db.Set<WatchRow>().SingleOrDefaultAsync(w => w.Id == id && w.Consumer == consumer && w.State != WatchState.Ended, ct) is not { } row)
                return Subscribe.None.AsResult();
            if (await change(row, db) is { } refused)
                return refused.AsResult();
            if (await db.TrySave(ct) == SaveOutcome.Saved)
            {
                signal.Raise();
                return Results.Bytes(NumberMessage.Write("offset", row.Offset), "application/json");
            }
        }
        return Error.Unavailable("subscription.busy", "订阅正在变化", "The subscription is changing", "请稍后再试", "Try again in a moment").AsResult();
    }

    /// <summary>A member sees no row of this node: what is its own is found by its name.</summary>
    static AsyncServiceScope Scope(IServiceScopeFactory scopes)
    {
        var scope = scopes.AsNode("subscriptions");
        return scope;
    }
}
