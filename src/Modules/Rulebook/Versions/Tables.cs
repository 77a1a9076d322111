using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel.Data;
using Tongban.Rules;

namespace Tongban.Rulebook.Versions;

/// <summary>Which version of a rule is valid, and its compiled model. A version never changes, so a model once compiled is kept.</summary>
sealed class Tables
{
    readonly ConcurrentDictionary<(string RuleId, int Version), CompiledModel> compiled = new();

    /// <summary>The latest version published whose first day has come; null when there is none.</summary>
    public async Task<(int Version, CompiledModel Model)?> At(NodeDb db, string ruleId, DateOnly at, CancellationToken ct)
    {
        var day = at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var version = await db.Set<RuleVersion>()
            .Where(v => v.RuleId == ruleId && v.State == RuleVersion.Published && string.Compare(v.ValidFrom, day) <= 0)
            .OrderByDescending(v => v.Version).Select(v => (int?)v.Version).FirstOrDefaultAsync(ct);
        if (version is not { } found)
            return null;
        if (compiled.TryGetValue((ruleId, found), out var model))
            return (found, model);
        var document = await db.Set<RuleVersion>().Where(v => v.RuleId == ruleId && v.Version == found).Select(v => v.Document).SingleAsync(ct);
        return (found, Compile(ruleId, found, document));
    }

    public CompiledModel Compile(string ruleId, int version, string document) =>
        compiled.GetOrAdd((ruleId, version), _ => DmnModel.Read(document).Model?.Compile()
            ?? throw new InvalidDataException($"Stored rule {ruleId} v{version} cannot be read any more."));
}
