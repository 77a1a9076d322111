using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A steward registers who has a right in a resource of the own department, or ends one.</summary>
static class RegisterRight
{
    public const string Page = "/console/rights";

    /// <summary>As entered: on the page, or a line of a file.</summary>
    /// <param name="Until">Last day; empty without an end.</param>
    public sealed record Entered(string Resource, string Kind, string Party, string Basis, string From, string Until);

    public static async Task<IResult> Handle(HttpContext http, NodeDb db, NodeIdentity node, OwnResources own, RegionDirectory directory, Once once, TimeProvider clock, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        string Text(string name) => form[name].ToString().Trim();
        var row = Read(new(Text("resource"), Text("kind"), Text("party"), Text("basis"), Text("from"), Text("until")), db, node, own, directory, clock);
        if (!row.Ok)
            return http.AsksForPage() ? await ShowRights.Show(db, node, own, directory, clock, null, row.Error, form, ct) : row.Error.AsResult();
        db.Add(row.Value);
        return await Done(http, db, node, own, once, new Words("已登记", "Registered"), ct);
    }

    public static async Task<IResult> End(string id, [FromForm] long revision, HttpContext http, NodeDb db, NodeIdentity node, OwnResources own, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<RightRow>().SingleOrDefaultAsync(r => r.Id == id, ct) is not { } row)
            return Error.NotFound("rights.none", "没有这项登记", "There is no such right").AsResult();
        if (row.Revision != revision || row.EndedAt is not null)
            return Changed.AsResult();
        (row.EndedAt, row.Revision) = (clock.NowMs(), row.Revision + 1);
        return await Done(http, db, node, own, once, new Words("已终止，以它为依据的使用即刻停止", "Ended; what rested on it stops at once"), ct);
    }

    static async Task<IResult> Done(HttpContext http, NodeDb db, NodeIdentity node, OwnResources own, Once once, Words said, CancellationToken ct)
    {
        once.Answer(StatusCodes.Status303SeeOther, Page);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed.AsResult();
        await own.Load(ct);
        Flash.Leave(http, node, Tone.Done, said);
        return new OnceAnswer(StatusCodes.Status303SeeOther, Page, null);
    }

    public static Result<RightRow> Read(Entered entered, NodeDb db, NodeIdentity node, OwnResources own, RegionDirectory directory, TimeProvider clock)
    {
        if (own.Find(entered.Resource) is not { } resource)
            return Wrong("resource", "请选择已发布的本地资源", "Choose a resource that is published here");
        if (EnterResource.Foreign(db, resource.Department) is not null)
            return Wrong("resource", "只能登记本部门的资源", "You may register rights in resources of your own department only");
        if (!DataRights.Kinds.Contains(entered.Kind))
            return Wrong("kind", $"权利应为 {string.Join('、', DataRights.Kinds)} 之一", $"The right is one of {string.Join(", ", DataRights.Kinds)}");
        if (directory.Entry(entered.Party) is not { IsHub: false })
            return Wrong("party", "请选择区域成员", "Choose a member of the region");
        if (entered.Basis.Length is < 2 or > 500)
            return Wrong("basis", "请填写依据文件（2–500 字）", "Name the document that gives it (2 to 500 characters)");
        var from = clock.NowMs();
        if (entered.From.Length > 0 && !Began(entered.From, out from))
            return Wrong("from", "日期请写成 年-月-日", "Write the day as year-month-day");
        long? until = null;
        if (entered.Until.Length > 0)
        {
            if (!Began(entered.Until, out var last) || last < from)
                return Wrong("until", "最后一天不早于开始", "The last day is not before the first");
            until = last + (24L * 3600 * 1000);
        }
        return new RightRow
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Resource = entered.Resource,
            Kind = entered.Kind,
            Party = entered.Party,
            Basis = entered.Basis,
            ValidFrom = from,
            ValidUntil = until,
            RegisteredAt = clock.NowMs(),
            Division = node.Division,
            Department = resource.Department,
        };
    }

    static bool Began(string day, out long at)
    {
        var read = DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year is > 1990 and < 2200;
        at = read ? new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), LocalTime.Zone.BaseUtcOffset).ToUnixTimeMilliseconds() : 0;
        return read;
    }

    static Error Wrong(string where, string zh, string en) => Error.Invalid("rights.entry", zh, en, where, "改正后重新提交", "Correct it and submit again");

    public static readonly Error Changed = Error.Conflict("rights.changed", "登记刚刚被其他人修改", "Somebody else changed it a moment ago", "请刷新页面后再试", "Reload the page and try again");
}
