using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Cases.Filings;

/// <summary>Check the answers, and hand the application in.</summary>
static class HandIn
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/drafts/{id}/check", Show).Only(Allow.Person);
        faces.Portal.MapPost("/drafts/{id}/file", Handle).Only(Allow.Person).WithOnce();
    }

    static async Task<IResult> Show(string id, Drafts drafts, FileCase filing, CancellationToken ct)
    {
        var open = await drafts.Open(id, ct);
        // What is still open is told before the person presses the button.
        return open.Ok
            ? Page.Of<CheckPage>(new { View = open.Value, Open = await filing.Another(open.Value.Variant, open.Value.Body.Answers, ct) ?? filing.Prepare(open.Value.Assessment, open.Value.Body).Error })
            : open.Error.AsResult();
    }

    static async Task<IResult> Handle(string id, HttpRequest request, Drafts drafts, FileCase filing, NodeDb db, Once once, CancellationToken ct)
    {
        var read = await Fields.Read(request, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        var open = await drafts.Open(id, read.Value, ct);
        if (!open.Ok)
            return open.Error.AsResult();
        var draft = open.Value;
        var prepared = filing.Prepare(draft.Assessment, draft.Body);
        if (!prepared.Ok)
            return Page.Of<CheckPage>(new { View = draft, Open = prepared.Error }, StatusCodes.Status400BadRequest);
        var numbers = await filing.TakeNumbers(draft.Variant, ct);
        // Of an item allowed once, looked at again now that nobody else files.
        return draft.Variant.OneBy is null ? await File() : await db.InTransaction(async () => await filing.Another(draft.Variant, draft.Body.Answers, ct) is { } another ? Taken(another) : await File(), ct);

        async Task<IResult> File()
        {
            var filed = await filing.Add(draft.Variant, numbers, prepared.Value.Body, prepared.Value.Requirements, "online", id, ct);
            if (!filed.Ok)
                return Taken(filed.Error);
            draft.Row.FilingId = filed.Value.Id;
            return await drafts.Save(draft, draft.Body, $"/my/cases/{filed.Value.Id}/filed", once, ct);
        }

        IResult Taken(Error error) => Page.Of<CheckPage>(new { View = draft, Open = error }, StatusCodes.Status409Conflict);
    }
}
