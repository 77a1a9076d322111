using Microsoft.AspNetCore.Http;
using Tongban.Identity.People;
using Tongban.Identity.Portal;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Identity.Console;

/// <summary>A clerk records, from the household register or a birth certificate, that a person is guardian of a minor.</summary>
static class RecordGuardian
{
    static readonly string[] Bases = ["户口簿", "出生医学证明", "监护判决"];

    public static IReadOnlyList<Choice> BasisChoices(bool english) =>
    [
        new(Bases[0], english ? "Household register" : Bases[0]),
        new(Bases[1], english ? "Birth certificate" : Bases[1]),
        new(Bases[2], english ? "Court decision on guardianship" : Bases[2]),
    ];

    public static async Task<IResult> Post(
        HttpContext http, IFormCollection form, NodeDb db, People.People people, Mandates mandates, TimeProvider clock, NodeIdentity node, Once once, CancellationToken ct)
    {
        IResult Refused(Error e) => Asks.Page(http) ? Page.Of<WindowPage>(new { GuardianError = e, GuardianEntered = form }, ErrorResult.Status(e.Kind)) : e.AsResult();
        var today = clock.Today();
        var guardian = CitizenId.Parse(form["guardianId"], today);
        var child = CitizenId.Parse(form["childId"], today);
        var wrong = Wrong(form, guardian, child, today);
        if (wrong.Count > 0)
            return Refused(wrong.Count == 1 ? wrong[0] : wrong[0] with { Also = wrong });
        if (await people.NamedOtherwise(guardian.Value.ToString(), form["guardianName"].ToString().Trim(), ct))
            return Refused(OtherName("guardianName"));
        if (await people.NamedOtherwise(child.Value.ToString(), form["childName"].ToString().Trim(), ct))
            return Refused(OtherName("childName"));
        var ward = await people.Checked(PersonRow.Natural, child.Value.ToString(), form["childName"].ToString().Trim(), "", child.Value.Division, 3, ct);
        var key = people.KeyOf(guardian.Value.ToString());
        if (!await mandates.Holds(MandateRow.Guardian, key, people.KeyOf(child.Value.ToString()), ct))
        {
            mandates.Add(MandateRow.Guardian, key, form["guardianName"].ToString().Trim(), ward, form["basis"].ToString(),
                MandateRow.LastDayAsMinor(child.Value.BirthDate), db.Actor.Id);
        }
        once.Answer(StatusCodes.Status303SeeOther, CheckInPerson.Path);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Refused(Error.Conflict("guardian.changed", "资料刚刚被改过", "It was changed a moment ago", "请再提交一次", "Submit once more"));
        Flash.Leave(http, node, Tone.Done, new Words("监护关系已登记，监护人登录后可代办", "Recorded: the guardian may act after signing in"));
        return See.Other(CheckInPerson.Path);
    }

    static Error OtherName(string field) => Error.Invalid("guardian.other-name", "姓名与这个身份证号已核验的姓名不一致", "The name is not the one that was checked for this number", field,
        "请核对证件；姓名有变更的，请当事人先到窗口核验身份", "Look at the document again; a changed name is checked at the window first");

    static List<Error> Wrong(IFormCollection form, Result<CitizenId> guardian, Result<CitizenId> child, DateOnly today)
    {
        var wrong = new List<Error>();
        if (form["guardianName"].ToString().Trim().Length is 0 or > 60)
            wrong.Add(Error.Invalid("guardian.name", "请输入监护人姓名", "Enter the guardian's name", "guardianName"));
        if (!guardian.Ok)
            wrong.Add(guardian.Error with { Where = "guardianId" });
        else if (guardian.Value.AgeAt(today) < 18)
            wrong.Add(Error.Invalid("guardian.minor", "监护人应年满 18 周岁", "A guardian is at least 18", "guardianId"));
        if (form["childName"].ToString().Trim().Length is 0 or > 60)
            wrong.Add(Error.Invalid("guardian.child-name", "请输入孩子姓名", "Enter the child's name", "childName"));
        if (!child.Ok)
            wrong.Add(child.Error with { Where = "childId" });
        else if (child.Value.AgeAt(today) >= 18)
            wrong.Add(Error.Invalid("guardian.not-minor", "这个人已满 18 周岁，不再需要监护人代办", "This person is of age and acts for themself", "childId"));
        if (!Bases.Contains(form["basis"].ToString()))
            wrong.Add(Error.Invalid("guardian.basis", "请选择依据的材料", "Choose what it rests on", "basis"));
        return wrong;
    }
}
