using System.Globalization;
using System.Text.RegularExpressions;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Filings;

/// <summary>Whether an application may be filed: every field right, every requirement met.</summary>
static partial class Completeness
{
    public const int LongestText = 500;
    public const int LongestTextArea = 4000;

    /// <summary>Working days in which a document promised at filing (容缺) must be handed in; the law names none.</summary>
    const int DaysToBringLater = 10;

    /// <summary>How each requirement is met by what the draft holds.</summary>
    public static List<RequirementMet> Met(IReadOnlyList<Requirement> requirements, DraftBody draft, WorkingCalendar calendar, DateOnly today) =>
        [.. requirements.Select(r => Met(r, draft, calendar, today))];

    static RequirementMet Met(Requirement r, DraftBody draft, WorkingCalendar calendar, DateOnly today)
    {
        if (draft.Evidence.GetValueOrDefault(r.Id) is { Exempts: true } found)
        {
            return found.State == FindingState.Held
                ? new RequirementMet(r.Id, r.Name, MetBy.Certificate, null, [], found.CertificateId, null)
                : new RequirementMet(r.Id, r.Name, MetBy.Evidence, found.Evidence, [], null, null);
        }
        if (draft.Uploads.GetValueOrDefault(r.Id) is { Count: > 0 } files)
            return new RequirementMet(r.Id, r.Name, MetBy.Upload, null, files, null, null);
        if (r.MayDefer && draft.Deferred.Contains(r.Id))
        {
            var until = calendar.Add(today, DaysToBringLater).Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            return new RequirementMet(r.Id, r.Name, MetBy.Deferred, null, [], null, until);
        }
        return new RequirementMet(r.Id, r.Name, MetBy.None, null, [], null, null);
    }

    /// <summary>
    /// Until when a promised document is to follow, as the calendar says now: the date the person was given, or a later one when
    /// the holidays of its year have been published since.
    /// </summary>
    /// <param name="filedOn">Null where it is not known: the date given.</param>
    public static DueDate Promised(WorkingCalendar calendar, RequirementMet met, DateOnly? filedOn)
    {
        var given = DateOnly.ParseExact(met.PromisedUntil!, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (filedOn is not { } on)
            return new DueDate(given, !calendar.IsSettled(given));
        var now = calendar.Add(on, DaysToBringLater);
        return now.Date > given ? now : now with { Date = given };
    }

    /// <summary>Everything that stands in the way of filing; null when nothing does.</summary>
    public static Error? Check(ItemVariant variant, IReadOnlyList<Requirement> requirements, IReadOnlyDictionary<string, string> form, IReadOnlyDictionary<string, string> answers, IReadOnlyList<RequirementMet> met, DateOnly today)
    {
        var facts = FormFacts.Of(variant.Form, met, form, answers);
        var wrong = variant.Form.SelectMany(page => Fields(page, form, facts, today)).ToList();
        foreach (var requirement in requirements.Where(r => !r.Optional && met.Single(m => m.RequirementId == r.Id).By == MetBy.None))
        {
            wrong.Add(Error.Invalid("filing.requirement-open", $"还差 1 份材料：{requirement.Name.Zh}", $"One document is missing: {requirement.Name.En}", $"upload.{requirement.Id}",
                "请上传，或同意从有关部门查询", "Upload it, or agree to its being fetched"));
        }
        return wrong.Count switch
        {
            0 => null,
            1 => wrong[0],
            _ => Error.Invalid("filing.incomplete", $"还有 {wrong.Count} 处需要补充或改正", $"{wrong.Count} things are missing or wrong") with { Also = wrong },
        };
    }

    /// <summary>What is wrong with the values of one page.</summary>
    public static IEnumerable<Error> Fields(FormPage page, IReadOnlyDictionary<string, string> form, FormFacts facts, DateOnly today)
    {
        foreach (var field in page.Fields)
        {
            if ((Field(field, form.GetValueOrDefault(field.Id)?.Trim() ?? "", today) ?? facts.Wrong(field)) is { } wrong)
                yield return wrong;
        }
    }

    static Error? Field(FormField field, string value, DateOnly today)
    {
        if (value.Length == 0)
        {
            return field.Required
                ? Wrong(field, "form.empty", field.Type switch { "checkbox" => $"请勾选“{field.Label.Zh}”", "choice" => $"请选择{field.Label.Zh}", _ => $"请填写{field.Label.Zh}" },
                    field.Type switch { "checkbox" => $"Tick '{field.Label.En}' to go on", "choice" => $"Choose: {field.Label.En}", _ => $"Enter: {field.Label.En}" })
                : null;
        }
        return field.Type switch
        {
            "textarea" when value.Length > LongestTextArea => Wrong(field, "form.too-long", $"{field.Label.Zh}最多 {LongestTextArea} 字", $"{field.Label.En}: at most {LongestTextArea} characters"),
            "textarea" => null,
            _ when value.Length > LongestText => Wrong(field, "form.too-long", $"{field.Label.Zh}最多 {LongestText} 字", $"{field.Label.En}: at most {LongestText} characters"),
            "date" => Date(field, value, today),
            // Kept in fen; the page takes yuan and hands on what it cannot read as it was typed.
            "money" when !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) =>
                Wrong(field, "form.money", $"{field.Label.Zh}应为金额（元），最多两位小数", $"{field.Label.En} must be an amount in yuan with at most two decimals"),
            "money" when field.Required && value.All(c => c == '0') => Wrong(field, "form.money", $"{field.Label.Zh}应大于 0", $"{field.Label.En} must be more than 0"),
            "phone" when !Phone().IsMatch(value) => Wrong(field, "form.phone", $"{field.Label.Zh}应为 11 位手机号", $"{field.Label.En} must be a mobile number of 11 digits"),
            "citizen-id" => CitizenId.Parse(value, today).Error is { } id ? id with { Where = field.Id } : null,
            "credit-code" => CreditCode.Parse(value).Error is { } code ? code with { Where = field.Id } : null,
            "division" when !Division().IsMatch(value) => Wrong(field, "form.division", $"{field.Label.Zh}应为行政区划代码", $"{field.Label.En} must be a division code"),
            "choice" when field.Options is { } options && options.All(o => o.Value != value) => Wrong(field, "form.choice", $"请从选项中选择{field.Label.Zh}", $"Choose one of the options: {field.Label.En}"),
            "checkbox" when value is not ("true" or "on") => Wrong(field, "form.choice", $"请勾选{field.Label.Zh}", $"Tick: {field.Label.En}"),
            _ => null,
        };
    }

    static Error? Date(FormField field, string value, DateOnly today)
    {
        if (!DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return Wrong(field, "form.date", $"{field.Label.Zh}不是有效的日期，例如 2026-11-22", $"{field.Label.En} is not a date such as 2026-11-22");
        if (field.Dates is not { } days || (date.DayNumber >= today.DayNumber + days.From && date.DayNumber <= today.DayNumber + days.To))
            return null;
        var (from, to) = (today.AddDays(days.From), today.AddDays(days.To));
        return Wrong(field, "form.date-range", $"{field.Label.Zh}应在 {from:yyyy-MM-dd} 到 {to:yyyy-MM-dd} 之间", $"{field.Label.En} must lie between {from:yyyy-MM-dd} and {to:yyyy-MM-dd}");
    }

    static Error Wrong(FormField field, string code, string zh, string en) => Error.Invalid(code, zh, en, field.Id);

    [GeneratedRegex(@"^1\d{10}$")]
    private static partial Regex Phone();

    [GeneratedRegex(@"^\d{6}(\d{3}(\d{3})?)?$")]
    private static partial Regex Division();
}
