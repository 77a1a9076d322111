using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Filings;

/// <summary>容缺补交: what was promised at filing is brought (files <c>upload.{requirement}</c>), one document or all, until the decision.</summary>
static class BringPromised
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapPost("/my/cases/{id}/documents", Handle).Only(Allow.Person).WithOnce();
        faces.Api.MapPost("/filings/{id}/documents", Handle).Only(Allow.Person).WithOnce();
    }

    static Task<IResult> Handle(string id, HttpRequest request, PersonActs acts, IStoredFiles files, CancellationToken ct) =>
        acts.On(id, request, (filing, fields) => Bring(filing, fields, acts, files, ct), ct);

    static async Task<Result<Done>> Bring(Filing filing, Fields fields, PersonActs acts, IStoredFiles files, CancellationToken ct)
    {
        var promised = new MatterView(new Matter(filing, acts.Progress(filing)), acts.Body(filing)).Promised;
        if (promised.Count == 0)
        {
            return Error.Conflict("filing.nothing-promised", "这件现在没有要补交的材料", "No promised document is waited for now",
                "请刷新页面，查看最新进度", "Reload the page to see where it is now");
        }
        var saved = await SavedUploads.Of(fields.Files, promised.Select(p => p.RequirementId), files, ct);
        if (!saved.Ok)
            return saved.Error;
        var met = promised.Where(p => saved.Value.ContainsKey(p.RequirementId))
            .Select(p => new RequirementMet(p.RequirementId, p.Name, MetBy.Upload, null, saved.Value[p.RequirementId], null, null)).ToList();
        if (met.Count == 0)
        {
            return Error.Invalid("filing.nothing-brought", $"还没有选择文件：{promised[0].Name.Zh}", $"No file was chosen: {promised[0].Name.En}", $"upload.{promised[0].RequirementId}",
                "请选择文件后提交", "Choose a file and hand it in");
        }
        var hashes = await acts.Put(filing, met, ct);
        acts.Tell(filing, new FilingCompleted(filing.Id, met, acts.Now), hashes);
        return Done.It;
    }
}
