using Tongban.Contracts.Rulebook;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Rulebook.Versions;
using Tongban.Rules;
using FiredRule = Tongban.Contracts.Rulebook.FiredRule;

namespace Tongban.Rulebook;

/// <summary>Answers other rooms: what the version of a table that is valid at a date says, and which of its rules said it.</summary>
sealed class DecideByTable(Tables tables, NodeDb db, TimeProvider clock) : IRulebook
{
    /// <summary>Defects of a table or its inputs that give null in FEEL but must not pass for "no rule applies".</summary>
    static readonly HashSet<string> Defects = ["dmn.not-unique", "dmn.not-any", "dmn.input-not-allowed", "feel.type", "feel.limit", "dmn.cycle"];

    public async Task<Result<RuleOutcome>> Decide(string ruleId, IReadOnlyDictionary<string, object?> inputs, DateOnly at, CancellationToken ct)
    {
        if (await tables.At(db, ruleId, at, ct) is not { } table)
            return Error.NotFound("rule.not-published", $"规则 {ruleId} 当日没有生效的版本", $"Rule {ruleId} has no version valid at that date");
        var context = new FeelContext(inputs.Select(i => KeyValuePair.Create(i.Key, FeelJson.FromClr(i.Value))));
        var result = table.Model.Evaluate(ruleId, context, new EvaluationOptions { Clock = clock, Cancellation = ct });
        if (result.Diagnostics.FirstOrDefault(d => Defects.Contains(d.Code)) is { } defect)
            return Refusal(ruleId, table.Version, defect);
        var decided = table.Model.Decisions.First(d => d.Id == ruleId);
        var fired = result.Trace.Where(f => f.TableId == ruleId).ToList();
        return new RuleOutcome(ruleId, table.Version, Outputs(result.Value, fired, decided.Name),
            [.. fired.Select(f => new FiredRule(f.RuleId ?? "", f.RuleIndex, string.Join(" · ", f.Annotations.Where(a => a.Length > 0))))]);
    }

    static Error Refusal(string ruleId, int version, Diagnostic defect) => defect.Code switch
    {
        "feel.limit" => Error.Unavailable("rule.limit", $"规则 {ruleId} 第 {version} 版计算超出上限", $"Rule {ruleId} v{version} went beyond its limits"),
        "dmn.input-not-allowed" or "feel.type" => Error.Invalid("rule.input", $"规则 {ruleId} 不接受此输入：{defect.Message}",
            $"Rule {ruleId} does not take this input: {defect.MessageEn}", ruleId, "请核对所填内容", "Check what was entered"),
        _ => Error.Unsupported("rule.contradicts-itself", $"规则 {ruleId} 第 {version} 版自相矛盾：{defect.Message}",
            $"Rule {ruleId} v{version} contradicts itself: {defect.MessageEn}", ruleId),
    };

    /// <summary>One entry per row let through. An aggregate is no row's; it stands alone under the decision's name.</summary>
    static IReadOnlyList<IReadOnlyDictionary<string, object?>> Outputs(FeelValue value, List<Rules.FiredRule> fired, string name)
    {
        var rows = value.AsList?.ToList() ?? (value.IsNull ? [] : [value]);
        if (rows.Count == fired.Count)
            return [.. fired.Select(f => (IReadOnlyDictionary<string, object?>)f.Outputs.ToDictionary(o => o.Key, o => FeelJson.ToClr(o.Value), StringComparer.Ordinal))];
        return [.. rows.Select(r => r.AsContext is { } context
            ? (IReadOnlyDictionary<string, object?>)context.ToDictionary(e => e.Key, e => FeelJson.ToClr(e.Value), StringComparer.Ordinal)
            : new Dictionary<string, object?>(StringComparer.Ordinal) { [name] = FeelJson.ToClr(r) })];
    }
}
