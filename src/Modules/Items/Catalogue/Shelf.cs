using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Items.Search;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Items.Catalogue;

/// <summary>A published item with its variants valid now, by division.</summary>
sealed record ShelvedItem(ItemDocument Item, IReadOnlyDictionary<string, ShelvedVariant> Variants)
{
    /// <summary>The variant shown when nobody chose a place: the node's own, or else the first.</summary>
    public ShelvedVariant For(string division) => Variants.GetValueOrDefault(division) ?? Variants.OrderBy(v => v.Key, StringComparer.Ordinal).First().Value;
}

sealed record ShelvedVariant(VariantDocument Document, int Version, string ValidFrom);

/// <summary>One consistent reading of the catalogue.</summary>
sealed record Catalogue(IReadOnlyDictionary<string, ShelvedItem> Items, ItemIndex Index);

/// <summary>
/// The published catalogue in memory, so that a page costs no query. At most <see cref="Freshness"/> old: another replica's
/// publication shows after that.
/// </summary>
sealed class Shelf(IServiceScopeFactory scopes, TimeProvider clock) : IDisposable
{
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(30);

    readonly SemaphoreSlim reading = new(1, 1);
    volatile Reading? last;

    sealed record Reading(Catalogue Catalogue, long Stamp);

    public async ValueTask<Catalogue> Catalogue(CancellationToken ct)
    {
        if (Fresh() is { } fresh)
            return fresh;
        await reading.WaitAsync(ct);
        try
        {
            if (Fresh() is { } meanwhile)
                return meanwhile;
            var catalogue = await Read(ct);
            last = new Reading(catalogue, clock.GetTimestamp());
            return catalogue;
        }
        finally
        {
            reading.Release();
        }
    }

    Catalogue? Fresh() => last is { } reading && clock.GetElapsedTime(reading.Stamp) < Freshness ? reading.Catalogue : null;

    public async ValueTask<Result<ShelvedItem>> Item(string baseCode, CancellationToken ct)
    {
        var catalogue = await Catalogue(ct);
        return catalogue.Items.TryGetValue(baseCode, out var item) ? item : NoItem();
    }

    public static Error NoItem() => Error.NotFound("item.none", "没有这个事项，可能已停办或地址有误", "There is no such item; it may have been withdrawn, or the address is wrong");

    async Task<Catalogue> Read(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("item-shelf");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var items = await db.Set<ItemRow>().AsNoTracking().Select(i => new { i.BaseCode, i.Document }).ToListAsync(ct);
        var variants = await db.Set<VariantRow>().AsNoTracking()
            .Where(v => v.State == VariantRow.Published && v.ValidUntil == null)
            .Select(v => new { v.BaseCode, v.Version, v.ValidFrom, v.Document })
            .ToListAsync(ct);
        var byItem = variants.ToLookup(v => v.BaseCode, v => new ShelvedVariant(Parse<VariantDocument>(v.Document), v.Version, v.ValidFrom));
        var shelved = items.Select(i => new ShelvedItem(Parse<ItemDocument>(i.Document), byItem[i.BaseCode].ToDictionary(v => v.Document.Division)))
            .Where(i => i.Variants.Count > 0)
            .ToDictionary(i => i.Item.BaseCode);
        return new Catalogue(shelved, new ItemIndex(shelved.Values.Select(i => i.Item)));
    }

    public static T Parse<T>(string document) =>
        JsonSerializer.Deserialize<T>(document, ItemJson.Stored) ?? throw new InvalidDataException("A stored item document is empty.");

    public void Dispose() => reading.Dispose();
}
