using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Exchange;

/// <summary>What a node offers, in pages: which there are and what each holds at the moment, by its hash.</summary>
sealed record CatalogueIndexMessage(string NodeId, string Division, IReadOnlyList<CataloguePageMark> Pages)
{
    /// <summary>More than any member has.</summary>
    const int MostPages = 4096;

    public static Result<CatalogueIndexMessage> Parse(string text)
    {
        try
        {
            if (JsonSerializer.Deserialize<CatalogueIndexMessage>(text, DirectoryDocument.Json) is { NodeId: not null, Division: not null, Pages: { Count: <= MostPages } pages } read
                && pages.All(p => p is { Id.Length: > 0 and <= 16, Etag.Length: > 0 and <= 64 }) && pages.DistinctBy(p => p.Id).Count() == pages.Count)
                return read;
        }
        catch (JsonException)
        {
            // Answered below.
        }
        return Error.Invalid("catalogue.malformed", "目录格式错误", "The catalogue is malformed");
    }
}

/// <param name="Etag">Of the page's bytes, without quotation marks.</param>
sealed record CataloguePageMark(string Id, string Etag);

/// <summary>
/// A node's catalogue cut into pages for harvest. A resource lies in the page that the hash of its code says, so that one more or one less
/// changes one page and moves no other.
/// </summary>
sealed class CataloguePages
{
    /// <summary>Resources a page has on average, at most.</summary>
    const int Large = 250;

    readonly Dictionary<string, (byte[] Bytes, string Etag)> pages;

    CataloguePages(Dictionary<string, (byte[], string)> pages, byte[] index) => (this.pages, Index, IndexEtag) = (pages, index, Tag(index));

    public byte[] Index { get; }

    public string IndexEtag { get; }

    public (byte[] Bytes, string Etag)? Page(string id) => pages.TryGetValue(id, out var page) ? page : null;

    public static CataloguePages Of(CatalogueDocument catalogue)
    {
        var count = 1;
        while (catalogue.Resources.Count > count * Large)
            count *= 2;
        var pages = new SortedDictionary<string, (byte[] Bytes, string Etag)>(StringComparer.Ordinal);
        foreach (var page in catalogue.Resources.GroupBy(r => Bucket(r.Code, count)))
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(catalogue with { Resources = [.. page] }, DirectoryDocument.Json);
            pages[string.Create(CultureInfo.InvariantCulture, $"{count}-{page.Key}")] = (bytes, Tag(bytes));
        }
        var index = JsonSerializer.SerializeToUtf8Bytes(new CatalogueIndexMessage(catalogue.NodeId, catalogue.Division, [.. pages.Select(p => new CataloguePageMark(p.Key, p.Value.Etag))]), DirectoryDocument.Json);
        return new(pages.ToDictionary(p => p.Key, p => (p.Value.Bytes, p.Value.Etag), StringComparer.Ordinal), index);
    }

    static int Bucket(string code, int count)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(code), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(hash) % count;
    }

    /// <summary>Whoever holds the bytes knows it; no header is believed.</summary>
    public static string Tag(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..32];
}

/// <summary>Members harvest: which pages there are, then those that changed.</summary>
static class GiveCatalogue
{
    public static IResult Index(HttpContext http, OwnResources own) => Answer(http, own.Harvest.Index, own.Harvest.IndexEtag);

    public static IResult Page(string id, HttpContext http, OwnResources own) => own.Harvest.Page(id) is var (bytes, etag)
        ? Answer(http, bytes, etag)
        : Error.NotFound("catalogue.no-page", "目录没有这一页", "The catalogue has no such page").AsResult();

    static IResult Answer(HttpContext http, byte[] bytes, string etag)
    {
        http.Response.Headers.ETag = $"\"{etag}\"";
        if (http.Request.Headers.IfNoneMatch.ToString() == $"\"{etag}\"")
            return Results.StatusCode(StatusCodes.Status304NotModified);
        return Results.Bytes(bytes, "application/json");
    }
}
