using System.Text;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>The text of an uploaded file.</summary>
static class CsvUpload
{
    public static async Task<Result<string>> Text(IFormFile file, CancellationToken ct)
    {
        using var reader = new StreamReader(file.OpenReadStream(), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return await reader.ReadToEndAsync(ct);
        }
        catch (DecoderFallbackException)
        {
            return Error.Invalid("csv.encoding", "文件不是 UTF-8 编码", "The file is not in UTF-8", "file", "另存为 UTF-8 编码的 CSV 后重新提交", "Save it as CSV in UTF-8 and submit again");
        }
    }
}
