using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Notices;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Notices;

/// <summary>Issues the statutory notice that follows from what happened to a case, with its number, and sends it on.</summary>
sealed class IssueNotice(NodeDb db, Outbox outbox, IVault vault, IIdentities identities, ReceiveNotice receive, NodeIdentity node) :
    IHandle<CaseAccepted>, IHandle<CaseNotAccepted>, IHandle<SupplementRequested>, IHandle<CaseDecided>, IHandle<ResultDelivered>
{
    public Task Handle(CaseAccepted e, EventContext context, CancellationToken ct) =>
        Issue(NoticeKind.Accepted, e.Case, new NoticeDetails(StatutoryDue: e.StatutoryDue, PromisedDue: e.PromisedDue) { DueProvisional = e.DueProvisional, PromisedProvisional = e.PromisedProvisional }, e.At, ct);

    public Task Handle(CaseNotAccepted e, EventContext context, CancellationToken ct) =>
        Issue(NoticeKind.NotAccepted, e.Case, new NoticeDetails(Reason: e.Reason), e.At, ct);

    public Task Handle(SupplementRequested e, EventContext context, CancellationToken ct) =>
        Issue(NoticeKind.Supplement, e.Case, new NoticeDetails(Wanted: e.Wanted), e.At, ct);

    public Task Handle(CaseDecided e, EventContext context, CancellationToken ct) =>
        Issue(e.Approved ? NoticeKind.Approved : NoticeKind.Refused, e.Case, new NoticeDetails(Reason: e.Reason, Rule: e.Rule), e.At, ct);

    public Task Handle(ResultDelivered e, EventContext context, CancellationToken ct) =>
        Issue(NoticeKind.Delivery, e.Case, new NoticeDetails(CertificateId: e.CertificateId), e.At, ct);

    async Task Issue(NoticeKind kind, CaseFacts facts, NoticeDetails details, long at, CancellationToken ct)
    {
        // The law knows each of them once in a case; one told of again uses up no number.
        if (await db.Set<Notice>().AnyAsync(n => n.CaseNumber == facts.Number && n.Kind == kind, ct))
            return;
        var year = LocalTime.DateOf(at).Year;
        var number = await db.NextNumber(DocumentNumber.Run(facts.Division, facts.Department, kind, year), ct);
        var text = NoticeTemplates.Compose(kind, facts, details) with { RuleUrl = RuleAddress.Of(node.PublicUrl, details.Rule) };
        var notice = new Notice
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Kind = kind,
            DocumentNumber = DocumentNumber.Of(facts.Division, facts.Department, kind, year, number),
            CaseNumber = facts.Number,
            TitleZh = text.Title.Zh,
            TitleEn = text.Title.En,
            TextSealed = vault.Seal(JsonSerializer.Serialize(text, EventTypes.Json), NoticeSeal.Context),
            Division = facts.Division,
            Department = facts.Department,
            SubjectKey = identities.KeyOf(facts.Applicant.CitizenId),
            IssuedAt = at,
        };
        db.Add(notice);
        var issued = new NoticeIssued(notice.Id, kind, notice.DocumentNumber, text, facts.Number, facts.FilingId,
            facts.Applicant.CitizenId, facts.DepartmentName, at);
        if (facts.FilingNode == node.Id)
            receive.Keep(issued, node.PublicUrl);
        else
            outbox.PublishTo(facts.FilingNode, issued, $"notice:{notice.Id}", 1);
    }
}

static class NoticeSeal
{
    public const string Context = "notices.text";
}
