using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>Disputes as their sides see them: the person, the first receiver's steward, the provider's.</summary>
static class ShowDisputes
{
    /// <summary>The person's own, the newest first, and what was corrected of what was given out about them.</summary>
    public static async Task<IResult> Mine(NodeDb db, RegionDirectory directory, Catalogues catalogues, IVault vault, WorkingCalendar calendar, TimeProvider clock, CancellationToken ct, string? after = null)
    {
        var last = "";
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            last = key.Value[0];
        }
        var own = db.OwnKeys;
        var rows = await db.Set<DisputeRow>().AsNoTracking().Where(d => d.Side == DspSide.Consumer && own.Contains(d.SubjectKey) && (last == "" || string.Compare(d.Id, last) < 0)).OrderByDescending(d => d.Id).Take(21).ToListAsync(ct);
        var page = Cursor.Page(rows, 20, d => [d.Id]);
        var names = new UseNames(directory, catalogues);
        return Page.Of<MyDisputesPage>(new
        {
            Rows = new Kernel.Page<DisputePage.View>([.. page.Items.Select(d => View(d, names, vault, calendar, clock))], page.Next),
            IsFirst = after is null,
        });
    }

    /// <summary>The steward's, what is due first on top; and the corrections that came of disputes raised anywhere.</summary>
    public static async Task<IResult> List(NodeDb db, RegionDirectory directory, Catalogues catalogues, IVault vault, WorkingCalendar calendar, TimeProvider clock, CancellationToken ct, string? side = null, string? after = null)
    {
        var of = side == "consumer" ? DspSide.Consumer : DspSide.Provider;
        var rows = db.Set<DisputeRow>().AsNoTracking().Where(d => d.Side == of);
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            var last = key.Value[0];
            rows = rows.Where(d => string.Compare(d.Id, last) < 0);
        }
        // Ids begin with their time, and all clocks run equally long: of the open ones the oldest is due first.
        var open = after is null ? await rows.Where(d => d.State == DisputeState.Open).OrderBy(d => d.DueOn).ThenBy(d => d.Id).Take(200).ToListAsync(ct) : [];
        var page = Cursor.Page(await rows.Where(d => d.State != DisputeState.Open).OrderByDescending(d => d.Id).Take(51).ToListAsync(ct), 50, d => [d.Id]);
        var names = new UseNames(directory, catalogues);
        var corrections = after is null ? await db.Set<CorrectionRow>().AsNoTracking().OrderByDescending(c => c.At).Take(20).ToListAsync(ct) : [];
        var exchanges = corrections.Select(c => c.ExchangeId).ToList();
        var whole = await db.Set<BulkRow>().AsNoTracking().Where(b => b.Side == DspSide.Consumer && exchanges.Contains(b.Id)).Select(b => b.Id).ToHashSetAsync(ct);
        return Page.Of<DisputesPage>(new
        {
            Rows = new Kernel.Page<DisputePage.View>([.. open.Concat(page.Items).Select(d => View(d, names, vault, calendar, clock))], page.Next),
            Side = of == DspSide.Consumer ? "consumer" : "provider",
            Overdue = await Overdue(db, ct),
            IsFirst = after is null,
            Corrections = (IReadOnlyList<DisputesPage.Correction>)[.. corrections.Select(c => new DisputesPage.Correction(names.Node(c.Provider), names.Resource(c.Resource), names.Field(c.Resource, c.Field), c.CaseReference, c.ExchangeId, c.At, whole.Contains(c.ExchangeId)))],
        });
    }

    /// <summary>Open ones that the actor sees and that are overdue, at either side.</summary>
    public static Task<int> Overdue(NodeDb db, CancellationToken ct) => db.Set<DisputeRow>().CountAsync(d => d.State == DisputeState.Open && d.OverdueAt != null, ct);

    public static Task<IResult> OfProvider(
        string id, NodeDb db, RegionDirectory directory, Catalogues catalogues, IAccessRecords records, IVault vault, WorkingCalendar calendar, TimeProvider clock, CancellationToken ct) =>
        One(DspSide.Provider, id, db, directory, catalogues, records, vault, calendar, clock, ct);

    public static Task<IResult> OfFirstReceiver(
        string id, NodeDb db, RegionDirectory directory, Catalogues catalogues, IAccessRecords records, IVault vault, WorkingCalendar calendar, TimeProvider clock, CancellationToken ct) =>
        One(DspSide.Consumer, id, db, directory, catalogues, records, vault, calendar, clock, ct);

    /// <summary>One, with what is said in it. Reading it is recorded for whom it is about.</summary>
    static async Task<IResult> One(DspSide side, string id, NodeDb db, RegionDirectory directory, Catalogues catalogues, IAccessRecords records, IVault vault, WorkingCalendar calendar, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<DisputeRow>().AsNoTracking().SingleOrDefaultAsync(d => d.Id == id && d.Side == side, ct) is not { } row)
            return None.AsResult();
        var names = new UseNames(directory, catalogues);
        await records.Record(new AccessRecord(row.SubjectKey, db.Actor.Id, row.Department, new Words("数据异议", "a dispute about data"), "", row.CaseReference, names.Resource(row.Resource)), ct);
        return Page.Of<DisputePage>(new { Shown = View(row, names, vault, calendar, clock), Subject = DecideDispute.Words(row, vault).Subject });
    }

    static DisputePage.View View(DisputeRow row, UseNames names, IVault vault, WorkingCalendar calendar, TimeProvider clock)
    {
        var words = DecideDispute.Words(row, vault);
        return new DisputePage.View(
            row.Id, row.Side == DspSide.Provider ? "provider" : "consumer", names.Node(row.Peer), names.Resource(row.Resource), names.Field(row.Resource, row.Field), row.State.ToString(),
            row.RaisedAt, DateOnly.ParseExact(row.DueOn, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), row.DaysLeft(calendar, clock.Today()), row.IsProvisional, words.Claim, words.Answer, row.AnsweredAt, row.ExchangeId, row.CaseReference, row.IsBeforeKnown, row.Revision);
    }

    public static readonly Error None = Error.NotFound("dispute.not-found", "没有这项异议", "There is no such dispute");
}
