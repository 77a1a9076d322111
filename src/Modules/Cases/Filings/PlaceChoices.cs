using Tongban.Contracts.Registry;
using Tongban.Web;

namespace Tongban.Cases.Filings;

/// <summary>Places of the region to choose from, province to county, under their full names: a person knows names, not codes.</summary>
sealed class PlaceChoices(IPlaces places)
{
    readonly Lazy<IReadOnlyList<Choice>> chinese = new(() => [.. Below(places, "", 3, english: false)]);
    readonly Lazy<IReadOnlyList<Choice>> english = new(() => [.. Below(places, "", 3, english: true)]);

    /// <param name="province">First two digits of the codes wanted; null for all.</param>
    public IReadOnlyList<Choice> In(bool inEnglish, string? province)
    {
        var all = (inEnglish ? english : chinese).Value;
        return province is null ? all : [.. all.Where(c => c.Value.StartsWith(province, StringComparison.Ordinal))];
    }

    static IEnumerable<Choice> Below(IPlaces places, string code, int levels, bool english) => levels == 0 ? [] :
        places.Children(code).SelectMany(p => Below(places, p.Code, levels - 1, english).Prepend(new Choice(p.Code, places.Named(p.Code).In(english))));
}
