using Tongban.Contracts.Exchange;

namespace Tongban.Exchange;

/// <summary>How far one wanted fact is from being had.</summary>
enum Supply
{
    /// <summary>No catalogue of the region has it.</summary>
    Nobody,

    /// <summary>Published; an agreement is to be asked for.</summary>
    Published,

    /// <summary>An agreement in force covers it.</summary>
    Agreed,
}

/// <summary>Needs beside what the region publishes: who could give each fact, and what stands between.</summary>
sealed class MatchNeeds(FindHeldFacts facts, AgreementBook agreements)
{
    public sealed record Match(string Element, Supply Supply, IReadOnlyList<FactHolder> Holders);

    /// <param name="consumer">Whose need it is.</param>
    /// <param name="of">Node id; empty is any but the consumer.</param>
    public IReadOnlyList<Match> Of(IEnumerable<string> elements, string consumer, string of, long now)
    {
        var inForce = agreements.All.Where(a => a.Terms.Consumer == consumer && a.Inactive(now) is null).ToLookup(a => (a.Terms.Provider, a.Terms.Resource));
        return [.. elements.Select(element =>
        {
            var holders = facts.OfAnybody(element).Where(h => of.Length > 0 ? h.NodeId == of : h.NodeId != consumer).ToList();
            var agreed = holders.Where(h => inForce[(h.NodeId, h.Resource)].Any(a => a.Terms.Fields.Contains(h.Field))).ToList();
            return agreed.Count > 0 ? new Match(element, Supply.Agreed, agreed)
                : new Match(element, holders.Count > 0 ? Supply.Published : Supply.Nobody, holders);
        })];
    }
}
