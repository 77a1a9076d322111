using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Rulebook.Versions;
using Tongban.Rules;
using Tongban.Rules.Authoring;

namespace Tongban.Rulebook.Register;

/// <summary>A line of the public register.</summary>
/// <param name="Version">Valid today; 0 when the first version is valid only later.</param>
sealed record RuleLine(string Id, string Name, int Version, string ValidFrom, int Rows);

/// <param name="IsValid">The one that decides today.</param>
sealed record VersionLine(int Version, string State, string ValidFrom, string Author, string Approver, long PublishedAt, bool IsValid);

sealed record TestLine(string Name, bool Passed, string Inputs, string Expected, string Actual);

/// <summary>Everything the register shows of one rule.</summary>
sealed record RuleSheet(string Id, string Name, int Version, IReadOnlyList<DecisionTableModel> Tables, IReadOnlyList<VersionLine> Versions, IReadOnlyList<TestLine> Tests);

/// <summary>The register of rules: which tables decide about people, what they say, since when, by whom, and whether their cases pass.</summary>
sealed class RuleRegister(Tables tables, NodeDb db, TimeProvider clock)
{
    public async Task<Page<RuleLine>> List(string? after, int size, CancellationToken ct)
    {
        var today = Today;
        var ids = await db.Set<RuleVersion>().Where(v => v.State == RuleVersion.Published && (after == null || string.Compare(v.RuleId, after) > 0))
            .Select(v => v.RuleId).Distinct().OrderBy(id => id).Take(size + 1).ToListAsync(ct);
        var versions = await db.Set<RuleVersion>().AsNoTracking().Where(v => ids.Contains(v.RuleId) && v.State == RuleVersion.Published).ToListAsync(ct);
        var lines = ids.Select(id =>
        {
            var own = versions.Where(v => v.RuleId == id).OrderBy(v => v.Version).ToList();
            var valid = own.LastOrDefault(v => string.CompareOrdinal(v.ValidFrom, today) <= 0);
            var shown = valid ?? own[^1];
            var rows = DecisionTables.In(tables.Compile(id, shown.Version, shown.Document).Model).Sum(t => t.Rules.Count);
            return new RuleLine(id, shown.Name, valid?.Version ?? 0, shown.ValidFrom, rows);
        }).ToList();
        return Cursor.Page(lines, size, l => [l.Id]);
    }

    /// <param name="version">Null for the one valid today.</param>
    public async Task<Result<RuleSheet>> Show(string ruleId, int? version, CancellationToken ct)
    {
        var today = Today;
        var versions = await db.Set<RuleVersion>().AsNoTracking().Where(v => v.RuleId == ruleId && v.State == RuleVersion.Published)
            .OrderByDescending(v => v.Version).ToListAsync(ct);
        var valid = versions.FirstOrDefault(v => string.CompareOrdinal(v.ValidFrom, today) <= 0);
        var shown = version is { } wanted ? versions.FirstOrDefault(v => v.Version == wanted) : valid ?? versions.FirstOrDefault();
        if (shown is null)
            return NoRule;
        var model = tables.Compile(ruleId, shown.Version, shown.Document);
        var tests = shown.Tests is null ? [] : RuleTests.Run(model, RuleTests.Read(shown.Tests).Tests, new EvaluationOptions { Clock = clock, Cancellation = ct });
        return new RuleSheet(ruleId, shown.Name, shown.Version, DecisionTables.In(model.Model),
            [.. versions.Select(v => new VersionLine(v.Version, v.State, v.ValidFrom, v.Author, v.Approver, v.PublishedAt, v == valid))],
            [.. tests.Select(o => new TestLine(o.Test.Name, o.Passed, Compact(o.Test.Inputs), Compact(o.Test.Expected), o.Actual))]);
    }

    public async Task<Result<string>> Document(string ruleId, int version, CancellationToken ct)
    {
        var document = await db.Set<RuleVersion>().Where(v => v.RuleId == ruleId && v.Version == version && v.State == RuleVersion.Published)
            .Select(v => v.Document).SingleOrDefaultAsync(ct);
        return document is null ? NoRule : document;
    }

    static Error NoRule => Error.NotFound("rule.none", "没有这项规则或版本", "There is no such rule or version");

    string Today => clock.Today().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static string Compact(JsonElement json) => JsonSerializer.Serialize(json, Plain);
}
