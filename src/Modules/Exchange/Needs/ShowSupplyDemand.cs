using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>
/// Supply and demand between this government and one other, over all open needs of both: what is wanted of it and what it wants, which resource
/// would give that, and how far it is. What the other needs is asked of it now, so nothing of it is kept here.
/// </summary>
static class ShowSupplyDemand
{
    public const string Path = "/console/needs/pairs";

    /// <summary>Needs of each side on one page.</summary>
    const int PageSize = 20;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<IResult> Handle(NodeDb db, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, MatchNeeds match, PeerClient peers, TimeProvider clock, CancellationToken ct, string? with = null, int from = 0)
    {
        var members = directory.Trusted.Document.Members.Where(m => !m.IsHub && m.NodeId != node.Id).ToList();
        var chosen = with is { Length: > 0 } ? members.Find(m => m.NodeId == with) : members.Count > 0 ? members[0] : null;
        if (chosen is null)
            return Error.NotFound("needs.no-such-member", "没有这个成员", "There is no such member").AsResult();
        await Task.WhenAll(members.Select(m => catalogues.Of(m.NodeId, ct)));
        var (now, names) = (clock.NowMs(), new UseNames(directory, catalogues));
        from = Math.Clamp(from, 0, NeedsMessage.Most);
        var own = await db.Set<NeedRow>().AsNoTracking().Where(n => n.ClosedAt == null && (n.Of == "" || n.Of == chosen.NodeId)).OrderByDescending(n => n.Id).Skip(from).Take(PageSize + 1).ToListAsync(ct);
        var answer = await Ask(peers, chosen.NodeId, ct);
        var theirs = answer?.Needs.Skip(from).Take(PageSize + 1).ToList();
        var wanted = match.Of([.. own.Take(PageSize).Select(n => (n.Wanted, chosen.NodeId))], node.Id, now);
        var asked = match.Of([.. (theirs ?? []).Take(PageSize).Select(n => (n.Elements, node.Id))], chosen.NodeId, now);
        SupplyDemandPage.Line Line(string title, string reason, long at, bool ofAnybody, MatchNeeds.Match m, string holder) => new(
            title, reason, at, ofAnybody, m.Element, m.Supply.ToString(),
            [.. m.Holders.Take(8).Select(h => new NeedsPage.Holder(names.Node(h.NodeId), h.ResourceName, h.FieldName, $"/console/catalogue/{NodeIds.CodeOf(holder)}/{h.Resource}"))]);
        // What anybody may give is shown where it is held.
        static bool IsShown(bool ofAnybody, MatchNeeds.Match m) => !ofAnybody || m.Supply != Supply.Nobody;
        return Page.Of<SupplyDemandPage>(new
        {
            With = chosen.NodeId,
            WithName = names.Member(chosen.NodeId),
            Members = (IReadOnlyList<NeedsPage.Member>)[.. members.Select(m => new NeedsPage.Member(m.NodeId, names.Member(m.NodeId)))],
            Wanted = (IReadOnlyList<SupplyDemandPage.Line>)[.. own.Take(PageSize).SelectMany((n, i) => wanted[i].Where(m => IsShown(n.Of.Length == 0, m)).Select(m => Line(n.Title, n.Reason, n.CreatedAt, n.Of.Length == 0, m, chosen.NodeId)))],
            Asked = theirs is null ? null : (IReadOnlyList<SupplyDemandPage.Line>)[.. theirs.Take(PageSize).SelectMany((n, i) => asked[i].Where(m => IsShown(n.OfAnybody, m)).Select(m => Line(n.Title, n.Reason, n.At, n.OfAnybody, m, node.Id)))],
            From = from,
            Next = own.Count > PageSize || theirs?.Count > PageSize ? from + PageSize : (int?)null,
        });
    }

    /// <summary>Null when it does not answer in time, or with something else.</summary>
    static async Task<NeedsMessage?> Ask(PeerClient peers, string nodeId, CancellationToken ct)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(ct);
        soon.CancelAfter(Patience);
        try
        {
            var answer = await peers.Send(nodeId, HttpMethod.Get, NeedsMessage.Path, default, soon.Token);
            return answer.Ok ? NeedsMessage.Read(answer.Value.Body, nodeId) : null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }
}
