using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Identity.People;

/// <summary>Records mandates and finds those that hold. The caller saves.</summary>
sealed class Mandates(NodeDb db, IVault vault, TimeProvider clock)
{
    /// <summary>Whether a person may act under this mandate today.</summary>
    public async Task<bool> Holds(string mandateId, string subjectKey, CancellationToken ct)
    {
        var keys = vault.Forms(subjectKey);
        return await db.Set<MandateRow>().ByProvenKey().AsNoTracking().SingleOrDefaultAsync(m => m.Id == mandateId && keys.Contains(m.SubjectKey), ct) is { } row && row.HoldsOn(clock.Today());
    }

    /// <summary>For whom a person may act today: at most so many as a page of the account shows.</summary>
    public async Task<IReadOnlyList<MayActFor>> Of(string subjectKey, CancellationToken ct)
    {
        var (keys, today) = (vault.Forms(subjectKey), MandateRow.Iso(clock.Today()));
        var rows = await db.Set<MandateRow>().ByProvenKey().AsNoTracking()
            .Where(m => keys.Contains(m.SubjectKey) && m.RevokedAt == null && m.StartsOn.CompareTo(today) <= 0 && m.EndsOn.CompareTo(today) >= 0)
            .OrderBy(m => m.Id).Take(Cursor.MaximumSize).ToListAsync(ct);
        var names = await Names(rows, ct);
        return [.. rows.Select(m => new MayActFor(m.Id, m.Kind, names(m), FormDate.Stored(m.EndsOn)))];
    }

    /// <summary>Those taken back from a person in the last year, newest first.</summary>
    public async Task<IReadOnlyList<EndedMandate>> EndedOf(string subjectKey, CancellationToken ct)
    {
        var (keys, since) = (vault.Forms(subjectKey), clock.GetUtcNow().AddYears(-1).ToUnixTimeMilliseconds());
        var rows = await db.Set<MandateRow>().ByProvenKey().AsNoTracking()
            .Where(m => keys.Contains(m.SubjectKey) && m.RevokedAt >= since)
            .OrderByDescending(m => m.RevokedAt).Take(Cursor.DefaultSize).ToListAsync(ct);
        var names = await Names(rows, ct);
        return [.. rows.Select(m => new EndedMandate(m.Kind, names(m), m.RevokedAt!.Value, m.RevokedReason))];
    }

    /// <summary>The names of those whom mandates are for. Not by a join: the two keys may be stored in different forms.</summary>
    async Task<Func<MandateRow, string>> Names(IReadOnlyList<MandateRow> mandates, CancellationToken ct)
    {
        var keys = mandates.SelectMany(m => vault.Forms(m.ForKey)).Distinct().ToList();
        var people = await db.Set<PersonRow>().ByProvenKey().AsNoTracking().Where(p => keys.Contains(p.SubjectKey)).ToListAsync(ct);
        return mandate => vault.Open(people.First(p => vault.Same(p.SubjectKey, mandate.ForKey)).NameSealed, PersonFields.Name);
    }

    /// <param name="whom">Tracked. While the index's key is being replaced it goes first: a mandate in the newest form leads to no older one.</param>
    public MandateRow Add(string kind, string subjectKey, string name, PersonRow whom, string basis, DateOnly ends, string by)
    {
        whom.SubjectKey = vault.Written(whom.SubjectKey);
        var row = new MandateRow
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Kind = kind,
            SubjectKey = subjectKey,
            ForKey = whom.SubjectKey,
            NameSealed = vault.Seal(name, PersonFields.MandateName),
            Basis = basis,
            StartsOn = MandateRow.Iso(clock.Today()),
            EndsOn = MandateRow.Iso(ends),
            RecordedBy = by,
            RecordedAt = clock.NowMs(),
        };
        db.Add(row);
        return row;
    }

    /// <summary>Whether a mandate of this kind between the two already holds.</summary>
    public async Task<bool> Holds(string kind, string subjectKey, string forKey, CancellationToken ct)
    {
        var (by, whom) = (vault.Forms(subjectKey), vault.Forms(forKey));
        var rows = await db.Set<MandateRow>().ByProvenKey().AsNoTracking().Where(m => by.Contains(m.SubjectKey) && whom.Contains(m.ForKey) && m.Kind == kind).ToListAsync(ct);
        return rows.Any(m => m.HoldsOn(clock.Today()));
    }

    public static Words Named(string kind) => kind switch
    {
        MandateRow.Guardian => new("监护的孩子", "Child in your care"),
        MandateRow.LegalRepresentative => new("任法定代表人的企业", "Enterprise you represent"),
        MandateRow.EnterpriseStaff => new("授权您办事的企业", "Enterprise that empowered you"),
        _ => throw new InvalidOperationException($"No words for mandate kind {kind}."),
    };
}

/// <param name="Name">Personal data.</param>
sealed record EndedMandate(string Kind, string Name, long At, string? Reason);

/// <param name="Name">Personal data.</param>
sealed record MayActFor(string MandateId, string Kind, string Name, DateOnly EndsOn);
