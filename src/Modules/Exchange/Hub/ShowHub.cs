using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The region at a glance, for everyone: members, the directory in force, and whether each member's log is whole. No personal data.</summary>
static class ShowHub
{
    public static IResult Handle(NodeIdentity node, RegionDirectory directory, WitnessLogs witness, TimeProvider clock)
    {
        if (!node.IsHub)
            return Error.NotFound("hub.elsewhere", "这个节点不是枢纽", "This node is not the hub").AsResult();
        var document = directory.Trusted.Document;
        return Page.Of<HubPage>(new
        {
            document.Version,
            document.ValidUntil,
            directory.ConfirmedAt,
            Quorum = document.Quorum.K,
            Refused = directory.Refused is { } refused ? new Words(refused.Why.Detail, refused.Why.DetailEn) : null,
            Members = (IReadOnlyList<HubPage.Row>)[.. document.Members.Select(m => Row(m, witness.Of(m.NodeId), clock.NowMs()))],
        });
    }

    static HubPage.Row Row(MemberEntry member, WitnessedLog? log, long now) => new(
        member.NodeId, member.Name, member.Endpoint, member.IsHub, member.Keys.Count(k => k.IsInForce(now)),
        log?.Witnessed, log?.At, log?.Trouble is { } trouble ? new Words(trouble.Detail, trouble.DetailEn) : null, log?.Trouble?.Kind == ErrorKind.Conflict);
}
