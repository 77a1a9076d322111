using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Desk;

/// <summary>A step of another node's case on the desk of the department that is asked.</summary>
static class ShowJointStep
{
    public static void Map(Faces faces)
    {
        faces.Console.MapGet("/joint/{id}", Handle).Only(OfficerActs.Officers);
        faces.Api.MapGet("/joint-steps/{id}", Api).Only(OfficerActs.Officers);
    }

    static async Task<IResult> Handle(string id, NodeDb db, JointAnswers joint, IAccessRecords records, CancellationToken ct) =>
        await Read(id, db, joint, records, ct) is { } row ? Page(row, joint) : Dossiers.NotThere.AsResult();

    /// <summary>The page, first time or after a refused act.</summary>
    internal static IResult Page(JointStep row, JointAnswers joint, Error? error = null, IFormCollection? entered = null) =>
        Tongban.Web.Page.Of<JointStepPage>(
            new { View = new JointView(row, joint.OutcomeOf(row)), Asked = joint.Asked(row), Error = error, Entered = entered },
            error is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);

    static async Task<IResult> Api(string id, NodeDb db, JointAnswers joint, IAccessRecords records, CancellationToken ct)
    {
        if (await Read(id, db, joint, records, ct) is not { } row)
            return Dossiers.NotThere.AsResult();
        var asked = joint.Asked(row);
        return Results.Json(new { id = row.Id, caseNumber = row.CaseNumber, state = row.State, due = row.Due, revision = row.Revision, step = asked.Step, applicant = asked.Applicant, form = asked.Form, requirements = asked.Requirements }, Kernel.Events.EventTypes.Json);
    }

    static async Task<JointStep?> Read(string id, NodeDb db, JointAnswers joint, IAccessRecords records, CancellationToken ct)
    {
        var row = await db.Set<JointStep>().AsNoTracking().SingleOrDefaultAsync(j => j.Id == id, ct);
        if (row is not null)
            await records.Record(new AccessRecord(row.SubjectKey, db.Actor.Id, row.Department, new("联办环节", "A joint step"), row.BaseCode, row.CaseNumber, row.ItemName), ct);
        return row;
    }
}

sealed record JointView(JointStep Row, StepOutcome? Outcome);
