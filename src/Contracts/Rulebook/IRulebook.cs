using Tongban.Kernel;

namespace Tongban.Contracts.Rulebook;

/// <summary>Room Rulebook answers: what a published table says.</summary>
public interface IRulebook
{
    /// <summary>Evaluates the version of a rule that was valid at a date. NotFound <c>rule.not-published</c> when there is none.</summary>
    /// <param name="inputs">Values: text, decimal, bool, DateOnly, null, or lists of these.</param>
    Task<Result<RuleOutcome>> Decide(string ruleId, IReadOnlyDictionary<string, object?> inputs, DateOnly at, CancellationToken ct);
}

/// <param name="Outputs">One entry per row that the hit policy let through; output name to value (text, decimal, bool, DateOnly, null).</param>
/// <param name="Fired">Ids of the rules that fired, with their annotation, for the explanation.</param>
public sealed record RuleOutcome(string RuleId, int Version, IReadOnlyList<IReadOnlyDictionary<string, object?>> Outputs, IReadOnlyList<FiredRule> Fired);

public sealed record FiredRule(string Id, int Index, string Annotation);
