namespace Tongban.Kernel;

/// <summary>What a node is: fixed at start.</summary>
/// <param name="Id">Region and division, such as <c>CN-YRD/340000</c>, or region, class and credit code (<see cref="NodeIds"/>).</param>
/// <param name="Division">The division it serves; <c>000000</c> for the hub; of a company where it has its seat.</param>
/// <param name="PublicUrl">Where residents and other nodes reach it, without a slash at the end.</param>
/// <param name="HubUrl">Where the region's hub is.</param>
/// <param name="DataFolder">Everything the node keeps on disk lies below it.</param>
/// <param name="SharedFolder">Product data that ships with the binary (<c>data/</c> of the project).</param>
/// <param name="Demo">Demo accounts and sample departments exist.</param>
public sealed record NodeIdentity(
    string Id,
    string Division,
    Words Name,
    bool IsHub,
    string PublicUrl,
    string HubUrl,
    string DataFolder,
    string SharedFolder,
    bool Demo)
{
    /// <summary>Systems of a company or organisation that provide resources, by their short name, such as <c>telecom</c>; a government has departments.</summary>
    public IReadOnlyDictionary<string, Words> Systems { get; init; } = new Dictionary<string, Words>();

    /// <summary>As <see cref="NodeIds"/> knows them.</summary>
    public string Class => NodeIds.ClassOf(Id);

    /// <summary>It serves residents and decides matters; neither the hub nor a company does.</summary>
    public bool IsGovernment => !IsHub && Class == NodeIds.Government;

    public string Region => Id[..Id.IndexOf('/', StringComparison.Ordinal)];

    /// <summary>The id of the node that serves a division's province.</summary>
    public string NodeOf(string division) => $"{Region}/{Divisions.Province(division)}";
}
