using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>The consumer's side: asks a standing question, reads what came, ends it.</summary>
sealed class Subscribe(NodeDb db, NodeIdentity node, AskProvider ask, PeerClient peers, IVault vault, TimeProvider clock) : ISubscriptions
{
    async Task<Result<string>> ISubscriptions.Subscribe(ExchangeQuestion question, DateTimeOffset until, CancellationToken ct)
    {
        if (question.ProviderNode == node.Id)
            return Error.Invalid("subscription.of-itself", "不能向本节点订阅", "A node does not subscribe to itself", "provider", "请直接查询", "Ask it instead");
        var prepared = await ask.Prepare(question, ct);
        if (!prepared.Ok)
            return prepared.Error;
        var (message, agreement) = prepared.Value;
        if (!agreement.Terms.Subscription)
            return NotAgreed;
        var row = new SubscriptionRow
        {
            Id = message.ExchangeId,
            Provider = question.ProviderNode,
            AgreementId = agreement.Id,
            Resource = question.Resource,
            Purpose = question.Purpose,
            CaseReference = question.CaseReference,
            ConsentId = question.ConsentId,
            Query = vault.Seal(message.ToJson(), SubscriptionRow.SealContext),
            CreatedAt = clock.NowMs(),
            Until = until.ToUnixTimeMilliseconds(),
            Division = node.Division,
            Department = db.Actor.Department ?? "",
            SubjectKey = question.SubjectKey,
        };
        // Stored before it is asked for: the first change may come before the provider's answer does.
        db.Add(row);
        await db.SaveChangesAsync(ct);
        var asked = await peers.Send(question.ProviderNode, HttpMethod.Post, "/peer/subscriptions", new SubscribeMessage(message, row.Until).ToJson(), ct);
        if (asked.Ok)
            return row.Id;
        // Whether the provider took it is not known when it did not answer: should changes come for one that has ended, it is told so.
        row.End(asked.Error.Code, clock.NowMs());
        if (await db.TrySave(ct) == SaveOutcome.Saved)
            return asked.Error;
        // A change was taken meanwhile, or it was ended: while it stands, the provider has it, and only its answer was lost.
        db.ChangeTracker.Clear();
        return await db.Set<SubscriptionRow>().AnyAsync(s => s.Id == row.Id && s.EndedAt == null, ct) ? row.Id : asked.Error;
    }

    public async Task<IReadOnlyList<FactChange>> Changes(string subscription, long after, CancellationToken ct)
    {
        if (!await db.Set<SubscriptionRow>().AnyAsync(s => s.Id == subscription, ct))
            return [];
        var rows = await db.Set<TakenChangeRow>().AsNoTracking().Where(c => c.SubscriptionId == subscription && c.Offset > after).OrderBy(c => c.Offset).Take(100).ToListAsync(ct);
        return [.. rows.Select(row =>
        {
            var answer = QueryAnswer.Parse(vault.TryOpen(row.Answer, TakenChangeRow.SealContext).Value).Value;
            return new FactChange(row.Offset, DateTimeOffset.FromUnixTimeMilliseconds(answer.AsOf), answer.Rows, answer.ExchangeId);
        })];
    }

    public async Task<Result<Done>> End(string subscription, CancellationToken ct)
    {
        if (await db.Set<SubscriptionRow>().SingleOrDefaultAsync(s => s.Id == subscription, ct) is not { } row)
            return None;
        if (row.EndedAt is not null)
            return Done.It;
        // Ended here first: whatever the provider still sends is refused, and it is told so by that.
        row.End("subscription.ended", clock.NowMs());
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Error.Conflict("subscription.changed", "订阅刚刚有变化", "The subscription has just changed", "请重试", "Try again");
        _ = await peers.Send(row.Provider, HttpMethod.Post, $"/peer/subscriptions/{row.Id}/end", Nothing, ct);
        return Done.It;
    }

    public static readonly byte[] Nothing = "{\"v\":1}"u8.ToArray();

    public static readonly Error None = Error.NotFound("subscription.none", "没有这项订阅", "There is no such subscription");

    public static readonly Error NotAgreed = Error.Forbidden("agreement.no-subscription", "协议没有约定可以订阅", "The agreement does not grant subscriptions",
        "请与提供方商定包含订阅的协议，或逐次查询", "Agree on subscriptions with the provider, or ask each time");
}
