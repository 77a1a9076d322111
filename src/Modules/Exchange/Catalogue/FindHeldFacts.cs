using Tongban.Contracts.Exchange;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>Which registries of the region hold a fact, by what their catalogues say.</summary>
sealed class FindHeldFacts(Catalogues catalogues) : IHeldFacts
{
    public IReadOnlyList<FactHolder> Holders(string element, string? subject) => Holders(element, subject, c => NodeIds.IsGovernment(c.NodeId));

    /// <summary>Of several elements in one pass, with what companies hold: nobody is spared a question by that, but a need may be met.</summary>
    public ILookup<string, FactHolder> OfAnybody(IReadOnlySet<string> elements) => Offered(null, _ => true, elements.Contains).ToLookup(f => f.Element, f => f.Holder, StringComparer.Ordinal);

    IReadOnlyList<FactHolder> Holders(string element, string? subject, Func<CatalogueDocument, bool> of) => [.. Offered(subject, of, e => e == element).Select(f => f.Holder)];

    IEnumerable<(string Element, FactHolder Holder)> Offered(string? subject, Func<CatalogueDocument, bool> of, Func<string, bool> wanted) =>
        catalogues.Held.Where(of).SelectMany(c => c.Resources.DistinctBy(r => r.Code)
            .Where(r => StandingOffer.IsOffered(r) && (subject is null || r.Subject is null || r.Subject == subject))
            .SelectMany(r => r.Fields.Where(f => f.Element is { } element && wanted(element))
                .Select(f => (f.Element!, new FactHolder(c.NodeId, c.MemberCode, r.DepartmentName, r.Code, r.Name, f.Name, f.Label)))));
}
