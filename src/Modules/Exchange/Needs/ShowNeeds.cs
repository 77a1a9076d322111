using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The steward's needs, the newest first, each beside who could supply it.</summary>
static class ShowNeeds
{
    public static async Task<IResult> Handle(NodeDb db, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, MatchNeeds match, TimeProvider clock, CancellationToken ct, string? after = null) =>
        await Show(db, node, directory, catalogues, match, clock, after, null, null, ct);

    public static async Task<IResult> Show(
        NodeDb db, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, MatchNeeds match, TimeProvider clock, string? after, Error? error, IFormCollection? entered, CancellationToken ct)
    {
        var rows = db.Set<NeedRow>().AsNoTracking().Where(n => n.ClosedAt == null);
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            var last = key.Value[0];
            rows = rows.Where(n => string.Compare(n.Id, last) < 0);
        }
        // Ids begin with their time.
        var page = Cursor.Page(await rows.OrderByDescending(n => n.Id).Take(21).ToListAsync(ct), 20, n => [n.Id]);
        var members = directory.Trusted.Document.Members.Where(m => !m.IsHub && m.NodeId != node.Id).ToList();
        await Task.WhenAll(members.Select(m => catalogues.Of(m.NodeId, ct)));
        var names = new UseNames(directory, catalogues);
        var now = clock.NowMs();
        var matched = match.Of([.. page.Items.Select(n => (n.Wanted, n.Of))], node.Id, now);
        return Page.Of<NeedsPage>(new
        {
            Needs = new Kernel.Page<NeedsPage.Need>([.. page.Items.Select((n, i) => new NeedsPage.Need(
                n.Id, n.Title, n.Reason, n.Of.Length > 0 ? names.Node(n.Of) : null, n.CreatedAt, n.Revision,
                [.. matched[i].Select(m => new NeedsPage.Wanted(m.Element, m.Supply.ToString(),
                    [.. m.Holders.Take(8).Select(h => new NeedsPage.Holder(names.Node(h.NodeId), h.ResourceName, h.FieldName, $"/console/catalogue/{h.Division}/{h.Resource}"))]))]))], page.Next),
            Members = (IReadOnlyList<NeedsPage.Member>)[.. members.Select(m => new NeedsPage.Member(m.NodeId, m.Name))],
            IsFirst = after is null,
            Error = error,
            Entered = entered,
        }, error is null ? StatusCodes.Status200OK : ErrorResult.Status(error.Kind));
    }
}
