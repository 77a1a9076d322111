using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Filings;

/// <summary>补正: the person brings what the notice named (files <c>upload.{requirement}</c>), all of it at once, and a note.</summary>
static class AnswerSupplement
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapPost("/my/cases/{id}/supplement", Handle).Only(Allow.Person).WithOnce();
        faces.Api.MapPost("/filings/{id}/supplement", Handle).Only(Allow.Person).WithOnce();
    }

    static Task<IResult> Handle(string id, HttpRequest request, PersonActs acts, IStoredFiles files, CancellationToken ct) =>
        acts.On(id, request, (filing, fields) => Answer(filing, fields, acts, files, ct), ct);

    static async Task<Result<Done>> Answer(Filing filing, Fields fields, PersonActs acts, IStoredFiles files, CancellationToken ct)
    {
        if (!filing.MaySupplement || acts.Progress(filing) is not { Wanted: { Count: > 0 } wanted } progress)
        {
            return Error.Conflict("supplement.not-wanted", "这件现在不需要补正", "Nothing is wanted of you now",
                "请刷新页面，查看最新进度", "Reload the page to see where it is now");
        }
        if (new Matter(filing, progress).Late(acts.Today))
        {
            return Error.Conflict("supplement.late", $"补正期限 {wanted[0].Until} 已过，这件视为撤回", $"The time to bring it ended on {wanted[0].Until}; the application counts as withdrawn",
                "您可以重新申请", "You may apply again");
        }
        if (fields["note"].Length > 500)
            return Error.Invalid("supplement.note", "说明最多 500 字", "A note has at most 500 characters", "note");
        var saved = await SavedUploads.Of(fields.Files, wanted.Select(w => w.RequirementId), files, ct);
        if (!saved.Ok)
            return saved.Error;
        var open = wanted.Where(w => !saved.Value.ContainsKey(w.RequirementId)).ToList();
        if (open.Count > 0)
        {
            var missing = open.Select(w => Error.Invalid("supplement.missing", $"还差：{w.Name.Zh}", $"Still missing: {w.Name.En}", $"upload.{w.RequirementId}")).ToList();
            return missing.Count == 1 ? missing[0] : Error.Invalid("supplement.missing", $"还差 {open.Count} 份材料", $"{open.Count} documents are still missing") with { Also = missing };
        }
        var met = wanted.Select(w => new RequirementMet(w.RequirementId, w.Name, MetBy.Upload, null, saved.Value[w.RequirementId], null, null)).ToList();
        var hashes = await acts.Put(filing, met, ct);
        filing.SupplementSentAt = acts.Now;
        acts.Tell(filing, new FilingSupplemented(filing.Id, progress.CaseNumber, met, fields["note"], acts.Now), hashes);
        return Done.It;
    }
}
