using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>What a mapping is of: a field of a resource here, or a data element in what a department's systems use.</summary>
/// <param name="Resource">Null for what systems use.</param>
/// <param name="List">Null for dates, and where the standard in force has no codes for it.</param>
sealed record MappingTarget(string Scope, string Target, string Department, Words Name, string? Element, bool IsDate, CodeList? List, ResourceDefinition? Resource, bool ResourceIsDraft)
{
    public ResourceField? Field => Resource?.Fields.FirstOrDefault(f => f.Name == Target);

    public static async Task<Result<MappingTarget>> OfField(string code, int version, string field, NodeDb db, StandardBook standards, CancellationToken ct)
    {
        if (await db.Set<ResourceRow>().AsNoTracking().SingleOrDefaultAsync(r => r.Code == code && r.Version == version, ct) is not { } row || row.Definition is not { } definition || definition.Fields.FirstOrDefault(f => f.Name == field) is not { } found)
            return EnterResource.None;
        return new MappingTarget(MappingRow.OfResource(code, version), field, row.Department, new Words($"{definition.Name} · {found.Label}", $"{definition.NameEn} · {found.LabelEn}"), found.Element, found.Type == "date",
            standards.InForce?.ListOf(found.Element), definition, row.State == ResourceState.Draft);
    }

    public static Result<MappingTarget> OfElement(string department, string element, OwnResources own, StandardBook standards) =>
        own.Departments.GetValueOrDefault(department) is { } name && standards.InForce?.Element(element) is { } found
            ? new MappingTarget(MappingRow.OfSystems(department), element, department, new Words($"{name.Zh} · {found.Label.Zh}", $"{name.En} · {found.Label.En}"), element, found.Type == "date", standards.InForce.List(found.List), null, false)
            : Error.NotFound("mapping.no-target", "没有这个部门或数据元", "There is no such department or data element");
}

/// <summary>The editor of one mapping, and all of them in a list.</summary>
static class ShowMapping
{
    public static string Address(string scope, string target) => scope.StartsWith('@')
        ? $"/console/mappings/{Uri.EscapeDataString(scope[1..])}/{Uri.EscapeDataString(target)}"
        : $"/console/resources/{Uri.EscapeDataString(scope[..scope.IndexOf('/', StringComparison.Ordinal)])}/{scope[(scope.IndexOf('/', StringComparison.Ordinal) + 1)..]}/mappings/{Uri.EscapeDataString(target)}";

