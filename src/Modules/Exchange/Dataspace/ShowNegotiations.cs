using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The steward's view of negotiations: a list, the newest first, each with what is on the table and what can be done.</summary>
static class ShowNegotiations
{
    /// <summary>More than so many that are overdue at once are not looked through.</summary>
    const int MostOverdue = 500;

    public static async Task<IResult> List(
        NodeDb db, RegionDirectory directory, Catalogues catalogues, ExchangeOptions options, WorkingCalendar calendar, TimeProvider clock, CancellationToken ct, string? after = null, string? state = null)
    {
        var rows = db.Set<NegotiationRow>().AsNoTracking();
        var names = new UseNames(directory, catalogues);
        NegotiationsPage.Row Row(NegotiationRow n)
        {
            var due = NegotiationClock.Due(n.Times, options, calendar);
            return new(n.Id, names.Resource(n.Resource), names.Member(n.Peer), n.Side == DspSide.Provider, n.State.ToString(), IsOurs(n), n.Sending is not null, n.ChangedAt, NegotiationClock.DaysLeft(due, calendar, clock.Today()), due?.Provisional ?? false);
        }
        if (state is "open" or "overdue")
            rows = rows.Where(n => n.State != NegotiationState.Finalized && n.State != NegotiationState.Terminated);
        // Both sides see what the provider owes, the longest overdue first.
        if (state == "overdue")
        {
            var late = (await rows.OrderBy(n => n.ChangedAt).Take(MostOverdue).ToListAsync(ct)).ConvertAll(Row).Where(n => n.DaysLeft < 0).OrderBy(n => n.DaysLeft).ToList();
            return Page.Of<NegotiationsPage>(new { Rows = new Kernel.Page<NegotiationsPage.Row>(late, null), State = state, IsFirst = true });
        }
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            var last = key.Value[0];
            rows = rows.Where(n => string.Compare(n.Id, last) < 0);
        }
        // Ids begin with their time.
        var page = Cursor.Page(await rows.OrderByDescending(n => n.Id).Take(51).ToListAsync(ct), 50, n => [n.Id]);
        return Page.Of<NegotiationsPage>(new
        {
            Rows = new Kernel.Page<NegotiationsPage.Row>([.. page.Items.Select(Row)], page.Next),
            State = state ?? "",
            IsFirst = after is null,
        });
    }

    public static async Task<IResult> One(string id, NodeDb db, RegionDirectory directory, Catalogues catalogues, IItems items, CancellationToken ct) =>
        await db.Set<NegotiationRow>().AsNoTracking().SingleOrDefaultAsync(n => n.Id == id, ct) is { } row
            ? await Shown(row, directory, catalogues, items, null, null, ct)
            : DecideNegotiation.None.AsResult();

    /// <param name="error">Why the step that was <paramref name="entered"/> is refused.</param>
    public static async Task<IResult> Shown(NegotiationRow row, RegionDirectory directory, Catalogues catalogues, IItems items, Error? error, IFormCollection? entered, CancellationToken ct)
    {
        var terms = row.OnTable;
        var names = new UseNames(directory, catalogues);
        var open = NegotiationRules.Open(row.State, row.Side).ToList();
        return Page.Of<NegotiationPage>(new
        {
            Shown = new NegotiationPage.Negotiation(
                row.Id, names.Resource(row.Resource), names.Member(row.Peer), row.Side == DspSide.Provider, row.State.ToString(), row.Sending?.ToString(), row.LastError, row.OfferId, row.AgreementId, row.CreatedAt, row.ChangedAt,
                row.TerminatedBy is null ? null : names.Member(row.TerminatedBy), row.Reason,
                [.. open.Where(m => m is not (NegotiationMove.Terminate or NegotiationMove.Offer or NegotiationMove.Request)).Select(m => m.ToString())],
                open.Where(m => m is NegotiationMove.Offer or NegotiationMove.Request).Select(m => m.ToString()).FirstOrDefault(), open.Contains(NegotiationMove.Terminate)),
            OnTable = TermsFacts.Shown.Of(terms, Offer(catalogues, terms)),
            Items = await items.Names([.. terms.Purposes], ct),
            Error = error,
            Entered = entered,
        }, error is null ? StatusCodes.Status200OK : ErrorResult.Status(error.Kind));
    }

    /// <summary>To ask another government for a resource: first which, then on which terms.</summary>
    public static async Task<IResult> New(NodeIdentity node, RegionDirectory directory, Catalogues catalogues, CancellationToken ct, string? resource = null) =>
        Asking(node, await Offered(node, directory, catalogues, ct), resource, null, null);

    public static IResult Asking(NodeIdentity node, IReadOnlyList<FromNode> all, string? resource, Error? error, IFormCollection? entered)
    {
        var chosen = resource is null ? null : all.FirstOrDefault(o => Key(o.Node.NodeId, o.Offer.Code) == resource);
        return Page.Of<NewNegotiationPage>(new
        {
            Resources = (IReadOnlyList<NewNegotiationPage.Choosable>)[.. all.Select(o => new NewNegotiationPage.Choosable(Key(o.Node.NodeId, o.Offer.Code), o.Node.IsSociety ? new Words($"{o.Node.Name.Zh}（{ClassWords.Of(o.Node.NodeId).Zh}）", $"{o.Node.Name.En} ({ClassWords.Of(o.Node.NodeId).En})") : o.Node.Name, o.Offer.Name, o.Offer.DepartmentName))],
            Resource = chosen is null ? "" : resource!,
            chosen?.Offer.Name,
            chosen?.Offer.Summary,
            Asked = chosen is null ? null : TermsFacts.Shown.Of(StandingOffer.Of(chosen.Offer, chosen.Node.NodeId, node.Id), chosen.Offer),
            Error = error,
            Entered = entered,
        }, error is null ? StatusCodes.Status200OK : ErrorResult.Status(error.Kind));
    }

    public sealed record FromNode(MemberEntry Node, ResourceOffer Offer);

    /// <summary>What the other governments share, as far as they can be reached or were before.</summary>
    public static async Task<IReadOnlyList<FromNode>> Offered(NodeIdentity node, RegionDirectory directory, Catalogues catalogues, CancellationToken ct)
    {
        var others = directory.Trusted.Document.Members.Where(m => !m.IsHub && m.NodeId != node.Id).ToList();
        var documents = await Task.WhenAll(others.Select(m => catalogues.Of(m.NodeId, ct)));
        return [.. others.Zip(documents).Where(p => p.Second.Ok).SelectMany(p => p.Second.Value.Resources.DistinctBy(r => r.Code).Where(StandingOffer.IsOffered).OrderBy(r => r.Code, StringComparer.Ordinal).Select(r => new FromNode(p.First, r)))];
    }

    public static string Key(string node, string code) => $"{node}|{code}";

    public static ResourceOffer? Offer(Catalogues catalogues, AgreementTerms terms) =>
        catalogues.Held.FirstOrDefault(c => c.NodeId == terms.Provider)?.Resources.Where(r => r.Code == terms.Resource).OrderByDescending(r => r.Version == terms.ResourceVersion).FirstOrDefault();

    /// <summary>How many wait for this side's steward.</summary>
    public static async Task<int> Waiting(NodeDb db, CancellationToken ct) =>
        (await db.Set<NegotiationRow>().AsNoTracking().Where(n => n.Sending == null && n.State != NegotiationState.Finalized && n.State != NegotiationState.Terminated).Select(n => new { n.Side, n.State }).ToListAsync(ct))
            .Count(n => NegotiationRules.Open(n.State, n.Side).Any(m => m != NegotiationMove.Terminate));

    /// <summary>It waits for this side's steward.</summary>
    static bool IsOurs(NegotiationRow row) => row.Sending is null && NegotiationRules.Open(row.State, row.Side).Any(m => m != NegotiationMove.Terminate);

    /// <summary>A browser is shown its form again; a program gets the error.</summary>
    public static bool AsksForPage(this HttpContext http) => http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
