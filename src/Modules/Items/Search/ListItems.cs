using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tongban.Items.Catalogue;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Items.Search;

/// <summary>The catalogue as JSON: a list that may be searched, paged by score and code.</summary>
static class ListItems
{
    public static void Map(Faces faces)
    {
        faces.Api.MapGet("/items", Handle).Only(Allow.Anyone);
    }

    sealed record Entry(string BaseCode, Words Name, Words Summary, string Type, Words TypeName, Words Mode, IReadOnlyList<string> Divisions, bool Tailored);

    static async Task<IResult> Handle(Shelf shelf, CancellationToken ct, string? q = null, string? after = null, int? size = null)
    {
        var found = await Find(shelf, q, after, Cursor.Size(size), ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var (page, _, catalogue) = found.Value;
        return Results.Json(new Page<Entry>([.. page.Items.Select(i => Of(i, catalogue.Items[i.BaseCode]))], page.Next));
    }

    static Entry Of(ItemDocument item, ShelvedItem shelved) => new(item.BaseCode, item.Name, item.Summary, item.Type, ItemTerms.Type(item.Type), ItemTerms.Mode(item.Mode),
        [.. shelved.Variants.Keys.Order(StringComparer.Ordinal)], item.Tailored);

    /// <summary>One page of what was found, how many there are in all, and the catalogue it was read from.</summary>
    internal static async Task<Result<(Page<ItemDocument> Page, int Total, Catalogue.Catalogue Catalogue)>> Find(Shelf shelf, string? asked, string? after, int size, CancellationToken ct)
    {
        if (asked is { Length: > MaximumLength })
        {
            return Error.Invalid("search.too-long", $"搜索的话太长了，最多 {MaximumLength} 个字", $"The search text is too long; at most {MaximumLength} characters", "q",
                "请用几个词说明要办什么", "Say in a few words what you want to do");
        }
        var catalogue = await shelf.Catalogue(ct);
        var hits = catalogue.Index.Find(asked);
        var rest = hits.AsEnumerable();
        if (after is not null)
        {
            var key = Cursor.Read(after, 2);
            if (!key.Ok)
                return key.Error;
            if (!int.TryParse(key.Value[0], NumberStyles.None, CultureInfo.InvariantCulture, out var score))
                return Error.Invalid("page.cursor", "翻页位置无效", "The page cursor is not valid", "after", "请回到第一页", "Start again from the first page");
            rest = hits.Where(h => h.Score < score || (h.Score == score && string.CompareOrdinal(h.Item.BaseCode, key.Value[1]) > 0));
        }
        var rows = Cursor.Page(rest.Take(size + 1).ToList(), size, h => [h.Score.ToString(CultureInfo.InvariantCulture), h.Item.BaseCode]);
        return (new Page<ItemDocument>([.. rows.Items.Select(h => h.Item)], rows.Next), hits.Count, catalogue);
    }

    public const int MaximumLength = 100;
}
