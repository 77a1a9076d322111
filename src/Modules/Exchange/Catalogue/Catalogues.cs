using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>
/// The catalogues of all members: this node's own, and those fetched from the others (signed by them), kept so that the
/// broker knows who to ask even while that node is away.
/// </summary>
sealed class Catalogues(NodeIdentity node, OwnResources own, RegionDirectory directory, PeerClient peers, TimeProvider clock, IServiceScopeFactory scopes)
{
    static readonly TimeSpan Young = TimeSpan.FromMinutes(5);

    /// <summary>So long those who waited for a fetch that failed share its failure, rather than each waiting for the next.</summary>
    static readonly TimeSpan Shared = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<string, (CatalogueDocument Document, long At)> held = new(StringComparer.Ordinal);

    /// <summary>What is held of a member that gives its catalogue in pages.</summary>
    /// <param name="IndexEtag">Empty when the pages are not all as the index said.</param>
    sealed record Harvested(string IndexEtag, IReadOnlyDictionary<string, HarvestedPage> Pages);

    /// <param name="Size">In bytes, as it was sent.</param>
    sealed record HarvestedPage(string Etag, CatalogueDocument Document, long Size);

    /// <summary>Of all pages of one member, in bytes: several times what the largest has.</summary>
    const long MostBytes = 64 * 1024 * 1024;

    readonly ConcurrentDictionary<string, Harvested> harvested = new(StringComparer.Ordinal);

    readonly ConcurrentDictionary<string, Asking> asked = new(StringComparer.Ordinal);

    sealed class Asking
    {
        public readonly SemaphoreSlim Turn = new(1, 1);
        public Error? Failed;
        public long FailedAt;
    }

    /// <summary>Governments first: what two of them name alike is named as the government does.</summary>
    public IEnumerable<CatalogueDocument> Held => held.Values.Select(h => h.Document).Prepend(own.Catalogue).OrderBy(c => !NodeIds.IsGovernment(c.NodeId));

    public async Task Load(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("catalogue");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var pages = (await db.Set<CataloguePageRow>().AsNoTracking().ToListAsync(ct)).ToLookup(p => p.NodeId);
        foreach (var row in await db.Set<CatalogueRow>().AsNoTracking().ToListAsync(ct))
        {
            if (CatalogueIndexMessage.Parse(row.Document) is { Ok: true } index)
            {
                var read = pages[row.NodeId].Select(p => (Row: p, Read: CatalogueDocument.Parse(p.Document))).Where(p => p.Read.Ok)
                    .ToDictionary(p => p.Row.Page, p => new HarvestedPage(p.Row.Etag, p.Read.Value, Encoding.UTF8.GetByteCount(p.Row.Document)), StringComparer.Ordinal);
                // The index is believed only where every page of it is here.
                var whole = index.Value.Pages.All(m => read.TryGetValue(m.Id, out var page) && page.Etag == m.Etag);
                held[row.NodeId] = (Merge(row.NodeId, index.Value.Division, read.Values.Select(p => p.Document)), row.TakenAt);
                harvested[row.NodeId] = new Harvested(whole ? CataloguePages.Tag(Encoding.UTF8.GetBytes(row.Document)) : "", read);
            }
            else if (CatalogueDocument.Parse(row.Document) is { Ok: true } document)
            {
                held[row.NodeId] = (document.Value, row.TakenAt);
            }
        }
    }

    /// <summary>The catalogue of a member; fetched when it is not held or has grown old. An old one is better than none.</summary>
    public async Task<Result<CatalogueDocument>> Of(string nodeId, CancellationToken ct)
    {
        if (nodeId == node.Id)
            return own.Catalogue;
        if (IsYoung(nodeId, out var entry))
            return entry.Document;
        // One asks; the others wait for what it brings.
        var asking = asked.GetOrAdd(nodeId, _ => new Asking());
        await asking.Turn.WaitAsync(ct);
        try
        {
            if (IsYoung(nodeId, out entry))
                return entry.Document;
            if (asking.Failed is null || clock.NowMs() - asking.FailedAt > Shared.TotalMilliseconds)
                (asking.Failed, asking.FailedAt) = ((await Fetch(nodeId, ct)).Error, clock.NowMs());
            return held.TryGetValue(nodeId, out entry) ? entry.Document : asking.Failed!;
        }
        finally
        {
            asking.Turn.Release();
        }
    }

