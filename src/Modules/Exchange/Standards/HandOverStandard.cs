using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>Any member gets a data standard by its hash: what is in force, and what is proposed at the hub.</summary>
static class GiveStandard
{
    public static async Task<IResult> Handle(string hash, NodeDb db, CancellationToken ct) =>
        await db.Set<StandardRow>().AsNoTracking().SingleOrDefaultAsync(s => s.Hash == hash, ct) is { } row
            ? Results.Bytes(Encoding.UTF8.GetBytes(row.Document), "application/json")
            : (StandardBook.NotHeld with { Kind = ErrorKind.NotFound }).AsResult();
}

/// <summary>
/// A member hands the hub the standard that its next proposal names. It means nothing until members sign a directory with its hash; of each
/// member the last few that nobody named are kept.
/// </summary>
static class TakeStandard
{
    const int MostUnnamed = 5;

    public static async Task<IResult> Handle(string hash, HttpContext http, NodeDb db, NodeIdentity node, TimeProvider clock, CancellationToken ct)
    {
        if (!node.IsHub)
            return Error.NotFound("hub.elsewhere", "这个节点不是枢纽", "This node is not the hub").AsResult();
        var peer = http.Peer();
        var bytes = peer.Body.ToArray();
        if (StandardDocument.HashOf(bytes) != hash)
            return Error.Invalid("standard.hash", "内容与所给的指纹不符", "The content is not what the hash says", "hash").AsResult();
        var parsed = StandardDocument.Parse(bytes);
        if (!parsed.Ok)
            return parsed.Error.AsResult();
        if (await db.Set<StandardRow>().AnyAsync(s => s.Hash == hash, ct))
            return Results.NoContent();
        var from = peer.From.NodeId;
        db.RemoveRange((await db.Set<StandardRow>().Where(s => s.GivenBy == from && s.NamedAt == null).OrderByDescending(s => s.TakenAt).ToListAsync(ct)).Skip(MostUnnamed - 1));
        db.Add(new StandardRow { Hash = hash, Version = parsed.Value.Version, Document = Encoding.UTF8.GetString(bytes), GivenBy = from, TakenAt = clock.NowMs() });
        // Handed over twice at once it is the same.
        _ = await db.TrySave(ct);
        return Results.NoContent();
    }
}
