using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tongban.Items.Catalogue;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Items.Show;

/// <summary>A life event: the items that belong to it here, and those that no department offers here yet.</summary>
static class ShowLifeEvent
{
    public static void Map(Faces faces) => faces.Portal.MapGet("/events/{id}", Show).Only(Allow.Anyone);

    static async Task<IResult> Show(string id, Shelf shelf, LifeEvents events, NodeIdentity node, CancellationToken ct)
    {
        if (events.Find(id) is not { } found)
            return Error.NotFound("event.none", "没有这件事的专题", "There is no such life event").AsResult();
        var catalogue = await shelf.Catalogue(ct);
        var items = found.Items.Where(catalogue.Items.ContainsKey).Select(code => ItemCards.Of(catalogue.Items[code], node.Division)).ToList();
        return Web.Page.Of<LifeEventPage>(new { found.Name, found.Summary, found.Later, Items = items });
    }
}
