using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Identity.People;
using Tongban.Identity.Portal;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Identity.Console;

/// <summary>
/// A clerk ends a guardianship before the child is of age (民法典 第三十六条、第三十九条). Found by the child's number from a
/// document at the window: there is no list of everybody's children to browse. Each finding is recorded for the data tracker.
/// </summary>
static class EndGuardian
{
    static readonly (string Code, Words Words)[] Reasons =
    [
        ("court", new("法院撤销或变更了监护", "A court withdrew or changed it")),
        ("incapable", new("监护人丧失监护能力", "The guardian is no longer able")),
        ("adopted", new("孩子被收养", "The child was adopted")),
        ("death", new("监护人或孩子去世", "The guardian or the child died")),
        ("mistake", new("登记有误", "It was recorded by mistake")),
    ];

    public static IReadOnlyList<Choice> ReasonChoices(bool english) => [.. Reasons.Select(r => new Choice(r.Code, english ? r.Words.En : r.Words.Zh))];

    /// <summary>Null when the mandate carries no reason, as one that its enterprise ended.</summary>
    public static Words? ReasonWords(string? code) => Reasons.FirstOrDefault(r => r.Code == code).Words;

    public static string Field(string mandateId) => $"reason.{mandateId}";

    public static async Task<IResult> Find(
        HttpContext http, IFormCollection form, NodeDb db, IVault vault, People.People people, IAccessRecords access, TimeProvider clock, CancellationToken ct)
    {
        var child = CitizenId.Parse(form["endChildId"], clock.Today());
        if (!child.Ok)
        {
            var wrong = child.Error with { Where = "endChildId" };
            return Asks.Page(http) ? Page.Of<WindowPage>(new { FindError = wrong, FindEntered = form }, ErrorResult.Status(wrong.Kind)) : wrong.AsResult();
        }
        return await Draw(db, vault, access, clock, people.KeyOf(child.Value.ToString()), null, null, ct);
    }

    public static async Task<IResult> Post(
        string id, HttpContext http, IFormCollection form, NodeDb db, IVault vault, People.People people, Sessions.Sessions sessions, IAccessRecords access, Outbox outbox,
        TimeProvider clock, NodeIdentity node, Once once, CancellationToken ct)
    {
        var row = await db.Set<MandateRow>().ByProvenKey().SingleOrDefaultAsync(m => m.Id == id && m.Kind == MandateRow.Guardian, ct);
        if (row is null)
            return Error.NotFound("guardian.none", "没有这个监护登记", "There is no such guardianship").AsResult();
        if (!long.TryParse(form["revision"], System.Globalization.CultureInfo.InvariantCulture, out var revision) || revision != row.Revision || !row.HoldsOn(clock.Today()))
            return Changed();
        var reason = form[Field(id)].ToString();
        if (ReasonWords(reason) is null)
        {
            var wrong = Error.Invalid("guardian.reason", "请选择终止的原因", "Choose why it ends", Field(id));
            return Asks.Page(http) ? await Draw(db, vault, access, clock, await people.KeyAgain(row.ForKey, ct), wrong, form, ct) : wrong.AsResult();
        }
        row.End(clock.NowMs(), db.Actor.Id, reason);
        outbox.Publish(new MandateEnded(row.Id, row.RevokedAt!.Value));
        await sessions.EndUnder(db, id, ct);
        once.Answer(StatusCodes.Status303SeeOther, CheckInPerson.Path);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed();
        Flash.Leave(http, node, Tone.Done, new Words("监护登记已终止，该监护人不能再代办", "Ended: this guardian can no longer act for the child"));
        return See.Other(CheckInPerson.Path);
    }

    static async Task<IResult> Draw(
        NodeDb db, IVault vault, IAccessRecords access, TimeProvider clock, string childKey, Error? error, IFormCollection? entered, CancellationToken ct)
    {
        var (keys, today) = (vault.Forms(childKey), MandateRow.Iso(clock.Today()));
        var rows = await db.Set<MandateRow>().ByProvenKey().AsNoTracking()
            .Where(m => keys.Contains(m.ForKey) && m.Kind == MandateRow.Guardian && m.RevokedAt == null && m.StartsOn.CompareTo(today) <= 0 && m.EndsOn.CompareTo(today) >= 0)
            .OrderBy(m => m.Id).Take(Cursor.DefaultSize).ToListAsync(ct);
        var child = "";
        if (rows.Count > 0)
        {
            child = vault.Open((await db.Set<PersonRow>().ByProvenKey().AsNoTracking().SingleAsync(p => keys.Contains(p.SubjectKey), ct)).NameSealed, PersonFields.Name);
            foreach (var key in rows.Select(m => m.SubjectKey).Distinct().Prepend(childKey))
            {
                await access.Record(new AccessRecord(key, db.Actor.Id, db.Actor.Department ?? "", new Words("监护登记", "A guardianship"),
                    "guardianship", "", new Words("窗口终止监护登记", "Ending a guardianship at the window")), ct);
            }
        }
        return Page.Of<WindowPage>(
            new
            {
                InForce = rows.Select(m => new WindowPage.Guardianship(
                    m.Id, m.Revision, vault.Open(m.NameSealed, PersonFields.MandateName), child, m.Basis, FormDate.Stored(m.StartsOn), FormDate.Stored(m.EndsOn),
                    error?.Where == Field(m.Id) ? error : null)).ToList(),
                EndEntered = entered,
            },
            error is null ? StatusCodes.Status200OK : ErrorResult.Status(error.Kind));
    }

    static IResult Changed() => Error.Conflict("guardian.ended", "这个监护登记已经终止，或刚刚被改过", "This guardianship has ended, or was changed a moment ago",
        "请重新查一次", "Look it up again").AsResult();
}
