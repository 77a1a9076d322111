using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Filings;

/// <summary>The person's matters, newest first, and one of them, as JSON.</summary>
static class MyFilings
{
    public static void Map(Faces faces)
    {
        faces.Api.MapGet("/filings", List).Only(Allow.Person);
        faces.Api.MapGet("/filings/{id}", Show).Only(Allow.Person);
    }

    static async Task<IResult> List(NodeDb db, string? after, int? size, CancellationToken ct)
    {
        var page = await Page(db, after, Cursor.Size(size), ct);
        return page.Ok ? Results.Json(new { items = page.Value.Items.Select(FilingAnswer.Of), next = page.Value.Next }, EventTypes.Json) : page.Error.AsResult();
    }

    /// <summary>Ids are made in time order, so the newest come first by id.</summary>
    internal static async Task<Result<Page<Filing>>> Page(NodeDb db, string? after, int size, CancellationToken ct)
    {
        var own = db.OwnKeys;
        var query = db.Set<Filing>().AsNoTracking().Where(f => own.Contains(f.SubjectKey));
        if (after is not null)
        {
            var cursor = Cursor.Read(after, 1);
            if (!cursor.Ok)
                return cursor.Error;
            var last = cursor.Value[0];
            query = query.Where(f => f.Id.CompareTo(last) < 0);
        }
        return Cursor.Page(await query.OrderByDescending(f => f.Id).Take(size + 1).ToListAsync(ct), size, f => [f.Id]);
    }

    internal static Task<Filing?> One(NodeDb db, string id, CancellationToken ct)
    {
        var own = db.OwnKeys;
        return db.Set<Filing>().AsNoTracking().SingleOrDefaultAsync(f => f.Id == id && own.Contains(f.SubjectKey), ct);
    }

    static async Task<IResult> Show(string id, NodeDb db, PersonActs acts, CancellationToken ct)
    {
        var filing = await One(db, id, ct);
        if (filing is null)
            return PersonActs.NotThere.AsResult();
        var progress = acts.Progress(filing);
        return Results.Json(new
        {
            summary = FilingAnswer.Of(filing),
            item = filing.ItemName,
            department = filing.DepartmentName,
            timeline = progress?.Timeline ?? [],
            steps = progress?.Steps ?? [],
            wanted = progress?.Wanted ?? [],
            statutoryDue = progress?.StatutoryDue,
            promisedDue = progress?.PromisedDue,
            dueProvisional = progress?.DueProvisional ?? false,
            requirements = acts.Body(filing).Requirements,
        }, EventTypes.Json);
    }
}
