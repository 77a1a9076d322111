using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Identity.People;

/// <summary>Makes and finds people by their numbers. The caller saves.</summary>
sealed class People(NodeDb db, IVault vault, TimeProvider clock)
{
    public string KeyOf(string number) => vault.BlindIndex(PersonFields.Key, number);

    public Task<PersonRow?> Find(string number, CancellationToken ct)
    {
        var keys = vault.Forms(KeyOf(number));
        return db.Set<PersonRow>().ByProvenKey().SingleOrDefaultAsync(p => keys.Contains(p.SubjectKey), ct);
    }

    /// <summary>
    /// The key of a stored person in the form from which all others follow: what is stored may be the newest alone, and rows under the older
    /// one are found from the number only.
    /// </summary>
    public static string KeyOf(IVault vault, PersonRow person)
    {
        if (!vault.Changing)
            return person.SubjectKey;
        var proven = vault.BlindIndex(PersonFields.Key, vault.Open(person.NumberSealed, PersonFields.Number));
        if (vault.Same(proven, person.SubjectKey))
            return proven;
        var claimed = vault.BlindIndex(PersonFields.Key, OfClaimed(person.Id));
        return vault.Same(claimed, person.SubjectKey) ? claimed : person.SubjectKey;
    }

    /// <summary>The same of whom a stored key is of.</summary>
    public async Task<string> KeyAgain(string stored, CancellationToken ct)
    {
        var keys = vault.Forms(stored);
        return KeyOf(vault, await db.Set<PersonRow>().ByProvenKey().AsNoTracking().SingleAsync(p => keys.Contains(p.SubjectKey), ct));
    }

    static string OfClaimed(string id) => $"claimed:{id}";

    /// <summary>Whether a person whose identity was checked is known under this number by another name.</summary>
    public async Task<bool> NamedOtherwise(string number, string name, CancellationToken ct) =>
        await Find(number, ct) is { } known && vault.Open(known.NameSealed, PersonFields.Name) != name;

    public Task<int> Level(Accounts.AccountRow account, CancellationToken ct) =>
        db.Set<PersonRow>().ByProvenKey().Where(p => p.Id == account.PersonId).Select(p => p.Level).SingleAsync(ct);

    /// <summary>The person with a number somebody vouches for (police register, a window, another node); made when not known yet.</summary>
    public async Task<PersonRow> Checked(string kind, string number, string name, string phone, string division, int level, CancellationToken ct)
    {
        var row = await Find(number, ct);
        if (row is null)
        {
            row = New(kind, KeyOf(number), number, name, phone, division, level);
            db.Add(row);
            return row;
        }
        if (vault.Open(row.NameSealed, PersonFields.Name) != name)
            row.NameSealed = vault.Seal(name, PersonFields.Name);
        if (phone.Length > 0 && (row.PhoneSealed.Length == 0 || vault.Open(row.PhoneSealed, PersonFields.Phone) != phone))
            row.PhoneSealed = vault.Seal(phone, PersonFields.Phone);
        row.Level = Math.Max(row.Level, level);
        if (db.Entry(row).State == EntityState.Modified)
            row.Revision++;
        return row;
    }

    /// <summary>Somebody who says who they are; nobody has checked it.</summary>
    public PersonRow Claimed(string number, string name, string phone, string division)
    {
        var id = Guid.CreateVersion7().ToString("N");
        var row = New(PersonRow.Natural, vault.BlindIndex(PersonFields.Key, OfClaimed(id)), number, name, phone, division, 1);
        row.Id = id;
        db.Add(row);
        return row;
    }

    PersonRow New(string kind, string key, string number, string name, string phone, string division, int level) => new()
    {
        Id = Guid.CreateVersion7().ToString("N"),
        Kind = kind,
        SubjectKey = key,
        NumberSealed = vault.Seal(number, PersonFields.Number),
        NameSealed = vault.Seal(name, PersonFields.Name),
        PhoneSealed = phone.Length == 0 ? "" : vault.Seal(phone, PersonFields.Phone),
        Division = division,
        Level = level,
        CreatedAt = clock.NowMs(),
    };
}