    public static async Task<IResult> List(NodeDb db, NodeIdentity node, OwnResources own, StandardBook standards, TimeProvider clock, CancellationToken ct, string? after = null, string? department = null, string? element = null)
    {
        if (department is { Length: > 0 } && element is { Length: > 0 })
        {
            var target = MappingTarget.OfElement(department, element.Trim(), own, standards);
            return target.Ok ? Results.Redirect(Address(target.Value.Scope, target.Value.Target)) : target.Error.AsResult();
        }
        var rows = db.Set<MappingRow>().AsNoTracking().Where(m => m.State != MappingState.Replaced);
        if (after is not null)
        {
            var key = Cursor.Read(after, 3);
            if (!key.Ok)
                return key.Error.AsResult();
            if (!int.TryParse(key.Value[2], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number))
                return Error.Invalid("page.cursor", "翻页位置无效", "The page cursor is not valid", "after").AsResult();
            var (scope, last) = (key.Value[0], key.Value[1]);
            rows = rows.Where(m => string.Compare(m.Scope, scope) > 0 || (m.Scope == scope && (string.Compare(m.Target, last) > 0 || (m.Target == last && m.Number > number))));
        }
        var page = Cursor.Page(await rows.OrderBy(m => m.Scope).ThenBy(m => m.Target).ThenBy(m => m.Number).Take(51).ToListAsync(ct), 50, m => [m.Scope, m.Target, m.Number]);
        return Page.Of<MappingsPage>(new
        {
            Rows = new Kernel.Page<MappingsPage.Row>([.. page.Items.Select(m => new MappingsPage.Row(
                Address(m.Scope, m.Target), m.Scope.TrimStart('@'), m.Target, m.IsOfSystems, own.Departments.GetValueOrDefault(m.Department) ?? new Words(m.Department, m.Department), m.State.ToString(), m.List, m.ListVersion, m.Mapping.Entries.Count, m.Mapping.DateForm, m.ChangedAt,
                standards.InForce?.List(m.List) is { } list && m.State == MappingState.Published ? m.Mapping.BrokenBy(list, clock.Today()) : []))], page.Next),
            Departments = (IReadOnlyList<Choice>)[.. own.Departments.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => new Choice(d.Key, d.Value.Zh))],
            IsFirst = after is null,
        });
    }

    public static async Task<IResult> Field(string code, int version, string field, NodeDb db, StandardBook standards, CancellationToken ct)
    {
        var target = await MappingTarget.OfField(code, version, field, db, standards, ct);
        return target.Ok ? await Editor(target.Value, db, null, null, null, ct) : target.Error.AsResult();
    }

    public static async Task<IResult> Element(string department, string element, NodeDb db, OwnResources own, StandardBook standards, CancellationToken ct)
    {
        var target = MappingTarget.OfElement(department, element, own, standards);
        return target.Ok ? await Editor(target.Value, db, null, null, null, ct) : target.Error.AsResult();
    }

    public static async Task<IResult> FieldCsv(string code, int version, string field, NodeDb db, CancellationToken ct) => await Csv(MappingRow.OfResource(code, version), field, db, ct);

    public static async Task<IResult> ElementCsv(string department, string element, NodeDb db, CancellationToken ct) => await Csv(MappingRow.OfSystems(department), element, db, ct);

    static async Task<IResult> Csv(string scope, string target, NodeDb db, CancellationToken ct) =>
        await Newest(db, scope, target, ct) is { } row
            ? Results.File(Encoding.UTF8.GetBytes("\uFEFF" + MappingForm.Csv(row.Mapping)), "text/csv; charset=utf-8", "mapping.csv")
            : Error.NotFound("mapping.not-found", "还没有代码对照", "There is no mapping yet").AsResult();

    public static Task<MappingRow?> Newest(NodeDb db, string scope, string target, CancellationToken ct) =>
        db.Set<MappingRow>().Where(m => m.Scope == scope && m.Target == target).OrderByDescending(m => m.Number).FirstOrDefaultAsync(ct);

    /// <param name="looked">What the dry run found; null when there was none.</param>
    public static async Task<IResult> Editor(MappingTarget target, NodeDb db, Error? error, IFormCollection? entered, CheckMapping.Look? looked, CancellationToken ct)
    {
        var rows = await db.Set<MappingRow>().AsNoTracking().Where(m => m.Scope == target.Scope && m.Target == target.Target).OrderByDescending(m => m.Number).Take(20).ToListAsync(ct);
        var newest = rows.FirstOrDefault();
        var mapping = newest?.Mapping;
        return Page.Of<MappingPage>(new
        {
            Action = Address(target.Scope, target.Target),
            target.Name,
            target.Element,
            target.IsDate,
            Back = target.Resource is null ? "/console/mappings" : $"/console/resources/{target.Resource.Code}/{target.Resource.Version}",
            List = target.List is { } list ? new MappingPage.Codes(list.List, list.Version, list.Name, [.. list.Values.Select(v => (v.Code, v.Name, v.From, v.Until))]) : null,
            OfSystems = target.Resource is null,
            AsksSelect = target.Resource?.Connector?.Kind is Sources.Sql or Sources.Postgres,
            IsService = target.Resource?.Connector?.Kind == Sources.Http,
            WithResource = target.ResourceIsDraft,
            State = newest?.State.ToString() ?? "",
            Published = rows.Find(r => r.State == MappingState.Published) is { } inForce ? $"{inForce.Number} · {inForce.List} {(inForce.ListVersion > 0 ? inForce.ListVersion.ToString(System.Globalization.CultureInfo.InvariantCulture) : "")}".Trim() : null,
            Entries = mapping is null ? "" : MappingForm.Lines(mapping.Entries.Select(e => (e.Local, e.Code))),
            Tests = mapping is null ? "" : MappingForm.Lines(mapping.Tests.Select(t => (t.Local, t.Expected))),
            DateForm = mapping?.DateForm ?? "",
            Unmapped = mapping?.States == true ? "state" : "refuse",
            Shown = mapping?.Shown ?? "",
            Revision = newest?.Revision ?? 0,
            Error = error,
            Entered = entered,
            Looked = looked is null ? null : new MappingPage.Look(looked.Told, looked.Records, looked.Unmapped, looked.Unreadable),
        }, error is null ? StatusCodes.Status200OK : ErrorResult.Status(error.Kind));
    }
}
