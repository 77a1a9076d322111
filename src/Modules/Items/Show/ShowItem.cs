using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tongban.Contracts.Registry;
using Tongban.Items.Catalogue;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Items.Show;

/// <summary>One item: who it is for, what is needed after exemption, how long, how much, on what basis; and how the provinces differ.</summary>
static class ShowItem
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/items/{baseCode}", Show).Only(Allow.Anyone);
        faces.Api.MapGet("/items/{baseCode}", Answer).Only(Allow.Anyone);
    }

    static async Task<IResult> Show(string baseCode, Shelf shelf, IPlaces places, IDepartments departments, NodeIdentity node, CancellationToken ct, string? @for = null)
    {
        var found = await shelf.Item(baseCode, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        if (@for is { Length: > 0 } && !found.Value.Variants.ContainsKey(@for))
        {
            return Error.NotFound("item.not-offered", "这个地方还没有公布本事项", "This place has not published the item yet").AsResult();
        }
        return Web.Page.Of<ItemPage>(new { View = View(found.Value, @for ?? node.Division, places, departments) });
    }

    internal static ItemPage.Model View(ShelvedItem shelved, string division, IPlaces places, IDepartments departments)
    {
        var item = shelved.Item;
        var shown = shelved.For(division);
        var variant = shown.Document;
        return new ItemPage.Model(
            item.BaseCode,
            item.Name,
            item.Summary,
            item.ForWhom,
            item.Tailored,
            variant.Division,
            variant.DepartmentName,
            variant.PromisedDays,
            variant.Visits,
            variant.FeeFen,
            [.. variant.Requirements.Select(Need)],
            [.. variant.Steps.Select(s => StepAt(s, item, variant, departments))],
            Facts(item, shown),
            [.. shelved.Variants.Values.OrderBy(v => v.Document.Division, StringComparer.Ordinal).Select(v => Column(v.Document, places))],
            [ItemTerms.Mode(item.Mode), ItemTerms.CaseKind(item.CaseKind), .. variant.DecideTable is null ? (Words[])[] : [new Words("符合条件当场办结", "Decided on the spot where conditions are met")]],
            ItemTerms.ModeMeans(item.Mode),
            variant.Sample);
    }

    static ItemPage.Need Need(Material m) => new(
        m.Name,
        m.Evidence is not null,
        m.Optional,
        m.MayDefer,
        m.Evidence is not null ? null : m.Hint ?? m.Format,
        m.Issuer);

    static ItemPage.Step StepAt(StepFile step, ItemDocument item, VariantDocument variant, IDepartments departments) => new(
        step.Name,
        step.At == "owner"
            ? departments.Find($"{variant.Division}-{step.Kind}")?.Name ?? variant.DepartmentName
            : new Words(
                $"由“{item.Questions.First(q => q.Id == step.At["answer.".Length..]).Text.Zh}”的回答决定办理地",
                $"Where: by the answer to '{item.Questions.First(q => q.Id == step.At["answer.".Length..]).Text.En}'"),
        step.After is { Count: > 0 },
        step.When is { Count: > 0 });

    static IReadOnlyList<ItemPage.Line> Facts(ItemDocument item, ShelvedVariant shown)
    {
        var v = shown.Document;
        var lines = new List<ItemPage.Line>
        {
            new(new("决定机关", "Decided by"), v.DepartmentName),
            new(new("行使层级", "Exercised at"), v.Level, v.IsSample("level")),
            new(new("事项类型", "Type"), ItemTerms.Type(item.Type)),
            new(new("服务对象", "Who it serves"), Join(item.Served.Select(s => ItemTerms.Served[s]))),
            new(new("在哪里可以提交", "Where to hand it in"), Join(v.TakenInAt.Select(l => ItemTerms.Levels[l]), new("窗口，以及网上", " desks, and online")), v.IsSample("takenInAt")),
            new(new("办理形式", "How"), Join(v.HandlingForms.Select(f => ItemTerms.Forms[f])), v.IsSample("handlingForms")),
            new(new("网办深度", "Online depth"), ItemTerms.Depths[v.OnlineDepth], v.IsSample("onlineDepth")),
            new(new("法定时限", "Time by law"), Days(v.StatutoryDays, v.StatutoryNote), v.IsSample("statutoryDays")),
            new(new("承诺时限", "Promised time"), Days(v.PromisedDays, null), v.IsSample("promisedDays")),
        };
        if (v.VisitReason is { } reason && v.Visits > 0)
            lines.Add(new(new("为什么要到场", "Why you must come"), reason, v.IsSample("visits")));
        if (v.FeeBasis is { } basis)
            lines.Add(new(new("收费依据", "Basis of the fee"), basis, v.IsSample("feeFen")));
        lines.Add(new(new("费用", "Fee"), new(Web.Formats.Fee(v.FeeFen, false), Web.Formats.Fee(v.FeeFen, true)), v.IsSample("feeFen")));
        lines.Add(new(new("法律依据", "Legal basis"), v.LegalBasis, v.IsSample("legalBasis")));
        if (v.PowerSource is { } power)
            lines.Add(new(new("权力来源", "Source of power"), power, v.IsSample("powerSource")));
        if (v.JointDepartments.Count > 0)
            lines.Add(new(new("参与部门", "Departments that take part"), Join(v.JointDepartments)));
        if (v.Result is { } result)
        {
            lines.Add(new(new("办理结果", "Result"), new($"{result.Name.Zh}（电子证照）", $"{result.Name.En} (e-certificate)")));
            // The project made the codes of department 99 up.
            lines.Add(new(new("证照类型代码", "Type code of the certificate"), new(result.CertificateType, result.CertificateType), result.CertificateType.StartsWith("11100099", StringComparison.Ordinal), Code: true));
        }
        lines.Add(new(new("咨询电话", "Questions"), new(v.Contact, v.Contact)));
        lines.Add(new(new("监督投诉", "Complaints"), new(v.ComplaintLine, v.ComplaintLine)));
        lines.Add(new(new("不服怎么办", "If you disagree"), v.Remedy));
        lines.Add(new(new("来源清单", "Listed in"), new(
            item.List.Confirmed ? item.List.Document : $"{item.List.Document}（凭常识列入，未核到原文）",
            item.List.Confirmed ? item.List.Document : $"{item.List.Document} (recalled; the text was not reached)")));
        lines.Add(new(new("实施编码", "Implementation code"), new(v.ImplementationCode, v.ImplementationCode), item.SampleBaseCode, Code: true));
        lines.Add(new(new("版本", "Version"), new($"第 {shown.Version} 版，{shown.ValidFrom} 起", $"{shown.Version}, from {shown.ValidFrom}")));
        return lines;
    }

    static ItemPage.Column Column(VariantDocument v, IPlaces places) => new(
        v.Division,
        places.Named(v.Division),
        v.PromisedDays,
        v.StatutoryDays,
        v.Visits,
        v.FeeFen,
        v.Requirements.Count(m => m.Evidence is not null),
        v.Requirements.Count(m => m.Evidence is null && !m.Optional),
        [.. v.Requirements.Where(m => m.Own).Select(m => m.Name)]);

    static Words Days(int days, Words? note) => new(
        (days == 0 ? "当场办结" : $"{days} 个工作日") + (note is null ? "" : $"（{note.Zh}）"),
        (days == 0 ? "on the spot" : $"{days} working days") + (note is null ? "" : $" ({note.En})"));

    static Words Join(IEnumerable<Words> words, Words? end = null)
    {
        var list = words.ToList();
        return new(string.Join('、', list.Select(w => w.Zh)) + end?.Zh, string.Join(", ", list.Select(w => w.En)) + end?.En);
    }

    sealed record Answered(ItemDocument Item, IReadOnlyList<AnsweredVariant> Variants);

    sealed record AnsweredVariant(int Version, string ValidFrom, VariantDocument Variant);

    /// <summary>The whole implementation list entry of every jurisdiction, as stored.</summary>
    static async Task<IResult> Answer(string baseCode, Shelf shelf, CancellationToken ct)
    {
        var found = await shelf.Item(baseCode, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var variants = found.Value.Variants.Values.OrderBy(v => v.Document.Division, StringComparer.Ordinal).Select(v => new AnsweredVariant(v.Version, v.ValidFrom, v.Document));
        return Results.Json(new Answered(found.Value.Item, [.. variants]), ItemJson.Stored);
    }
}
