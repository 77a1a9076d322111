using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>
/// The published mappings of this node's departments, in memory for every query; read again when a steward changes one here, and every few
/// seconds for changes by another replica.
/// </summary>
sealed class MappingBook(NodeIdentity node, TimeProvider clock, IServiceScopeFactory scopes)
{
    sealed record Pages(FrozenDictionary<string, MappingSet> ByScope, (int, long, long) Mark);

    volatile Pages pages = new(FrozenDictionary<string, MappingSet>.Empty, default);

    /// <summary>Null when nothing of it is mapped.</summary>
    public MappingSet? Of(string resource, int version) =>
        pages.ByScope.Count == 0 ? null : pages.ByScope.GetValueOrDefault(MappingRow.OfResource(resource, version));

    /// <summary>What the registered systems of a department use.</summary>
    public MappingSet? OfSystems(string department) => pages.ByScope.GetValueOrDefault(MappingRow.OfSystems(department));

    /// <summary>Takes in what the product ships for this node and is not there yet, then reads all.</summary>
    public async Task Prepare(StandardBook standards, OwnResources own, CancellationToken ct)
    {
        await using (var scope = scopes.AsNode("mappings"))
        {
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            var now = clock.NowMs();
            foreach (var shipped in node.IsHub ? [] : ShippedMapping.Read(node.SharedFolder, node.Division))
            {
                if (own.Find(shipped.Resource, shipped.Version) is not { } resource || await db.Set<MappingRow>().AnyAsync(m => m.Scope == shipped.Scope && m.Target == shipped.Field, ct))
                    continue;
                var row = MappingRow.Draft(shipped.Scope, shipped.Field, 1, shipped.Mapping, node.Division, resource.Department, now);
                row.Publish(standards.InForce?.ListOf(resource.Definition.Fields.FirstOrDefault(f => f.Name == shipped.Field)?.Element), now);
                db.Add(row);
            }
            // Another replica that started at the same moment stored the same.
            _ = await db.TrySave(ct);
        }
        await Load(ct);
    }

    /// <summary>One reads at a time: what was read first never takes the place of what was read later.</summary>
    readonly SemaphoreSlim turn = new(1);

    public async Task Load(CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            await using var scope = scopes.AsNode("mappings");
            var rows = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<MappingRow>().AsNoTracking().ToListAsync(ct);
            pages = new(
                rows.Where(r => r.State == MappingState.Published).GroupBy(r => r.Scope).ToFrozenDictionary(g => g.Key, MappingSet.Of, StringComparer.Ordinal),
                (rows.Count, rows.Sum(r => r.Revision), rows.Max(r => (long?)r.ChangedAt) ?? 0));
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Looks whether another replica changed anything; true when it did.</summary>
    public async Task<bool> Refresh(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("mappings");
        var rows = scope.ServiceProvider.GetRequiredService<NodeDb>().Set<MappingRow>();
        if ((await rows.CountAsync(ct), await rows.SumAsync(r => r.Revision, ct), await rows.MaxAsync(r => (long?)r.ChangedAt, ct) ?? 0) == pages.Mark)
            return false;
        await Load(ct);
        return true;
    }
}

/// <summary>The mappings of one version of a resource by field, or of a department's systems by data element.</summary>
sealed class MappingSet(FrozenDictionary<string, CodeMapping> byTarget, FrozenDictionary<string, int> listVersions)
{
    public static MappingSet Of(IEnumerable<MappingRow> rows)
    {
        var all = rows.DistinctBy(r => r.Target).ToList();
        return new(all.ToFrozenDictionary(r => r.Target, r => r.Mapping, StringComparer.Ordinal), all.ToFrozenDictionary(r => r.Target, r => r.ListVersion, StringComparer.Ordinal));
    }

    public CodeMapping? For(string target) => byTarget.GetValueOrDefault(target);

    /// <summary>Version of the code list that the mapping of a field was published with; 0 for dates, null where there is none.</summary>
    public int? ListVersion(string target) => listVersions.TryGetValue(target, out var version) ? version : null;

    /// <summary>What the department's system gives: dates of its own form are texts there.</summary>
    public ResourceDefinition AsRead(ResourceDefinition resource) => resource with
    {
        Fields = [.. resource.Fields.Select(f => For(f.Name)?.DateForm is null ? f : f with { Type = "text" })],
    };

    /// <summary>
    /// What is asked by, in the department's way. A parameter that has the name of a mapped field is of that field's kind.
    /// </summary>
    public Result<IReadOnlyDictionary<string, string>> Asked(ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters, StandardDocument? standard, DateOnly on)
    {
        if (!parameters.Keys.Any(byTarget.ContainsKey))
            return Result(parameters);
        var local = new Dictionary<string, string>(parameters, StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            if (For(name) is not { } mapping)
                continue;
            var turned = mapping.ToAsk(value, standard?.ListOf(resource.Fields.FirstOrDefault(f => f.Name == name)?.Element), on);
            if (!turned.Ok)
                return turned.Error with { Where = name };
            local[name] = turned.Value ?? "";
        }
        return Result(local);

        static Result<IReadOnlyDictionary<string, string>> Result(IReadOnlyDictionary<string, string> given) => new Dictionary<string, string>(given, StringComparer.Ordinal);
    }

    /// <summary>Turns rows in place, column by column.</summary>
    public Func<string?[], Error?> Turns(ResourceDefinition resource, IReadOnlyList<string> fields, StandardDocument? standard, DateOnly on)
    {
        var columns = new List<(int At, string Field, CodeMapping Mapping, CodeList? List)>();
        for (var i = 0; i < fields.Count; i++)
        {
            if (For(fields[i]) is { } mapping)
                columns.Add((i, fields[i], mapping, standard?.ListOf(resource.Fields.FirstOrDefault(f => f.Name == fields[i])?.Element)));
        }
        return row =>
        {
            foreach (var (at, field, mapping, list) in columns)
            {
                var turned = mapping.ToRegion(row[at], list, on);
                if (!turned.Ok)
                    return turned.Error with { Where = field };
                row[at] = turned.Value;
            }
            return null;
        };
    }
}

/// <summary>A mapping that the product brings for a node of the sample region: data/mappings/{division}.{resource}.json.</summary>
sealed record ShippedMapping(string Resource, int Version, string Field, CodeMapping Mapping)
{
    public string Scope => MappingRow.OfResource(Resource, Version);

    public static IEnumerable<ShippedMapping> Read(string sharedFolder, string division)
    {
        var folder = Path.Combine(sharedFolder, "mappings");
        foreach (var file in System.IO.Directory.Exists(folder) ? System.IO.Directory.GetFiles(folder, $"{division}.*.json").Order(StringComparer.Ordinal).ToArray() : [])
        {
            foreach (var shipped in JsonSerializer.Deserialize<List<ShippedMapping>>(File.ReadAllBytes(file), DirectoryDocument.Json) ?? throw new InvalidDataException($"{file} is empty."))
                yield return shipped;
        }
    }
}
