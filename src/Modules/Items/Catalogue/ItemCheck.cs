namespace Tongban.Items.Catalogue;

/// <summary>What must hold inside one item's file, whoever wrote it. Says everything that is wrong, not only the first.</summary>
static class ItemCheck
{
    public static IReadOnlyList<string> Of(ItemFile item)
    {
        var wrong = new List<string>();
        Must(item.BaseCode.Length == 12 && item.BaseCode.All(char.IsAsciiDigit), $"baseCode '{item.BaseCode}' is not 12 digits");
        Must(ItemTerms.Types.ContainsKey(item.Type), $"type '{item.Type}' is not known");
        Must(item.Served.Count > 0 && item.Served.All(ItemTerms.Served.ContainsKey), "served is empty or unknown");
        Must(item.CaseKind is 1 or 2, "caseKind is 1 or 2");
        Must(item.Variants.Count > 0, "no variants");
        Must(item.Variants.Keys.All(d => d.Length == 6 && d.All(char.IsAsciiDigit)), "a variant's division is not a code of 6 digits");
        Must(item.StatutoryDays is null || item.PromisedDays is null || item.PromisedDays <= item.StatutoryDays, "promises more days than the law allows");
        foreach (var (division, own) in item.Variants)
            Must((own.PromisedDays ?? item.PromisedDays) <= (own.StatutoryDays ?? item.StatutoryDays), $"{division} promises more days than the law allows");
        Must((item.HandlingForms ?? []).All(ItemTerms.Forms.ContainsKey), "handlingForms holds an unknown form");
        Must((item.TakenInAt ?? []).All(ItemTerms.Levels.ContainsKey), "takenInAt holds an unknown level");
        Must(item.OnlineDepth is null || ItemTerms.Depths.ContainsKey(item.OnlineDepth), "onlineDepth is I, II, III or IV");
        Unique(item.Questions.Select(q => q.Id), "question");
        Unique(item.Requirements.Select(r => r.Id), "requirement");
        Unique(item.Steps.Select(s => s.Id), "step");
        Unique(item.Form.SelectMany(p => p.Fields).Select(f => f.Id), "field");

        var questions = item.Questions.Select(q => q.Id).ToHashSet();
        var asked = new HashSet<string>();
        foreach (var question in item.Questions)
        {
            Must(question.Kind == "province" || (question.Kind == "choice" && question.Options is { Count: > 1 }), $"question {question.Id} has nothing to choose");
            Must((question.When?.Keys ?? Enumerable.Empty<string>()).All(asked.Contains), $"question {question.Id} depends on one that is not asked before it");
            asked.Add(question.Id);
        }
        foreach (var requirement in item.Requirements.Concat(item.Variants.Values.SelectMany(v => v.Also)))
        {
            Must(requirement.Subject is "applicant" or "spouse", $"requirement {requirement.Id}: subject is applicant or spouse");
            Must(requirement.Evidence is null || requirement.Fields.Count > 0, $"requirement {requirement.Id} asks for evidence but for no field of it");
            Must(requirement.Evidence is null || requirement.Subject == "applicant" || requirement.SubjectFrom is not null, $"requirement {requirement.Id} does not say whose fact it is");
            Must(requirement.Evidence is null || requirement.At is not null, $"requirement {requirement.Id} does not say where the fact is held");
            Place(requirement.At, $"requirement {requirement.Id}");
            When(requirement.When, $"requirement {requirement.Id}");
        }
        foreach (var step in item.Steps)
        {
            Place(step.At, $"step {step.Id}");
            When(step.When, $"step {step.Id}");
            Must((step.After ?? []).All(a => item.Steps.TakeWhile(s => s.Id != step.Id).Any(s => s.Id == a)), $"step {step.Id} waits for one that does not stand before it");
        }
        // What a department enters is not taken back: everybody who may refuse must have had their turn.
        foreach (var step in item.Steps.Where(s => s.Effect is not null))
        {
            var (before, after) = (Before(step), item.Steps.Where(s => Before(s).Contains(step.Id)).ToList());
            Must(item.Steps.All(s => s == step || before.Contains(s.Id) || after.Contains(s)), $"step {step.Id} changes records beside a step that may still refuse");
            Must(after.All(s => s.At == "owner"), $"a step at another government follows {step.Id}, which changes records");
        }
        Must((item.OneBy ?? []).All(questions.Contains), "oneBy names a question that is not asked");
        var sources = item.DecideInputs.Select(i => i.From)
            .Concat((item.Result?.Claims ?? []).Select(c => c.From))
            .Concat(item.Form.SelectMany(p => p.Fields).SelectMany(f => (f.Prefill ?? "me.name").Split('|').Concat(f.AtMost)));
        foreach (var source in sources)
            Must(Known(source, item), $"'{source}' names no source of a value");
        foreach (var field in item.Form.SelectMany(p => p.Fields))
        {
            Must(!field.Fixed || (field.Prefill ?? "").Split('|').All(s => s.StartsWith("answer.", StringComparison.Ordinal) || item.Requirements.Any(r => s.StartsWith(r.Id + ".", StringComparison.Ordinal))),
                $"field {field.Id} is fixed by no evidence and no answer");
            Must(field.Dates is not { } days || (field.Type == "date" && days.From <= days.To), $"field {field.Id} has days and is no date, or ends before it begins");
            Must(field.AtMost.Count == 0 || field.Type == "money", $"field {field.Id} has a limit and is no amount");
        }
        foreach (var claim in item.Result?.Claims ?? [])
            Must(claim.Type is "text" or "money" or "division", $"claim {claim.Name}: type '{claim.Type}' is not known");
        foreach (var validity in item.Result?.ValidWhen ?? [])
            When(validity.When, "result");
        return wrong;

        HashSet<string> Before(StepFile step)
        {
            var before = new HashSet<string>(step.After ?? []);
            // A step's predecessors stand before it in the file.
            foreach (var earlier in item.Steps.Reverse().Where(s => before.Contains(s.Id)))
                before.UnionWith(earlier.After ?? []);
            return before;
        }

        void Must(bool holds, string otherwise)
        {
            if (!holds)
                wrong.Add(otherwise);
        }

        void Unique(IEnumerable<string> ids, string what)
        {
            foreach (var twice in ids.GroupBy(i => i).Where(g => g.Count() > 1))
                wrong.Add($"{what} {twice.Key} is there twice");
        }

        void Place(string? at, string where) =>
            Must(at is null or "owner" || (at.StartsWith("answer.", StringComparison.Ordinal) && questions.Contains(at["answer.".Length..])), $"{where}: '{at}' is no place");

        void When(Condition? when, string where) =>
            Must((when?.Keys ?? Enumerable.Empty<string>()).All(questions.Contains), $"{where} depends on a question that is not asked");
    }

    static bool Known(string source, ItemFile item)
    {
        var parts = source.Split('.', 2);
        return parts switch
        {
            ["today"] => true,
            ["me", "name" or "citizenId" or "phone"] => true,
            ["answer", var question] => item.Questions.Any(q => q.Id == question),
            ["form", var field] => item.Form.SelectMany(p => p.Fields).Any(f => f.Id == field),
            ["effect", _] => item.Result?.Effect is not null || item.Steps.Any(s => s.Effect is not null),
            [var requirement, "found"] => item.Requirements.Any(r => r.Id == requirement),
            [var requirement, var field] => item.Requirements.Any(r => r.Id == requirement && r.Fields.Contains(field)),
            _ => false,
        };
    }
}
