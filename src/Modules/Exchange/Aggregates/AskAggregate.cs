using System.Globalization;
using Microsoft.AspNetCore.Http;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A steward looks at counts of groups under an agreement: a query like any other, counted, logged and metered at both sides. What comes is shown and not kept.</summary>
static class AskAggregate
{
    public static bool IsOpen(AgreementTerms terms, ResourceOffer? offer, NodeIdentity node) => offer?.Aggregate is not null && terms.Consumer == node.Id && !terms.Basis.IsConsent;

    /// <summary>How far down a question may go: by name of the last dimension, each with what is above it.</summary>
    public static IReadOnlyList<(int Depth, Words Name)> Levels(AgreementTerms terms, ResourceOffer offer)
    {
        var shape = offer.Aggregate!;
        var granted = shape.Dimensions.TakeWhile(terms.Fields.Contains).Count();
        return [.. Enumerable.Range(shape.Always, Math.Max(0, granted - shape.Always + 1)).Select(depth => (depth, depth == 0
            ? new Words("合计", "In all")
            : new Words(Named(offer, depth, l => l.Zh), Named(offer, depth, l => l.En))))];
    }

    static string Named(ResourceOffer offer, int depth, Func<Words, string> say) =>
        string.Join(" › ", offer.Aggregate!.Dimensions.Take(depth).Select(d => say(offer.Field(d)?.Label ?? new Words(d, d))));

    public static async Task<IResult> Handle(
        string id, HttpContext http, NodeDb db, NodeIdentity node, RegionDirectory directory, AgreementBook agreements, Catalogues catalogues, AskProvider ask, CancellationToken ct)
    {
        if (agreements.Find(id) is not { } agreement || ShowNegotiations.Offer(catalogues, agreement.Terms) is not { } offer || !IsOpen(agreement.Terms, offer, node))
            return TerminateAgreement.None.AsResult();
        var (terms, form) = (agreement.Terms, await http.Request.ReadFormAsync(ct));
        var levels = Levels(terms, offer);
        if (!int.TryParse(form["level"], NumberStyles.None, CultureInfo.InvariantCulture, out var depth) || !levels.Any(l => l.Depth == depth))
            return Error.Invalid("aggregate.level", "请选择汇总到哪一级", "Choose the level", "level").AsResult();
        List<string> above = [.. offer.Aggregate!.Dimensions.Take(depth)];
        var entered = AskedFor.Read(form, terms, [.. offer.Parameters.Where(p => above.Contains(p.Name))]);
        if (!entered.Ok)
            return entered.Error.AsResult();
        List<string> fields = [.. above, .. terms.Fields.Where(f => !offer.Aggregate.Dimensions.Contains(f))];
        var answer = await ask.Query(new ExchangeQuestion(terms.Provider, terms.Resource, entered.Value.Parameters, fields, entered.Value.Purpose, entered.Value.Case, "", null, db.Actor.Id), ct);
        if (!answer.Ok)
            return answer.Error.AsResult();
        var names = new UseNames(directory, catalogues);
        var (got, withheld) = (answer.Value, answer.Value.Withheld);
        return Page.Of<AggregatePage>(new
        {
            Resource = offer.Name,
            Provider = names.Member(terms.Provider),
            Agreement = got.AgreementId,
            Level = levels.Single(l => l.Depth == depth).Name,
            Columns = (IReadOnlyList<AggregatePage.Column>)[.. fields.Select(f => new AggregatePage.Column(f, offer.Field(f)?.Label ?? new Words(f, f), !above.Contains(f)))],
            got.Rows,
            got.AsOf,
            Withheld = withheld?.Groups ?? 0,
            OrMore = withheld?.OrMore ?? false,
            Least = terms.LeastGroup ?? offer.Aggregate.LeastGroup ?? AggregateShape.LeastAllowed,
            LogIndex = got.ConsumerLogIndex,
        });
    }
}
