using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>How far each consumer has confirmed what it was answered, and the answers it did not confirm.</summary>
static class ShowUnacked
{
    public static async Task<IResult> Handle(NodeDb db, TransparencyLog log, RegionDirectory directory, Catalogues catalogues, CancellationToken ct, string? after = null)
    {
        var before = long.MaxValue;
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            if (!long.TryParse(key.Value[0], NumberStyles.None, CultureInfo.InvariantCulture, out before))
                return Cursor.Invalid.AsResult();
        }
        var names = new UseNames(directory, catalogues);
        var rows = await db.Set<UnackedRow>().AsNoTracking().Where(u => u.Index < before).OrderByDescending(u => u.Index).Take(51).ToListAsync(ct);
        var page = Cursor.Page(rows, 50, u => [u.Index]);
        var last = await db.Set<AckRow>().AsNoTracking().GroupBy(a => a.Consumer).Select(g => new { Consumer = g.Key, UpTo = g.Max(a => a.UpTo), At = g.Max(a => a.At), Confirmed = g.Sum(a => (long)a.Confirmed) }).ToListAsync(ct);
        var open = await db.Set<UnackedRow>().GroupBy(u => u.Consumer).Select(g => new { Consumer = g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Consumer, g => g.Count, ct);
        return Page.Of<UnackedPage>(new
        {
            Consumers = (IReadOnlyList<UnackedPage.Confirmed>)[.. last.OrderBy(a => a.Consumer, StringComparer.Ordinal).Select(a => new UnackedPage.Confirmed(names.Node(a.Consumer), a.Confirmed, open.GetValueOrDefault(a.Consumer), a.UpTo, a.At))],
            log.Size,
            Rows = new Kernel.Page<UnackedPage.Row>([.. page.Items.Select(u => new UnackedPage.Row(u.Index, names.Node(u.Consumer), names.Resource(u.Resource), u.ExchangeId, u.At))], page.Next),
            IsFirst = after is null,
        });
    }
}
