using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
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
                a.Id, names.Member(a.Provider), names.Member(a.Consumer), names.Resource(a.Resource), State(a, book, clock.NowMs()), a.ValidUntil, book.UsedToday(a.Id)))], page.Next),
            Side = side ?? "",
            IsFirst = after is null,
            Waiting = await ShowNegotiations.Waiting(db, ct),
        });
    }

    public static async Task<IResult> One(string id, NodeDb db, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, AgreementBook book, TransparencyLog log, IItems items, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<AgreementRow>().AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct) is not { } row || Agreement.Read(row.Document) is not { } read)
            return TerminateAgreement.None.AsResult();
        var terms = read.Terms;
        var names = new UseNames(directory, catalogues);
        var transfers = await db.Set<TransferRow>().AsNoTracking().Where(t => t.AgreementId == id).OrderByDescending(t => t.CreatedAt).Take(20).ToListAsync(ct);
        var state = State(row, book, clock.NowMs());
        var month = new DateOnly(clock.Today().Year, clock.Today().Month, 1);
        var end = Math.Min(row.TerminatedAt ?? long.MaxValue, row.ValidUntil);
        // As this side metered it; the other side's log says the same.
        async Task<AgreementPage.Month> Used(DateOnly of)
        {
            var uses = await MonthlyUse.Of(log, id, of, terms.Plan?.Unit == PricePlan.Row, ct);
            var priced = terms.Plan is { } plan ? MonthlyPrice.Of(plan, uses, of, row.ValidFrom, end) : null;
            return new(of, uses.Sum(u => u.Calls), terms.Plan?.Unit == PricePlan.Row ? uses.Sum(u => u.Rows) : null, priced?.Fen,
                [.. uses.Select((u, i) => new AgreementPage.Part(u.Purpose, u.Calls, priced?.Lines[i].Fen))]);
        }
        List<AgreementPage.Month> months = [await Used(month), await Used(month.AddMonths(-1))];
        var unconfirmed = terms.Provider == node.Id ? await db.Set<UnackedRow>().AsNoTracking().CountAsync(u => u.AgreementId == id && u.At >= MonthlyUse.Began(month.AddMonths(-1)), ct) : 0;
        return Page.Of<AgreementPage>(new
        {
            Shown = new AgreementPage.Terms(
                row.Id, names.Member(terms.Provider), names.Member(terms.Consumer), names.Resource(terms.Resource), terms.Resource, terms.ResourceVersion,
                terms.QuotaPerDay, book.UsedToday(id), state, row.TerminatedAt, row.TerminatedBy is null ? null : names.Member(row.TerminatedBy), row.TerminationReason, row.Revision,
                state == "in-force" && terms.Consumer == node.Id && terms.Provider != node.Id && transfers.TrueForAll(t => t.State is TransferState.Completed or TransferState.Terminated)),
            Used = months,
            Unconfirmed = unconfirmed,
            Metering = MeteringSide.Of(terms, node.Id) is null ? null : $"/console/metering/{Uri.EscapeDataString(id)}/{MeteringPage.Of(month)}",
            Agreed = TermsFacts.Shown.Of(terms, ShowNegotiations.Offer(catalogues, terms)),
            Uses = (IReadOnlyList<AgreementPage.Use>)[.. transfers.Select(t => Use(t, names))],
            Asks = state == "in-force" && ShowNegotiations.Offer(catalogues, terms) is { } offer
                ? new AgreementPage.Asking([.. offer.Parameters.Select(p => new AgreementPage.Asked(p.Name, p.Type, p.Required, offer.Aggregate is null ? null : offer.Field(p.Name)?.Label))], terms.Purposes, terms.CaseRequired)
                : null,
            IsSubscribable = BeginSubscription.IsOpen(terms, node),
            Levels = (state == "in-force" && ShowNegotiations.Offer(catalogues, terms) is { } counted && AskAggregate.IsOpen(terms, counted, node) ? AskAggregate.Levels(terms, counted) : []).Select(l => (l.Depth, l.Name)).ToList(),
            IsFetchable = BeginBulk.IsOpen(terms, node),
            Items = await items.Names([.. terms.Purposes.Concat(months.SelectMany(m => m.Parts).Select(p => p.Purpose)).Distinct()], ct),
        });
    }

    static AgreementPage.Use Use(TransferRow row, UseNames names)
    {
        List<TransferMove> moves = row.Sending is null ? [.. Enum.GetValues<TransferMove>().Where(m => row.Next(row.State, row.Side, m) is not null)] : [];
        List<AgreementPage.Step> steps = [.. moves.Select(m => new AgreementPage.Step(m.ToString(), NameOf(m, row.State)))];
        if (row is { State: TransferState.Terminated, SuspendedBy: not null })
            steps.Add(new AgreementPage.Step(DecideTransfer.Lift, new Words("解除暂停", "Lift the suspension")));
        return new(row.Id, NameOf(row.State), row.Sending is not null, row.ChangedAt, row.SuspendedBy is null ? null : names.Member(row.SuspendedBy), row.Reason, steps, moves.Exists(m => m is TransferMove.Suspend or TransferMove.Terminate));
    }

    static Words NameOf(TransferMove move, TransferState state) => move switch
    {
        TransferMove.Start when state == TransferState.Requested => new("开始使用", "Start"),
        TransferMove.Start => new("恢复使用", "Take up"),
        TransferMove.Suspend => new("暂停使用", "Suspend"),
        TransferMove.Complete => new("完成", "Complete"),
        _ => new("结束", "End"),
    };

    static Words NameOf(TransferState state) => state switch
    {
        TransferState.Requested => new("使用方已提出", "Requested"),
        TransferState.Started => new("使用中", "In use"),
        TransferState.Suspended => new("已暂停", "Suspended"),
        TransferState.Completed => new("已完成", "Completed"),
        _ => new("已结束", "Ended"),
    };

    static string State(AgreementRow row, AgreementBook book, long now) =>
        row.TerminatedAt is not null ? "terminated" : now < row.ValidFrom ? "not-yet" : now >= row.ValidUntil ? "expired" : book.Find(row.Id) is { IsSuspended: true } ? "suspended" : "in-force";
}
