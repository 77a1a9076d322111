using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tongban.Contracts.Registry;
using Tongban.Items.Catalogue;
using Tongban.Items.Search;
using Tongban.Items.Show;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Items.Desk;

/// <summary>The catalogue for staff: what is published here, to look at. Changing it comes with the editor.</summary>
static class ListCatalogue
{
    public static void Map(Faces faces)
    {
        faces.Console.MapGet("/items", Show).Only(Allow.Staff);
        faces.Console.MapGet("/items/{baseCode}", ShowOne).Only(Allow.Staff);
    }

    static async Task<IResult> Show(Shelf shelf, NodeIdentity node, CancellationToken ct, string? q = null, string? after = null)
    {
        var found = await ListItems.Find(shelf, q, after, Cursor.DefaultSize, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var (page, total, catalogue) = found.Value;
        var rows = page.Items.Select(i =>
        {
            var variant = catalogue.Items[i.BaseCode].For(node.Division);
            return new CataloguePage.Row(i.BaseCode, i.Name, ItemTerms.Type(i.Type), variant.Document.DepartmentName, ItemTerms.Mode(i.Mode), variant.Document.PromisedDays,
                variant.Document.StatutoryDays, variant.Document.FeeFen, variant.Version, i.Tailored);
        }).ToList();
        return Web.Page.Of<CataloguePage>(new { Rows = rows, Asked = q?.Trim() ?? "", Total = total, page.Next, First = after is null });
    }

    static async Task<IResult> ShowOne(string baseCode, Shelf shelf, IPlaces places, IDepartments departments, NodeIdentity node, CancellationToken ct, string? @for = null)
    {
        var found = await shelf.Item(baseCode, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var item = found.Value.Item;
        var shown = found.Value.For(@for ?? node.Division);
        var variant = shown.Document;
        return Web.Page.Of<CatalogueItemPage>(new
        {
            View = ShowItem.View(found.Value, @for ?? node.Division, places, departments),
            shown.Version,
            Tables = new[] { item.RouteTable, variant.RequirementsTable, variant.DecideTable }.OfType<string>().ToList(),
            Materials = variant.Requirements.Select(m => new CatalogueItemPage.Material(m.Name, m.Evidence, m.At, m.Subject, string.Join(", ", m.Fields), m.Optional, m.MayDefer, m.Basis)).ToList(),
            Steps = variant.Steps.Select(s => new CatalogueItemPage.Step(s.Name, s.At == "owner" ? $"{variant.Division}-{s.Kind}" : $"{s.At} · {s.Kind}", s.Power, s.Duty, string.Join(", ", s.After ?? []), s.Effect)).ToList(),
        });
    }
}
