using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Notices;

/// <summary>The person's inbox, newest first.</summary>
static class ListNotices
{
    public static void Map(Faces faces) => faces.Portal.MapGet("/my/notices", Show).Only(Allow.Person);

    static async Task<IResult> Show(NodeDb db, string? after, CancellationToken ct)
    {
        var rows = db.Set<InboxNotice>().AsNoTracking();
        if (after is not null)
        {
            var cursor = Cursor.Read(after, 1);
            if (!cursor.Ok)
                return cursor.Error.AsResult();
            var last = cursor.Value[0];
            rows = rows.Where(n => n.Id.CompareTo(last) < 0);
        }
        var size = Cursor.DefaultSize;
        var page = Cursor.Page(await rows.OrderByDescending(n => n.Id).Take(size + 1).ToListAsync(ct), size, n => [n.Id]);
        return Web.Page.Of<NoticesPage>(new { Notices = page.Items.Select(Row).ToList(), page.Next, First = after is null });
    }

    static NoticesPage.Row Row(InboxNotice n) =>
        new(n.Id, new Words(n.TitleZh, n.TitleEn), n.DocumentNumber, new Words(n.FromZh, n.FromEn), n.IssuedAt, n.ReadAt is null);
}
