using Tongban.Contracts.Exchange;
using Tongban.Kernel;

namespace Tongban.Identity.Abroad;

/// <summary>The other nodes whose accounts this node accepts: the governments of the verified directory.</summary>
sealed class Provinces(NodeIdentity node, IMembers? members = null)
{
    public IReadOnlyList<Member> All =>
        members is null || !node.IsGovernment ? [] : [.. members.All.Where(m => m.IsGovernment && m.NodeId != node.Id).OrderBy(m => m.Division, StringComparer.Ordinal)];

    public Member? Find(string? nodeId) => All.FirstOrDefault(m => m.NodeId == nodeId);
}
