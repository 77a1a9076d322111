using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Desk;

/// <summary>An officer opens a document that was handed in; the person is told.</summary>
static class ReadMaterial
{
    public static void Map(Faces faces)
    {
        faces.Console.MapGet("/cases/{number}/materials/{hash}", OfCase).Only(OfficerActs.Officers);
        faces.Console.MapGet("/joint/{id}/materials/{hash}", OfJointStep).Only(OfficerActs.Officers);
    }

    static async Task<IResult> OfCase(string number, string hash, Dossiers dossiers, IStoredFiles files, IAccessRecords records, NodeDb db, HttpResponse response, CancellationToken ct)
    {
        var found = await dossiers.ByNumber(number, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var met = found.Value.Body.Requirements.FirstOrDefault(r => r.Files.Any(f => f.Hash == hash));
        if (met is null)
            return Dossiers.NotThere.AsResult();
        await CaseRead.Record(records, db.Actor, found.Value, ct, met.Name);
        return await Give(met, hash, files, response, ct);
    }

    static async Task<IResult> OfJointStep(string id, string hash, NodeDb db, JointAnswers joint, IStoredFiles files, IAccessRecords records, HttpResponse response, CancellationToken ct)
    {
        var row = await db.Set<JointStep>().AsNoTracking().SingleOrDefaultAsync(j => j.Id == id, ct);
        var met = row is null ? null : joint.Asked(row).Requirements.FirstOrDefault(r => r.Files.Any(f => f.Hash == hash));
        if (met is null)
            return Dossiers.NotThere.AsResult();
        await records.Record(new AccessRecord(row!.SubjectKey, db.Actor.Id, row.Department, met.Name, row.BaseCode, row.CaseNumber, row.ItemName), ct);
        return await Give(met, hash, files, response, ct);
    }

    internal static async Task<IResult> Give(RequirementMet met, string hash, IStoredFiles files, HttpResponse response, CancellationToken ct)
    {
        var file = met.Files.First(f => f.Hash == hash);
        var opened = await files.Open(hash, ct);
        if (!opened.Ok)
            return opened.Error.AsResult();
        // Shown in the browser, but without any right to run something, whatever the file holds.
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'";
        response.Headers.CacheControl = "private, no-store";
        response.Headers.ContentDisposition = $"inline; filename*=UTF-8''{Uri.EscapeDataString(file.Name)}";
        return Results.Stream(opened.Value, file.MediaType);
    }
}
