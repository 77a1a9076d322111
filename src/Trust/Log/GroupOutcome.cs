using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>Decides one group inside its transaction: which nonces are new, which references are, and the checkpoint over the result.</summary>
sealed class GroupOutcome(LogTree tree, long at)
{
    LogHead? head;

    public long At => at;

    public async Task Append(ILogTransaction transaction, IReadOnlyList<Append> appends)
    {
        var accepted = await Spend(transaction, appends);
        if (accepted.Count == 0)
            return;
        var positions = new Dictionary<string, LogPosition>(await transaction.Known([.. accepted.Select(a => a.Entry.Reference)]));
        var leaves = new List<NewLeaf>(accepted.Count);
        foreach (var append in accepted)
        {
            if (positions.TryGetValue(append.Entry.Reference, out var first))
            {
                append.Decision = first with { Repeated = true };
                continue;
            }
            var leaf = new NewLeaf(tree.Published + leaves.Count, Merkle.LeafHash(append.Entry.Data), append.Entry, at);
            leaves.Add(leaf);
            var position = new LogPosition(leaf.Index, at, Repeated: false);
            positions[append.Entry.Reference] = position;
            append.Decision = position;
        }
        if (leaves.Count == 0)
            return;
        await transaction.Insert(leaves);
        head = tree.Extend(leaves, at);
        await transaction.Execute("INSERT INTO checkpoints (size, note, at, cosigned) VALUES (@p0, @p1, @p2, 0)", head.Size, head.Note, head.At);
    }

    /// <summary>After the commit: readers may see it.</summary>
    public void Publish()
    {
        if (head is not null)
            tree.Publish(head);
    }

    /// <summary>A nonce is spent even when the entry then turns out to be logged already: a request is answered once.</summary>
    static async Task<List<Append>> Spend(ILogTransaction transaction, IReadOnlyList<Append> appends)
    {
        var accepted = new List<Append>(appends.Count);
        var withNonce = new List<Append>();
        var seen = new HashSet<(string, string)>();
        foreach (var append in appends)
        {
            if (append.Entry.Nonce is not { } nonce)
                accepted.Add(append);
            else if (seen.Add((nonce.KeyId, nonce.Nonce)))
                withNonce.Add(append);
            else
                append.Decision = Replayed;
        }
        if (withNonce.Count == 0)
            return accepted;
        var fresh = await transaction.Spend([.. withNonce.Select(append => append.Entry.Nonce!)]);
        for (var i = 0; i < withNonce.Count; i++)
        {
            if (fresh[i])
                accepted.Add(withNonce[i]);
            else
                withNonce[i].Decision = Replayed;
        }
        return accepted;
    }

    internal static Error Replayed => Error.Conflict(
        "signature.replayed", "该请求已处理过（随机数重复），拒绝重放", "This request was already handled: its nonce was seen before",
        "请用新的随机数重新签名", "Sign again with a fresh nonce");
}
