using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A steward publishes a draft, begins the next version, throws a draft away, or stops offering a version.</summary>
static class DecideResource
{
    public static async Task<IResult> Handle(
        string code, int version, [FromForm] string? move, [FromForm] long revision, HttpContext http, NodeDb db, NodeIdentity node, OwnResources own, Sources connector, CheckMapping check, MappingBook book, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<ResourceRow>().SingleOrDefaultAsync(r => r.Code == code && r.Version == version, ct) is not { } row)
            return EnterResource.None.AsResult();
        if (row.Revision != revision)
            return EnterResource.Changed.AsResult();
        var now = clock.NowMs();
        var (page, said) = (EnterResource.Address(row), new Words("已发布，各成员几分钟内可见", "Published; members see it within minutes"));
        switch (move)
        {
            case "publish":
                if ((await connector.Check(row.Definition, ct, await CheckMapping.OfDraft(db, row.Definition, ct)) ?? row.Definition.ReachesNobody() ?? await check.PublishAll(db, row.Definition, ct) ?? row.Publish(now)) is { } refused)
                    return http.AsksForPage() && refused.Where is not null ? ShowResources.Entry(row, own, refused, null) : refused.AsResult();
                break;
            case "withdraw":
                if (row.Withdraw(now) is { } kept)
                    return kept.AsResult();
                said = new Words("已停止提供，相关查询即刻被拒绝", "Withdrawn; queries for it are refused at once");
                break;
            case "next":
                var next = await db.Set<ResourceRow>().Where(r => r.Code == code).MaxAsync(r => r.Version, ct) + 1;
                var draft = ResourceRow.Of(row.Definition with { Version = next }, row.Division, row.Department, now);
                db.Add(draft);
                // The codes that the department writes are no others for the next version.
                var scope = MappingRow.OfResource(code, version);
                foreach (var mapping in await db.Set<MappingRow>().AsNoTracking().Where(m => m.Scope == scope && m.State == MappingState.Published).ToListAsync(ct))
                    db.Add(MappingRow.Draft(MappingRow.OfResource(code, next), mapping.Target, 1, mapping.Mapping, mapping.Division, mapping.Department, now));
                (page, said) = (EnterResource.Address(draft), new Words($"已建立第 {next} 版草稿", $"A draft of version {next} is begun"));
                break;
            case "discard" when row.State == ResourceState.Draft:
                db.Remove(row);
                var thrown = MappingRow.OfResource(code, version);
                db.RemoveRange(await db.Set<MappingRow>().Where(m => m.Scope == thrown).ToListAsync(ct));
                (page, said) = ("/console/resources", new Words("草稿已删除", "The draft is thrown away"));
                break;
            default:
                return Error.Invalid("resource.move", "没有这样的操作", "There is no such step", "move").AsResult();
        }
        once.Answer(StatusCodes.Status303SeeOther, page);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return EnterResource.Changed.AsResult();
        await book.Load(ct);
        await own.Load(ct);
        Flash.Leave(http, node, Tone.Done, said);
        return new OnceAnswer(StatusCodes.Status303SeeOther, page, null);
    }
}
