using Microsoft.AspNetCore.Http;
using Tongban.Contracts.Cases;
using Tongban.Kernel;

namespace Tongban.Cases.Filings;

/// <summary>Files of a form, named <c>upload.{requirement}</c>, kept in the store. All are good, or none is taken.</summary>
static class SavedUploads
{
    public const string Prefix = "upload.";

    const int MostFiles = 10;

    public static async Task<Result<Dictionary<string, IReadOnlyList<UploadedFile>>>> Of(IFormFileCollection? files, IEnumerable<string> requirements, IStoredFiles store, CancellationToken ct)
    {
        var known = requirements.ToHashSet();
        var saved = new Dictionary<string, IReadOnlyList<UploadedFile>>();
        var wrong = new List<Error>();
        foreach (var group in (files ?? (IEnumerable<IFormFile>)[]).Where(f => f.Length > 0 || f.FileName.Length > 0).GroupBy(f => f.Name))
        {
            var requirement = group.Key.StartsWith(Prefix, StringComparison.Ordinal) ? group.Key[Prefix.Length..] : "";
            if (!known.Contains(requirement))
                return Error.Invalid("upload.unknown", "这份文件不属于任何要求的材料", "The file belongs to no required document", group.Key);
            if (group.Count() > MostFiles)
                return Error.Invalid("upload.many", $"一份材料最多 {MostFiles} 个文件", $"At most {MostFiles} files for one document", group.Key);
            var kept = new List<UploadedFile>();
            foreach (var file in group)
            {
                await using var content = file.OpenReadStream();
                var one = await store.Save(content, file.FileName, ct);
                if (one.Ok)
                    kept.Add(one.Value);
                else
                    wrong.Add(one.Error with { Where = group.Key });
            }
            saved[requirement] = kept;
        }
        return wrong.Count switch
        {
            0 => saved,
            1 => wrong[0],
            _ => Error.Invalid("upload.several", $"有 {wrong.Count} 个文件不能接收", $"{wrong.Count} files cannot be taken") with { Also = wrong },
        };
    }
}
