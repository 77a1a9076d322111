using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Identity;
using Tongban.Identity.Accounts;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Identity.People;

/// <summary>Answers the other rooms who is signed in.</summary>
sealed class Identities(NodeDb db, IVault vault) : IIdentities
{
    /// <summary>Below this level nobody has checked that the number is the account holder's own.</summary>
    public const int RealName = 2;

    public async Task<Result<Person>> Subject(CancellationToken ct)
    {
        var actor = db.Actor;
        if (!actor.IsPerson)
            return Error.Forbidden("identity.not-a-person", "只有个人或企业账号有自己的办件", "Only personal and enterprise accounts have matters of their own");
        if (actor.Level < RealName)
            return LevelTooLow();
        var own = db.OwnKeys;
        var row = await db.Set<PersonRow>().AsNoTracking().SingleOrDefaultAsync(p => own.Contains(p.SubjectKey), ct);
        return row is null
            ? Error.NotFound("identity.person-missing", "找不到这个账号的身份资料", "The account's person is not known here")
            : Open(row);
    }

    public async Task<Person?> ActingPerson(CancellationToken ct)
    {
        var actor = db.Actor;
        if (actor.MandateId is null)
            return null;
        // The session proved the account; its own person is not the present subject, so the row rule does not show it.
        var row = await (from account in db.Set<AccountRow>().ByProvenKey()
                         where account.Id == actor.Id
                         join person in db.Set<PersonRow>().ByProvenKey() on account.PersonId equals person.Id
                         select person).AsNoTracking().SingleAsync(ct);
        return Open(row);
    }

    public async Task<ActingMandate?> Mandate(CancellationToken ct)
    {
        if (db.Actor.MandateId is not { } id || await ActingPerson(ct) is not { } acting)
            return null;
        var row = await db.Set<MandateRow>().ByProvenKey().AsNoTracking().SingleAsync(m => m.Id == id, ct);
        // Its last day counts whole. What is recorded here covers every matter of whom it is for.
        var until = new DateTimeOffset(FormDate.Stored(row.EndsOn).AddDays(1).ToDateTime(TimeOnly.MinValue), LocalTime.Zone.BaseUtcOffset).ToUnixTimeMilliseconds();
        return new ActingMandate(row.Kind, row.Id, ["*"], until, acting.CitizenId);
    }

    public string KeyOf(string citizenIdOrCreditCode) => vault.BlindIndex(PersonFields.Key, Normal(citizenIdOrCreditCode));

    public string LastingKeyOf(string citizenIdOrCreditCode) => vault.LastingIndex(PersonFields.Key, Normal(citizenIdOrCreditCode));

    static string Normal(string number) => number.Trim().ToUpperInvariant();

    public static Error LevelTooLow() => Error.Forbidden(
        "identity.level-too-low", "办理需要实名核验，您的账号还没有核验", "This needs a checked real name; your account's is not checked yet",
        "请带身份证到任一政务服务窗口核验，或用已实名的外省账号登录", "Show your id card at any service window, or sign in with a checked account of another province");

    Person Open(PersonRow row) => new(
        vault.Open(row.NumberSealed, PersonFields.Number),
        vault.Open(row.NameSealed, PersonFields.Name),
        row.PhoneSealed.Length == 0 ? "" : vault.Open(row.PhoneSealed, PersonFields.Phone),
        row.Division);
}
