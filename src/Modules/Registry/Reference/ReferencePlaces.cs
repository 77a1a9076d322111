using Tongban.Contracts.Registry;
using Tongban.Kernel;

namespace Tongban.Registry.Reference;

/// <summary>
/// Divisions of the region (data/reference/divisions.csv), from province to town. The placeholder 市辖区 of a municipality
/// is not a place for people: its counties are the municipality's children, and its code answers with the municipality's name.
/// </summary>
sealed class ReferencePlaces : IPlaces
{
    const string Placeholder = "市辖区";

    readonly Dictionary<string, Place> byCode = [];
    readonly Dictionary<string, List<Place>> children = [];
    readonly Dictionary<string, string> english = [];

    public string Name(string division)
    {
        if (!byCode.TryGetValue(division, out var place))
            return division;
        var within = place.Parent.Length == 0 ? "" : Name(place.Parent);
        return place.Name == Placeholder ? within : within + place.Name;
    }

    public Words Named(string division) => new(Name(division), English(division) ?? Name(division));

    string? English(string division)
    {
        var below = "";
        for (var place = Find(division); place is not null; place = Find(place.Parent))
        {
            if (english.TryGetValue(place.Code, out var name))
            {
                var within = place.Parent.Length == 0 ? "" : ", " + English(place.Parent);
                return name + within + (below.Length == 0 ? "" : $" ({below})");
            }
            if (place.Name != Placeholder)
                below = place.Name + below;
        }
        return null;
    }

    /// <param name="division">Empty for the provinces.</param>
    public IReadOnlyList<Place> Children(string division) => children.GetValueOrDefault(division) ?? (IReadOnlyList<Place>)[];

    public Place? Find(string division) => byCode.GetValueOrDefault(division);

    public static ReferencePlaces Read(string sharedFolder)
    {
        var places = new ReferencePlaces();
        foreach (var line in File.ReadLines(Path.Combine(sharedFolder, "reference", "divisions.csv")).Skip(1))
        {
            var cells = line.Split(',');
            places.byCode[cells[0]] = new Place(cells[0], cells[1], cells[3], cells[2]);
        }
        foreach (var line in File.ReadLines(Path.Combine(sharedFolder, "reference", "divisions_en.csv")).Skip(1))
        {
            var cells = line.Split(',');
            places.english[cells[0]] = cells[1];
        }
        foreach (var place in places.byCode.Values)
        {
            if (place.Name == Placeholder)
                continue;
            var parent = places.byCode.GetValueOrDefault(place.Parent) is { Name: Placeholder } skipped ? skipped.Parent : place.Parent;
            if (!places.children.TryGetValue(parent, out var list))
                places.children[parent] = list = [];
            list.Add(place);
        }
        return places;
    }
}
