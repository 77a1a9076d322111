using System.Globalization;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Items;
using Tongban.Kernel;

namespace Tongban.Cases.Filings;

/// <summary>Where a value was found.</summary>
sealed record Fact(string Requirement, string Code, EvidenceUsed Evidence);

/// <summary>
/// What evidence and the answers in the guide say about a form. A field that is <see cref="FormField.Fixed"/> has the value that was
/// found or answered and no other: what was decided on the answers must be what is certified. Where several rows were found (two
/// homes), what was entered chooses one of them.
/// </summary>
sealed class FormFacts(
    IReadOnlyList<FormPage> pages, IReadOnlyDictionary<string, EvidenceUsed> used, IReadOnlyDictionary<string, string> form, IReadOnlyDictionary<string, string> answers)
{
    const string OfAnswer = "answer.";

    public static FormFacts Of(ItemVariant variant, DraftBody draft) => new(
        variant.Form, draft.Evidence.Values.Where(e => e is { Exempts: true, Evidence: not null }).ToDictionary(e => e.RequirementId, e => e.Evidence!), draft.Form, draft.Answers);

    public static FormFacts Of(IReadOnlyList<FormPage> pages, IEnumerable<RequirementMet> met, IReadOnlyDictionary<string, string> form, IReadOnlyDictionary<string, string> answers) => new(
        pages, met.Where(m => m.Evidence is not null).ToDictionary(m => m.RequirementId, m => m.Evidence!), form, answers);

    /// <summary>The first of the field's sources that was found; null when none was.</summary>
    public Fact? Source(FormField field) => (field.Prefill ?? "").Split('|').Select(Find).FirstOrDefault(f => f is not null);

    Fact? Find(string from)
    {
        var dot = from.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && used.GetValueOrDefault(from[..dot]) is { } evidence && evidence.Rows.Any(r => r.GetValueOrDefault(from[(dot + 1)..]) is { Length: > 0 })
            ? new Fact(from[..dot], from[(dot + 1)..], evidence)
            : null;
    }

    public string? Value(Fact fact) => Row(fact.Requirement).GetValueOrDefault(fact.Code) is { Length: > 0 } value ? value : null;

    /// <summary>The row that what was entered means: the first that agrees with it, or else the first.</summary>
    public IReadOnlyDictionary<string, string?> Row(string requirement)
    {
        var rows = used[requirement].Rows;
        if (rows.Count < 2)
            return rows.Count == 0 ? new Dictionary<string, string?>() : rows[0];
        var entered = Bound(requirement).Where(b => form.GetValueOrDefault(b.Field.Id) is { Length: > 0 }).ToList();
        return rows.FirstOrDefault(row => entered.All(b => row.GetValueOrDefault(b.Fact.Code) == form[b.Field.Id])) ?? rows[0];
    }

    IEnumerable<(FormField Field, Fact Fact)> Bound(string requirement) =>
        from field in pages.SelectMany(p => p.Fields)
        where field.Fixed
        let fact = Source(field)
        where fact is not null && fact.Requirement == requirement
        select (field, fact);

    /// <summary>
    /// What a person must choose from in a fixed field when several rows were found: asked in the first field that tells them
    /// apart, and the others follow. Null when there is nothing to choose.
    /// </summary>
    public IReadOnlyList<string>? Choices(FormField field)
    {
        if (!field.Fixed || Source(field) is not { } fact || Bound(fact.Requirement).First(b => Values(b.Fact).Count > 1 || b.Field == field).Field != field)
            return null;
        var values = Values(fact);
        return values.Count > 1 ? values : null;
    }

    static List<string> Values(Fact fact) =>
        [.. fact.Evidence.Rows.Select(r => r.GetValueOrDefault(fact.Code)).OfType<string>().Where(v => v.Length > 0).Distinct()];

    /// <summary>What the guide was answered, where that fixes the field. A place is fixed only to its province: the rest is still to be said.</summary>
    string? Answered(FormField field) =>
        field is { Fixed: true, Prefill: { } from } && from.StartsWith(OfAnswer, StringComparison.Ordinal) && answers.GetValueOrDefault(from[OfAnswer.Length..]) is { Length: > 0 } answer ? answer : null;

    /// <summary>The province that a place must lie in, as the first two digits of its code; null when it may be any.</summary>
    public string? Province(FormField field) => field.Type == "division" && Answered(field) is { Length: >= 2 } place ? place[..2] : null;

    /// <summary>The value is not the person's to enter.</summary>
    public bool Settled(FormField field) => field.Type != "division" && Answered(field) is not null
        || field.Fixed && Source(field) is { } fact && Value(fact) is not null && Choices(field) is null;

    /// <summary>A fixed value that is not the one found or answered, and an amount above its limit.</summary>
    public Error? Wrong(FormField field)
    {
        var value = form.GetValueOrDefault(field.Id)?.Trim() ?? "";
        if (Answered(field) is { } answer && (Province(field) is { } province ? !value.StartsWith(province, StringComparison.Ordinal) : value != answer))
        {
            return Error.Invalid("form.not-as-answered", $"{field.Label.Zh}与您在指引中的回答不一致", $"{field.Label.En} is not what you answered in the guide", field.Id,
                "请改成与回答一致；回答有变的，请从事项页重新开始", "Make it agree with your answer; if that has changed, begin again from the item's page");
        }
        if (field.Fixed && Source(field) is { } fact && Value(fact) is { } held && value != held)
        {
            var by = fact.Evidence.DepartmentName;
            return Error.Invalid("form.not-as-held", $"{field.Label.Zh}与{by.Zh}登记的不一致", $"{field.Label.En} is not what {by.En} holds", field.Id,
                "请使用查到的内容；登记有误的，请在“同意查询”一步选“不正确”，并自己提供材料", "Use what was found; if the register is wrong, say so where you agreed to the checks, and bring the document");
        }
        return Limits(field).Where(l => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var fen) && fen > l.Fen).Select(l => Error.Invalid(
            "form.above", $"{field.Label.Zh}不能超过{l.Name.Zh}", $"{field.Label.En} may not be above: {l.Name.En}", field.Id, "请减少金额", "Lower the amount")).FirstOrDefault();
    }

    /// <summary>The lowest limit of an amount that is known now.</summary>
    public long? Limit(FormField field) => Limits(field).Select(l => (long?)l.Fen).Min();

    IEnumerable<(Words Name, long Fen)> Limits(FormField field)
    {
        foreach (var from in field.AtMost)
        {
            var (name, text) = Limit(from);
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var fen))
                yield return (name, fen);
        }
    }

    (Words Name, string? Value) Limit(string from)
    {
        if (from.StartsWith("form.", StringComparison.Ordinal))
        {
            var other = pages.SelectMany(p => p.Fields).Single(f => f.Id == from[5..]);
            return (other.Label, Settled(other) && Source(other) is { } settled ? Value(settled) : form.GetValueOrDefault(other.Id));
        }
        return Find(from) is { } fact ? (fact.Evidence.Labels.GetValueOrDefault(fact.Code) ?? new(fact.Code, fact.Code), Value(fact)) : (new("", ""), null);
    }
}
