using Tongban.Contracts.Items;
using Tongban.Contracts.Registry;
using Tongban.Items.Catalogue;
using Tongban.Kernel;

namespace Tongban.Items.Assess;

/// <summary>Turns a stored variant and a person's answers into what other rooms work with. Pure but for the list of departments.</summary>
static class Resolve
{
    static readonly Words Nothing = new("", "");

    /// <summary>Steps whose place depends on an answer are there only when <paramref name="answers"/> has it.</summary>
    public static Result<ItemVariant> Variant(VariantDocument variant, int version, IReadOnlyDictionary<string, string> answers, IDepartments departments)
    {
        var steps = new List<StepDefinition>();
        foreach (var step in variant.Steps)
        {
            if ((step.When is { } when && !when.Holds(answers)) || Place(step.At, variant.Division, answers) is not { } division)
                continue;
            var department = departments.Of(division).FirstOrDefault(d => d.Division == division && d.Kind == step.Kind);
            if (department is null)
            {
                return Error.Unavailable("item.no-department", $"{division} 暂无办理“{step.Name.Zh}”的部门", $"{division} has no department for '{step.Name.En}' yet",
                    "请拨打 12345 咨询", "Call 12345 for help");
            }
            steps.Add(new StepDefinition(step.Id, step.Name, department.Code, department.Name, step.Power.Zh, step.Duty.Zh, step.After ?? [], step.Effect));
        }
        return new ItemVariant(
            variant.BaseCode,
            variant.ImplementationCode,
            version,
            variant.Name,
            variant.Division,
            variant.Department,
            variant.DepartmentName,
            variant.Mode,
            variant.StatutoryDays,
            variant.PromisedDays,
            variant.Visits,
            variant.FeeFen,
            variant.LegalBasis,
            variant.Remedy,
            variant.Form,
            Reachable(steps),
            variant.DecideTable,
            Result(variant.Result, answers),
            variant.Sample.Count > 0)
        {
            Tailored = variant.Tailored,
            Served = variant.Served,
            OneBy = variant.OneBy,
            DecideInputs = variant.DecideInputs,
        };
    }

    /// <summary>A step that fell away is waited for by nobody.</summary>
    static List<StepDefinition> Reachable(List<StepDefinition> steps)
    {
        var there = steps.Select(s => s.Id).ToHashSet();
        return [.. steps.Select(s => s.After.All(there.Contains) ? s : s with { After = [.. s.After.Where(there.Contains)] })];
    }

    static ResultDefinition? Result(ResultFile? result, IReadOnlyDictionary<string, string> answers) => result is null
        ? null
        : new ResultDefinition(result.CertificateType, result.Name, result.ValidWhen.FirstOrDefault(v => v.When.Holds(answers))?.Months ?? result.ValidMonths, result.Claims, result.Effect);

    /// <summary>The static list: what a jurisdiction requires where no table says it.</summary>
    public static Requirement[] Requirements(VariantDocument variant, IReadOnlyDictionary<string, string> answers) =>
    [
        .. variant.Requirements.Where(m => m.When is null || m.When.Holds(answers))
            .Select(m => Requirement(m, m.Evidence is null ? null : Place(m.At, variant.Division, answers))),
    ];

    /// <summary>An evidence type whose jurisdiction the answers do not give can only be uploaded.</summary>
    public static Requirement Requirement(Material material, string? division) => new(
        material.Id,
        material.Name,
        division is null ? null : material.Evidence,
        division,
        material.Subject,
        division is null ? [] : material.Fields,
        material.Certificate,
        material.Optional,
        material.MayDefer,
        material.Hint ?? Nothing,
        material.Basis ?? Nothing)
    {
        SubjectFrom = division is null ? null : material.SubjectFrom,
    };

    public static string? Place(string? at, string owner, IReadOnlyDictionary<string, string> answers) => at switch
    {
        null => null,
        "owner" => owner,
        _ => answers.GetValueOrDefault(at["answer.".Length..]),
    };
}
