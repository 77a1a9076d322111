using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The person's consents, newest first (ids rise with time).</summary>
static class ListConsents
{
    public static async Task<IResult> Handle(NodeDb db, RegionDirectory directory, Catalogues catalogues, IMatters matters, TimeProvider clock, CancellationToken ct, string? after = null)
    {
        var rows = db.Set<ConsentRow>().AsNoTracking();
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            var last = key.Value[0];
            rows = rows.Where(c => string.Compare(c.Id, last) < 0);
        }
        var page = Cursor.Page(await rows.OrderByDescending(c => c.Id).Take(Cursor.DefaultSize + 1).ToListAsync(ct), Cursor.DefaultSize, c => [c.Id]);
        var named = await matters.Named([.. page.Items.Select(c => c.CaseReference)], ct);
        var names = new UseNames(directory, catalogues);
        return Page.Of<MyConsentsPage>(new
        {
            Rows = new Kernel.Page<MyConsentsPage.Consent>([.. page.Items.Select(c => Shown(c, names, named.GetValueOrDefault(c.CaseReference)))], page.Next),
            Now = clock.NowMs(),
            IsFirst = after is null,
        });
    }

    static MyConsentsPage.Consent Shown(ConsentRow row, UseNames names, MatterName? matter) => new(
        row.Id, new Words(row.PurposeNameZh, row.PurposeNameEn), matter, names.Node(row.Receiver),
        [.. row.SourceList().Select(s => new Words($"{names.Node(s.ProviderNode).Zh} · {names.Resource(s.Resource).Zh}", $"{names.Node(s.ProviderNode).En} · {names.Resource(s.Resource).En}"))],
        row.GivenAt, row.Until, row.RevokedAt, row.Revision);
}
