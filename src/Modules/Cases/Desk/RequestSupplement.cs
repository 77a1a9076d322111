using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Desk;

/// <summary>一次性补正: every document that is missing, each with its reason (fields <c>reasons.{requirement}</c>), and the date until which it may be brought.</summary>
static class RequestSupplement
{
    public static void Map(Faces faces)
    {
        faces.Console.MapPost("/cases/{number}/supplement", Handle).Only(OfficerActs.Officers).WithOnce();
        faces.Api.MapPost("/cases/{number}/supplement", Handle).Only(OfficerActs.Officers).WithOnce();
    }

    const int LongestWait = 60;

    static Task<IResult> Handle(string number, HttpRequest request, OfficerActs acts, WorkingCalendar calendar, Dossiers dossiers, CancellationToken ct) =>
        acts.OnCase(number, request, (dossier, fields) => Until(fields, calendar, dossiers.Now.Date)
            .Then(until => Wanted(dossier, fields, until))
            .Then(wanted => dossier.RequestSupplement(dossiers.Now, wanted)), ct);

    /// <summary>The date computed is provisional when it reaches into an unpublished year; one the officer sets is not.</summary>
    static Result<DueDate> Until(Fields fields, WorkingCalendar calendar, DateOnly today)
    {
        var usual = calendar.Add(today, CaseClock.DaysToSupplement);
        if (fields["until"].Length == 0 || fields["until"] == CaseClock.Iso(usual.Date))
            return usual;
        if (!DateOnly.TryParseExact(fields["until"], "yyyy-MM-dd", out var until) || until <= today || until > today.AddDays(LongestWait))
        {
            return Error.Invalid("supplement.until", $"补正期限应在明天到 {LongestWait} 天之间", $"The date must lie between tomorrow and {LongestWait} days from now", "until");
        }
        return new DueDate(until, false);
    }

    /// <summary>In a form only ticked documents count (<c>wanted.{requirement}</c>); in JSON a reason says that it is wanted.</summary>
    static Result<IReadOnlyList<SupplementWanted>> Wanted(Dossier dossier, Fields fields, DueDate until)
    {
        var reasons = fields.Below("reasons");
        var ids = fields.IsForm ? [.. fields.Below("wanted").Keys] : reasons.Keys.ToList();
        var wanted = new List<SupplementWanted>();
        foreach (var id in ids)
        {
            if (dossier.Body.Asked.SingleOrDefault(r => r.Id == id) is not { } requirement)
                return Error.Invalid("supplement.requirement", "这份材料不是本事项要求的", "The item does not ask for this document", $"reasons.{id}");
            if (reasons.GetValueOrDefault(id) is not { Length: > 0 and <= 500 } reason)
                return Error.Invalid("supplement.reason", $"请写明需要补正“{requirement.Name.Zh}”的原因（500 字以内）", $"State why {requirement.Name.En} is wanted, in at most 500 characters", $"reasons.{id}");
            wanted.Add(new SupplementWanted(id, requirement.Name, new Words(reason, reason), CaseClock.Iso(until.Date)) { Provisional = until.Provisional });
        }
        return wanted;
    }
}
