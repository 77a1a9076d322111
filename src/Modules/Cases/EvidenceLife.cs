using Tongban.Contracts.Cases;

namespace Tongban.Cases;

/// <summary>
/// How long what was obtained about somebody is kept: as they agreed and as its provider lets it, wherever it went with the
/// application. What stays says that it was found, where and by which exchange; what the person put into their form is theirs and stays.
/// </summary>
static class EvidenceLife
{
    /// <summary>When something of it is to be erased first; null when nothing is.</summary>
    public static long? Until(IEnumerable<RequirementMet> met) => Until(met.Select(m => m.Evidence));

    public static long? Until(IEnumerable<EvidenceUsed?> evidence) => evidence.Where(e => e is { ErasedAt: null }).Min(e => e!.DeleteAt);

    public static bool IsOver(EvidenceUsed? evidence, long now) => evidence is { ErasedAt: null, DeleteAt: { } at } && at <= now;

    /// <summary>Without the rows whose time is over.</summary>
    public static IReadOnlyList<RequirementMet> Erased(IReadOnlyList<RequirementMet> met, long now) =>
        [.. met.Select(m => IsOver(m.Evidence, now) ? m with { Evidence = m.Evidence! with { Rows = [], ErasedAt = now } } : m)];

    /// <summary>Without the values (<c>{requirement}.{field}</c>) of what has been erased.</summary>
    public static IReadOnlyDictionary<string, string> Erased(IReadOnlyDictionary<string, string> data, IReadOnlyList<RequirementMet> met)
    {
        var gone = met.Where(m => m.Evidence is { ErasedAt: not null }).Select(m => m.RequirementId + ".").ToList();
        return gone.Count == 0 ? data : data.Where(d => !gone.Any(g => d.Key.StartsWith(g, StringComparison.Ordinal))).ToDictionary();
    }
}
