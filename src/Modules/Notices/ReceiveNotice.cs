using System.Text.Json;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Notices;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Notices;

/// <summary>Puts a notice, of this node or another, into the person's inbox.</summary>
sealed class ReceiveNotice(NodeDb db, IVault vault, IIdentities identities, IMembers members, NodeIdentity node) : IHandle<NoticeIssued>
{
    public Task Handle(NoticeIssued e, EventContext context, CancellationToken ct)
    {
        Keep(e, context.FromNode is { } from ? members.Find(from)?.Endpoint : node.PublicUrl);
        return Task.CompletedTask;
    }

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
