using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A steward keeps a draft of a mapping, sees what the department's system holds beside it, publishes it or throws it away.</summary>
static class EnterMapping
{
    const int MostBytes = 1_000_000;

    public static async Task<IResult> Field(
        string code, int version, string field, HttpContext http, NodeDb db, NodeIdentity node, StandardBook standards, CheckMapping check, MappingBook book, OwnResources own, Once once, TimeProvider clock, CancellationToken ct)
    {
        var target = await MappingTarget.OfField(code, version, field, db, standards, ct);
        return target.Ok ? await Step(target.Value, http, db, node, standards, check, book, own, once, clock, ct) : target.Error.AsResult();
    }

    public static async Task<IResult> Element(
        string department, string element, HttpContext http, NodeDb db, NodeIdentity node, StandardBook standards, CheckMapping check, MappingBook book, OwnResources own, Once once, TimeProvider clock, CancellationToken ct)
    {
        var target = MappingTarget.OfElement(department, element, own, standards);
        return target.Ok ? await Step(target.Value, http, db, node, standards, check, book, own, once, clock, ct) : target.Error.AsResult();
    }

    static async Task<IResult> Step(
        MappingTarget target, HttpContext http, NodeDb db, NodeIdentity node, StandardBook standards, CheckMapping check, MappingBook book, OwnResources own, Once once, TimeProvider clock, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        async Task<IResult> Refused(Error error) => http.AsksForPage() ? await ShowMapping.Editor(target, db, error, form, null, ct) : error.AsResult();
        if (EnterResource.Foreign(db, target.Department) is { } foreign)
            return await Refused(foreign);
        var newest = await ShowMapping.Newest(db, target.Scope, target.Target, ct);
        var (now, page, move) = (clock.NowMs(), ShowMapping.Address(target.Scope, target.Target), form["move"].ToString());
        if (form["revision"] != (newest?.Revision ?? 0).ToString(System.Globalization.CultureInfo.InvariantCulture))
            return Changed.AsResult();
        if (move == "discard" && newest is { State: MappingState.Draft })
        {
            db.Remove(newest);
            return await Save(new Words("草稿已删除", "The draft is thrown away"));
        }
        if (move is not ("save" or "look" or "publish" or "import"))
            return Error.Invalid("mapping.move", "没有这样的操作", "There is no such step", "move").AsResult();
        if (!target.IsDate && target.List is null)
            return await Refused(Error.Conflict("mapping.no-list", "现行数据标准没有为这个数据元规定代码集，无需对照", "The data standard in force has no code list for this element: nothing is to be mapped"));
        var read = move == "import" ? await Imported(form, newest?.Mapping, target.IsDate, ct) : MappingForm.Read(name => form[name].ToString().Trim(), target.IsDate);
        if (!read.Ok)
            return await Refused(read.Error);
        var mapping = read.Value;
        if (move == "look")
            return await Look(target, mapping, form, db, check, clock, ct);
        if (newest is not { State: MappingState.Draft } draft)
            db.Add(draft = MappingRow.Draft(target.Scope, target.Target, (newest?.Number ?? 0) + 1, mapping, node.Division, target.Department, now));
        else if (draft.Change(mapping, now) is { } kept)
            return kept.AsResult();
        if (move != "publish")
            return await Save(new Words("草稿已保存，核对后发布", "The draft is kept; look at it and publish it"));
        if ((target.Resource is { } resource ? await check.OfField(resource, target.Field!, mapping, ct) : check.OfSystems(standards.InForce!.Element(target.Element)!, mapping)) is { } unfit)
        {
            db.ChangeTracker.Clear();
            return await Refused(unfit);
        }
        // Before its resource is published there is nobody to map for; then it is published with it.
        if (target.ResourceIsDraft)
            return await Save(new Words("检查通过，将随资源一起发布", "It holds, and is published with the resource"));
        foreach (var before in await db.Set<MappingRow>().Where(m => m.Scope == target.Scope && m.Target == target.Target && m.State == MappingState.Published).ToListAsync(ct))
            before.Replace(now);
        draft.Publish(target.IsDate ? null : target.List, now);
        return await Save(new Words("已发布，此后的每次查询都按它转换", "Published; every query from now on is turned by it"));

        async Task<IResult> Save(Words said)
        {
            once.Answer(StatusCodes.Status303SeeOther, page);
            if (await db.TrySave(ct) != SaveOutcome.Saved)
                return Changed.AsResult();
            await book.Load(ct);
            // The catalogue says which fields are mapped.
            await own.Load(ct);
            Flash.Leave(http, node, Tone.Done, said);
            return new OnceAnswer(StatusCodes.Status303SeeOther, page, null);
        }
    }

    static async Task<IResult> Look(MappingTarget target, CodeMapping mapping, IFormCollection form, NodeDb db, CheckMapping check, TimeProvider clock, CancellationToken ct)
    {
        if (mapping.Check(target.IsDate ? null : target.List, clock.Today()) is { } wrong)
            return await ShowMapping.Editor(target, db, wrong, form, null, ct);
        if (target.Resource is null)
            return await ShowMapping.Editor(target, db, null, form, new CheckMapping.Look(true, 0, [.. mapping.NotBack(target.List, clock.Today()).Select(c => (c, 0L))], 0), ct);
        var looked = await check.LookAt(target.Resource, target.Field!, mapping, ct);
        return await ShowMapping.Editor(target, db, looked.Error, form, looked.Ok ? looked.Value : null, ct);
    }

    static async Task<Result<CodeMapping>> Imported(IFormCollection form, CodeMapping? before, bool isDate, CancellationToken ct)
    {
        if (form.Files.GetFile("file") is not { Length: > 0 and <= MostBytes } file)
            return Error.Invalid("csv.file", "请选择不超过 1 MB 的 CSV 文件", "Choose a CSV file of at most 1 MB", "file");
        var text = await CsvUpload.Text(file, ct);
        return text.Ok ? MappingForm.ReadCsv(text.Value, before, isDate) : text.Error;
    }

    static readonly Error Changed = Error.Conflict("mapping.changed", "代码对照刚刚被其他人修改", "Somebody else changed the mapping a moment ago", "请刷新页面后再试", "Reload the page and try again");
}
