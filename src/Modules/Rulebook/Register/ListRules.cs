using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Rulebook.Versions;
using Tongban.Rules.Authoring;
using Tongban.Web;

namespace Tongban.Rulebook.Register;

/// <summary>The register, by id: every rule that decides today, or will.</summary>
sealed class ListRules(Tables tables, NodeDb db, TimeProvider clock)
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/rules", Page).Only(Allow.Anyone);
        faces.Api.MapGet("/rules", Json).Only(Allow.Anyone);
    }

    static async Task<IResult> Page(string? after, ListRules list, CancellationToken ct)
    {
        var page = await list.List(after, Cursor.DefaultSize, ct);
        return page.Ok ? Web.Page.Of<RulesPage>(new { Rules = page.Value.Items, page.Value.Next, First = after is null }) : page.Error.AsResult();
    }

    static async Task<IResult> Json(string? after, int? size, ListRules list, CancellationToken ct)
    {
        var page = await list.List(after, Cursor.Size(size), ct);
        return page.Ok ? Results.Ok(page.Value) : page.Error.AsResult();
    }

    public async Task<Result<Page<RulesPage.Line>>> List(string? after, int size, CancellationToken ct)
    {
        var last = "";
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error;
            last = key.Value[0];
        }
        var ids = await db.Set<RuleVersion>().Where(v => v.State == RuleVersion.Published && string.Compare(v.RuleId, last) > 0)
            .Select(v => v.RuleId).Distinct().OrderBy(id => id).Take(size + 1).ToListAsync(ct);
        var versions = await db.Set<RuleVersion>().AsNoTracking().Where(v => ids.Contains(v.RuleId) && v.State == RuleVersion.Published).ToListAsync(ct);
        var today = clock.Today().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var lines = ids.Select(id =>
        {
            var own = versions.Where(v => v.RuleId == id).OrderBy(v => v.Version).ToList();
            var valid = own.LastOrDefault(v => string.CompareOrdinal(v.ValidFrom, today) <= 0);
            var shown = valid ?? own[^1];
            var rows = DecisionTables.In(tables.Compile(id, shown.Version, shown.Document).Model).Sum(t => t.Rules.Count);
            return new RulesPage.Line(id, shown.Name, valid?.Version ?? 0, shown.ValidFrom, rows);
        }).ToList();
        return Cursor.Page(lines, size, l => [l.Id]);
    }
}
