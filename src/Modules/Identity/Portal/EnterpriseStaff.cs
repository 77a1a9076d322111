using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Identity;
using Tongban.Identity.People;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Identity.Portal;

/// <summary>
/// The legal representative, acting for the enterprise, empowers staff by citizen id and ends that again. Whether the
/// other has an account does not show: the mandate waits for them.
/// </summary>
static class EnterpriseStaff
{
    const string Path = "/account/staff";
    const int PageSize = 20;

    public static async Task<IResult> Show(NodeDb db, IVault vault, TimeProvider clock, CancellationToken ct, string? after = null) =>
        await Enterprise(db, clock, ct) is { } enterprise ? await List(db, vault, clock, enterprise, null, null, ct, after) : NotRepresentative().AsResult();

    public static async Task<IResult> Empower(
        HttpContext http, IFormCollection form, NodeDb db, IVault vault, Mandates mandates, People.People people, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (await Enterprise(db, clock, ct) is not { } enterprise)
            return NotRepresentative().AsResult();
        var name = form["name"].ToString().Trim();
        var number = CitizenId.Parse(form["citizenId"], clock.Today());
        var until = FormDate.Read(form, "until");
        if (Wrong(name, number, until, clock.Today()) is { } wrong)
            return Asks.Page(http) ? await List(db, vault, clock, enterprise, wrong, form, ct) : wrong.AsResult();
        var key = people.KeyOf(number.Value.ToString());
        if (!await mandates.Holds(MandateRow.EnterpriseStaff, key, enterprise, ct))
        {
            var keys = vault.Forms(enterprise);
            var whom = await db.Set<PersonRow>().ByProvenKey().SingleAsync(p => keys.Contains(p.SubjectKey), ct);
            mandates.Add(MandateRow.EnterpriseStaff, key, name, whom, "企业授权", until!.Value, db.Actor.Id);
        }
        once.Answer(StatusCodes.Status303SeeOther, Path);
        await db.SaveChangesAsync(ct);
        return See.Other(Path);
    }

    public static async Task<IResult> End(string id, IFormCollection form, NodeDb db, IVault vault, Outbox outbox, Once once, TimeProvider clock, CancellationToken ct)
    {
        _ = form;
        if (await Enterprise(db, clock, ct) is not { } enterprise)
            return NotRepresentative().AsResult();
        var keys = vault.Forms(enterprise);
        var row = await db.Set<MandateRow>().ByProvenKey().SingleOrDefaultAsync(m => m.Id == id && keys.Contains(m.ForKey) && m.Kind == MandateRow.EnterpriseStaff, ct);
        if (row is null)
            return Error.NotFound("mandate.none", "没有这个授权", "There is no such mandate").AsResult();
        if (row.RevokedAt is null)
        {
            row.End(clock.NowMs(), db.Actor.Id, null);
            outbox.Publish(new MandateEnded(row.Id, row.RevokedAt!.Value));
        }
        once.Answer(StatusCodes.Status303SeeOther, Path);
        return await db.TrySave(ct) == SaveOutcome.Saved
            ? See.Other(Path)
            : Error.Conflict("mandate.changed", "这个授权刚刚被改过", "The mandate was changed a moment ago", "请刷新后再试", "Reload and try again").AsResult();
    }

    /// <summary>The enterprise's key when the actor is its legal representative acting for it; null otherwise.</summary>
    static async Task<string?> Enterprise(NodeDb db, TimeProvider clock, CancellationToken ct)
    {
        if (db.Actor is not { Role: Role.EnterpriseStaff, MandateId: { } mandateId })
            return null;
        var mandate = await db.Set<MandateRow>().ByProvenKey().AsNoTracking().SingleAsync(m => m.Id == mandateId, ct);
        return mandate.Kind == MandateRow.LegalRepresentative && mandate.HoldsOn(clock.Today()) ? db.Actor.SubjectKey : null;
    }

    static async Task<IResult> List(NodeDb db, IVault vault, TimeProvider clock, string enterprise, Error? error, IFormCollection? entered, CancellationToken ct, string? after = null)
    {
        var last = "";
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            last = key.Value[0];
        }
        var (keys, today) = (vault.Forms(enterprise), MandateRow.Iso(clock.Today()));
        var rows = await db.Set<MandateRow>().ByProvenKey().AsNoTracking()
            .Where(m => keys.Contains(m.ForKey) && m.Kind == MandateRow.EnterpriseStaff && m.RevokedAt == null && m.StartsOn.CompareTo(today) <= 0 && m.EndsOn.CompareTo(today) >= 0 && m.Id.CompareTo(last) > 0)
            .OrderBy(m => m.Id).Take(PageSize + 1).ToListAsync(ct);
        var page = Cursor.Page(rows, PageSize, m => [m.Id]);
        return Page.Of<EnterpriseStaffPage>(new
        {
            Staff = page.Items.Select(m => new EnterpriseStaffPage.Empowered(m.Id, vault.Open(m.NameSealed, PersonFields.MandateName), FormDate.Stored(m.EndsOn))).ToList(),
            page.Next,
            IsFirst = after is null,
            Error = error,
            Entered = entered,
            Latest = clock.Today().AddYears(3),
        }, error is null ? 200 : 400);
    }

    static Error? Wrong(string name, Result<CitizenId> number, DateOnly? until, DateOnly today)
    {
        var wrong = new List<Error>();
        if (name.Length is 0 or > 60)
            wrong.Add(Error.Invalid("mandate.name", "请输入姓名", "Enter the name", "name"));
        if (!number.Ok)
            wrong.Add(number.Error);
        if (until is null || until < today || until > today.AddYears(3))
            wrong.Add(Error.Invalid("mandate.until", "有效期至应在今天之后、3 年之内", "The mandate ends after today and within 3 years", "until"));
        return wrong.Count == 0 ? null : wrong[0] with { Also = wrong };
    }

    static Error NotRepresentative() => Error.Forbidden("mandate.not-representative", "只有法定代表人代企业办事时才能管理办事人员",
        "Only the legal representative, acting for the enterprise, manages its staff", "请先在“我的账号”切换到企业", "Switch to the enterprise on the account page first");
}
