using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Accounts;
using Tongban.Identity.People;
using Tongban.Identity.Portal;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Identity.Console;

/// <summary>
/// A clerk holds the person's id card beside the person and raises their account to level 3. Phone, number and name must
/// be those of the account; from then on the account's key is the person's own.
/// </summary>
static class CheckInPerson
{
    public const string Path = "/console/people";

    public static IResult Show() => Page.Of<WindowPage>();

    public static async Task<IResult> Post(
        HttpContext http, IFormCollection form, NodeDb db, IVault vault, Credentials credentials, People.People people, Sessions.Sessions sessions,
        TimeProvider clock, NodeIdentity node, Once once, CancellationToken ct)
    {
        IResult Refused(Error e) => Asks.Page(http) ? Page.Of<WindowPage>(new { CheckError = e, CheckEntered = form }, ErrorResult.Status(e.Kind)) : e.AsResult();
        var number = CitizenId.Parse(form["citizenId"], clock.Today());
        if (!number.Ok)
            return Refused(number.Error);
        if (form["seen"] != "true")
            return Refused(Error.Invalid("check.not-seen", "请确认已当面核对身份证原件", "Confirm that you compared the id card with the person", "seen"));
        var keys = credentials.ResidentKeys(form["phone"].ToString());
        var account = await db.Set<AccountRow>().ByProvenKey().SingleOrDefaultAsync(a => keys.Contains(a.LoginKey) && !a.Disabled, ct);
        var person = account is null ? null : await db.Set<PersonRow>().ByProvenKey().SingleAsync(p => p.Id == account.PersonId, ct);
        // The clerk reads the card, so a mismatch tells them only that the account was registered with something else.
        if (account is null || person is null
            || vault.Open(person.NumberSealed, PersonFields.Number) != number.Value.ToString()
            || vault.Open(person.NameSealed, PersonFields.Name) != form["name"].ToString().Trim())
        {
            return Refused(Error.Invalid("check.mismatch", "没有手机号、姓名和身份证号都相符的账号", "No account has this phone, name and number together", "phone",
                "请当事人核对注册时填的内容；填错的要重新注册", "Let the person check what they registered; a wrong registration is made anew"));
        }
        if (person.Level < 3)
        {
            var known = await people.Checked(PersonRow.Natural, number.Value.ToString(), form["name"].ToString().Trim(), Phones.Normal(form["phone"].ToString()), person.Division, 3, ct);
            if (known.Id != person.Id && person.Level < Identities.RealName)
                db.Remove(person);
            account.PersonId = known.Id;
            account.SubjectKey = known.SubjectKey;
            account.Revision++;
            // The session was opened for somebody unchecked; the person signs in again as themself.
            await sessions.EndAll(db, account.Id, null, ct);
        }
        once.Answer(StatusCodes.Status303SeeOther, Path);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Refused(Error.Conflict("check.changed", "这个账号刚刚被改过", "The account was changed a moment ago", "请再核对一次", "Check once more"));
        Flash.Leave(http, node, Tone.Done, new Words("已核验为 3 级，请当事人重新登录", "Raised to level 3; the person signs in again"));
        return See.Other(Path);
    }
}
