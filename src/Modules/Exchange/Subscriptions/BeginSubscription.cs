using System.Globalization;
using Microsoft.AspNetCore.Http;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>
/// A steward subscribes under an agreement that rests on the law. One that rests on consent is used by the system that handles the person's
/// matter, for only there the person consents.
/// </summary>
static class BeginSubscription
{
    const int LongestLife = 366;

    const string Page = "/console/subscriptions";

    public static bool IsOpen(AgreementTerms terms, NodeIdentity node) => terms.Subscription && !terms.Basis.IsConsent && terms.Consumer == node.Id && terms.Provider != node.Id;

    public static async Task<IResult> Handle(
        string id, HttpContext http, NodeDb db, NodeIdentity node, AgreementBook agreements, Catalogues catalogues, ISubscriptions subscriptions, IVault vault, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (agreements.Find(id) is not { } agreement || !IsOpen(agreement.Terms, node))
            return TerminateAgreement.None.AsResult();
        var form = await http.Request.ReadFormAsync(ct);
        var terms = agreement.Terms;
        var entered = AskedFor.Read(form, terms, ShowNegotiations.Offer(catalogues, terms)?.Parameters ?? []);
        if (!entered.Ok)
            return entered.Error.AsResult();
        var (parameters, subject, purpose, caseReference) = entered.Value;
        if (!DateOnly.TryParseExact(form["until"].ToString().Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) || day < clock.Today() || day > clock.Today().AddDays(LongestLife))
            return Wrong("until", "请填写一年以内的日期", "Give a day within a year").AsResult();
        var until = new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), LocalTime.Zone.BaseUtcOffset);
        var question = new ExchangeQuestion(
            terms.Provider, terms.Resource, parameters, terms.Fields, purpose, caseReference,
            subject is null ? "" : vault.BlindIndex(AnswerQuery.PersonContext, parameters[subject.Name]), null, db.Actor.Id)
        {
            AgreementId = terms.Id,
        };
        // Stored with the subscription, whatever the provider then says: the list shows it.
        once.Answer(StatusCodes.Status303SeeOther, Page);
        var begun = await subscriptions.Subscribe(question, until, ct);
        if (!begun.Ok)
            return begun.Error.AsResult();
        Flash.Leave(http, node, Tone.Done, new Words("已订阅", "Subscribed"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, Page, null);
    }

    static Error Wrong(string where, string zh, string en) => Error.Invalid("subscription.entry", zh, en, where, "改正后重新提交", "Correct it and submit again");
}
