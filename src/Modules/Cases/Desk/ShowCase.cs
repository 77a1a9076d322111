using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Notices;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Desk;

/// <summary>A case on an officer's desk: facts and evidence, form and materials, the lawful next acts and what has happened. The person is told of every opening.</summary>
static class ShowCase
{
    public static void Map(Faces faces)
    {
        faces.Console.MapGet("/cases/{number}", Handle).Only(OfficerActs.Officers);
    }

    static async Task<IResult> Handle(string number, Dossiers dossiers, CaseShowing showing, IAccessRecords records, NodeDb db, CancellationToken ct)
    {
        var found = await dossiers.ByNumber(number, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        await CaseRead.Record(records, db.Actor, found.Value, ct);
        return await showing.Page(found.Value, ct);
    }
}

/// <summary>Makes the case page, first time or after a refused act.</summary>
sealed class CaseShowing(NodeDb db, SealedJson seal, INotices notices, IDisputes disputes, WorkingCalendar calendar, TimeProvider clock)
{
    /// <param name="at">Address the refused form was sent to: its panel shows the error.</param>
    public async Task<IResult> Page(Dossier dossier, CancellationToken ct, Error? error = null, IFormCollection? entered = null, string? at = null)
    {
        var sent = await notices.OfCase(dossier.Row.Number, ct);
        var acts = LawfulActs.Of(dossier, db.Actor, clock.Today());
        return Tongban.Web.Page.Of<CasePage>(new
        {
            View = new CaseView(dossier, acts, dossier.Steps.Where(s => s.Outcome is not null).ToDictionary(s => s.StepId, s => seal.Open<StepOutcome>(s.Outcome!, Dossiers.OutcomeColumn))),
            Notices = sent,
            Disputes = await disputes.Of([.. dossier.Body.Requirements.Select(r => r.Evidence?.ExchangeId).OfType<string>()], ct),
            Previews = acts.Decides ? Previews(dossier) : new Dictionary<NoticeKind, NoticeText>(),
            Error = error,
            Entered = entered,
            At = at,
        }, error is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    Dictionary<NoticeKind, NoticeText> Previews(Dossier dossier)
    {
        var facts = dossier.Facts();
        var today = clock.Today();
        var reason = new Words("（您写的理由）", "(the reason you write)");
        var statutory = CaseClock.Due(calendar, today, dossier.Row.StatutoryDays, []);
        var promised = CaseClock.Due(calendar, today, dossier.Row.PromisedDays, []);
        var supplement = calendar.Add(today, CaseClock.DaysToSupplement);
        var due = new NoticeDetails(StatutoryDue: CaseClock.Iso(statutory.Date), PromisedDue: CaseClock.Iso(promised.Date))
        {
            DueProvisional = statutory.Provisional || promised.Provisional,
            PromisedProvisional = promised.Provisional,
        };
        return new Dictionary<NoticeKind, NoticeText>
        {
            [NoticeKind.Accepted] = notices.Preview(NoticeKind.Accepted, facts, due),
            [NoticeKind.NotAccepted] = notices.Preview(NoticeKind.NotAccepted, facts, new NoticeDetails(reason)),
            [NoticeKind.Approved] = notices.Preview(NoticeKind.Approved, facts, new NoticeDetails(reason)),
            [NoticeKind.Refused] = notices.Preview(NoticeKind.Refused, facts, new NoticeDetails(reason)),
            [NoticeKind.Supplement] = notices.Preview(NoticeKind.Supplement, facts, new NoticeDetails(Wanted:
                [new SupplementWanted("", new("（您选择的材料）", "(the documents you choose)"), reason, CaseClock.Iso(supplement.Date)) { Provisional = supplement.Provisional }])),
        };
    }
}

sealed record CaseView(Dossier Dossier, LawfulActs Acts, IReadOnlyDictionary<string, StepOutcome> Outcomes);

/// <summary>What this officer may lawfully do with the case now; the page offers nothing else.</summary>
/// <param name="Steps">Steps of the officer's department that can be worked on.</param>
sealed record LawfulActs(bool Decides, bool Accept, bool NotAccept, bool Supplement, bool Extend, bool Approve, bool Refuse, IReadOnlyList<Step> Steps)
{
    public bool Any => Accept || NotAccept || Supplement || Extend || Approve || Refuse || Steps.Count > 0;

    public static LawfulActs Of(Dossier d, Actor actor, DateOnly today)
    {
        var decides = Dossier.Decides(actor, d.Row);
        var received = d.Row.State == CaseState.Received;
        var accepted = d.Row.State == CaseState.Accepted;
        var lapsed = d.SupplementLapsed(today);
        return new LawfulActs(
            decides,
            Accept: decides && received,
            NotAccept: decides && (received || (lapsed && d.Row.AcceptedOn is null)),
            Supplement: decides && (received || accepted) && !d.Row.SupplementUsed && !d.EffectEntered,
            Extend: decides && accepted && d.Row.ExtendedDays == 0,
            Approve: decides && accepted && d.AllStepsDone && d.Promised.Count == 0,
            Refuse: decides && !d.EffectBegun && ((accepted && d.StepsSettled) || (lapsed && d.Row.AcceptedOn is not null)),
            Steps: [.. d.Steps.Where(s => d.Row.State is CaseState.Accepted or CaseState.Supplement
                && s.State is (StepState.Ready or StepState.Working) && (actor.Department is null || actor.Department == s.Department))]);
    }
}
