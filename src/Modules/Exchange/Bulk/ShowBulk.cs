using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>What this node fetches in bulk, or others fetch here: how far each is, what it waits for, what is kept until when.</summary>
static class ShowBulk
{
    public static async Task<IResult> Handle(NodeDb db, RegionDirectory directory, Catalogues catalogues, CancellationToken ct, string? side = null, string? after = null)
    {
        var last = "";
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            last = key.Value[0];
        }
        var (names, given) = (new UseNames(directory, catalogues), side == "given");
        var of = given ? DspSide.Provider : DspSide.Consumer;
        // Ids begin with their time.
        var rows = (await db.Set<BulkRow>().AsNoTracking().Where(b => b.Side == of && (last == "" || string.Compare(b.Id, last) < 0)).OrderByDescending(b => b.Id).Take(51).ToListAsync(ct))
            .Select(b => new BulkPage.Row(b.Id, b.AgreementId, names.Resource(b.Resource), names.Node(b.Peer), b.State.ToString(), b.Held, b.Chunks, b.Rows, b.Bytes, b.Code, b.CreatedAt, b.DeleteAt, b.IsEmpty, b.Manifest.Length > 0 && BulkManifest.Kept(b.Manifest) is { Withheld: > 0 and var groups } manifest ? $"{groups}{(manifest.WithheldOrMore == true ? "+" : "")}" : null)).ToList();
        return Page.Of<BulkPage>(new { Rows = Cursor.Page(rows, 50, r => [r.Id]), Given = given, IsFirst = after is null });
    }

    /// <summary>The whole as CSV (RFC 4180, UTF-8), a chunk at a time. Recorded like every reading of data by staff.</summary>
    public static async Task<IResult> Download(string id, NodeDb db, BulkFiles files, RegionDirectory directory, Catalogues catalogues, IAccessRecords records, IVault vault, CancellationToken ct)
    {
        if (await db.Set<BulkRow>().AsNoTracking().SingleOrDefaultAsync(b => b.Id == id && b.Side == DspSide.Consumer && b.State == BulkState.Done && !b.IsEmpty, ct) is not { } row)
            return TakeBulk.None.AsResult();
        var fields = QueryMessage.Parse(vault.TryOpen(row.Query, BulkRow.SealContext).Value).Value.Fields;
        await records.Record(new AccessRecord("", db.Actor.Id, db.Actor.Department ?? "", new Words("批量取得的数据", "data fetched in bulk"), row.Purpose, row.CaseReference, new UseNames(directory, catalogues).Resource(row.Resource)), ct);
        return Results.Stream(async body =>
        {
            await body.WriteAsync(Encoding.UTF8.GetPreamble(), ct);
            var text = new StringBuilder();
            CsvText.Write(text, fields);
            for (var chunk = 0; chunk < row.Chunks; chunk++)
            {
                var bytes = await files.Read(row, chunk, ct) ?? throw new IOException($"Chunk {chunk} of {id} cannot be read.");
                foreach (var values in FetchBulk.Rows(bytes, fields))
                    CsvText.Write(text, values!.Select(v => v ?? ""));
                await body.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), ct);
                text.Clear();
            }
            await body.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), ct);
        }, "text/csv; charset=utf-8", $"{row.Resource}-{row.Id}.csv");
    }

    /// <summary>
    /// A consumer's steward gives up what is on its way, or deletes what is here. How far it has come since the page was drawn changes nothing; that
    /// all of it is here now does: who meant to stop it has not said that it is to be deleted.
    /// </summary>
    /// <param name="done">As the page showed it.</param>
    public static async Task<IResult> Drop(string id, [FromForm] bool done, HttpContext http, NodeDb db, NodeIdentity node, Once once, CancellationToken ct)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            if (await db.Set<BulkRow>().SingleOrDefaultAsync(b => b.Id == id && b.Side == DspSide.Consumer && !b.IsEmpty, ct) is not { } row)
                return TakeBulk.None.AsResult();
            if (row.State == BulkState.Ended || (row.State == BulkState.Done) != done)
                return Changed.AsResult();
            row.Become(BulkState.Ended, "bulk.dropped");
            once.Answer(StatusCodes.Status303SeeOther, "/console/bulk");
            if (await db.TrySave(ct) == SaveOutcome.Saved)
            {
                Flash.Leave(http, node, Tone.Done, new Words("已停止，取得的内容即将删除", "Stopped; what was fetched is being deleted"));
                return new OnceAnswer(StatusCodes.Status303SeeOther, "/console/bulk", null);
            }
            // A chunk came at that moment.
            db.ChangeTracker.Clear();
        }
        return Changed.AsResult();
    }

    static readonly Error Changed = Error.Conflict("bulk.changed", "这项传输刚刚有变化", "It has just changed", "请刷新页面后再试", "Reload the page and try again");
}
