using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Accounts;
using Tongban.Identity.Console;
using Tongban.Identity.People;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Identity.Portal;

/// <summary>The account page: who one is here, for whom one may act, where one is signed in.</summary>
static class MyAccount
{
    public static async Task<IResult> Show(HttpContext http, NodeDb db, IVault vault, Mandates mandates, TimeProvider clock, IdentityOptions options, CancellationToken ct)
    {
        var session = http.Session()!;
        var now = clock.NowMs();
        var sessions = await db.Set<SessionRow>().AsNoTracking()
            .Where(s => s.AccountId == session.AccountId && s.EndedAt == null && s.EndsAt > now && s.SeenAt > now - (long)options.PersonIdle.TotalMilliseconds)
            .OrderByDescending(s => s.SeenAt).Take(Cursor.MaximumSize).ToListAsync(ct);
        var personId = await db.Set<AccountRow>().ByProvenKey().Where(a => a.Id == session.AccountId).Select(a => a.PersonId).SingleAsync(ct);
        var person = await db.Set<PersonRow>().ByProvenKey().AsNoTracking().SingleAsync(p => p.Id == personId, ct);
        var mayActFor = session.Level >= Identities.RealName ? await mandates.Of(session.OwnSubjectKey, ct) : [];
        var ended = session.Level >= Identities.RealName ? await mandates.EndedOf(session.OwnSubjectKey, ct) : [];
        return Page.Of<MyAccountPage>(new
        {
            Name = vault.Open(person.NameSealed, PersonFields.Name),
            MaskedId = CitizenId.Stored(vault.Open(person.NumberSealed, PersonFields.Number)).Masked,
            MaskedPhone = person.PhoneSealed.Length == 0 ? "" : Phones.Masked(vault.Open(person.PhoneSealed, PersonFields.Phone)),
            session.Level,
            HasPassword = session.AccountKind == AccountRow.Resident,
            MayActFor = mayActFor.Select(m => new MyAccountPage.Other(m.MandateId, Mandates.Named(m.Kind), m.Name, m.EndsOn)).ToList(),
            Ended = ended.Select(m => new MyAccountPage.Past(Mandates.Named(m.Kind), m.Name, m.At, EndGuardian.ReasonWords(m.Reason))).ToList(),
            Devices = sessions.Select(s => new MyAccountPage.Device(s.PublicId, s.Device, s.SignedInAt, s.PublicId == session.PublicId)).ToList(),
            CanEmpower = mayActFor.Any(m => m.MandateId == session.Actor.MandateId && m.Kind == MandateRow.LegalRepresentative),
        });
    }

    /// <summary>Switches to acting for somebody, or back to oneself with an empty mandate. The session gets a new secret.</summary>
    public static async Task<IResult> ActFor(
        HttpContext http, IFormCollection form, NodeDb db, Mandates mandates, Sessions.Sessions sessions, Once once, NodeIdentity node, CancellationToken ct)
    {
        var session = http.Session()!;
        var mandateId = form["mandate"].ToString();
        if (mandateId.Length > 0
            && (session.Level < Identities.RealName || !await mandates.Holds(mandateId, session.OwnSubjectKey, ct)))
        {
            return Error.NotFound("mandate.none", "没有这个授权，或它已经到期", "There is no such mandate, or it has ended").AsResult();
        }
        var account = await db.Set<AccountRow>().ByProvenKey().SingleAsync(a => a.Id == session.AccountId, ct);
        var row = await db.Set<SessionRow>().SingleAsync(s => s.Hash == session.Hash, ct);
        sessions.Open(db, http, account, row.Level, row).MandateId = mandateId.Length > 0 ? mandateId : null;
        once.Answer(StatusCodes.Status303SeeOther, "/account");
        await db.SaveChangesAsync(ct);
        Flash.Leave(http, node, Tone.Done, mandateId.Length > 0
            ? new Words("已切换，接下来办的事都算在对方名下", "Switched: what you do from now on is theirs")
            : new Words("已换回您本人", "You act for yourself again"));
        return See.Other("/account");
    }

    public static async Task<IResult> EndOne(string id, HttpContext http, IFormCollection form, NodeDb db, Sessions.Sessions sessions, Once once, CancellationToken ct)
    {
        _ = form;
        var session = http.Session()!;
        var row = await db.Set<SessionRow>().SingleOrDefaultAsync(s => s.PublicId == id && s.AccountId == session.AccountId && s.EndedAt == null, ct);
        if (row is null)
            return Error.NotFound("session.none", "没有这个登录，或它已经结束", "There is no such sign-in, or it has ended").AsResult();
        sessions.End(db, row);
        once.Answer(StatusCodes.Status303SeeOther, "/account");
        await db.SaveChangesAsync(ct);
        return See.Other("/account");
    }

    /// <summary>Everywhere, this browser included.</summary>
    public static async Task<IResult> EndAll(HttpContext http, IFormCollection form, NodeDb db, Sessions.Sessions sessions, SessionCookie cookie, Once once, CancellationToken ct)
    {
        _ = form;
        var session = http.Session()!;
        await sessions.EndAll(db, session.AccountId, null, ct);
        once.Answer(StatusCodes.Status303SeeOther, "/signin");
        await db.SaveChangesAsync(ct);
        cookie.Clear(http.Response);
        return See.Other("/signin");
    }

    public static Words LevelWords(int level) => level switch
    {
        0 => new("未注册", "Not registered"),
        1 => new("1 级：已注册，未核验实名", "Level 1: registered, name not checked"),
        2 => new("2 级：已核验实名", "Level 2: real name checked"),
        _ => new("3 级：已当面核验", "Level 3: checked in person"),
    };
}
