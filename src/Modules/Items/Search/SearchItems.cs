using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tongban.Items.Catalogue;
using Tongban.Items.Show;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Items.Search;

/// <summary>What a person's words find; without words, everything.</summary>
static class SearchItems
{
    public static void Map(Faces faces) => faces.Portal.MapGet("/items", Show).Only(Allow.Anyone);

    static async Task<IResult> Show(Shelf shelf, NodeIdentity node, CancellationToken ct, string? q = null, string? after = null)
    {
        var found = await ListItems.Find(shelf, q, after, Cursor.DefaultSize, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var (page, total, catalogue) = found.Value;
        return Web.Page.Of<SearchPage>(new
        {
            Asked = q?.Trim() ?? "",
            Items = page.Items.Select(i => ItemCards.Of(catalogue.Items[i.BaseCode], node.Division)).ToList(),
            Total = total,
            page.Next,
            First = after is null,
        });
    }
}
