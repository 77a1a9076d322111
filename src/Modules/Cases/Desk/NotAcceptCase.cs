using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Cases.Deciding;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Desk;

/// <summary>不予受理, with the reason.</summary>
static class NotAcceptCase
{
    public static void Map(Faces faces)
    {
        faces.Console.MapPost("/cases/{number}/not-accept", Handle).Only(OfficerActs.Officers).WithOnce();
        faces.Api.MapPost("/cases/{number}/not-accept", Handle).Only(OfficerActs.Officers).WithOnce();
    }

    static Task<IResult> Handle(string number, HttpRequest request, OfficerActs acts, Dossiers dossiers, CancellationToken ct) =>
        acts.OnCase(number, request, (dossier, fields) => OfficerActs.Reason(fields).Then(reason => dossier.NotAccept(dossiers.Now, reason)), ct);
}
