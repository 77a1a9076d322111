using Tongban.Contracts.Exchange;

namespace Tongban.Exchange;

/// <summary>Which registries of the region hold a fact, by what their catalogues say.</summary>
sealed class FindHeldFacts(Catalogues catalogues) : IHeldFacts
{
    public IReadOnlyList<FactHolder> Holders(string element, string? subject) =>
        [.. catalogues.Held.SelectMany(c => c.Resources.DistinctBy(r => r.Code)
            .Where(r => StandingOffer.IsOffered(r) && (subject is null || r.Subject is null || r.Subject == subject))
            .SelectMany(r => r.Fields.Where(f => f.Element == element).Select(f => new FactHolder(c.NodeId, c.Division, r.DepartmentName, r.Code, r.Name, f.Name, f.Label))))];
}
