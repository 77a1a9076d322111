using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>Decides one group inside its transaction: which nonces are new, which references are, and the checkpoint over the result.</summary>
sealed class GroupOutcome(LogTree tree, NonceMemory nonces, RecentLeaves marks, long at)
{
    readonly List<(UInt128 Name, long Until)> spent = [];
    IReadOnlyList<NewLeaf> added = [];
    LogHead? head;

    public long At => at;

    public async Task Decide(ILogTransaction transaction, IReadOnlyList<Work> group)
    {
        var (accepted, alone) = Spend(group);
        if (accepted.Count > 0)
            await Append(transaction, accepted, alone);
        if (alone.Count > 0)
            await transaction.Spend(alone);
    }

    /// <summary>After the commit: readers may see it.</summary>
    public void Publish()
    {
        foreach (var (name, until) in spent)
            nonces.Add(name, until);
        marks.Add(added);
        if (head is not null)
            tree.Publish(head);
    }

    /// <returns>Entries whose nonce is new, and nonces spent with no entry.</returns>
    (List<Append> Accepted, List<UsedNonce> Alone) Spend(IReadOnlyList<Work> group)
    {
        var (accepted, alone) = (new List<Append>(group.Count), new List<UsedNonce>());
        var seen = new HashSet<UInt128>();
        foreach (var work in group)
        {
            var nonce = work.Nonce;
            if (nonce is not null)
            {
                var name = NonceMemory.Name(nonce);
                if (nonces.Holds(name) || !seen.Add(name))
                {
                    work.Refuse(Replayed);
                    continue;
                }
                spent.Add((name, nonce.KeepUntil));
            }
            if (work is Append append)
                accepted.Add(append);
            else if (nonce is not null)
                alone.Add(nonce);
        }
        return (accepted, alone);
    }

    async Task Append(ILogTransaction transaction, List<Append> accepted, List<UsedNonce> alone)
    {
        var positions = new Dictionary<string, LogPosition>(await transaction.Known([.. accepted.Select(a => a.Entry.Reference)]));
        var leaves = new List<NewLeaf>(accepted.Count);
        foreach (var append in accepted)
        {
            if (positions.TryGetValue(append.Entry.Reference, out var first))
            {
                append.Decision = first with { Repeated = true };
                // A nonce is spent even when the entry turns out to be logged already: a request is answered once.
                if (append.Nonce is { } nonce)
                    alone.Add(nonce);
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
        added = leaves;
        head = tree.Extend(leaves, at);
        await transaction.Insert(leaves, head);
    }

    internal static Error Replayed => Error.Conflict(
        "signature.replayed", "该请求已处理过（随机数重复），拒绝重放", "This request was already handled: its nonce was seen before",
        "请用新的随机数重新签名", "Sign again with a fresh nonce");
}
