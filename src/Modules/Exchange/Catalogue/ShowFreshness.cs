using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The steward's list of what is held against its declared cycle: overdue first, then what nobody can tell, then what is in time.</summary>
static class ShowFreshness
{
    public static async Task<IResult> Handle(NodeDb db, OwnResources own, Sources sources, OverdueBook overdue, TimeProvider clock, CancellationToken ct, string? only = null)
    {
        var noted = await db.Set<OverdueRow>().AsNoTracking().ToDictionaryAsync(r => (r.Code, r.Version), ct);
        var department = db.Actor.Department;
        var rows = own.All.Where(r => department is null || r.Department == department).Select(r => Row(r, Freshness.Of(r.Definition, sources, overdue, clock), noted.GetValueOrDefault((r.Definition.Code, r.Definition.Version)))).ToList();
        return Page.Of<FreshnessPage>(new
        {
            Rows = (IReadOnlyList<FreshnessPage.Row>)[.. rows.Where(r => only switch { "unknown" => r.Told == "NotKnown", "all" => true, _ => r.LateBy > 0 }).OrderByDescending(r => r.LateBy).ThenBy(r => r.Code, StringComparer.Ordinal)],
            Only = only ?? "",
            Counts = (rows.Count(r => r.LateBy > 0), rows.Count(r => r.Told == "NotKnown"), rows.Count),
        });
    }

    static FreshnessPage.Row Row(OwnResource resource, Freshness.State state, OverdueRow? noted) => new(
        resource.Definition.Code, resource.Definition.Version, new Words(resource.Definition.Name, resource.Definition.NameEn), resource.DepartmentName, resource.Definition.UpdateCycle, state.Told.ToString(), state.WrittenOn, state.LateBy, noted?.NotedAt);
}
