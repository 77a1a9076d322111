using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The register of rights in the resources of this node, the newest first.</summary>
static class ShowRights
{
    public static async Task<IResult> Handle(NodeDb db, NodeIdentity node, OwnResources own, RegionDirectory directory, TimeProvider clock, CancellationToken ct, string? after = null) =>
        await Show(db, node, own, directory, clock, after, null, null, ct);

    public static async Task<IResult> Show(
        NodeDb db, NodeIdentity node, OwnResources own, RegionDirectory directory, TimeProvider clock, string? after, Error? error, IFormCollection? entered, CancellationToken ct)
    {
        var rows = db.Set<RightRow>().AsNoTracking();
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            var last = key.Value[0];
            rows = rows.Where(r => string.Compare(r.Id, last) < 0);
        }
        // Ids begin with their time.
        var page = Cursor.Page(await rows.OrderByDescending(r => r.Id).Take(51).ToListAsync(ct), 50, r => [r.Id]);
        var now = clock.NowMs();
        Words Name(string code) => own.Find(code) is { Definition: { } d } ? new(d.Name, d.NameEn) : new(code, code);
        return Page.Of<RightsPage>(new
        {
            Rows = new Kernel.Page<RightsPage.Row>([.. page.Items.Select(r => new RightsPage.Row(
                r.Id, $"/console/catalogue/{NodeIds.CodeOf(node.Id)}/{r.Resource}", Name(r.Resource), DataRights.Name(r.Kind), Party(directory, r.Party), r.Basis, r.ValidFrom, r.ValidUntil, r.EndedAt, r.Right.IsInForce(now), r.Revision))], page.Next),
            Resources = (IReadOnlyList<RightsPage.Choosable>)[.. own.All.Where(r => EnterResource.Foreign(db, r.Department) is null).OrderBy(r => r.Definition.Code, StringComparer.Ordinal).Select(r => new RightsPage.Choosable(r.Definition.Code, Name(r.Definition.Code)))],
            Members = (IReadOnlyList<RightsPage.Choosable>)[.. directory.Trusted.Document.Members.Where(m => !m.IsHub).Select(m => new RightsPage.Choosable(m.NodeId, Party(directory, m.NodeId)))],
            IsFirst = after is null,
            Error = error,
            Entered = entered,
        }, error is null ? StatusCodes.Status200OK : ErrorResult.Status(error.Kind));
    }

    public static Words Party(RegionDirectory directory, string nodeId)
    {
        var name = directory.Entry(nodeId)?.Name ?? new Words(nodeId, nodeId);
        return NodeIds.IsGovernment(nodeId) ? name : new Words($"{name.Zh}（{ClassWords.Of(nodeId).Zh}）", $"{name.En} ({ClassWords.Of(nodeId).En})");
    }
}
