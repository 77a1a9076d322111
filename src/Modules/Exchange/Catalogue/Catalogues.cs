using System.Collections.Concurrent;
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
        foreach (var row in await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<CatalogueRow>().AsNoTracking().ToListAsync(ct))
        {
            if (CatalogueDocument.Parse(row.Document) is { Ok: true } document)
                held[row.NodeId] = (document.Value, row.TakenAt);
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

    bool IsYoung(string nodeId, out (CatalogueDocument Document, long At) entry) =>
        held.TryGetValue(nodeId, out entry) && clock.NowMs() - entry.At < Young.TotalMilliseconds;

    public async Task<Result<CatalogueDocument>> Fetch(string nodeId, CancellationToken ct)
    {
        if (directory.Entry(nodeId) is null)
            return Error.NotFound("directory.not-a-member", $"{nodeId} 不是区域成员", $"{nodeId} is not a member of the region");
        var answer = await peers.Send(nodeId, HttpMethod.Get, "/peer/catalogue", default, ct);
        if (!answer.Ok)
            return answer.Error;
        var document = CatalogueDocument.Parse(answer.Value.Text);
        if (!document.Ok)
            return document.Error;
        if (document.Value.NodeId != nodeId)
            return Error.Forbidden("catalogue.another", "目录不是该节点的", "The catalogue is not that node's own");
        // A company speaks for its own systems only: its names stand beside those of authorities.
        if (!NodeIds.IsGovernment(nodeId) && document.Value.Resources.Any(r => !r.Department.StartsWith(NodeIds.CodeOf(nodeId) + "-", StringComparison.Ordinal)))
            return Error.Forbidden("catalogue.another-department", "目录列出了不属于该企业的部门", "The catalogue names a department that is not the company's");
        held[nodeId] = (document.Value, clock.NowMs());
        await Store(nodeId, answer.Value.Text, ct);
        return document;
    }

    async Task Store(string nodeId, string text, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("catalogue");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        if (await db.Set<CatalogueRow>().SingleOrDefaultAsync(c => c.NodeId == nodeId, ct) is { } row)
            (row.Document, row.TakenAt) = (text, clock.NowMs());
        else
            db.Add(new CatalogueRow { NodeId = nodeId, Document = text, TakenAt = clock.NowMs() });
        // Two who fetched it at one moment stored the same.
        _ = await db.TrySave(ct);
    }
}

[NoRowRule("What other governments publish about their resources; about no person.")]
sealed class CatalogueRow
{
    public required string NodeId { get; set; }

    public required string Document { get; set; }

    public long TakenAt { get; set; }
}
