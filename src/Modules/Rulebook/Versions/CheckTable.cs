using System.Security.Cryptography;
using System.Text;
using System.Xml;
using Tongban.Kernel;
using Tongban.Rules;
using Tongban.Rules.Authoring;

namespace Tongban.Rulebook.Versions;

/// <summary>A table that may be published: it was read and compiled without complaint and all its cases pass.</summary>
sealed record SoundTable(string RuleId, string Name, string Document, string? Tests, string Hash, CompiledModel Model);

/// <summary>What a table must satisfy before it may decide anything.</summary>
static class CheckTable
{
    /// <param name="ruleId">The decision the model must hold, by id.</param>
    public static Result<SoundTable> Check(string ruleId, string document, string? tests)
    {
        var read = DmnModel.Read(document);
        if (read.Model is null)
            return Unsound(ruleId, read.Diagnostics);
        var compiled = read.Model.Compile();
        if (compiled.Diagnostics.Any(d => d.Severity != Severity.Info))
            return Unsound(ruleId, compiled.Diagnostics);
        if (compiled.Decisions.FirstOrDefault(d => d.Id == ruleId) is not { } decision)
            return Error.Invalid("rule.no-decision", $"{ruleId}:模型中没有同名决策", $"{ruleId}: the model holds no decision of this id", ruleId);
        if (!IsXmlName(ruleId) || ruleId.Length > 128)
            return Error.Invalid("rule.id", $"规则标识无效：{ruleId}", $"not a rule id: {ruleId}", ruleId);
        if (tests is not null)
        {
            var file = RuleTests.Read(tests);
            if (file.Error is { } wrong)
                return Error.Invalid("rule.tests-format", $"{ruleId}:{wrong.Message}", $"{ruleId}: {wrong.MessageEn}", ruleId);
            var failed = RuleTests.Run(compiled, file.Tests).Where(o => !o.Passed).Select(o => o.Test.Name).ToList();
            if (failed.Count > 0)
                return Error.Invalid("rule.tests-failed", $"{ruleId}:{failed.Count} 个用例未通过：{string.Join("、", failed)}",
                    $"{ruleId}: {failed.Count} cases fail: {string.Join(", ", failed)}", ruleId);
        }
        return new SoundTable(ruleId, decision.Name, document, tests, HashOf(document, tests), compiled);
    }

    public static string HashOf(string document, string? tests) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{document}\0{tests}")));

    static bool IsXmlName(string id) => id.Length > 0 && XmlConvert.IsStartNCNameChar(id[0]) && id.All(XmlConvert.IsNCNameChar);

    static Error Unsound(string ruleId, IReadOnlyList<Diagnostic> diagnostics)
    {
        var first = diagnostics.First(d => d.Severity != Severity.Info);
        return Error.Invalid("rule.unsound", $"{ruleId}:{first.Message}", $"{ruleId}: {first}", ruleId);
    }
}
