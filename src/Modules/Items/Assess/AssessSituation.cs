using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Items;
using Tongban.Contracts.Registry;
using Tongban.Contracts.Rulebook;
using Tongban.Items.Catalogue;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Items.Assess;

/// <summary>
/// From answers to authority and requirements. The route table says which jurisdiction decides (or advises another way),
/// the requirements table which materials apply and where each fact is held; an item without tables has one question for
/// the place and a static list.
/// </summary>
sealed class AssessSituation(Shelf shelf, NodeDb db, IRulebook rulebook, IDepartments departments, TimeProvider clock) : IItems
{
    public async Task<Result<ItemVariant>> Variant(string implementationCode, int version, CancellationToken ct)
    {
        var found = await Find(implementationCode, version, ct);
        return found.Then(v => Resolve.Variant(v, version, new Dictionary<string, string>(), departments));
    }

    public async Task<IReadOnlyDictionary<string, Words>> Names(IReadOnlyCollection<string> baseCodes, CancellationToken ct)
    {
        var items = (await shelf.Catalogue(ct)).Items;
        return baseCodes.Distinct(StringComparer.Ordinal).Where(items.ContainsKey).ToDictionary(c => c, c => items[c].Item.Name, StringComparer.Ordinal);
    }

    public async Task<Result<Assessment>> Assess(string baseCode, IReadOnlyDictionary<string, string> answers, CancellationToken ct)
    {
        var found = await shelf.Item(baseCode, ct);
        if (!found.Ok)
            return found.Error;
        var (item, variants) = found.Value;
        var asked = Answers.Check(item.Questions, [.. variants.Keys], answers);
        if (!asked.Ok)
            return asked.Error;
        var division = await Route(item, asked.Value, ct);
        if (!division.Ok)
            return division.Error;
        if (!variants.TryGetValue(division.Value, out var variant))
        {
            return Error.NotFound("item.not-offered", $"{division.Value} 还没有公布“{item.Name.Zh}”", $"{division.Value} has not published '{item.Name.En}' yet");
        }
        return await Assess(variant.Document, variant.Version, asked.Value, ct);
    }

    public async Task<Result<Assessment>> Assess(string implementationCode, int version, IReadOnlyDictionary<string, string> answers, CancellationToken ct)
    {
        var found = await Find(implementationCode, version, ct);
        return found.Ok ? await Assess(found.Value, version, answers, ct) : found.Error;
    }

    async Task<Result<Assessment>> Assess(VariantDocument variant, int version, IReadOnlyDictionary<string, string> answers, CancellationToken ct)
    {
        var requirements = await Requirements(variant, answers, ct);
        if (!requirements.Ok)
            return requirements.Error;
        return Resolve.Variant(variant, version, answers, departments).Map(v => new Assessment(v, requirements.Value, answers));
    }

    async Task<Result<VariantDocument>> Find(string implementationCode, int version, CancellationToken ct)
    {
        var catalogue = await shelf.Catalogue(ct);
        if (implementationCode.Length == 31
            && catalogue.Items.TryGetValue(implementationCode[^12..], out var item)
            && item.Variants.Values.FirstOrDefault(v => v.Document.ImplementationCode == implementationCode && v.Version == version) is { } present)
            return present.Document;
        var stored = await db.Set<VariantRow>().AsNoTracking()
            .Where(v => v.ImplementationCode == implementationCode && v.Version == version && v.State == VariantRow.Published)
            .Select(v => v.Document)
            .SingleOrDefaultAsync(ct);
        return stored is null ? Shelf.NoItem() : Shelf.Parse<VariantDocument>(stored);
    }

    async Task<Result<string>> Route(ItemDocument item, IReadOnlyDictionary<string, string> answers, CancellationToken ct)
    {
        if (item.RouteTable is null)
            return answers[item.Questions.First(q => q.Kind == "province").Id];
        var outcome = await rulebook.Decide(item.RouteTable, Inputs(item.Questions, answers), clock.Today(), ct);
        if (!outcome.Ok)
            return outcome.Error;
        var row = outcome.Value.Outputs.FirstOrDefault();
        if (row?.GetValueOrDefault("advice") is string { Length: > 0 } advice)
        {
            return Error.Unsupported("item.other-way", advice, row.GetValueOrDefault("adviceEn") as string ?? advice)
                with
            { Todo = "请核对回答，或按提示办理", TodoEn = "Check your answers, or follow the advice" };
        }
        if (row?.GetValueOrDefault("division") is string division)
            return division;
        return Error.Unsupported("item.no-authority", "按您的回答，找不到办理部门", "By your answers no authority decides this", "answers")
            with
        { Todo = "请核对回答，或拨打 12345 咨询", TodoEn = "Check your answers, or call 12345" };
    }

    async Task<Result<Requirement[]>> Requirements(VariantDocument variant, IReadOnlyDictionary<string, string> answers, CancellationToken ct)
    {
        if (variant.RequirementsTable is null)
            return Resolve.Requirements(variant, answers);
        var outcome = await rulebook.Decide(variant.RequirementsTable, Inputs(variant.Questions, answers), clock.Today(), ct);
        if (!outcome.Ok)
            return outcome.Error;
        var applies = outcome.Value.Outputs
            .Where(o => o.GetValueOrDefault("requirement") is string)
            .GroupBy(o => (string)o["requirement"]!)
            .ToDictionary(g => g.Key, g => g.First().GetValueOrDefault("division") as string);
        // What one jurisdiction leaves out, the shared table still names, and it falls away here.
        return variant.Requirements
            .Where(m => applies.ContainsKey(m.Id) || (m.Own && (m.When is null || m.When.Holds(answers))))
            .Select(m => Resolve.Requirement(m, applies.TryGetValue(m.Id, out var division) ? division : Resolve.Place(m.At, variant.Division, answers)))
            .ToArray();
    }

    /// <summary>Every question is an input; one that was not asked is null.</summary>
    static Dictionary<string, object?> Inputs(IReadOnlyList<Question> questions, IReadOnlyDictionary<string, string> answers) =>
        questions.ToDictionary(q => q.Id, q => (object?)answers.GetValueOrDefault(q.Id));
}
