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

    /// <summary>Of each need, in order, its facts. Needs of one member go together: catalogues and agreements are looked through once for all.</summary>
    /// <param name="needs">Elements, and of whom: a node id, or nothing for any but the consumer.</param>
    /// <param name="consumer">Whose needs they are.</param>
    public IReadOnlyList<IReadOnlyList<Match>> Of(IReadOnlyList<(IReadOnlyList<string> Elements, string Of)> needs, string consumer, long now)
    {
        var held = facts.OfAnybody(needs.SelectMany(n => n.Elements).ToHashSet(StringComparer.Ordinal));
        var inForce = agreements.All.Where(a => a.Terms.Consumer == consumer && a.Inactive(now) is null).ToLookup(a => (a.Terms.Provider, a.Terms.Resource));
        return [.. needs.Select(need => Of(need.Elements, need.Of, consumer, held, inForce))];
    }

    static IReadOnlyList<Match> Of(IEnumerable<string> elements, string of, string consumer, ILookup<string, FactHolder> held, ILookup<(string, string), Agreement> inForce) =>
        [.. elements.Select(element =>
        {
            var holders = held[element].Where(h => of.Length > 0 ? h.NodeId == of : h.NodeId != consumer).ToList();
            var agreed = holders.Where(h => inForce[(h.NodeId, h.Resource)].Any(a => a.Terms.Fields.Contains(h.Field))).ToList();
            return agreed.Count > 0 ? new Match(element, Supply.Agreed, agreed)
                : new Match(element, holders.Count > 0 ? Supply.Published : Supply.Nobody, holders);
        })];
}
