using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>Whether a mapping may be published: it holds in itself, and leaves nothing out of what the department's system holds.</summary>
sealed class CheckMapping(Sources sources, StandardBook standards, TimeProvider clock)
{
    /// <summary>More different values than a code list has.</summary>
    const int MostCodes = 300;

    /// <summary>What a source holds beside a mapping. Codes and counts, nothing of a person; of dates only how many cannot be read.</summary>
    /// <param name="Told">False when the source cannot be asked as a whole.</param>
    public sealed record Look(bool Told, long Records, IReadOnlyList<(string Local, long Count)> Unmapped, long Unreadable);

    public CodeList? ListOf(string? element) => standards.InForce?.ListOf(element);

    /// <summary>The dry run over the source of a resource.</summary>
    public async Task<Result<Look>> LookAt(ResourceDefinition resource, ResourceField field, CodeMapping mapping, CancellationToken ct)
    {
        // A day a value over centuries; a code list is short.
        var held = await sources.Held(resource, field.Name, mapping.Shown, mapping.DateForm is null ? MostCodes : 200_000, ct);
        if (!held.Ok)
            return held.Error;
        if (held.Value is not { } counts)
            return new Look(false, 0, [], 0);
        var list = ListOf(field.Element);
        var unmapped = counts.Where(c => mapping.ToRegion(c.Key, list, clock.Today()) is { Ok: false } or { Ok: true, Value: CodeMapping.Unmapped }).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).ToList();
        return mapping.DateForm is null
            ? new Look(true, counts.Values.Sum(), unmapped.ConvertAll(c => (c.Key.Length > CodeValue.Longest ? "…" : c.Key, c.Value)), 0)
            : new Look(true, counts.Values.Sum(), [], unmapped.Sum(c => c.Value));
    }

    /// <summary>Null when the mapping of a field may be published.</summary>
    public async Task<Error?> OfField(ResourceDefinition resource, ResourceField field, CodeMapping mapping, CancellationToken ct)
    {
        if (mapping.Check(mapping.DateForm is null ? ListOf(field.Element) : null, clock.Today()) is { } wrong)
            return wrong;
        var look = await LookAt(resource, field, mapping, ct);
        if (!look.Ok)
            return look.Error;
        if (look.Value.Unmapped.Count > 0)
        {
            var (zh, en) = (string.Join('、', look.Value.Unmapped.Take(20).Select(u => $"“{u.Local}”{u.Count} 条")), string.Join(", ", look.Value.Unmapped.Take(20).Select(u => $"'{u.Local}' in {u.Count}")));
            return Error.Invalid("mapping.not-total", $"部门业务系统中还有 {look.Value.Unmapped.Count} 个代码没有对照：{zh}", $"The department's system holds {look.Value.Unmapped.Count} codes without a mapping: {en}", "entries", "补充后再发布", "Add them and publish then");
        }
        return look.Value.Unreadable > 0
            ? Error.Invalid("mapping.not-total", $"部门业务系统中有 {look.Value.Unreadable} 条日期不是所选的写法", $"{look.Value.Unreadable} dates in the department's system are not written so", "dateForm", "改选写法，或请部门改正", "Choose another form, or have the department correct them")
            : null;
    }

    /// <summary>Null when the mapping of what systems here use may be published: every answer can be turned into their way.</summary>
    public Error? OfSystems(DataElement element, CodeMapping mapping)
    {
        var list = ListOf(element.Element);
        if (mapping.Check(mapping.DateForm is null ? list : null, clock.Today()) is { } wrong)
            return wrong;
        var lost = mapping.NotBack(list, clock.Today());
        return lost.Count == 0 ? null : Error.Invalid("mapping.not-total", $"这些代码没有唯一的本地代码：{string.Join('、', lost.Take(20))}", $"These codes have not exactly one local code: {string.Join(", ", lost.Take(20))}", "entries", "补充后再发布", "Add them and publish then");
    }

    /// <summary>Publishes the drafts of a resource's version that is being published. The caller saves.</summary>
    public async Task<Error?> PublishAll(NodeDb db, ResourceDefinition resource, CancellationToken ct)
    {
        var scope = MappingRow.OfResource(resource.Code, resource.Version);
        foreach (var row in await db.Set<MappingRow>().Where(m => m.Scope == scope && m.State == MappingState.Draft).ToListAsync(ct))
        {
            if (resource.Fields.FirstOrDefault(f => f.Name == row.Target) is not { } field)
            {
                db.Remove(row);
                continue;
            }
            if (await OfField(resource, field, row.Mapping, ct) is { } refused)
                return refused with { Where = "fields", Detail = $"{field.Label}：{refused.Detail}", DetailEn = $"{field.LabelEn}: {refused.DetailEn}", See = new PageLink(ShowMapping.Address(row.Scope, row.Target), new Words("代码对照", "Mapping")) };
            row.Publish(row.Mapping.DateForm is null ? ListOf(field.Element) : null, clock.NowMs());
        }
        return null;
    }

    /// <summary>The mappings of a draft, as they will be.</summary>
    public static async Task<MappingSet?> OfDraft(NodeDb db, ResourceDefinition resource, CancellationToken ct)
    {
        var scope = MappingRow.OfResource(resource.Code, resource.Version);
        var rows = await db.Set<MappingRow>().AsNoTracking().Where(m => m.Scope == scope && m.State != MappingState.Replaced).OrderByDescending(m => m.Number).ToListAsync(ct);
        return rows.Count == 0 ? null : MappingSet.Of(rows);
    }
}
