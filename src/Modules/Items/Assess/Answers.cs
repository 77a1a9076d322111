using Tongban.Items.Catalogue;
using Tongban.Kernel;

namespace Tongban.Items.Assess;

/// <summary>The answers of a guide, checked against its questions.</summary>
static class Answers
{
    /// <summary>Questions that these answers lead to, in order: a question under a condition is asked once the condition holds.</summary>
    public static IEnumerable<Question> Asked(IReadOnlyList<Question> questions, IReadOnlyDictionary<string, string> answers) =>
        questions.Where(q => q.When is null || q.When.Holds(answers));

    /// <summary>The first question still open; null when all are answered.</summary>
    public static Question? Next(IReadOnlyList<Question> questions, IReadOnlyDictionary<string, string> answers) =>
        Asked(questions, answers).FirstOrDefault(q => !answers.ContainsKey(q.Id));

    /// <summary>
    /// Keeps the answers that were asked for, in the order asked, and drops the rest (a condition may have ceased to hold).
    /// An answer that is none of the choices, and a question left open, are Invalid.
    /// </summary>
    public static Result<Dictionary<string, string>> Check(IReadOnlyList<Question> questions, IReadOnlyCollection<string> divisions, IReadOnlyDictionary<string, string> given)
    {
        var kept = new Dictionary<string, string>();
        foreach (var question in questions)
        {
            if (question.When is { } when && !when.Holds(kept))
                continue;
            if (!given.TryGetValue(question.Id, out var answer) || string.IsNullOrEmpty(answer))
            {
                return Error.Invalid("item.answer-missing", $"还没有回答：{question.Text.Zh}", $"Not answered yet: {question.Text.En}", question.Id,
                    "请回答后继续", "Answer it and go on");
            }
            if (!Offers(question, divisions, answer))
            {
                return Error.Invalid("item.answer-unknown", $"“{question.Text.Zh}”的回答不在选项中", $"The answer to '{question.Text.En}' is none of the choices", question.Id,
                    "请从给出的选项中选择", "Choose one of those offered");
            }
            kept[question.Id] = answer;
        }
        return kept;
    }

    public static bool Offers(Question question, IReadOnlyCollection<string> divisions, string answer) =>
        question.Kind == "province" ? divisions.Contains(answer) : question.Options!.Any(o => o.Value == answer);
}
