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
    public async Task<bool> Holds(string mandateId, string subjectKey, CancellationToken ct) =>
        await db.Set<MandateRow>().ByProvenKey().AsNoTracking().SingleOrDefaultAsync(m => m.Id == mandateId && m.SubjectKey == subjectKey, ct) is { } row && row.HoldsOn(clock.Today());

    /// <summary>For whom a person may act today: at most so many as a page of the account shows.</summary>
    public async Task<IReadOnlyList<MayActFor>> Of(string subjectKey, CancellationToken ct)
    {
        var today = MandateRow.Iso(clock.Today());
        var rows = await (from mandate in db.Set<MandateRow>().ByProvenKey().AsNoTracking()
                          where mandate.SubjectKey == subjectKey && mandate.RevokedAt == null
                              && mandate.StartsOn.CompareTo(today) <= 0 && mandate.EndsOn.CompareTo(today) >= 0
                          join person in db.Set<PersonRow>().ByProvenKey().AsNoTracking() on mandate.ForKey equals person.SubjectKey
                          orderby mandate.Id
                          select new { mandate, person }).Take(Cursor.MaximumSize).ToListAsync(ct);
        return [.. rows.Select(r => new MayActFor(r.mandate.Id, r.mandate.Kind, vault.Open(r.person.NameSealed, PersonFields.Name), FormDate.Stored(r.mandate.EndsOn)))];
    }

    /// <summary>Those taken back from a person in the last year, newest first.</summary>
    public async Task<IReadOnlyList<EndedMandate>> EndedOf(string subjectKey, CancellationToken ct)
    {
        var since = clock.GetUtcNow().AddYears(-1).ToUnixTimeMilliseconds();
        var rows = await (from mandate in db.Set<MandateRow>().ByProvenKey().AsNoTracking()
                          where mandate.SubjectKey == subjectKey && mandate.RevokedAt >= since
                          join person in db.Set<PersonRow>().ByProvenKey().AsNoTracking() on mandate.ForKey equals person.SubjectKey
                          orderby mandate.RevokedAt descending
                          select new { mandate, person }).Take(Cursor.DefaultSize).ToListAsync(ct);
        return [.. rows.Select(r => new EndedMandate(r.mandate.Kind, vault.Open(r.person.NameSealed, PersonFields.Name), r.mandate.RevokedAt!.Value, r.mandate.RevokedReason))];
    }

    public MandateRow Add(string kind, string subjectKey, string name, string forKey, string basis, DateOnly ends, string by)
    {
        var row = new MandateRow
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Kind = kind,
            SubjectKey = subjectKey,
            ForKey = forKey,
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
        var rows = await db.Set<MandateRow>().ByProvenKey().AsNoTracking().Where(m => m.SubjectKey == subjectKey && m.ForKey == forKey && m.Kind == kind).ToListAsync(ct);
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
