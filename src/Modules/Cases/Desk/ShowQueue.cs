using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Desk;

/// <summary>The officer's queue with its saved views, and the Console's search.</summary>
static class ShowQueue
{
    public static void Map(Faces faces)
    {
        faces.Console.MapGet("/queue", Handle).Only(OfficerActs.Officers);
        faces.Console.MapGet("/search", Search).Only(OfficerActs.Officers);
    }

    static async Task<IResult> Handle(Queue queue, string? view, string? after, CancellationToken ct)
    {
        var shown = view is not null && QueueView.All.Contains(view) ? view : QueueView.Todo;
        var page = await queue.Page(shown, after, Cursor.DefaultSize, ct);
        return page.Ok
            ? Tongban.Web.Page.Of<QueuePage>(new { Shown = shown, View = page.Value.Items, page.Value.Next, FirstPage = after is null, Counts = await queue.Counts(ct) })
            : page.Error.AsResult();
    }

    static async Task<IResult> Search(Queue queue, string? q, string? after, CancellationToken ct)
    {
        var text = q?.Trim() ?? "";
        var page = text.Length == 0 ? new Page<QueueRow>([], null) : await queue.Find(text, after, Cursor.DefaultSize, ct);
        return page.Ok
            ? Tongban.Web.Page.Of<QueuePage>(new { Shown = QueueView.Found, View = page.Value.Items, page.Value.Next, FirstPage = after is null, Counts = await queue.Counts(ct), Search = text })
            : page.Error.AsResult();
    }
}
