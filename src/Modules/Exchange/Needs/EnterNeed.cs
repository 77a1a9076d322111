using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A steward says which facts a duty needs of another government.</summary>
static partial class EnterNeed
{
    public const int MostElements = 50;

    public static bool IsElement(string text) => Element().IsMatch(text);

    [GeneratedRegex("^[a-z][a-z0-9.-]{0,63}$")]
    private static partial Regex Element();

    public static async Task<IResult> Handle(
        HttpContext http, NodeDb db, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, MatchNeeds match, Once once, TimeProvider clock, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var read = Read(form, node, directory);
        if (!read.Ok)
            return http.AsksForPage() ? await ShowNeeds.Show(db, node, directory, catalogues, match, clock, null, read.Error, form, ct) : read.Error.AsResult();
        var row = read.Value;
        (row.Department, row.CreatedAt) = (db.Actor.Department ?? "", clock.NowMs());
        db.Add(row);
        once.Answer(StatusCodes.Status303SeeOther, "/console/needs");
        await db.SaveChangesAsync(ct);
        Flash.Leave(http, node, Tone.Done, new Words("需求已登记", "The need is entered"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, "/console/needs", null);
    }

    static Result<NeedRow> Read(IFormCollection form, NodeIdentity node, RegionDirectory directory)
    {
        string Text(string name) => form[name].ToString().Trim();
        var elements = Text("elements").Split([' ', ',', '\n', '\r', '，', '、'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal).ToList();
        if (Text("title").Length is < 2 or > 100)
            return Wrong("title", "请写明需要什么（2–100 字）", "Say what is needed (2 to 100 characters)");
        if (elements.Count is 0 or > MostElements || elements.Exists(e => !IsElement(e)))
            return Wrong("elements", "请填写数据元代码，如 person.birth-date，每行一个", "Give codes of data elements, such as person.birth-date, one a line");
        if (Text("of") is { Length: > 0 } of && (of == node.Id || directory.Entry(of) is not { IsHub: false }))
            return Wrong("of", "请选择其他政府，或不选", "Choose another government, or none");
        if (Text("reason").Length is < 2 or > 500)
            return Wrong("reason", "请写明为了哪项职责或事项（2–500 字）", "Say for which duty or item (2 to 500 characters)");
        return new NeedRow { Id = Guid.CreateVersion7().ToString("N"), Title = Text("title"), Elements = string.Join(' ', elements), Of = Text("of"), Reason = Text("reason"), Division = node.Division, Department = "" };
    }

    static Error Wrong(string where, string zh, string en) => Error.Invalid("need.entry", zh, en, where, "改正后重新提交", "Correct it and submit again");
}

/// <summary>A need that is met, or no longer there.</summary>
static class CloseNeed
{
    public static async Task<IResult> Handle(string id, [FromForm] long revision, HttpContext http, NodeDb db, NodeIdentity node, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<NeedRow>().SingleOrDefaultAsync(n => n.Id == id, ct) is not { } row)
            return Error.NotFound("need.not-found", "没有这项需求", "There is no such need").AsResult();
        if (row.Revision != revision || row.ClosedAt is not null)
            return Error.Conflict("need.changed", "需求刚刚被其他人修改", "Somebody else changed the need a moment ago", "请刷新页面后再试", "Reload the page and try again").AsResult();
        (row.ClosedAt, row.Revision) = (clock.NowMs(), revision + 1);
        once.Answer(StatusCodes.Status303SeeOther, "/console/needs");
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Error.Conflict("need.changed", "需求刚刚被其他人修改", "Somebody else changed the need a moment ago", "请刷新页面后再试", "Reload the page and try again").AsResult();
        Flash.Leave(http, node, Tone.Done, new Words("需求已关闭", "The need is closed"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, "/console/needs", null);
    }
}
