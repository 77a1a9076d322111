using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Web;

/// <summary>Every layout and component in its states, with invented people, long names, empty lists and errors. For screenshots and axe.</summary>
static class GalleryRoutes
{
    public const string Root = "/ui/gallery";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var gallery = routes.MapGroup(Root).Only(Allow.Anyone);
        gallery.MapGet("", () => Page.Of<GalleryIndex>());
        gallery.MapGet("/home", () => Page.Of<GalleryHome>());
        gallery.MapGet("/item", () => Page.Of<GalleryItem>());
        gallery.MapGet("/question", () => Page.Of<GalleryQuestion>());
        gallery.MapGet("/form", (bool? errors) => Page.Of<GalleryForm>(new { Errors = errors == true }));
        gallery.MapGet("/evidence", () => Page.Of<GalleryEvidence>());
        gallery.MapGet("/check", () => Page.Of<GalleryCheck>());
        gallery.MapGet("/done", () => Page.Of<GalleryDone>());
        gallery.MapGet("/matters", (bool? empty) => Page.Of<GalleryMatters>(new { Empty = empty == true }));
        gallery.MapGet("/matter", () => Page.Of<GalleryMatter>());
        gallery.MapGet("/certificates", () => Page.Of<GalleryCertificates>());
        gallery.MapGet("/uses", () => Page.Of<GalleryUses>());
        gallery.MapGet("/queue", (bool? empty) => Page.Of<GalleryQueue>(new { Empty = empty == true }));
        gallery.MapGet("/case", () => Page.Of<GalleryCase>());
        gallery.MapGet("/hub", () => Page.Of<GalleryHub>());
        gallery.MapGet("/problem", () => Error.Conflict("case.changed", "另一位工作人员已经处理了这件事", "Another officer has already worked on this matter",
            "请刷新后查看最新情况，再决定是否继续", "Reload to see how it stands, then decide whether to go on").AsResult());
        gallery.MapGet("/broken", IResult () => throw new InvalidOperationException("The gallery shows what an unhandled exception looks like."));
        gallery.MapPost("/form", () => Error.Invalid("gallery.form", "这里只展示样式，不会保存", "This page only shows how things look; nothing is saved").AsResult());
    }
}
