using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>Gives members the monthly counts, if the stewards here publish them.</summary>
static class GiveCounts
{
    public static async Task<IResult> Handle(NodeDb db, NodeIdentity node, Keystore keys, MeteringTally tally, TimeProvider clock, CancellationToken ct) =>
        await IsOn(db, ct)
            ? Results.Text(MonthlyCounts.Of(node.Id, await tally.Now(ct), clock.Today(), clock.NowMs()).Sign(keys.Signing), "application/jose")
            : Error.NotFound("counts.not-published", "本节点不公布交换次数", "This node does not publish how often it exchanges").AsResult();

    public static Task<bool> IsOn(NodeDb db, CancellationToken ct) => db.Set<PublishingRow>().AnyAsync(p => p.Id == PublishingRow.Only && p.IsOn, ct);

    /// <summary>A steward's choice.</summary>
    public static async Task<IResult> Choose([FromForm] string? publish, HttpContext http, NodeDb db, NodeIdentity node, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (publish is not ("yes" or "no"))
            return Error.Invalid("counts.choice", "请选择公布或不公布", "Choose to publish or not to", "publish", "请在页面上选择", "Choose on the page").AsResult();
        var row = await db.Set<PublishingRow>().SingleOrDefaultAsync(p => p.Id == PublishingRow.Only, ct);
        if (row is null)
            db.Add(row = new PublishingRow());
        (row.IsOn, row.ChangedAt) = (publish == "yes", clock.NowMs());
        row.Revision++;
        once.Answer(StatusCodes.Status303SeeOther, ShowPicture.Path);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Error.Conflict("counts.changed", "刚刚已有人更改，请刷新", "Somebody changed it a moment ago; load the page again").AsResult();
        Flash.Leave(http, node, Tone.Done, row.IsOn ? new Words("已向区域公布每月交换次数", "Monthly counts are published to the region") : new Words("已不再公布", "They are published no longer"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, ShowPicture.Path, null);
    }
}
