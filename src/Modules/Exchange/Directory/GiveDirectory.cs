using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;

namespace Tongban.Exchange;

/// <summary>The directory in force, or the first version that was in force here after the one named: a node that missed some takes them one by one.</summary>
static class GiveDirectory
{
    public static string After(long version) => string.Create(CultureInfo.InvariantCulture, $"/directory?after={version}");

    public static async Task<IResult> Handle(NodeDb db, RegionDirectory directory, CancellationToken ct, [FromQuery] long? after = null)
    {
        var text = after is null ? directory.Trusted.Text
            : await db.Set<DirectoryRow>().Where(d => d.Version > after).OrderBy(d => d.Version).Select(d => d.Document).FirstOrDefaultAsync(ct);
        return text is null
            ? Error.NotFound("directory.newest", $"第 {after} 版之后没有新的名录", $"There is no directory after version {after}").AsResult()
            : Results.Text(text, "application/jose+json");
    }
}
