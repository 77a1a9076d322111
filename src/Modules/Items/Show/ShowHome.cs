using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tongban.Items.Catalogue;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Items.Show;

/// <summary>The home page: search first, then life events, then what is often done.</summary>
static class ShowHome
{
    const int PopularCount = 9;

    public static void Map(Faces faces) => faces.Portal.MapGet("/", Show).Only(Allow.Anyone);

    static async Task<IResult> Show(Shelf shelf, LifeEvents events, NodeIdentity node, CancellationToken ct)
    {
        // The hub offers no services of its own; its first page is the region's.
        if (node.IsHub)
            return Results.Redirect("/hub");
        // A company serves no residents.
        if (!node.IsGovernment)
            return Results.Redirect("/console");
        var catalogue = await shelf.Catalogue(ct);
        var popular = catalogue.Items.Values.Where(i => i.Item.Popular is not null).OrderBy(i => i.Item.Popular).Take(PopularCount)
            .Select(i => ItemCards.Of(i, node.Division)).ToList();
        var offered = events.Offered(catalogue).Select(e => new HomePage.Event(e.Id, e.Name, e.Summary)).ToList();
        return Web.Page.Of<HomePage>(new { Events = offered, events.Later, Popular = popular, Total = catalogue.Items.Count });
    }
}