    /// <summary>What an agreement is about, as its provider's catalogue says: of the very version.</summary>
    public async Task<Result<ResourceOffer>> Offer(AgreementTerms terms, CancellationToken ct)
    {
        ResourceOffer? In(CatalogueDocument catalogue) => catalogue.Resources.FirstOrDefault(r => r.Code == terms.Resource && r.Version == terms.ResourceVersion);
        var catalogue = await Of(terms.Provider, ct);
        if (!catalogue.Ok)
            return catalogue.Error;
        // The agreement may be younger than what is held.
        var found = In(catalogue.Value) ?? (terms.Provider != node.Id && await Fetch(terms.Provider, ct) is { Ok: true, Value: var newer } ? In(newer) : null);
        return found is null
            ? Error.NotFound("resource.version-withdrawn", $"提供方的目录里没有资源 {terms.Resource} 第 {terms.ResourceVersion} 版", $"The provider's catalogue has no version {terms.ResourceVersion} of {terms.Resource}")
            : found;
    }

    bool IsYoung(string nodeId, out (CatalogueDocument Document, long At) entry) =>
        held.TryGetValue(nodeId, out entry) && clock.NowMs() - entry.At < Young.TotalMilliseconds;

    /// <summary>Asks the member for what changed since it was asked last; an older node gives its catalogue in one piece.</summary>
    public async Task<Result<CatalogueDocument>> Fetch(string nodeId, CancellationToken ct)
    {
        if (directory.Entry(nodeId) is null)
            return Error.NotFound("directory.not-a-member", $"{nodeId} 不是区域成员", $"{nodeId} is not a member of the region");
        var before = harvested.GetValueOrDefault(nodeId);
        var answer = await peers.Send(nodeId, HttpMethod.Get, Pages, default, ct, unless: before is null ? null : $"\"{before.IndexEtag}\"");
        if (answer.Error?.Kind == ErrorKind.NotFound)
            return await FetchWhole(nodeId, ct);
        if (!answer.Ok)
            return answer.Error;
        if (answer.Value.Status == StatusCodes.Status304NotModified)
        {
            var same = held[nodeId].Document;
            held[nodeId] = (same, clock.NowMs());
            await Store(nodeId, null, [], ct);
            return same;
        }
        var index = CatalogueIndexMessage.Parse(answer.Value.Text);
        if (!index.Ok)
            return index.Error;
        return index.Value.NodeId == nodeId ? await Harvest(nodeId, before, index.Value, answer.Value, ct) : Another;
    }

    async Task<Result<CatalogueDocument>> Harvest(string nodeId, Harvested? before, CatalogueIndexMessage index, PeerAnswer given, CancellationToken ct)
    {
        var pages = new Dictionary<string, HarvestedPage>(StringComparer.Ordinal);
        var fresh = new List<CataloguePageRow>();
        var asStated = true;
        var size = 0L;
        foreach (var mark in index.Pages)
        {
            if (size > MostBytes)
                return TooLarge;
            if (before?.Pages.TryGetValue(mark.Id, out var known) == true && known.Etag == mark.Etag)
            {
                pages[mark.Id] = known;
                size += known.Size;
                continue;
            }
            var answer = await peers.Send(nodeId, HttpMethod.Get, $"{Pages}/{Uri.EscapeDataString(mark.Id)}", default, ct);
            if (!answer.Ok)
                return answer.Error;
            var page = CatalogueDocument.Parse(answer.Value.Text);
            if (!page.Ok)
                return page.Error;
            if (page.Value.NodeId != nodeId)
                return Another;
            if (NotItsOwn(page.Value) is { } wrong)
                return wrong;
            // What changed while it was read is taken as it is now, and asked about again.
            var etag = CataloguePages.Tag(answer.Value.Body);
            asStated &= etag == mark.Etag;
            pages[mark.Id] = new(etag, page.Value, answer.Value.Body.Length);
            size += answer.Value.Body.Length;
            fresh.Add(new CataloguePageRow { NodeId = nodeId, Page = mark.Id, Etag = etag, Document = answer.Value.Text });
        }
        if (size > MostBytes)
            return TooLarge;
        var document = Merge(nodeId, index.Division, pages.Values.Select(p => p.Document));
        held[nodeId] = (document, clock.NowMs());
        // Last: that nothing changed is only believed of what is held.
        harvested[nodeId] = new Harvested(asStated ? CataloguePages.Tag(given.Body) : "", pages);
        await Store(nodeId, given.Text, fresh, ct, [.. pages.Keys]);
        return document;
    }

