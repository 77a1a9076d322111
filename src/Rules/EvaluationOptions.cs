namespace Tongban.Rules;

/// <summary>Limits and surroundings of an evaluation. The defaults stop a hostile model within about a second.</summary>
public sealed record EvaluationOptions
{
    public static readonly EvaluationOptions Default = new();

    /// <summary>Loop turns, calls and table cells together.</summary>
    public int MaxSteps { get; init; } = 5_000_000;

    /// <summary>Nested function calls.</summary>
    public int MaxDepth { get; init; } = 500;

    /// <summary>Source of <c>now()</c> and <c>today()</c>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Whether fired rules are collected.</summary>
    public bool Trace { get; init; } = true;

    public CancellationToken Cancellation { get; init; }
}

/// <summary>A rule of a decision table that matched.</summary>
/// <param name="TableId">Id of the decision (or knowledge model) that holds the table.</param>
/// <param name="RuleIndex">1-based row; 0 when the table's default outputs were taken.</param>
/// <param name="RuleId">The rule's id in the model, or null.</param>
/// <param name="Annotations">The rule's annotation texts, in column order.</param>
/// <param name="Inputs">Input expressions with the values they had.</param>
/// <param name="Outputs">Output names with the values the rule gave.</param>
public sealed record FiredRule(
    string TableId,
    string TableName,
    int RuleIndex,
    string? RuleId,
    IReadOnlyList<string> Annotations,
    IReadOnlyList<KeyValuePair<string, FeelValue>> Inputs,
    IReadOnlyList<KeyValuePair<string, FeelValue>> Outputs);
