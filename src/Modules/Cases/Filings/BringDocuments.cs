using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;
using UploadedFile = Tongban.Contracts.Cases.UploadedFile;

namespace Tongban.Cases.Filings;

/// <summary>
/// Documents nobody holds: files <c>upload.{requirement}</c> are added to what is there, <c>remove.{requirement}.{hash}</c>
/// takes one away, <c>defer.{requirement}</c> promises it for later. Unfinished is saved too; only the end asks for all.
/// </summary>
static class BringDocuments
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/drafts/{id}/documents", Show).Only(Allow.Person);
        faces.Portal.MapPost("/drafts/{id}/documents", Handle).Only(Allow.Person).WithOnce();
    }

    static async Task<IResult> Show(string id, Drafts drafts, CancellationToken ct)
    {
        var open = await drafts.Open(id, ct);
        return open.Ok ? Page.Of<DocumentsPage>(new { View = open.Value }) : open.Error.AsResult();
    }

    static async Task<IResult> Handle(string id, HttpRequest request, Drafts drafts, IStoredFiles store, NodeDb db, Once once, CancellationToken ct)
    {
        var read = await Fields.Read(request, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        var open = await drafts.Open(id, read.Value, ct);
        if (!open.Ok)
            return open.Error.AsResult();
        var (draft, fields) = (open.Value, read.Value);
        var wanted = DraftFlow.ToBring(draft);
        var saved = await SavedUploads.Of(fields.Files, wanted.Select(r => r.Id), store, ct);
        if (!saved.Ok)
            return Page.Of<DocumentsPage>(new { View = draft, saved.Error }, StatusCodes.Status400BadRequest);
        var removed = fields.Below("remove");
        var uploads = new Dictionary<string, IReadOnlyList<UploadedFile>>(draft.Body.Uploads);
        foreach (var requirement in wanted)
        {
            var kept = draft.Body.Uploads.GetValueOrDefault(requirement.Id, []).Where(f => !removed.ContainsKey($"{requirement.Id}.{f.Hash}"));
            uploads[requirement.Id] = [.. kept.Concat(saved.Value.GetValueOrDefault(requirement.Id, [])).DistinctBy(f => f.Hash)];
        }
        var body = draft.Body with
        {
            Uploads = uploads,
            Deferred = [.. wanted.Where(r => r.MayDefer && fields.Has($"defer.{r.Id}")).Select(r => r.Id)],
        };
        await KeepUses(db, id, uploads.Values.SelectMany(f => f).Select(f => f.Hash), ct);
        var next = fields["do"] == "more" ? $"/drafts/{id}/documents" : DraftFlow.After(draft with { Body = body }, DraftFlow.Documents);
        return await drafts.Save(draft, body, next, once, ct);
    }

    static async Task KeepUses(NodeDb db, string draftId, IEnumerable<string> hashes, CancellationToken ct)
    {
        var now = hashes.ToHashSet();
        var before = await db.Set<FileUse>().Where(u => u.UserId == draftId).ToListAsync(ct);
        db.RemoveRange(before.Where(u => !now.Contains(u.Hash)));
        db.AddRange(now.Except(before.Select(u => u.Hash)).Select(hash => new FileUse { Hash = hash, UserId = draftId }));
    }
}
