using Tongban.Contracts.Cases;
using Tongban.Contracts.Items;
using Tongban.Kernel;

namespace Tongban.Cases.Filings;

/// <summary>A first value of a field and where it comes from, to be shown beside it.</summary>
sealed record Prefilled(string Value, Words Source);

static class Prefill
{
    /// <summary>The value the person would otherwise type again; null when nobody has told it yet.</summary>
    public static Prefilled? Of(FormField field, DraftBody draft, FormFacts facts)
    {
        if (field.Prefill is not { Length: > 0 } from)
            return null;
        if (from.StartsWith("me.", StringComparison.Ordinal))
        {
            var me = from switch
            {
                "me.name" => draft.Applicant.Name,
                "me.citizenId" => draft.Applicant.CitizenId,
                "me.phone" => draft.Applicant.Phone,
                "me.division" => draft.Applicant.Division,
                _ => "",
            };
            return me.Length > 0 ? new Prefilled(me, new("您的账户", "Your account")) : null;
        }
        if (from.StartsWith("answer.", StringComparison.Ordinal))
            return draft.Answers.GetValueOrDefault(from[7..]) is { Length: > 0 } answer ? new Prefilled(answer, new("您在指引中的回答", "Your answer in the guide")) : null;
        return facts.Source(field) is { } fact && facts.Value(fact) is { } value ? new Prefilled(value, fact.Evidence.DepartmentName) : null;
    }

    /// <summary>What was entered, and where nothing was, the first values. A fixed value cannot be left out; which of several is never guessed.</summary>
    public static Dictionary<string, string> Fill(ItemVariant variant, DraftBody draft)
    {
        var form = new Dictionary<string, string>(draft.Form);
        var facts = FormFacts.Of(variant, draft);
        foreach (var field in variant.Form.SelectMany(p => p.Fields))
        {
            var entered = form.TryGetValue(field.Id, out var value) && (value.Trim().Length > 0 || !field.Fixed);
            if (!entered && facts.Choices(field) is null && Of(field, draft, facts) is { } first)
                form[field.Id] = first.Value;
        }
        return form;
    }
}
