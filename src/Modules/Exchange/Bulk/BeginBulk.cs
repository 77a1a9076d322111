using Microsoft.AspNetCore.Http;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A steward asks for everything that a question finds, under an agreement that grants it.</summary>
static class BeginBulk
{
    const string Page = "/console/bulk";

    public static bool IsOpen(AgreementTerms terms, NodeIdentity node) => TakeBulk.NotAgreed(terms) is null && terms.Consumer == node.Id && terms.Provider != node.Id;

    public static async Task<IResult> Handle(
        string id, HttpContext http, NodeDb db, NodeIdentity node, AgreementBook agreements, Catalogues catalogues, AskProvider ask, BulkSignal signal, IVault vault, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (agreements.Find(id) is not { } agreement || !IsOpen(agreement.Terms, node))
            return TerminateAgreement.None.AsResult();
        var form = await http.Request.ReadFormAsync(ct);
        var terms = agreement.Terms;
        var entered = AskedFor.Read(form, terms, ShowNegotiations.Offer(catalogues, terms)?.Parameters ?? []);
        if (!entered.Ok)
            return entered.Error.AsResult();
        var prepared = await ask.Prepare(new ExchangeQuestion(terms.Provider, terms.Resource, entered.Value.Parameters, terms.Fields, entered.Value.Purpose, entered.Value.Case, "", null, db.Actor.Id) { AgreementId = terms.Id }, ct);
        if (!prepared.Ok)
            return prepared.Error.AsResult();
        var message = prepared.Value.Message;
        db.Add(new BulkRow
        {
            Id = message.ExchangeId,
            Side = DspSide.Consumer,
            Peer = terms.Provider,
            AgreementId = terms.Id,
            Resource = terms.Resource,
            Purpose = message.Purpose,
            CaseReference = message.CaseReference,
            Query = vault.Seal(message.ToJson(), BulkRow.SealContext),
            CreatedAt = clock.NowMs(),
            Division = node.Division,
            Department = db.Actor.Department ?? "",
        });
        once.Answer(StatusCodes.Status303SeeOther, Page);
        await db.SaveChangesAsync(ct);
        signal.Raise();
        Flash.Leave(http, node, Tone.Done, new Words("已请求，准备好后自动取回", "Asked for; it is fetched as soon as it is ready"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, Page, null);
    }
}

/// <summary>What a steward fills in to ask under an agreement.</summary>
/// <param name="Subject">The parameter that says whom it is about; null when none does.</param>
sealed record AskedFor(IReadOnlyDictionary<string, string> Parameters, ResourceParameter? Subject, string Purpose, string Case)
{
    public static Result<AskedFor> Read(IFormCollection form, AgreementTerms terms, IReadOnlyList<ResourceParameter> declared)
    {
        string Text(string name) => form[name].ToString().Trim();
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        ResourceParameter? subject = null;
        foreach (var parameter in declared)
        {
            if (Text("p." + parameter.Name) is { Length: > 0 and <= 64 } value)
            {
                parameters[parameter.Name] = value;
                subject ??= parameter.Type is "citizen-id" or "credit-code" ? parameter : null;
            }
            else if (parameter.Required)
            {
                return Wrong("p." + parameter.Name, "请填写查询条件", "Fill in what is asked by");
            }
        }
        return terms.CaseRequired && Text("case").Length is 0 or > 64
            ? Wrong("case", "请填写办件编号", "Give the number of the case")
            : new AskedFor(parameters, subject, Text("purpose"), Text("case"));
    }

    static Error Wrong(string where, string zh, string en) => Error.Invalid("agreement.entry", zh, en, where, "改正后重新提交", "Correct it and submit again");
}
