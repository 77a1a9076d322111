using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tongban.Contracts.Items;
using Tongban.Contracts.Registry;
using Tongban.Items.Assess;
using Tongban.Items.Catalogue;
using Tongban.Items.Show;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Items.Guide;

/// <summary>
/// The guide: one question a page, then what applies to this person and the button that starts the draft. GET asks, POST
/// takes one answer and sends on (303) with the answers in the address.
/// </summary>
static class AskGuide
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/items/{baseCode}/guide", Ask).Only(Allow.Anyone);
        // Changes nothing on the node, so it needs no idempotency key.
        faces.Portal.MapPost("/items/{baseCode}/guide", Take).Only(Allow.Anyone);
    }

    static async Task<IResult> Ask(string baseCode, HttpContext http, Shelf shelf, GuideState states, IItems items, IPlaces places, NodeIdentity node, CancellationToken ct, string? s = null, string? at = null)
    {
        var found = await shelf.Item(baseCode, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var item = found.Value;
        var given = states.Open(baseCode, s) ?? [];
        var lost = s is not null && given.Count == 0;
        var question = item.Item.Questions.FirstOrDefault(q => q.Id == at) ?? Answers.Next(item.Item.Questions, given);
        if (question is not null)
            return Question(item, question, given, lost, null, states, places, node);
        var assessed = await items.Assess(baseCode, given, ct);
        if (!assessed.Ok && assessed.Error.Kind != ErrorKind.Unsupported)
            return assessed.Error.AsResult();
        return Summary(item, given, assessed, states, places);
    }

    static async Task<IResult> Take(string baseCode, HttpRequest request, Shelf shelf, GuideState states, IPlaces places, NodeIdentity node, CancellationToken ct)
    {
        var found = await shelf.Item(baseCode, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var item = found.Value;
        var form = await request.ReadFormAsync(ct);
        var given = states.Open(baseCode, form["state"]) ?? [];
        var question = item.Item.Questions.FirstOrDefault(q => q.Id == form["question"].ToString());
        if (question is null)
            return Results.Redirect($"/items/{baseCode}/guide");
        var answer = form[question.Id].ToString();
        if (!Answers.Offers(question, [.. item.Variants.Keys], answer))
        {
            var missing = Error.Invalid("item.answer-missing", "请先选一个再继续", "Choose one before you go on", question.Id);
            return Question(item, question, given, false, missing, states, places, node);
        }
        var changed = given.TryGetValue(question.Id, out var before) && before != answer;
        var kept = changed ? GuideState.Before(item.Item.Questions, question.Id, given) : given;
        kept[question.Id] = answer;
        var asked = Answers.Asked(item.Item.Questions, kept).Select(q => q.Id).ToHashSet();
        var next = kept.Where(a => asked.Contains(a.Key)).ToDictionary(a => a.Key, a => a.Value);
        return new OnceAnswer(StatusCodes.Status303SeeOther, $"/items/{baseCode}/guide?s={states.Seal(baseCode, next)}", null);
    }

    static PageResult Question(ShelvedItem item, Question question, IReadOnlyDictionary<string, string> given, bool lost, Error? error, GuideState states, IPlaces places, NodeIdentity node)
    {
        var before = GuideState.Before(item.Item.Questions, question.Id, given);
        var asked = Answers.Asked(item.Item.Questions, given).ToList();
        var step = asked.FindIndex(q => q.Id == question.Id) + 1;
        var previous = asked.TakeWhile(q => q.Id != question.Id).LastOrDefault();
        var view = new QuestionPage.Model(
            item.Item.BaseCode,
            item.Item.Name,
            question.Id,
            question.Text,
            question.Hint,
            Options(item, question, places, node),
            given.GetValueOrDefault(question.Id) ?? (question.Here && item.Variants.ContainsKey(node.Division) ? node.Division : null),
            states.Seal(item.Item.BaseCode, given),
            Math.Max(step, 1),
            Math.Max(asked.Count, step),
            previous is null ? $"/items/{item.Item.BaseCode}" : $"/items/{item.Item.BaseCode}/guide?s={states.Seal(item.Item.BaseCode, before)}&at={previous.Id}",
            lost);
        return Web.Page.Of<QuestionPage>(new { View = view, Error = error }, error is null ? 200 : 400);
    }

    static IReadOnlyList<QuestionPage.Option> Options(ShelvedItem item, Question question, IPlaces places, NodeIdentity node) => question.Kind == "province"
        ?
        [
            .. item.Variants.Keys.OrderBy(d => question.Here && d == node.Division ? 0 : 1).ThenBy(d => d, StringComparer.Ordinal)
                .Select(d => new QuestionPage.Option(d, places.Named(d), null)),
        ]
        : [.. question.Options!.Select(o => new QuestionPage.Option(o.Value, o.Label, o.Hint))];

    static PageResult Summary(ShelvedItem item, IReadOnlyDictionary<string, string> given, Result<Assessment> assessed, GuideState states, IPlaces places)
    {
        var state = states.Seal(item.Item.BaseCode, given);
        var address = $"/items/{item.Item.BaseCode}/guide?s={state}";
        var rows = Answers.Asked(item.Item.Questions, given)
            .Select(q => new SummaryPage.Answered(q.Id, q.Text, Label(q, given[q.Id], places), given[q.Id], $"{address}&at={q.Id}")).ToList();
        if (!assessed.Ok)
            return Web.Page.Of<SummaryPage>(new { item.Item.BaseCode, item.Item.Name, Address = address, Answers = rows, Advice = assessed.Error }, 422);
        var (variant, requirements, _) = assessed.Value;
        var found = new SummaryPage.Outcome(
            variant.DepartmentName,
            ItemTerms.Mode(variant.Mode),
            ItemTerms.ModeMeans(variant.Mode),
            variant.PromisedDays,
            variant.Visits,
            variant.FeeFen,
            variant.DecideAtOnceRule is not null,
            variant.Tailored,
            variant.SampleValues,
            [.. requirements.Select(r => new SummaryPage.Need(r.Name, r.Division is null ? null : places.Named(r.Division), r.Optional, r.MayDefer, r.Hint))]);
        return Web.Page.Of<SummaryPage>(new { item.Item.BaseCode, item.Item.Name, Address = address, Answers = rows, Found = found });
    }

    static Words Label(Question question, string answer, IPlaces places) =>
        question.Kind == "province" ? places.Named(answer) : question.Options!.First(o => o.Value == answer).Label;
}
