using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Notices;
using Tongban.Kernel;
using Tongban.Kernel.Data;

namespace Tongban.Notices;

/// <summary>What other rooms may ask of this one.</summary>
sealed class NoticeQuestions(NodeDb db) : INotices
{
    public async Task<IReadOnlyList<NoticeBrief>> OfCase(string caseNumber, CancellationToken ct) =>
        await db.Set<Notice>().AsNoTracking().Where(n => n.CaseNumber == caseNumber).OrderBy(n => n.Id)
            .Select(n => new NoticeBrief(n.Id, n.Kind, n.DocumentNumber, new Words(n.TitleZh, n.TitleEn), n.IssuedAt))
            .ToListAsync(ct);

    public NoticeText Preview(NoticeKind kind, CaseFacts facts, NoticeDetails details) => NoticeTemplates.Compose(kind, facts, details);
}
