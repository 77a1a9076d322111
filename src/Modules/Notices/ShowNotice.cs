using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Notices;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Notices;

/// <summary>One notice as the document it is, for the person and for the department that issued it; printable.</summary>
static class ShowNotice
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/my/notices/{id}", ForPerson).Only(Allow.Person);
        faces.Console.MapGet("/notices/{id}", ForStaff).Only(Allow.Staff);
    }

    /// <summary>The first opening is the receipt of delivery.</summary>
    static async Task<IResult> ForPerson(string id, NodeDb db, IVault vault, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<InboxNotice>().SingleOrDefaultAsync(n => n.Id == id, ct) is not { } notice)
            return Missing.AsResult();
        if (notice.ReadAt is null)
        {
            notice.ReadAt = clock.NowMs();
            notice.Revision++;
            // A lost race means another window opened it first: it is read either way.
            await db.TrySave(ct);
        }
        return Web.Page.Of<NoticePage>(new
        {
            notice.Kind,
            notice.DocumentNumber,
            notice.CaseNumber,
            From = new Words(notice.FromZh, notice.FromEn),
            Text = Open(vault, notice.TextSealed),
            notice.IssuedAt,
            notice.FilingId,
            ForStaff = false,
        });
    }

    static async Task<IResult> ForStaff(string id, NodeDb db, IVault vault, IAccessRecords access, IDepartments departments, CancellationToken ct)
    {
        if (await db.Set<Notice>().AsNoTracking().SingleOrDefaultAsync(n => n.Id == id, ct) is not { } notice)
            return Missing.AsResult();
        await access.Record(new AccessRecord(notice.SubjectKey, db.Actor.Id, notice.Department, new Words("文书", "A notice"),
            "notices", notice.CaseNumber, new Words("办理该办件", "Handling the case")), ct);
        return Web.Page.Of<NoticePage>(new
        {
            notice.Kind,
            notice.DocumentNumber,
            notice.CaseNumber,
            From = departments.Find(notice.Department)?.Name,
            Text = Open(vault, notice.TextSealed),
            notice.IssuedAt,
            ForStaff = true,
        });
    }

    static NoticeText Open(IVault vault, string stored) =>
        JsonSerializer.Deserialize<NoticeText>(vault.Open(stored, NoticeSeal.Context), EventTypes.Json)!;

    static readonly Error Missing = Error.NotFound("notice.none", "没有这份文书，或者它不属于您", "There is no such notice, or it is not yours");
}
