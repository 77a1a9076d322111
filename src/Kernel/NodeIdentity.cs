namespace Tongban.Kernel;

/// <summary>What a node is: fixed at start.</summary>
/// <param name="Id">Region and division, such as <c>CN-YRD/340000</c>.</param>
/// <param name="Division">The division it serves; <c>000000</c> for the hub.</param>
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
    public string Region => Id[..Id.IndexOf('/', StringComparison.Ordinal)];

    /// <summary>The id of the node that serves a division's province.</summary>
    public string NodeOf(string division) => $"{Region}/{Divisions.Province(division)}";
}
