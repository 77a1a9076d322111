using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Materials;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Cases.Filings;

/// <summary>An application not yet handed in: what is done, what is open; and throwing it away.</summary>
static class ShowDraft
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/drafts/{id}", Handle).Only(Allow.Person);
        faces.Portal.MapPost("/drafts/{id}/discard", Discard).Only(Allow.Person).WithOnce();
    }

    static async Task<IResult> Handle(string id, Drafts drafts, CancellationToken ct)
    {
        var open = await drafts.Open(id, ct);
        return open.Ok ? Page.Of<DraftPage>(new { View = open.Value }) : open.Error.AsResult();
    }

    static async Task<IResult> Discard(string id, Drafts drafts, NodeDb db, Once once, CancellationToken ct)
    {
        var open = await drafts.Open(id, ct);
        if (!open.Ok)
            return open.Error.AsResult();
        db.Remove(open.Value.Row);
        // The files themselves go with the next sweep, unless another matter rests on them.
        db.RemoveRange(await db.Set<FileUse>().Where(u => u.UserId == id).ToListAsync(ct));
        once.Answer(StatusCodes.Status303SeeOther, "/my/cases");
        await db.SaveChangesAsync(ct);
        return new OnceAnswer(StatusCodes.Status303SeeOther, "/my/cases", null);
    }
}
