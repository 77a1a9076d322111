using System.Collections.Frozen;
using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>A resource this node answers for.</summary>
/// <param name="Department">Code, such as <c>340000-civil</c>.</param>
sealed record OwnResource(ResourceDefinition Definition, string Department, Words DepartmentName);

/// <summary>What the departments of this node offer, from the product's resource files. The hub offers nothing.</summary>
sealed class OwnResources
{
    readonly FrozenDictionary<string, OwnResource> byCode;

    public OwnResources(NodeIdentity node)
        : this(node.Id, node.Division, node.IsHub ? [] : Read(node.SharedFolder, node.Division))
    {
    }

    internal OwnResources(string nodeId, string division, IEnumerable<OwnResource> resources)
    {
        byCode = resources.ToFrozenDictionary(r => r.Definition.Code, StringComparer.Ordinal);
        Catalogue = new CatalogueDocument(nodeId, division, [.. byCode.Values.OrderBy(r => r.Definition.Code, StringComparer.Ordinal).Select(Offer)]);
    }

    public CatalogueDocument Catalogue { get; }

    public OwnResource? Find(string code) => byCode.GetValueOrDefault(code);

    public IEnumerable<OwnResource> All => byCode.Values;

    /// <summary>Also used when a sample region is prepared, for the nodes that do not run yet.</summary>
    public static IReadOnlyList<OwnResource> Read(string sharedFolder, string division)
    {
        var province = division[..2];
        var departments = DepartmentNames(Path.Combine(sharedFolder, "departments.json"));
        var found = new List<OwnResource>();
        foreach (var file in System.IO.Directory.EnumerateFiles(Path.Combine(sharedFolder, "resources"), "*.json").Order(StringComparer.Ordinal))
        {
            ResourceDefinition definition;
            try
            {
                definition = JsonSerializer.Deserialize<ResourceDefinition>(File.ReadAllBytes(file), DirectoryDocument.Json)
                    ?? throw new JsonException("The file is empty.");
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{Path.GetFileName(file)} is not a resource definition: {e.Message}", e);
            }
            if (!definition.Provinces.Contains(province))
                continue;
            var department = $"{Divisions.Province(division)}-{definition.ProviderKind}";
            found.Add(new OwnResource(definition, department, departments.GetValueOrDefault(department) ?? new Words(department, department)));
        }
        return found;
    }

    static Dictionary<string, Words> DepartmentNames(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        return document.RootElement.EnumerateArray().ToDictionary(
            d => d.GetProperty("code").GetString()!,
            d => new Words(d.GetProperty("name").GetString()!, d.GetProperty("nameEn").GetString()!));
    }

    static ResourceOffer Offer(OwnResource resource)
    {
        var d = resource.Definition;
        return new ResourceOffer(d.Code, d.Version, new Words(d.Name, d.NameEn), new Words(d.Summary, d.SummaryEn), resource.Department, resource.DepartmentName,
            d.EvidenceTypes, d.Sharing, d.UpdateCycle, d.Parameters,
            [.. d.Fields.Select(f => new FieldOffer(f.Name, new Words(f.Label, f.LabelEn), f.Type, f.Level, f.Personal))]);
    }
}
