using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The steward's agreements: a list by id, and each with its terms and today's use.</summary>
static class ShowAgreements
{
    public static async Task<IResult> List(NodeDb db, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, AgreementBook book, TimeProvider clock, CancellationToken ct, string? after = null, string? side = null)
    {
        var rows = db.Set<AgreementRow>().AsNoTracking();
        if (side == "provider")
            rows = rows.Where(a => a.Provider == node.Id);
        else if (side == "consumer")
            rows = rows.Where(a => a.Consumer == node.Id);
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            var last = key.Value[0];
            rows = rows.Where(a => string.Compare(a.Id, last) > 0);
        }
        var page = Cursor.Page(await rows.OrderBy(a => a.Id).Take(51).ToListAsync(ct), 50, a => [a.Id]);
        var names = new UseNames(directory, catalogues);
        return Page.Of<AgreementsPage>(new
        {
            Rows = new Kernel.Page<AgreementsPage.Row>([.. page.Items.Select(a => new AgreementsPage.Row(
                a.Id, names.Node(a.Provider), names.Node(a.Consumer), names.Resource(a.Resource), State(a, clock.NowMs()), a.ValidUntil, book.UsedToday(a.Id)))], page.Next),
            Side = side ?? "",
            IsFirst = after is null,
        });
    }

    public static async Task<IResult> One(string id, NodeDb db, RegionDirectory directory, Catalogues catalogues, AgreementBook book, IItems items, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<AgreementRow>().AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct) is not { } row || Agreement.Read(row.Document) is not { } read)
            return TerminateAgreement.None.AsResult();
        var terms = read.Terms;
        var names = new UseNames(directory, catalogues);
        var offer = catalogues.Held.FirstOrDefault(c => c.NodeId == terms.Provider)?.Resources.FirstOrDefault(r => r.Code == terms.Resource);
        return Page.Of<AgreementPage>(new
        {
            Shown = new AgreementPage.Terms(
                row.Id, names.Node(terms.Provider), names.Node(terms.Consumer), names.Resource(terms.Resource), terms.Resource, terms.ResourceVersion,
                [.. terms.Fields.Select(f => offer?.Field(f)?.Label ?? new Words(f, f))], terms.Purposes, terms.CaseRequired, terms.Basis.Text, terms.ValidFrom, terms.ValidUntil,
                terms.QuotaPerDay, book.UsedToday(id), State(row, clock.NowMs()), row.TerminatedAt, row.TerminatedBy is null ? null : names.Node(row.TerminatedBy), row.TerminationReason, row.Revision),
            Items = await items.Names([.. terms.Purposes], ct),
        });
    }

    static string State(AgreementRow row, long now) =>
        row.TerminatedAt is not null ? "terminated" : now < row.ValidFrom ? "not-yet" : now >= row.ValidUntil ? "expired" : "in-force";
}
