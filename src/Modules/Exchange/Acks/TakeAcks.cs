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

/// <summary>The provider's side of fair exchange: what a consumer confirms is kept with its signature; what it leaves out is listed.</summary>
static class TakeAcks
{
    /// <summary>Leaves looked through for one message; the sender goes on from what the reply says.</summary>
    const int MostLeaves = 100_000;

    public static async Task<IResult> Handle(HttpContext http, TransparencyLog log, LogStanding standing, NodeIdentity node, IServiceScopeFactory scopes, TimeProvider clock, CancellationToken ct)
    {
        var (from, body) = (http.Peer().From.NodeId, http.Peer().Body);
        var parsed = AckMessage.Parse(body.Span);
        if (!parsed.Ok)
            return parsed.Error.AsResult();
        var message = parsed.Value;
        var lost = standing.Breaks;
        if (message.UpTo >= log.Size && message.Epoch > lost.Count)
            return Error.Invalid("acks.beyond", "确认的位置超出了本节点的日志", "The acknowledgement goes beyond this node's log", "upTo").AsResult();
        await using var scope = scopes.AsNode("acks");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var before = await db.Set<AckRow>().Where(a => a.Consumer == from && a.At >= standing.Since).Select(a => (long?)a.UpTo).MaxAsync(ct) ?? -1;
        // Who does not know yet that a part of this log was lost means places of before.
        if (message.Epoch != lost.Count + 1)
            return Reply(before);
        var (input, signature) = (http.Request.Headers["Signature-Input"].ToString(), http.Request.Headers["Signature"].ToString());
        if (message.Late.Count > 0 && await TakeLate(db, from, message.Late, ct) is > 0 and var confirmed)
        {
            db.Add(new LateAckRow { Id = Guid.CreateVersion7().ToString("N"), Consumer = from, At = clock.NowMs(), Confirmed = confirmed, Body = body.ToArray(), SignatureInput = input, Signature = signature });
            if (await db.TrySave(ct) != SaveOutcome.Saved)
                return Reply(before);
        }
        // What was taken is not taken twice; what would leave a gap is asked for from where this node stands.
        if (message.After > before || message.UpTo <= before)
            return Reply(before);
        var held = message.Indexes.ToHashSet();
        var upTo = Math.Min(message.UpTo, before + MostLeaves);
        var row = new AckRow
        {
            Consumer = from,
            After = before,
            UpTo = upTo,
            At = clock.NowMs(),
            Body = body.ToArray(),
            SignatureInput = input,
            Signature = signature,
        };
        for (var next = before + 1; next <= upTo;)
        {
            var leaves = await Answered(log, node.Id, next, (int)Math.Min(1000, upTo - next + 1), ct);
            var answered = leaves.Where(l => l.Mark is { Obtained: false } mark && mark.Other == from).ToList();
            var missing = answered.Where(l => !held.Contains(l.Index)).Select(l => l.Index).ToHashSet();
            row.Confirmed += answered.Count - missing.Count;
            foreach (var facts in await Facts(log, node.Id, missing, ct))
            {
                row.Missing++;
                db.Add(new UnackedRow { Consumer = from, Index = facts.Index, ExchangeId = facts.ExchangeId, AgreementId = facts.Agreement, Resource = facts.Resource, At = facts.At, Division = node.Division, Department = facts.Department });
            }
            next = leaves.Count == 0 ? upTo + 1 : leaves[^1].Index + 1;
        }
        db.Add(row);
        // Two messages at once that go on from the same place: one of them stands, and the other is told where this node stands.
        return await db.TrySave(ct) == SaveOutcome.Saved ? Reply(upTo) : Reply(before);

        IResult Reply(long taken) => Results.Json(new AckReply(1, taken, lost.Count == 0 ? null : lost), DirectoryDocument.Json);
    }

    /// <summary>From memory, or after a start from the log: whom an answer went to.</summary>
    static async Task<IReadOnlyList<MarkedLeaf>> Answered(TransparencyLog log, string node, long from, int count, CancellationToken ct) => log.Recent(from, count) ??
        [.. (await log.Leaves(from, count, ct)).Select(leaf => new MarkedLeaf(leaf.Index, leaf.At,
            LeafFacts.Read(node, leaf.Index, leaf.At, leaf.Data) is { Kind: ExchangeLeaf.Provided, Outcome: "answered" or "empty" } facts ? new(facts.Consumer, false, null) : null))];

    /// <summary>How many of these were on the list. They leave it with the message that says so.</summary>
    static async Task<int> TakeLate(NodeDb db, string from, IReadOnlyList<long> late, CancellationToken ct)
    {
        var listed = await db.Set<UnackedRow>().Where(u => u.Consumer == from && late.Contains(u.Index)).ToListAsync(ct);
        db.RemoveRange(listed);
        return listed.Count;
    }

    /// <summary>Of those of these leaves, at most 1000 apart, that are answers which this node gave; read at once.</summary>
    static async Task<List<LeafFacts>> Facts(TransparencyLog log, string node, HashSet<long> indexes, CancellationToken ct)
    {
        if (indexes.Count == 0)
            return [];
        var first = indexes.Min();
        return [.. (await log.Leaves(first, (int)(indexes.Max() - first) + 1, ct)).Where(l => indexes.Contains(l.Index))
            .Select(l => LeafFacts.Read(node, l.Index, l.At, l.Data)).OfType<LeafFacts>().Where(f => f.Kind == ExchangeLeaf.Provided)];
    }
}
