using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;

namespace Tongban.Exchange;

/// <summary>Who breaks if a code list changes: the region's resources whose fields take its codes, and the mappings here that give them.</summary>
static class StandardUses
{
    /// <param name="elements">Whose codes they are.</param>
    public static IReadOnlyList<StandardUsesPanel.FieldUse> Fields(IEnumerable<string> elements, Catalogues catalogues, RegionDirectory directory)
    {
        var wanted = elements.ToHashSet(StringComparer.Ordinal);
        return [.. from catalogue in catalogues.Held
                   from offer in catalogue.Resources
                   from field in offer.Fields
                   where field.Element is not null && wanted.Contains(field.Element)
                   orderby catalogue.NodeId, offer.Code, offer.Version descending
                   select new StandardUsesPanel.FieldUse(catalogue.Division, directory.Entry(catalogue.NodeId)?.Name ?? new Words(catalogue.NodeId, catalogue.NodeId), offer.Name, offer.Code, offer.Version, field.Name, field.Element!, field.Mapped is not null)];
    }

    /// <param name="standard">That is, or would be, in force.</param>
    /// <param name="lists">Whose mappings are looked for.</param>
    public static async Task<IReadOnlyList<StandardUsesPanel.MappingUse>> Mappings(NodeDb db, StandardDocument standard, IReadOnlyCollection<string> lists, DateOnly day, CancellationToken ct)
    {
        var rows = await db.Set<MappingRow>().AsNoTracking().Where(m => m.State == MappingState.Published && lists.Contains(m.List)).OrderBy(m => m.Scope).ThenBy(m => m.Target).ToListAsync(ct);
        return [.. from row in rows
                   let list = standard.List(row.List)
                   where list is not null
                   select new StandardUsesPanel.MappingUse(ShowMapping.Address(row.Scope, row.Target), row.Scope.TrimStart('@'), row.Target, row.Mapping.BrokenBy(list, day), row.IsOfSystems ? row.Mapping.NotBack(list, day) : [])];
    }
}