    /// <summary>A company speaks for its own systems only: its names stand beside those of authorities.</summary>
    static Error? NotItsOwn(CatalogueDocument document) =>
        !NodeIds.IsGovernment(document.NodeId) && document.Resources.Any(r => !r.Department.StartsWith(NodeIds.CodeOf(document.NodeId) + "-", StringComparison.Ordinal))
            ? Error.Forbidden("catalogue.another-department", "目录列出了不属于该企业的部门", "The catalogue names a department that is not the company's")
            : null;

    static CatalogueDocument Merge(string nodeId, string division, IEnumerable<CatalogueDocument> pages) =>
        new(nodeId, division, [.. pages.SelectMany(p => p.Resources).OrderBy(r => r.Code, StringComparer.Ordinal).ThenByDescending(r => r.Version)]);

    async Task<Result<CatalogueDocument>> FetchWhole(string nodeId, CancellationToken ct)
    {
        var answer = await peers.Send(nodeId, HttpMethod.Get, "/peer/catalogue", default, ct);
        if (!answer.Ok)
            return answer.Error;
        var document = CatalogueDocument.Parse(answer.Value.Text);
        if (!document.Ok)
            return document.Error;
        if (document.Value.NodeId != nodeId)
            return Another;
        if (NotItsOwn(document.Value) is { } wrong)
            return wrong;
        harvested.TryRemove(nodeId, out _);
        held[nodeId] = (document.Value, clock.NowMs());
        await Store(nodeId, answer.Value.Text, [], ct, []);
        return document;
    }

    /// <param name="text">The index, or the whole catalogue; null when nothing changed.</param>
    /// <param name="keep">Pages there are; others are deleted. Null when nothing changed.</param>
    async Task Store(string nodeId, string? text, IReadOnlyList<CataloguePageRow> fresh, CancellationToken ct, IReadOnlyList<string>? keep = null)
    {
        await using var scope = scopes.AsNode("catalogue");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        if (await db.Set<CatalogueRow>().SingleOrDefaultAsync(c => c.NodeId == nodeId, ct) is { } row)
            (row.Document, row.TakenAt) = (text ?? row.Document, clock.NowMs());
        else
            db.Add(new CatalogueRow { NodeId = nodeId, Document = text ?? "", TakenAt = clock.NowMs() });
        if (keep is not null)
        {
            var stored = await db.Set<CataloguePageRow>().Where(p => p.NodeId == nodeId).ToDictionaryAsync(p => p.Page, StringComparer.Ordinal, ct);
            db.RemoveRange(stored.Values.Where(p => !keep.Contains(p.Page)));
            foreach (var page in fresh)
            {
                if (stored.TryGetValue(page.Page, out var old))
                    (old.Etag, old.Document) = (page.Etag, page.Document);
                else
                    db.Add(page);
            }
        }
        // Two who fetched it at one moment stored the same.
        _ = await db.TrySave(ct);
    }

    const string Pages = "/peer/catalogue/pages";

    static readonly Error TooLarge = Error.Invalid("catalogue.too-large", "目录超过 64 MB", "The catalogue is larger than 64 MB", null, "请该成员检查其目录", "That member has to look at its catalogue");

    static readonly Error Another = Error.Forbidden("catalogue.another", "目录不是该节点的", "The catalogue is not that node's own");
}

[NoRowRule("What other governments publish about their resources; about no person.")]
sealed class CatalogueRow
{
    public required string NodeId { get; set; }

    public required string Document { get; set; }

    public long TakenAt { get; set; }
}

[NoRowRule("What other governments publish about their resources; about no person.")]
sealed class CataloguePageRow
{
    public required string NodeId { get; set; }

    public required string Page { get; set; }

    public required string Etag { get; set; }

    public required string Document { get; set; }
}
