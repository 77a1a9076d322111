using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The region at a glance, for everyone: members, the directory in force, and whether each member's log is whole. No personal data.</summary>
static class ShowHub
{
    const int MostOverdue = 200;

    /// <summary>So many of either kind are shown; the oldest open, the newest answered.</summary>
    const int Most = 100;

    public static async Task<IResult> Handle(
        NodeIdentity node, RegionDirectory directory, WitnessLogs witness, Catalogues catalogues, NodeDb db, IServiceScopeFactory scopes, WorkingCalendar calendar, TimeProvider clock, CancellationToken ct)
    {
        if (!node.IsHub)
            return Error.NotFound("hub.elsewhere", "这个节点不是枢纽", "This node is not the hub").AsResult();
        var document = directory.Trusted.Document;
        var names = new UseNames(directory, catalogues);
        var overdue = await db.Set<OverdueDisputeRow>().AsNoTracking().Where(d => d.ClosedAt == null).OrderBy(d => d.DueOn).ThenBy(d => d.DisputeId).Take(MostOverdue).ToListAsync(ct);
        // What is no person's is read as the node, for whoever looks.
        await using var scope = scopes.AsNode("hub");
        var rows = scope.ServiceProvider.GetRequiredService<NodeDb>().Set<EscalationRow>().AsNoTracking();
        var open = await rows.Where(r => r.ClosedAt == null).OrderBy(r => r.DueOn).ThenBy(r => r.Id).Take(Most).ToListAsync(ct);
        var closed = await rows.Where(r => r.ClosedAt != null).OrderByDescending(r => r.ClosedAt).ThenBy(r => r.Id).Take(20).ToListAsync(ct);
        return Page.Of<HubPage>(new
        {
            document.Version,
            document.ValidUntil,
            directory.ConfirmedAt,
            Quorum = document.Quorum.K,
            Refused = directory.Refused is { } refused ? new Words(refused.Why.Detail, refused.Why.DetailEn) : null,
            Members = (IReadOnlyList<HubPage.Row>)[.. document.Members.Select(m => Row(m, witness.Of(m.NodeId), clock.NowMs()))],
            Overdue = (IReadOnlyList<HubPage.Dispute>)[.. overdue.Select(d => new HubPage.Dispute(names.Node(d.Provider), names.Node(d.FirstReceiver), names.Resource(d.Resource), DateOnly.ParseExact(d.DueOn, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)))],
            Waiting = (IReadOnlyList<HubPage.Request>)[.. open.Select(Request)],
            Answered = (IReadOnlyList<HubPage.Request>)[.. closed.Select(Request)],
        });

        HubPage.Request Request(EscalationRow row) => new(
            Name(row.Consumer), Name(row.Provider), row.Resource, row.Stage == EscalationRules.Answer, row.DueOn, -calendar.Between(clock.Today(), DateOnly.ParseExact(row.DueOn, "yyyy-MM-dd", CultureInfo.InvariantCulture)), row.ClosedAt, row.Outcome);

        Words Name(string nodeId) => directory.Entry(nodeId)?.Name ?? new Words(nodeId, nodeId);
    }

    static HubPage.Row Row(MemberEntry member, WitnessedLog? log, long now) => new(
        member.NodeId, member.Name, ClassWords.Of(member), member.Endpoint, member.IsHub, member.Keys.Count(k => k.IsInForce(now)),
        log?.Witnessed, log?.At, log?.Trouble is { } trouble ? new Words(trouble.Detail, trouble.DetailEn) : null, log?.Trouble?.Kind == ErrorKind.Conflict);
}
