using System.Text.Json;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Notices;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Notices;

/// <summary>Puts a notice, of this node or of one that decides a matter filed here, into the person's inbox.</summary>
sealed partial class ReceiveNotice(NodeDb db, IVault vault, IIdentities identities, IMembers members, IMatters matters, NodeIdentity node, ILogger<ReceiveNotice> log) : IHandle<NoticeIssued>
{
    public async Task Handle(NoticeIssued e, EventContext context, CancellationToken ct)
    {
        if (context.FromNode is { } other && !await matters.IsDecidedBy(e.FilingId, other, ct))
        {
            LogNotOfIts(log, other, e.FilingId);
            return;
        }
        Keep(e, context.FromNode is { } from ? members.Find(from)?.Endpoint : node.PublicUrl);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} sent a notice on filing {FilingId}, which it does not decide; it was not shown to anybody.")]
    static partial void LogNotOfIts(ILogger log, string node, string filingId);

    /// <param name="sender">Address of the node that issued it; a notice may link nowhere else.</param>
    public void Keep(NoticeIssued e, string? sender) =>
        db.Add(new InboxNotice
        {
            Id = e.NoticeId,
            Kind = e.Kind,
            DocumentNumber = e.DocumentNumber,
            CaseNumber = e.CaseNumber,
            FilingId = e.FilingId,
            TitleZh = e.Text.Title.Zh,
            TitleEn = e.Text.Title.En,
            FromZh = e.Department.Zh,
            FromEn = e.Department.En,
            TextSealed = vault.Seal(JsonSerializer.Serialize(e.Text.OnlyOf(sender), EventTypes.Json), NoticeSeal.Context),
            Division = node.Division,
            SubjectKey = identities.KeyOf(e.HolderCitizenId),
            IssuedAt = e.IssuedAt,
        });
}
