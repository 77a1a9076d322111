using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// What this node fetched in bulk, for a connected system: <c>GET /gateway/bulk/{id}</c>, a row a line, a chunk in memory at a time. How many rows
/// there are stands in a header: a connection that ends before is not the whole. Of what another department fetched a system hears nothing.
/// </summary>
static class GatewayBulk
{
    public static async Task<IResult> Handle(string id, HttpContext http, LegacyDoor door, LocalCodes codes, BulkFiles files, IVault vault, TimeProvider clock, IServiceScopeFactory scopes, CancellationToken ct)
    {
        var client = await door.Admit(http.Request, ct);
        if (!client.Ok)
            return client.Error.AsResult();
        BulkRow? row;
        await using (var scope = scopes.AsNode("gateway"))
            row = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<BulkRow>().AsNoTracking().SingleOrDefaultAsync(b => b.Id == id && b.Department == client.Value.Department && b.Side == DspSide.Consumer && !b.IsEmpty && b.State != BulkState.Ended, ct);
        if (row is null || row.DeleteAt <= clock.GetUtcNow().ToUnixTimeMilliseconds())
            return TakeBulk.None.AsResult();
        var offer = await door.MayRead(client.Value, row.AgreementId, row.Resource, ct);
        if (!offer.Ok)
            return offer.Error.AsResult();
        if (row.State != BulkState.Done)
            return NotYet.AsResult();
        var fields = QueryMessage.Parse(vault.TryOpen(row.Query, BulkRow.SealContext).Value).Value.Fields;
        await door.Record(client.Value, row.SubjectKey, new Words("批量取得的数据", "data fetched in bulk"), row.Purpose, row.CaseReference, offer.Value, ct);
        http.Response.Headers["Tongban-Rows"] = $"{row.Rows}";
        if (row.DeleteAt is { } until)
            http.Response.Headers["Tongban-Delete-At"] = $"{until}";
        if (BulkManifest.Kept(row.Manifest) is { Withheld: { } withheld } manifest)
            http.Response.Headers["Tongban-Withheld"] = manifest.WithheldOrMore == true ? $"{withheld}+" : $"{withheld}";
        return Results.Stream(async body =>
        {
            for (var chunk = 0; chunk < row.Chunks; chunk++)
            {
                var bytes = await files.Read(row, chunk, ct) ?? throw new IOException($"Chunk {chunk} of {id} cannot be read.");
                var rows = codes.Answered(client.Value.Department, offer.Value, [.. FetchBulk.Rows(bytes, fields).Select(values => fields.Zip(values!).ToDictionary(v => v.First, v => v.Second))]);
                if (!rows.Ok)
                    throw new IOException($"Bulk {id} cannot be turned into the department's codes: {rows.Error.Code} {rows.Error.Where}");
                using var lines = new MemoryStream(bytes.Length);
                foreach (var line in rows.Value)
                {
                    JsonSerializer.Serialize(lines, line, DirectoryDocument.Json);
                    lines.WriteByte((byte)'\n');
                }
                lines.Position = 0;
                await lines.CopyToAsync(body, ct);
            }
        }, "application/x-ndjson");
    }

    static readonly Error NotYet = Error.Unavailable("bulk.not-yet", "数据还没有全部取到", "Not all of it is here yet", "请稍后再取", "Ask again later");
}
