using System.Text.Json;

namespace Tongban.Rules.Authoring;

/// <summary>One case of a table: what goes in and what must come out.</summary>
/// <param name="Decision">Id or name of the decision; null for the model's only (or last) one.</param>
public sealed record RuleTest(string Name, string? Decision, JsonElement Inputs, JsonElement Expected);

/// <param name="Actual">What came out, as JSON text.</param>
public sealed record RuleTestOutcome(RuleTest Test, bool Passed, string Actual, IReadOnlyList<Diagnostic> Diagnostics, IReadOnlyList<FiredRule> Trace);

/// <param name="Tests">Empty when there is an error.</param>
public sealed record RuleTestFile(IReadOnlyList<RuleTest> Tests, Diagnostic? Error);

/// <summary>
/// Test cases that lie beside a table, <c>x.tests.json</c>: a list of <c>{"name", "decision"?, "inputs", "expected"}</c>.
/// Strings of inputs become dates where the input's type asks for one; expected values are compared as JSON, numbers by
/// value, and members of an expected object that are absent from the answer fail the case.
/// </summary>
public static class RuleTests
{
    public static RuleTestFile Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var tests = new List<RuleTest>();
            foreach (var test in document.RootElement.EnumerateArray())
                tests.Add(new(
                    test.GetProperty("name").GetString() ?? "",
                    test.TryGetProperty("decision", out var d) ? d.GetString() : null,
                    test.GetProperty("inputs").Clone(),
                    test.GetProperty("expected").Clone()));
            return new(tests, null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new([], Diagnostic.Error("rule-tests.format", "测试文件应为 {name, inputs, expected} 的列表", $"a test file is a list of {{name, inputs, expected}}: {e.Message}"));
        }
    }

    public static IReadOnlyList<RuleTestOutcome> Run(CompiledModel model, IEnumerable<RuleTest> tests, EvaluationOptions? options = null) =>
        [.. tests.Select(t =>
        {
            var decision = t.Decision ?? model.Decisions.LastOrDefault()?.Id ?? "";
            var result = model.Evaluate(decision, model.ReadInputs(t.Inputs), options);
            var actual = JsonSerializer.SerializeToElement(FeelJson.Write(result.Value));
            return new RuleTestOutcome(t, Matches(actual, t.Expected), actual.GetRawText(), result.Diagnostics, result.Trace);
        })];

    static bool Matches(JsonElement actual, JsonElement expected)
    {
        if (actual.ValueKind != expected.ValueKind)
            return false;
        return expected.ValueKind switch
        {
            JsonValueKind.Number => actual.GetDecimal() == expected.GetDecimal(),
            JsonValueKind.String => actual.GetString() == expected.GetString(),
            JsonValueKind.Array => actual.GetArrayLength() == expected.GetArrayLength()
                && actual.EnumerateArray().Zip(expected.EnumerateArray(), Matches).All(same => same),
            JsonValueKind.Object => actual.EnumerateObject().Count() == expected.EnumerateObject().Count()
                && expected.EnumerateObject().All(p => actual.TryGetProperty(p.Name, out var v) && Matches(v, p.Value)),
            _ => true,
        };
    }
}
