using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Cases.Deciding;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Desk;

/// <summary>准予 or 不予, with the reason: fields decision (approve or refuse) and reason.</summary>
static class DecideCase
{
    public static void Map(Faces faces)
    {
        faces.Console.MapPost("/cases/{number}/decide", Handle).Only(OfficerActs.Officers).WithOnce();
        faces.Api.MapPost("/cases/{number}/decide", Handle).Only(OfficerActs.Officers).WithOnce();
    }

    static Task<IResult> Handle(string number, HttpRequest request, OfficerActs acts, Dossiers dossiers, CurrentActor actor, CancellationToken ct) =>
        acts.OnCase(number, request, (dossier, fields) => Decision(fields).Then(approved =>
            OfficerActs.Reason(fields).Then(reason => dossier.Decide(dossiers.Now, approved, reason, rule: null, actor.Actor.Id))), ct);

    static Result<bool> Decision(Fields fields) => fields["decision"] switch
    {
        "approve" => true,
        "refuse" => false,
        _ => Error.Invalid("decision.missing", "请选择准予或不予", "Choose to approve or to refuse", "decision"),
    };
}
