using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Cases.Deciding;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Desk;

/// <summary>受理: the clock starts, the departments' steps begin.</summary>
static class AcceptCase
{
    public static void Map(Faces faces)
    {
        faces.Console.MapPost("/cases/{number}/accept", Handle).Only(OfficerActs.Officers).WithOnce();
        faces.Api.MapPost("/cases/{number}/accept", Handle).Only(OfficerActs.Officers).WithOnce();
    }

    static Task<IResult> Handle(string number, HttpRequest request, OfficerActs acts, WorkingCalendar calendar, Dossiers dossiers, CancellationToken ct) =>
        acts.OnCase(number, request, (dossier, _) => dossier.Accept(dossiers.Now, calendar, dossiers.NodeOf, dossiers.OwnNode), ct);
}
