using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A steward enters a resource of a department, or changes a draft. Nobody else sees it before it is published.</summary>
static class EnterResource
{
    public static async Task<IResult> Create(HttpContext http, NodeDb db, NodeIdentity node, OwnResources own, Sources sources, Once once, TimeProvider clock, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var read = Read(form, node, own, null, 1);
        if (!read.Ok)
            return Refused(http, null, own, read.Error, form);
        var (definition, department) = (read.Value, form["department"].ToString().Trim());
        if ((Foreign(db, department) ?? sources.Foreign(definition)) is { } foreign)
            return Refused(http, null, own, foreign, form);
        var row = ResourceRow.Of(definition, node.Division, department, clock.NowMs());
        db.Add(row);
        var page = Address(row);
        once.Answer(StatusCodes.Status303SeeOther, page);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Refused(http, null, own, Taken, form);
        Flash.Leave(http, node, Tone.Done, new Words("草稿已保存，核对后发布", "The draft is kept; read it over and publish it"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, page, null);
    }

    public static async Task<IResult> Save(string code, int version, HttpContext http, NodeDb db, NodeIdentity node, OwnResources own, Sources sources, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<ResourceRow>().SingleOrDefaultAsync(r => r.Code == code && r.Version == version, ct) is not { } row)
            return None.AsResult();
        var form = await http.Request.ReadFormAsync(ct);
        var read = Read(form, node, own, code, version);
        if (!read.Ok)
            return Refused(http, row, own, read.Error, form);
        if (form["revision"] != row.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture))
            return Changed.AsResult();
        var department = form["department"].ToString().Trim();
        if ((Foreign(db, department) ?? sources.Foreign(read.Value)) is { } foreign)
            return Refused(http, row, own, foreign, form);
        if (row.Change(read.Value, department, clock.NowMs()) is { } refused)
            return refused.AsResult();
        once.Answer(StatusCodes.Status303SeeOther, Address(row));
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed.AsResult();
        Flash.Leave(http, node, Tone.Done, new Words("草稿已保存", "The draft is kept"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, Address(row), null);
    }

    static Result<ResourceDefinition> Read(IFormCollection form, NodeIdentity node, OwnResources own, string? code, int version)
    {
        var rows = CsvText.Read(form["fields"].ToString(), "fields");
        if (!rows.Ok)
            return rows.Error;
        var fields = ResourceForm.Fields(rows.Value, "fields");
        return fields.Ok ? ResourceForm.Read(name => form[name].ToString().Trim(), fields.Value, node.Division, own.Departments, code, version) : fields.Error;
    }

    /// <summary>A steward of one department enters for that one.</summary>
    public static Error? Foreign(NodeDb db, string department) => db.Actor.Department is { } ours && ours != department
        ? Error.Invalid("resource.department", "只能录入本部门的资源", "You may enter resources of your own department only", "department", "请选择本部门", "Choose your department")
        : null;

    static IResult Refused(HttpContext http, ResourceRow? row, OwnResources own, Error error, IFormCollection form) =>
        http.AsksForPage() ? ShowResources.Entry(row, own, error, form) : error.AsResult();

    public static string Address(ResourceRow row) => $"/console/resources/{Uri.EscapeDataString(row.Code)}/{row.Version}";

    public static readonly Error None = Error.NotFound("resource.not-found", "没有这项资源", "There is no such resource");

    static readonly Error Taken = Error.Invalid("resource.code-taken", "这个代码已经用过", "This code is in use", "code", "请换一个代码，或在原资源上建立新版本", "Choose another, or begin a new version of that resource");

    public static readonly Error Changed = Error.Conflict("resource.changed", "资源刚刚被其他人修改", "Somebody else changed the resource a moment ago", "请刷新页面后再试", "Reload the page and try again");
}
