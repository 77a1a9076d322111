using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Items.Catalogue;

/// <summary>
/// Brings the catalogue up to date with <c>data/items</c> before the first request. A file that did not change changes
/// nothing; one that did gives a new version and ends the one before it, so that a case goes on under the version it was
/// filed under. Several replicas may do this at once: who comes second finds it done.
/// </summary>
sealed partial class SeedItems(IServiceScopeFactory scopes, NodeIdentity node, IDepartments departments, TimeProvider clock, ILogger<SeedItems> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!node.IsGovernment)
            return;
        var loaded = ItemFiles.Load(Path.Combine(node.SharedFolder, "items"), departments);
        await using var scope = scopes.AsNode("seed-items");
        var (items, versions) = await Seed(scope.ServiceProvider.GetRequiredService<NodeDb>(), loaded, clock, cancellationToken);
        Seeded(log, loaded.Count, items, versions);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <returns>How many base items and how many variants were written.</returns>
    public static async Task<(int Items, int Versions)> Seed(NodeDb db, IReadOnlyList<LoadedItem> loaded, TimeProvider clock, CancellationToken ct)
    {
        var items = await db.Set<ItemRow>().ToDictionaryAsync(i => i.BaseCode, ct);
        var current = await db.Set<VariantRow>().Where(v => v.State == VariantRow.Published && v.ValidUntil == null).ToDictionaryAsync(v => v.ImplementationCode, ct);
        var last = await db.Set<VariantRow>().GroupBy(v => v.ImplementationCode).Select(g => new { g.Key, Version = g.Max(v => v.Version) }).ToDictionaryAsync(g => g.Key, g => g.Version, ct);
        var today = clock.Today().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        int changedItems = 0, versions = 0;
        foreach (var (item, variants) in loaded)
        {
            changedItems += Write(db, items.GetValueOrDefault(item.BaseCode), item, clock.NowMs());
            foreach (var variant in variants)
            {
                var hash = ItemFiles.Hash(variant);
                var before = current.GetValueOrDefault(variant.ImplementationCode);
                if (before?.Hash == hash)
                    continue;
                if (before is not null)
                {
                    before.ValidUntil = today;
                    before.Revision++;
                }
                db.Add(new VariantRow
                {
                    ImplementationCode = variant.ImplementationCode,
                    Version = last.GetValueOrDefault(variant.ImplementationCode) + 1,
                    BaseCode = variant.BaseCode,
                    Division = variant.Division,
                    Department = variant.Department,
                    State = VariantRow.Published,
                    ValidFrom = today,
                    Document = JsonSerializer.Serialize(variant, ItemJson.Stored),
                    Hash = hash,
                    At = clock.NowMs(),
                });
                versions++;
            }
        }
        return await db.TrySave(ct) == SaveOutcome.Saved ? (changedItems, versions) : (0, 0);
    }

    static int Write(NodeDb db, ItemRow? row, ItemDocument item, long now)
    {
        var hash = ItemFiles.Hash(item);
        if (row?.Hash == hash)
            return 0;
        var document = JsonSerializer.Serialize(item, ItemJson.Stored);
        if (row is null)
        {
            db.Add(new ItemRow
            {
                BaseCode = item.BaseCode,
                Slug = item.Slug,
                NameZh = item.Name.Zh,
                NameEn = item.Name.En,
                DepartmentKind = item.DepartmentKind,
                Tailored = item.Tailored,
                Document = document,
                Hash = hash,
                ChangedAt = now,
            });
            return 1;
        }
        row.Slug = item.Slug;
        row.NameZh = item.Name.Zh;
        row.NameEn = item.Name.En;
        row.DepartmentKind = item.DepartmentKind;
        row.Tailored = item.Tailored;
        row.Document = document;
        row.Hash = hash;
        row.ChangedAt = now;
        row.Revision++;
        return 1;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Item catalogue: {Files} items read, {Items} written, {Versions} new variant versions")]
    static partial void Seeded(ILogger log, int files, int items, int versions);
}
