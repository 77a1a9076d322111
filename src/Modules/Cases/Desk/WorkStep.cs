using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Cases.Deciding;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Desk;

/// <summary>A department's officer takes a step on, and finishes it: fields outcome (agree or refuse) and reason (needed to refuse).</summary>
static class WorkStep
{
    public static void Map(Faces faces)
    {
        faces.Console.MapPost("/cases/{number}/steps/{stepId}/start", Start).Only(OfficerActs.Officers).WithOnce();
        faces.Console.MapPost("/cases/{number}/steps/{stepId}", Finish).Only(OfficerActs.Officers).WithOnce();
        faces.Api.MapPost("/cases/{number}/steps/{stepId}/start", Start).Only(OfficerActs.Officers).WithOnce();
        faces.Api.MapPost("/cases/{number}/steps/{stepId}", Finish).Only(OfficerActs.Officers).WithOnce();
    }

    static Task<IResult> Start(string number, string stepId, HttpRequest request, OfficerActs acts, Dossiers dossiers, CurrentActor actor, CancellationToken ct) =>
        acts.OnStep(number, stepId, request, (dossier, _) => dossier.StartStep(dossiers.Now, stepId, actor.Actor.Id), ct);

    static Task<IResult> Finish(string number, string stepId, HttpRequest request, OfficerActs acts, Dossiers dossiers, CurrentActor actor, CancellationToken ct) =>
        acts.OnStep(number, stepId, request, (dossier, fields) => Outcome(fields).Then(outcome =>
            dossier.FinishStep(dossiers.Now, stepId, outcome.Agreed, outcome.Reason, actor.Actor.Id, dossiers.OwnNode)), ct);

    internal readonly record struct Said(bool Agreed, string Reason);

    internal static Result<Said> Outcome(Fields fields)
    {
        var agreed = fields["outcome"] switch { "agree" => true, "refuse" => false, _ => (bool?)null };
        if (agreed is null)
            return Error.Invalid("outcome.missing", "请选择同意或不同意", "Choose to agree or to refuse", "outcome");
        if (agreed.Value && fields["reason"].Length == 0)
            return new Said(true, "");
        return OfficerActs.Reason(fields).Map(reason => new Said(agreed.Value, reason.Zh));
    }
}
