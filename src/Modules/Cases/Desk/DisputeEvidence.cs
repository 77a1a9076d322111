using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Cases.Desk;

/// <summary>这项数据不对: an officer who sees that a fetched fact is wrong says so on the page of the case; the node that obtained it follows it to its end.</summary>
static class DisputeEvidence
{
    public static void Map(Faces faces)
    {
        faces.Console.MapPost("/cases/{number}/disputes", Handle).Only(OfficerActs.Officers).WithOnce();
    }

    static async Task<IResult> Handle(string number, HttpContext http, Dossiers dossiers, CaseShowing showing, IDisputes disputes, NodeDb db, NodeIdentity node, Once once, CancellationToken ct)
    {
        var read = await Fields.Read(http.Request, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        var found = await dossiers.ByNumber(number, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var (dossier, requirement) = (found.Value, read.Value["requirement"]);
        var (field, claim) = ($"field.{requirement}", $"claim.{requirement}");
        if (dossier.Body.Requirements.SingleOrDefault(r => r.RequirementId == requirement)?.Evidence is not { } evidence)
            return Error.NotFound("dispute.no-exchange", "没有这次查询", "There is no such exchange").AsResult();
        var error = !evidence.Labels.ContainsKey(read.Value[field])
            ? Error.Invalid("dispute.entry", "请选择哪一项不对", "Choose which fact is wrong", field)
            : read.Value[claim].Length is < 4 or > 500 ? Error.Invalid("dispute.entry", "请写明应当是什么、有什么依据（4–500 字）", "Say what is right and how you know (4 to 500 characters)", claim) : null;
        if (error is null)
        {
            var raised = await disputes.Raise(
                new DisputeClaim(evidence.ExchangeId, evidence.Resource, read.Value[field], Subjects(dossier), read.Value[claim], dossier.Row.Number, dossier.Row.Id, dossier.Row.FilingNode), ct);
            error = raised.Error;
        }
        if (error is not null)
            return error.Kind == ErrorKind.Invalid && read.Value.IsForm ? await showing.Page(dossier, ct, error, http.Request.Form, http.Request.Path) : error.AsResult();
        var to = $"/console/cases/{number}";
        once.Answer(StatusCodes.Status303SeeOther, to);
        await db.SaveChangesAsync(ct);
        Flash.Leave(http, node, Tone.Done, new Words("异议已提出，提供方会在 10 个工作日内更正或说明", "The dispute is raised; the provider corrects or explains within 10 working days"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, to, null);
    }

    /// <summary>The applicant, and whoever else the facts name by their number: a spouse's register was asked for by it.</summary>
    static IReadOnlyList<string> Subjects(Dossier dossier) =>
    [
        dossier.Applicant.CitizenId,
        .. dossier.Body.Requirements.SelectMany(r => r.Evidence?.Rows ?? []).SelectMany(r => r.Values).OfType<string>().Where(v => v.Length == 18 && v != dossier.Applicant.CitizenId).Distinct().Take(7),
    ];
}
