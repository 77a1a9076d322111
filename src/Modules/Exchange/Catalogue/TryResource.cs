using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// A steward has a draft's source asked once, before anybody else can: how many records come, and which fields stand in them. No value is
/// shown, since nobody agreed to that; a try about a person is recorded like any reading of their data.
/// </summary>
static class TryResource
{
    public static async Task<IResult> Handle(
        string code, int version, HttpContext http, NodeDb db, OwnResources own, Sources connector, IVault vault, IAccessRecords access, CancellationToken ct)
    {
        if (await db.Set<ResourceRow>().AsNoTracking().SingleOrDefaultAsync(r => r.Code == code && r.Version == version && r.State == ResourceState.Draft, ct) is not { } row)
            return EnterResource.None.AsResult();
        var (resource, form) = (row.Definition, await http.Request.ReadFormAsync(ct));
        var parameters = resource.Parameters.Select(p => (p.Name, Value: form[$"try.{p.Name}"].ToString().Trim())).Where(p => p.Value.Length > 0).ToDictionary(p => p.Name, p => p.Value);
        var whom = Whom(resource, parameters);
        if ((resource.ReachesNobody() ?? (whom.Count == 0 ? resource.NamesNobody(null) : null)) is { } nobody)
            return ShowResources.Entry(row, own, null, null, tryEntered: form, tried: nobody);
        foreach (var subject in whom)
        {
            await access.Record(new AccessRecord(vault.BlindIndex(AnswerQuery.PersonContext, subject), db.Actor.Id, row.Department, new Words("资源试读", "A resource tried"),
                "resource-try", "", new Words("发布前核对部门业务系统", "Checking a department's system before it is published")), ct);
        }
        List<ResourceField> fields = [.. resource.Fields];
        var mapped = await CheckMapping.OfDraft(db, resource, ct);
        var read = await connector.Check(resource, ct, mapped) is { } wrong ? wrong : await connector.Read(resource, parameters, [.. fields.Select(f => f.Name)], ct, mapped: mapped);
        var rows = read.Map(found => found.Rows);
        return ShowResources.Entry(row, own, null, null, tryEntered: form, tried: rows.Map(found => new ResourceEntryPage.Tried(
            found.Count, [.. fields.Select((f, at) => new ResourceEntryPage.TriedField(f.Name, new Words(f.Label, f.LabelEn), found.Count(r => r[at] is not null)))])));
    }

    /// <summary>Whoever stands in the question, by whatever parameter: a SELECT may compare a number with a text as well.</summary>
    static List<string> Whom(ResourceDefinition resource, Dictionary<string, string> parameters) => resource.TellsOfPersons || resource.NamesPerson
        ? [.. resource.Parameters.Where(p => parameters.ContainsKey(p.Name) && (Identifiers.ElementOf(p) is not null || IsSomebodys(parameters[p.Name]))).Select(p => parameters[p.Name]).Distinct(StringComparer.Ordinal)]
        : [];

    static bool IsSomebodys(string value) => Identifiers.Wrong(Identifiers.CitizenIds, value) is null || Identifiers.Wrong(Identifiers.CreditCodes, value) is null;
}
