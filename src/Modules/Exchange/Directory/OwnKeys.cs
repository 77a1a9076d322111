using Tongban.Kernel;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>A key that was prepared signs from the moment the directory in force names it, and not before: others would refuse it.</summary>
sealed class OwnKeys(NodeIdentity node, RegionDirectory directory, Keystore keys, TimeProvider clock)
{
    /// <summary>Uses as the keystore names them.</summary>
    public const string Signing = "signing";
    public const string Messages = MemberKey.ForMessages;

    /// <summary>Prepared keys. When a key ended at once, only they can still ask for the directory that says so.</summary>
    public IEnumerable<NodeKey> Prepared => new[] { keys.Prepared(Messages), keys.Prepared(Signing) }.OfType<NodeKey>();

    public void Follow()
    {
        if (directory.Entry(node.Id) is not { } own)
            return;
        foreach (var use in new[] { Signing, Messages })
        {
            if (keys.Prepared(use) is { } next && own.Keys.Any(k => k.Kid == next.Kid && k.IsInForce(clock.NowMs())))
                keys.Promote(use);
        }
    }
}
