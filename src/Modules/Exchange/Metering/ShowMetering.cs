using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A month's use by agreement as both sides metered it, and each exchange in which they differ.</summary>
static class ShowMetering
{
    const int PageSize = 50;

    public static async Task<IResult> List(NodeDb db, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, MeteringTally tally, TimeProvider clock, CancellationToken ct, string? month = null, string? after = null)
    {
        var now = MeteringTally.MonthOf(clock.Today());
        if ((month is null ? now : MonthOf(month)) is not { } of)
            return NoMonth.AsResult();
        var last = "";
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            last = key.Value[0];
        }
        var all = await tally.Now(ct);
        var used = all.Where(u => u.Month == of && u.Consumer != u.Provider && u.Units > 0 && string.CompareOrdinal(u.Agreement, last) > 0)
            .GroupBy(u => u.Agreement, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Take(PageSize + 1).ToList();
        var page = Cursor.Page(used, PageSize, g => [g.Key]);
        var (ids, name) = (page.Items.Select(g => g.Key).ToList(), ReconcileMonths.NameOf(of));
        var compared = await db.Set<ReconciliationRow>().AsNoTracking().Where(r => r.Month == name && ids.Contains(r.AgreementId)).ToDictionaryAsync(r => r.AgreementId, StringComparer.Ordinal, ct);
        var names = new UseNames(directory, catalogues);
        return Page.Of<MeteringPage>(new
        {
            Month = of,
            Months = (IReadOnlyList<DateOnly>)[.. all.Select(u => u.Month).Append(now).Distinct().OrderDescending().Take(24)],
            Rows = new Kernel.Page<MeteringPage.Row>([.. page.Items.Select(g => Row(g, compared.GetValueOrDefault(g.Key), node, names))], page.Next),
            IsFirst = after is null,
        });
    }

    static MeteringPage.Row Row(IGrouping<string, MonthUse> used, ReconciliationRow? compared, NodeIdentity node, UseNames names)
    {
        var one = used.First();
        var provides = one.Provider == node.Id;
        return new(one.Agreement, names.Resource(one.Resource), names.Node(provides ? one.Consumer : one.Provider), provides, used.Sum(u => u.Units), State(compared));
    }

    static MeteringPage.Compared? State(ReconciliationRow? row) => row is null ? null : new(
        row.ProviderRecords, row.ProviderUnits, row.ConsumerRecords, row.ConsumerUnits, row.Confirmed, row.Open, row.Explained, row.ComparedAt, row.Trouble);

    public static async Task<IResult> One(string id, string month, NodeDb db, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, AgreementBook agreements, CancellationToken ct, string? after = null)
    {
        if (MonthOf(month) is not { } of)
            return NoMonth.AsResult();
        if (agreements.Find(id) is not { } agreement || MeteringSide.Of(agreement.Terms, node.Id) is not { } side)
            return TerminateAgreement.None.AsResult();
        var first = 0;
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            if (!int.TryParse(key.Value[0], NumberStyles.None, CultureInfo.InvariantCulture, out var last) || last == int.MaxValue)
                return Cursor.Invalid.AsResult();
            first = last + 1;
        }
        var name = ReconcileMonths.NameOf(of);
        var rows = await db.Set<MeteringDifferenceRow>().AsNoTracking().Where(d => d.AgreementId == id && d.Month == name && d.Number >= first).OrderBy(d => d.Number).Take(PageSize + 1).ToListAsync(ct);
        var names = new UseNames(directory, catalogues);
        return Page.Of<MeteringMonthPage>(new
        {
            Id = id,
            Month = of,
            Resource = names.Resource(agreement.Terms.Resource),
            Peer = names.Node(side.Peer),
            side.IsProvider,
            Compared = State(await db.Set<ReconciliationRow>().AsNoTracking().SingleOrDefaultAsync(r => r.AgreementId == id && r.Month == name, ct)),
            Rows = Named(Cursor.Page(rows, PageSize, d => [d.Number])),
            IsFirst = after is null,
        });
    }

    static Kernel.Page<MeteringMonthPage.Row> Named(Kernel.Page<MeteringDifferenceRow> page) => new(
        [.. page.Items.Select(d => new MeteringMonthPage.Row(d.Number, MeteringWords.Said(d.Kind), Difference.IsExplained(d.Kind), d.ExchangeId, d.ProviderIndex, d.ProviderUnits, d.ConsumerIndex, d.ConsumerUnits, d.At))], page.Next);

    /// <summary>Null when it is no month.</summary>
    static DateOnly? MonthOf(string text) => DateOnly.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month) && month.Year is > 2000 and < 9000 ? month : null;

    internal static readonly Error NoMonth = Error.Invalid("metering.month", "月份写作 2026-11", "A month is written 2026-11", "month", "请从列表中选择月份", "Choose a month from the list");

    /// <summary>Compares with the other side now.</summary>
    public static async Task<IResult> Compare(string id, string month, HttpContext http, NodeIdentity node, ReconcileMonths months, CancellationToken ct)
    {
        if (MonthOf(month) is not { } of)
            return NoMonth.AsResult();
        var done = await months.Run(id, of, ct);
        if (!done.Ok)
            return done.Error.AsResult();
        Flash.Leave(http, node, Tone.Done, new Words("已与对方逐笔核对", "Compared with the other side, exchange by exchange"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, $"/console/metering/{Uri.EscapeDataString(id)}/{month}", null);
    }
}
