using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The person's consents, newest first (ids rise with time).</summary>
static class ListConsents
{
    public static async Task<IResult> Handle(NodeDb db, RegionDirectory directory, Catalogues catalogues, IMatters matters, TransparencyLog log, IVault vault, NodeIdentity node, TimeProvider clock, CancellationToken ct, string? after = null)
    {
        var rows = db.Set<ConsentRow>().AsNoTracking();
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            var last = key.Value[0];
            rows = rows.Where(c => string.Compare(c.Id, last) < 0);
        }
        var page = Cursor.Page(await rows.OrderByDescending(c => c.Id).Take(Cursor.DefaultSize + 1).ToListAsync(ct), Cursor.DefaultSize, c => [c.Id]);
        var named = await matters.Named([.. page.Items.Select(c => c.CaseReference)], ct);
        var names = new UseNames(directory, catalogues);
        var uses = await Uses(page.Items, db, log, vault, node, ct);
        return Page.Of<MyConsentsPage>(new
        {
            Rows = new Kernel.Page<MyConsentsPage.Consent>([.. page.Items.Select(c => Shown(c, names, named.GetValueOrDefault(c.CaseReference), uses[c.Id]))], page.Next),
            Now = clock.NowMs(),
            IsFirst = after is null,
        });
    }

    /// <summary>What was obtained under each, by this node's log: about the holder and about whomever else it was asked.</summary>
    static async Task<ILookup<string, LeafFacts>> Uses(IReadOnlyList<ConsentRow> rows, NodeDb db, TransparencyLog log, IVault vault, NodeIdentity node, CancellationToken ct)
    {
        var ids = rows.Select(r => r.Id).ToHashSet(StringComparer.Ordinal);
        var (since, found) = (rows.Count == 0 ? 0 : rows.Min(r => r.GivenAt), new List<LeafFacts>());
        foreach (var about in rows.SelectMany(r => r.AlsoAbout.Split('|', StringSplitOptions.RemoveEmptyEntries)).Distinct(StringComparer.Ordinal).Select(vault.Forms).Append(db.OwnKeys))
        {
            for (var before = long.MaxValue; ;)
            {
                var leaves = await log.BySubject(about, before, 500, ct);
                found.AddRange(leaves.Select(l => LeafFacts.Read(node.Id, l.Index, l.At, l.Data)).OfType<LeafFacts>().Where(f => f is { Kind: ExchangeLeaf.Obtained, ConsentId: { } id } && ids.Contains(id)));
                if (leaves.Count < 500 || leaves[^1].At < since)
                    break;
                before = leaves[^1].Index;
            }
        }
        return found.ToLookup(f => f.ConsentId!, StringComparer.Ordinal);
    }

    static MyConsentsPage.Consent Shown(ConsentRow row, UseNames names, MatterName? matter, IEnumerable<LeafFacts> uses) => new(
        row.Id, new Words(row.PurposeNameZh, row.PurposeNameEn), matter, names.Node(row.Receiver),
        [.. row.SourceList().Select(s => new MyConsentsPage.Source(
            new Words($"{names.Node(s.ProviderNode).Zh} · {names.Resource(s.Resource).Zh}", $"{names.Node(s.ProviderNode).En} · {names.Resource(s.Resource).En}"),
            uses.Count(u => u.Provider == s.ProviderNode && u.Resource == s.Resource)))],
        HowOften(row.Fetch), row.DataLifeDays, row.MandateKind is { } kind ? UseNames.Mandate(kind) : null,
        row.GivenAt, row.Until, row.RevokedAt, row.Revision);

    static Words HowOften(ConsentFetch? fetch) => fetch switch
    {
        null => new("有效期内不限次数", "Any number of times while it lasts"),
        { Kind: ConsentFetch.Once } => new("一次性：每个来源只查一次", "Once: each source answers one time"),
        { Per: ConsentFetch.Month } => new($"定期：每个来源每月最多 {fetch.Most} 次", $"Periodic: each source answers at most {fetch.Most} times a month"),
        _ => new($"定期：每个来源每天最多 {fetch.Most} 次", $"Periodic: each source answers at most {fetch.Most} times a day"),
    };
}
