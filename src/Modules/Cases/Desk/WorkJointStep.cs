using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Deciding;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Desk;

/// <summary>联办: an officer here takes on and finishes a step of another node's case.</summary>
static class WorkJointStep
{
    public static void Map(Faces faces)
    {
        faces.Console.MapPost("/joint/{id}/start", Start).Only(OfficerActs.Officers).WithOnce();
        faces.Console.MapPost("/joint/{id}", Finish).Only(OfficerActs.Officers).WithOnce();
        faces.Api.MapPost("/joint-steps/{id}/start", Start).Only(OfficerActs.Officers).WithOnce();
        faces.Api.MapPost("/joint-steps/{id}", Finish).Only(OfficerActs.Officers).WithOnce();
    }

    static Task<IResult> Start(string id, HttpRequest request, NodeDb db, JointAnswers joint, Once once, CancellationToken ct) =>
        Act(id, request, db, joint, once, (row, _) => joint.Start(row, db.Actor.Id), ct);

    static Task<IResult> Finish(string id, HttpRequest request, NodeDb db, JointAnswers joint, Once once, CancellationToken ct) =>
        Act(id, request, db, joint, once, (row, fields) => WorkStep.Outcome(fields).Then(said => joint.Finish(row, said.Agreed, said.Reason, db.Actor.Id)), ct);

    static async Task<IResult> Act(string id, HttpRequest request, NodeDb db, JointAnswers joint, Once once, Func<JointStep, Fields, Result<Done>> act, CancellationToken ct)
    {
        var read = await Fields.Read(request, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        var row = await db.Set<JointStep>().SingleOrDefaultAsync(j => j.Id == id, ct);
        if (row is null)
            return Dossiers.NotThere.AsResult();
        if (row.Revision != read.Value.Revision)
            return Dossiers.Changed.AsResult();
        var done = act(row, read.Value);
        if (!done.Ok)
        {
            return read.Value.IsForm && done.Error.Kind == ErrorKind.Invalid
                ? ShowJointStep.Page(row, joint, done.Error, request.Form)
                : done.Error.AsResult();
        }
        var (status, location, body) = read.Value.IsForm
            ? (StatusCodes.Status303SeeOther, $"/console/joint/{row.Id}", (string?)null)
            : (StatusCodes.Status200OK, null, JsonSerializer.Serialize(new { id = row.Id, state = row.State, revision = row.Revision }, EventTypes.Json));
        once.Answer(status, location, body);
        return await db.TrySave(ct) == SaveOutcome.Saved ? new OnceAnswer(status, location, body) : Dossiers.Changed.AsResult();
    }
}
