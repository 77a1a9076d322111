using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>A resource this node answers for.</summary>
/// <param name="Department">Code, such as <c>340000-civil</c>.</param>
sealed record OwnResource(ResourceDefinition Definition, string Department, Words DepartmentName, long? PublishedAt = null)
{
    /// <summary>Name of the product's file that it was read from; null of what is held already.</summary>
    public string? File { get; init; }
}

/// <summary>
/// What the departments of this node have published, in memory for every query; read again when a steward changes something
/// here, and every few seconds for changes by another replica. The hub offers nothing.
/// </summary>
/// <param name="shipped">What the product brings; null is its files.</param>
/// <param name="mappings">Of which fields the catalogue says that they are mapped; null says it of none.</param>
/// <param name="standards">Which fields take codes; null says it of none.</param>
/// <param name="overdue">Of which the catalogue says that they are overdue; null says it of none.</param>
sealed partial class OwnResources(
    NodeIdentity node, TimeProvider clock, IServiceScopeFactory scopes, IReadOnlyList<OwnResource>? shipped = null, ExchangeOptions? options = null,
    MappingBook? mappings = null, StandardBook? standards = null, OverdueBook? overdue = null, ILogger<OwnResources>? log = null)
{
    sealed record Pages(
        FrozenDictionary<(string Code, int Version), OwnResource> ByVersion, FrozenDictionary<string, OwnResource> Newest, CatalogueDocument Catalogue, Lazy<CataloguePages> Harvest,
        FrozenDictionary<string, DataRight[]> Rights, Marks Mark);

    /// <summary>How many rows there are and how often they changed: resources, then rights.</summary>
    readonly record struct Marks(int Resources, long Changes, int Rights, long RightChanges);

    volatile Pages pages = Show(node, options, [], [], default, null, null);

    public CatalogueDocument Catalogue => pages.Catalogue;

    /// <summary>The same in pages.</summary>
    public CataloguePages Harvest => pages.Harvest.Value;

    /// <summary>Its newest version.</summary>
    public OwnResource? Find(string code) => pages.Newest.GetValueOrDefault(code);

    /// <summary>Fields that a department may write in codes or dates of its own.</summary>
    public IEnumerable<ResourceField> Mappable(ResourceDefinition resource) => resource.Fields.Where(f => f.Type == "date" || standards?.InForce?.ListOf(f.Element) is not null);

    public OwnResource? Find(string code, int version) => pages.ByVersion.GetValueOrDefault((code, version));

    /// <summary>The department's system that a resource is read from, as a name to queue by: one that hangs holds up what else is read from it, and nothing more.</summary>
    public string SourceOf(string code) => Find(code)?.Definition.Connector is { } source ? $"{source.Kind} {source.Database}" : code;

    /// <summary>All rights that are registered for a resource, in force or not.</summary>
    public IReadOnlyList<DataRight> RightsOf(string code) => pages.Rights.GetValueOrDefault(code) ?? [];

    /// <summary>Of each resource the newest version.</summary>
    public IEnumerable<OwnResource> All => pages.Newest.Values;

    /// <summary>Departments of this node by code; of a company its systems.</summary>
    public IReadOnlyDictionary<string, Words> Departments { get; } = node.IsHub ? new Dictionary<string, Words>()
        : !node.IsGovernment ? node.Systems.ToDictionary(s => $"{NodeIds.CodeOf(node.Id)}-{s.Key}", s => s.Value, StringComparer.Ordinal)
        : DepartmentNames(node.SharedFolder).Where(d => d.Key.StartsWith(Divisions.Province(node.Division), StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);

    /// <summary>Takes in what the product ships and this node does not hold yet, then reads all.</summary>
    public async Task Prepare(CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var held = await db.Set<ResourceRow>().ToDictionaryAsync(r => (r.Code, r.Version), ct);
        var now = clock.NowMs();
        foreach (var brought in node.IsHub ? [] : shipped ?? (node.IsGovernment ? Read(node.SharedFolder, node.Division) : node.Demo ? OfCompany(node) : []))
        {
            var row = ResourceRow.Of(brought.Definition, node.Division, brought.Department, now);
            if (held.TryGetValue((row.Code, row.Version), out var before))
            {
                // A steward's own of that number stays as well.
                if (!before.Shipped || Published(before.Definition) != Published(brought.Definition))
                    Differs(brought);
                else if (before.Document != row.Document)
                    (before.Document, before.ChangedAt, before.Revision) = (row.Document, now, before.Revision + 1);
                continue;
            }
            (row.Shipped, row.State, row.PublishedAt) = (true, ResourceState.Published, now);
            db.Add(row);
        }
        // Another replica that started at the same moment stored the same.
        _ = await db.TrySave(ct);
        await Load(ct);
    }

    /// <summary>
    /// What members agree on by the number of a version, which stays as it was published. How the department's system is read is this node's
    /// own, and a newer product may correct it.
    /// </summary>
    static string Published(ResourceDefinition definition) => JsonSerializer.Serialize(definition with { Connector = null, Provinces = [], ProviderKind = "" }, DirectoryDocument.Json);

    void Differs(OwnResource brought)
    {
        if (log is not null)
            LogDiffers(log, brought.File ?? brought.Definition.Code, brought.Definition.Code, brought.Definition.Version);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} says something else of {Code} than what was published as version {Version}; the published version stays. Give the file the next version number.")]
    static partial void LogDiffers(ILogger log, string file, string code, int version);

    /// <summary>One reads at a time: what was read first never takes the place of what was read later.</summary>
    readonly SemaphoreSlim turn = new(1);

    public async Task Load(CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            await using var scope = Scope();
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            var rows = await db.Set<ResourceRow>().AsNoTracking().ToListAsync(ct);
            var rights = await db.Set<RightRow>().AsNoTracking().ToListAsync(ct);
            pages = Show(node, options, rights,
                rows.Where(r => r.State == ResourceState.Published).Select(r => new OwnResource(r.Definition, r.Department, Departments.GetValueOrDefault(r.Department) ?? new Words(r.Department, r.Department), r.PublishedAt)),
                new Marks(rows.Count, rows.Sum(r => r.Revision), rights.Count, rights.Sum(r => r.Revision)), mappings, overdue);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Looks whether another replica changed anything.</summary>
    public async Task Refresh(CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var (rows, rights) = (db.Set<ResourceRow>(), db.Set<RightRow>());
        if (new Marks(await rows.CountAsync(ct), await rows.SumAsync(r => r.Revision, ct), await rights.CountAsync(ct), await rights.SumAsync(r => r.Revision, ct)) != pages.Mark)
            await Load(ct);
    }

    static Pages Show(NodeIdentity node, ExchangeOptions? options, IReadOnlyList<RightRow> rights, IEnumerable<OwnResource> resources, Marks mark, MappingBook? mappings, OverdueBook? overdue)
    {
        var ordered = resources.OrderBy(r => r.Definition.Code, StringComparer.Ordinal).ThenByDescending(r => r.Definition.Version).ToList();
        var byResource = rights.GroupBy(r => r.Resource, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        var catalogue = new CatalogueDocument(node.Id, node.Division, [.. ordered.Select(r =>
            Offer(r, options, byResource.GetValueOrDefault(r.Definition.Code), mappings?.Of(r.Definition.Code, r.Definition.Version)) with { OverdueSince = overdue?.Since(r.Definition.Code, r.Definition.Version) })]);
        return new Pages(
            ordered.ToFrozenDictionary(r => (r.Definition.Code, r.Definition.Version)),
            ordered.DistinctBy(r => r.Definition.Code).ToFrozenDictionary(r => r.Definition.Code, StringComparer.Ordinal),
            catalogue,
            new(() => CataloguePages.Of(catalogue)),
            byResource.ToFrozenDictionary(r => r.Key, r => r.Value.Select(x => x.Right).ToArray(), StringComparer.Ordinal),
            mark);
    }

    AsyncServiceScope Scope() => scopes.AsNode("resources");

    /// <summary>What the product ships for a division; also used when a sample region is prepared, for the nodes that do not run yet.</summary>
    public static IReadOnlyList<OwnResource> Read(string sharedFolder, string division)
    {
        var province = division[..2];
        var departments = DepartmentNames(sharedFolder);
        var found = new List<OwnResource>();
        foreach (var file in System.IO.Directory.EnumerateFiles(Path.Combine(sharedFolder, "resources"), "*.json").Order(StringComparer.Ordinal))
        {
            var definition = ReadFile(file);
            if (!definition.Provinces.Contains(province))
                continue;
            var department = $"{Divisions.Province(division)}-{definition.ProviderKind}";
            found.Add(new OwnResource(definition, department, departments.GetValueOrDefault(department) ?? new Words(department, department)) { File = Path.GetFileName(file) });
        }
        return found;
    }

    /// <summary>What a company of the sample region provides.</summary>
    static IReadOnlyList<OwnResource> OfCompany(NodeIdentity node) =>
    [
        .. System.IO.Directory.EnumerateFiles(Path.Combine(node.SharedFolder, "companies"), "*.json").Order(StringComparer.Ordinal).Select(f => (File: f, Definition: ReadFile(f)))
            .Where(d => node.Systems.ContainsKey(d.Definition.ProviderKind))
            .Select(d => new OwnResource(d.Definition, $"{NodeIds.CodeOf(node.Id)}-{d.Definition.ProviderKind}", node.Systems[d.Definition.ProviderKind]) { File = Path.GetFileName(d.File) }),
    ];

    static ResourceDefinition ReadFile(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<ResourceDefinition>(File.ReadAllBytes(file), DirectoryDocument.Json) ?? throw new JsonException("The file is empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{Path.GetFileName(file)} is not a resource definition: {e.Message}", e);
        }
    }

    static Dictionary<string, Words> DepartmentNames(string sharedFolder)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(sharedFolder, "departments.json")));
        return document.RootElement.EnumerateArray().ToDictionary(
            d => d.GetProperty("code").GetString()!,
            d => new Words(d.GetProperty("name").GetString()!, d.GetProperty("nameEn").GetString()!));
    }

    internal static ResourceOffer Offer(OwnResource resource, ExchangeOptions? options, IReadOnlyList<RightRow>? rights = null, MappingSet? mapped = null)
    {
        var d = resource.Definition;
        return new ResourceOffer(d.Code, d.Version, new Words(d.Name, d.NameEn), new Words(d.Summary, d.SummaryEn), resource.Department, resource.DepartmentName,
            d.EvidenceTypes, d.Sharing, d.UpdateCycle, d.Parameters,
            [.. d.Fields.Select(f => new FieldOffer(f.Name, new Words(f.Label, f.LabelEn), f.Type, f.Level, f.Personal, f.Element, mapped?.ListVersion(f.Name)))])
        {
            Condition = d.Condition.Length > 0 ? new Words(d.Condition, d.ConditionEn) : null,
            Subject = d.Subject,
            Format = d.Format,
            Openness = d.Openness,
            Way = d.Way,
            Related = d.Related,
            PublishedAt = resource.PublishedAt,
            Rights = rights?.Where(r => r.EndedAt is null).OrderBy(r => r.Kind, StringComparer.Ordinal).ThenBy(r => r.Party, StringComparer.Ordinal).Select(r => new RightOffer(r.Kind, r.Party)).Distinct().ToList() is { Count: > 0 } registered ? registered : null,
            Aggregate = d.Aggregate is { } shape ? shape with { LeastGroup = Sources.LeastGroup(shape, options ?? new ExchangeOptions()) } : null,
        };
    }
}
