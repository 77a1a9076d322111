using Tongban.Kernel;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// A key that was prepared signs once the directory in force names it, and not before: others would refuse it. While the key before it is still
/// in force they are given the time to read that directory too.
/// </summary>
sealed class OwnKeys(NodeIdentity node, RegionDirectory directory, Keystore keys, ExchangeOptions options, TimeProvider clock)
{
    /// <summary>Uses as the keystore names them.</summary>
    public const string Signing = "signing";
    public const string Messages = MemberKey.ForMessages;

    /// <summary>Prepared keys. When a key ended at once, only they can still ask for the directory that says so.</summary>
    public IEnumerable<NodeKey> Prepared => new[] { keys.Prepared(Messages), keys.Prepared(Signing) }.OfType<NodeKey>();

    bool IsInForce(MemberEntry own, NodeKey key) => own.Keys.Any(k => k.Kid == key.Kid && k.IsInForce(clock.NowMs()));

    /// <summary>Every member that reaches the hub has asked for it by now.</summary>
    bool IsRead => clock.NowMs() - directory.TakenAt >= (options.DirectoryPeriod * 2).TotalMilliseconds;

    public void Follow()
    {
        if (directory.Entry(node.Id) is not { } own)
            return;
        foreach (var use in new[] { Signing, Messages })
        {
            if (keys.Prepared(use) is { } next && IsInForce(own, next) && (IsRead || !IsInForce(own, use == Messages ? keys.Messages : keys.Signing)))
                keys.Promote(use);
        }
    }
}
