using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Cases;
using Tongban.Kernel.Data;

namespace Tongban.Cases.Filings;

/// <summary>Turns the references that logs hold into the person's matters; the row rule leaves out everybody else's.</summary>
sealed class NameMatters(NodeDb db, SealedJson seal) : IMatters
{
    public async Task<IReadOnlyDictionary<string, MatterName>> Named(IReadOnlyCollection<string> references, CancellationToken ct)
    {
        var wanted = references.Where(r => r.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        var filings = await db.Set<Filing>().AsNoTracking().Where(f => wanted.Contains(f.Reference) || wanted.Contains(f.CaseNumber!))
            .Select(f => new { f.Id, f.Reference, f.CaseNumber, f.Number, f.ItemName }).ToListAsync(ct);
        var drafts = await db.Set<Draft>().AsNoTracking().Where(d => wanted.Contains(d.Id) && d.FilingId == null)
            .Select(d => new { d.Id, d.ItemName }).ToListAsync(ct);
        var named = drafts.ToDictionary(d => d.Id, d => new MatterName(d.ItemName, null, $"/drafts/{d.Id}"), StringComparer.Ordinal);
        foreach (var filing in filings)
        {
            var name = new MatterName(filing.ItemName, filing.CaseNumber ?? filing.Number, $"/my/cases/{filing.Id}");
            if (filing.Reference.Length > 0)
                named[filing.Reference] = name;
            if (filing.CaseNumber is { } number)
                named[number] = name;
        }
        return named;
    }

    public Task<bool> IsDecidedBy(string filingId, string node, CancellationToken ct) =>
        db.Set<Filing>().AnyAsync(f => f.Id == filingId && f.OwnerNode == node, ct);

    public async Task<IReadOnlyList<FiledMatter>> FiledUnder(string reference, CancellationToken ct) => reference.Length == 0
        ? []
        : await db.Set<Filing>().AsNoTracking().Where(f => f.Reference == reference).Select(f => new FiledMatter(f.Id, f.OwnerNode)).ToListAsync(ct);

    public async Task<CaseHere?> CaseOf(string filingId, string filingNode, CancellationToken ct) =>
        await db.Set<Case>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == filingId && c.FilingNode == filingNode, ct) is { } row
            ? new CaseHere(row.Number, row.Division, row.Department, [.. seal.Open<CaseBody>(row.Body, Dossiers.BodyColumn).Requirements.Select(r => r.Evidence?.ExchangeId).OfType<string>()])
            : null;
}
