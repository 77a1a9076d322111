using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The steward's own resources: drafts and all versions, each with who uses it.</summary>
static class ShowResources
{
    public static async Task<IResult> Handle(NodeDb db, OwnResources own, Sources connector, OverdueBook overdue, TimeProvider clock, CancellationToken ct, string? after = null, string? state = null) =>
        await List(db, own, connector, overdue, clock, after, state, null, ct);

    /// <param name="error">Why a file is not taken in.</param>
    public static async Task<IResult> List(NodeDb db, OwnResources own, Sources connector, OverdueBook overdue, TimeProvider clock, string? after, string? state, Error? error, CancellationToken ct)
    {
        var rows = db.Set<ResourceRow>().AsNoTracking();
        if (Enum.TryParse<ResourceState>(state, out var only) && Enum.IsDefined(only))
            rows = rows.Where(r => r.State == only);
        if (after is not null)
        {
            var key = Cursor.Read(after, 2);
            if (!key.Ok)
                return key.Error.AsResult();
            if (!int.TryParse(key.Value[1], NumberStyles.None, CultureInfo.InvariantCulture, out var version))
                return Error.Invalid("page.cursor", "翻页位置无效", "The page cursor is not valid", "after").AsResult();
            var last = key.Value[0];
            rows = rows.Where(r => string.Compare(r.Code, last) > 0 || (r.Code == last && r.Version < version));
        }
        var page = Cursor.Page(await rows.OrderBy(r => r.Code).ThenByDescending(r => r.Version).Take(51).ToListAsync(ct), 50, r => [r.Code, r.Version]);
        return Page.Of<ResourcesPage>(new
        {
            Rows = new Kernel.Page<ResourcesPage.Row>([.. page.Items.Select(r => Row(r, own, connector, overdue, clock))], page.Next),
            State = state ?? "",
            IsFirst = after is null,
            Overdue = await db.Set<OverdueRow>().CountAsync(ct),
            Error = error,
        }, error is null ? StatusCodes.Status200OK : ErrorResult.Status(error.Kind));
    }

    static ResourcesPage.Row Row(ResourceRow row, OwnResources own, Sources connector, OverdueBook overdue, TimeProvider clock)
    {
        var d = row.Definition;
        var late = row.State == ResourceState.Published ? Freshness.Of(d, connector, overdue, clock).LateBy : 0;
        return new(row.Code, row.Version, new Words(d.Name, d.NameEn), own.Departments.GetValueOrDefault(row.Department) ?? new Words(row.Department, row.Department), row.State.ToString(), d.Sharing, d.UpdateCycle, late, row.ChangedAt, NotAnswered(row, connector) is not null);
    }

    /// <summary>Why queries for a published version are refused, of one that was published before that was asked; null where they are not.</summary>
    static Error? NotAnswered(ResourceRow row, Sources connector) => row.State == ResourceState.Published ? connector.Foreign(row.Definition) ?? row.Definition.ReachesNobody() : null;

    public static IResult New(OwnResources own) => Entry(null, own, null, null);

    public static async Task<IResult> One(string code, int version, NodeDb db, NodeIdentity node, OwnResources own, AgreementBook agreements, MappingBook mappings, Sources connector, RegionDirectory directory, ExchangeOptions options, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<ResourceRow>().AsNoTracking().SingleOrDefaultAsync(r => r.Code == code && r.Version == version, ct) is not { } row)
            return EnterResource.None.AsResult();
        if (row.State == ResourceState.Draft)
        {
            var before = own.Find(code);
            var broken = before is null ? [] : FieldUses.Broken(before.Definition.Fields, row.Definition.Fields);
            var uses = before is null || broken.Count == 0 ? [] : FieldUses.Of(agreements, directory, node, code, before.Definition.Version, clock).Where(u => u.Fields.Any(broken.Contains)).ToList();
            return Entry(row, own, null, null, broken, uses);
        }
        return Page.Of<ResourcePage>(new
        {
            Offer = CatalogueResourcePage.Shown.Of(OwnResources.Offer(new OwnResource(row.Definition, row.Department, own.Departments.GetValueOrDefault(row.Department) ?? new Words(row.Department, row.Department), row.PublishedAt), options, mapped: mappings.Of(code, version))),
            IsPublished = row.State == ResourceState.Published,
            Mappable = (IReadOnlyCollection<string>)[.. own.Mappable(row.Definition).Select(f => f.Name)],
            row.Revision,
            Uses = FieldUses.Of(agreements, directory, node, code, version, clock),
            NotAnswered = NotAnswered(row, connector),
        });
    }

    /// <param name="row">The draft; null for a new resource.</param>
    public static IResult Entry(ResourceRow? row, OwnResources own, Error? error, IFormCollection? entered, IReadOnlyList<string>? broken = null, IReadOnlyList<FieldUsesPanel.Use>? uses = null,
        Result<ResourceEntryPage.Tried>? tried = null, IFormCollection? tryEntered = null)
    {
        var d = row?.Definition;
        return Page.Of<ResourceEntryPage>(new
        {
            Is = d is null ? null : new ResourceEntryPage.Draft(
                d.Code, d.Version, row!.Department, d.Name, d.NameEn, d.Summary, d.SummaryEn, d.Subject, d.Sharing, d.Condition, d.ConditionEn, d.Way, d.Openness, d.UpdateCycle, d.Format, d.Rows,
                string.Join(' ', d.EvidenceTypes), string.Join(' ', d.Related), ResourceForm.Text(d.Parameters), FieldLines(d.Fields), d.Connector?.Entered ?? "", d.Connector is null ? "" : string.Join('\n', d.Connector.Select), string.Join('\n', d.Connector?.Written ?? []), AggregateForm.Text(d.Aggregate), row.Revision),
            Departments = (IReadOnlyList<ResourceEntryPage.Department>)[.. own.Departments.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => new ResourceEntryPage.Department(p.Key, p.Value))],
            Mappable = d is null ? [] : (IReadOnlyList<(string, Words)>)[.. own.Mappable(d).Select(f => (f.Name, new Words(f.Label, f.LabelEn)))],
            Broken = broken ?? [],
            Uses = uses ?? [],
            Error = error,
            Entered = entered,
            Parameters = d?.Parameters.Select(p => (p.Name, p.Required)).ToList() ?? [],
            Tries = tried?.Error is null ? tried?.Value : null,
            TryError = tried?.Error,
            TryEntered = tryEntered,
        }, error is null ? StatusCodes.Status200OK : ErrorResult.Status(error.Kind));
    }

    static string FieldLines(IEnumerable<ResourceField> fields)
    {
        var text = new StringBuilder();
        foreach (var f in fields)
            CsvText.Write(text, FieldValues(f));
        return text.ToString();
    }

    public static string[] FieldValues(ResourceField f) => [f.Name, f.Label, f.LabelEn, f.Type, f.Element ?? "", f.Level.ToString(CultureInfo.InvariantCulture), f.Personal ? "是" : "否"];
}
