using Tongban.Contracts.Exchange;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>Which registries of the region hold a fact, by what their catalogues say.</summary>
sealed class FindHeldFacts(Catalogues catalogues) : IHeldFacts
{
    public IReadOnlyList<FactHolder> Holders(string element, string? subject) => Holders(element, subject, c => NodeIds.IsGovernment(c.NodeId));

    /// <summary>With what companies hold: nobody is spared a question by that, but a need may be met.</summary>
    public IReadOnlyList<FactHolder> OfAnybody(string element) => Holders(element, null, _ => true);

    IReadOnlyList<FactHolder> Holders(string element, string? subject, Func<CatalogueDocument, bool> of) =>
        [.. catalogues.Held.Where(of).SelectMany(c => c.Resources.DistinctBy(r => r.Code)
            .Where(r => StandingOffer.IsOffered(r) && (subject is null || r.Subject is null || r.Subject == subject))
            .SelectMany(r => r.Fields.Where(f => f.Element == element).Select(f => new FactHolder(c.NodeId, c.MemberCode, r.DepartmentName, r.Code, r.Name, f.Name, f.Label))))];
}
