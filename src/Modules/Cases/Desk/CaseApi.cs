using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Desk;

/// <summary>The queue and a case as JSON, for officers' own programs.</summary>
static class CaseApi
{
    public static void Map(Faces faces)
    {
        faces.Api.MapGet("/cases", List).Only(OfficerActs.Officers);
        faces.Api.MapGet("/cases/{number}", Show).Only(OfficerActs.Officers);
    }

    static async Task<IResult> List(Queue queue, string? view, string? q, string? after, int? size, CancellationToken ct)
    {
        if (q is null && view is not null && !QueueView.All.Contains(view))
            return Error.Invalid("queue.view", "没有这个视图", "There is no such view", "view", $"可用：{string.Join(", ", QueueView.All)}", $"One of: {string.Join(", ", QueueView.All)}").AsResult();
        var page = q is { Length: > 0 } ? await queue.Find(q.Trim(), after, Cursor.Size(size), ct) : await queue.Page(view ?? QueueView.Todo, after, Cursor.Size(size), ct);
        return page.Ok ? Results.Json(page.Value, EventTypes.Json) : page.Error.AsResult();
    }

    static async Task<IResult> Show(string number, Dossiers dossiers, IAccessRecords records, Kernel.Data.NodeDb db, CancellationToken ct)
    {
        var found = await dossiers.ByNumber(number, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var d = found.Value;
        await CaseRead.Record(records, db.Actor, d, ct);
        return Results.Json(new
        {
            summary = CaseAnswer.Of(d),
            item = d.Row.ItemName,
            department = d.Row.DepartmentName,
            // False for a department of the case's team that only works a step.
            decides = Dossier.Decides(db.Actor, d.Row),
            applicant = d.Applicant,
            form = d.Body.Form,
            answers = d.Body.Answers,
            requirements = d.Body.Requirements,
            timeline = d.Course.Timeline,
            wanted = d.Course.Wanted,
            dueProvisional = d.Row.DueProvisional,
            rule = d.Course.RuleTrace,
            trouble = d.Course.Trouble,
        }, EventTypes.Json);
    }
}

/// <summary>Every reading of a person's case by staff is told to the person.</summary>
static class CaseRead
{
    public static Task Record(IAccessRecords records, Kernel.Access.Actor actor, Dossier dossier, CancellationToken ct, Words? what = null) =>
        records.Record(new AccessRecord(
            dossier.Row.SubjectKey, actor.Id, actor.Department ?? dossier.Row.Department, what ?? new("办件全部内容", "The whole case"),
            dossier.Row.BaseCode, dossier.Row.Number, dossier.Row.ItemName), ct);
}
