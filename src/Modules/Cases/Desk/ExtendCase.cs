using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using System.Globalization;
using Tongban.Cases.Deciding;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Desk;

/// <summary>延长时限, once, with the reason: fields days and reason.</summary>
static class ExtendCase
{
    public static void Map(Faces faces)
    {
        faces.Console.MapPost("/cases/{number}/extend", Handle).Only(OfficerActs.Officers).WithOnce();
        faces.Api.MapPost("/cases/{number}/extend", Handle).Only(OfficerActs.Officers).WithOnce();
    }

    static Task<IResult> Handle(string number, HttpRequest request, OfficerActs acts, WorkingCalendar calendar, Dossiers dossiers, CancellationToken ct) =>
        acts.OnCase(number, request, (dossier, fields) => OfficerActs.Reason(fields).Then(reason =>
            dossier.Extend(dossiers.Now, calendar, int.TryParse(fields["days"], NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : 0, reason)), ct);
}
