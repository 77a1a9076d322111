using Tongban.Contracts.Registry;
using Tongban.Web;

namespace Tongban.Cases.Filings;

/// <summary>Places of the region to choose from, province to county, under their full names: a person knows names, not codes.</summary>
sealed class PlaceChoices(IPlaces places)
{
    readonly Lazy<IReadOnlyList<Choice>> all = new(() => [.. Below(places, "", 3)]);

    public IReadOnlyList<Choice> All => all.Value;

    static IEnumerable<Choice> Below(IPlaces places, string code, int levels) => levels == 0 ? [] :
        places.Children(code).SelectMany(p => Below(places, p.Code, levels - 1).Prepend(new Choice(p.Code, places.Name(p.Code))));
}
