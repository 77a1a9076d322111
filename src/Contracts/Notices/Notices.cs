using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Events;

namespace Tongban.Contracts.Notices;

/// <summary>Room Notices answers: which statutory notices a case has, and what the next one would say.</summary>
public interface INotices
{
    Task<IReadOnlyList<NoticeBrief>> OfCase(string caseNumber, CancellationToken ct);

    /// <summary>The notice an action would send, before it is taken; its number is given when it is issued.</summary>
    NoticeText Preview(NoticeKind kind, CaseFacts facts, NoticeDetails details);
}

/// <summary>The statutory notices (法定文书).</summary>
public enum NoticeKind
{
    /// <summary>受理通知书</summary>
    Accepted,

    /// <summary>一次性补正告知书</summary>
    Supplement,

    /// <summary>不予受理决定书</summary>
    NotAccepted,

    /// <summary>准予决定书</summary>
    Approved,

    /// <summary>不予许可(批准)决定书</summary>
    Refused,

    /// <summary>送达回证</summary>
    Delivery,
}

/// <param name="Reason">Of a refusal or a decision.</param>
/// <param name="Wanted">Of a supplement notice: everything, said once.</param>
/// <param name="StatutoryDue">ISO date, of an acceptance.</param>
/// <param name="PromisedDue">ISO date, of an acceptance.</param>
/// <param name="Rule">The rule that decided, when a rule did.</param>
/// <param name="CertificateId">Of a delivery.</param>
public sealed record NoticeDetails(
    Words? Reason = null,
    IReadOnlyList<SupplementWanted>? Wanted = null,
    string? StatutoryDue = null,
    string? PromisedDue = null,
    string? Rule = null,
    string? CertificateId = null)
{
    /// <summary>The later of the dates reaches into a year whose calendar is not published yet.</summary>
    public bool DueProvisional { get; init; }

    /// <summary>The promised date does so itself.</summary>
    public bool PromisedProvisional { get; init; }
}

/// <summary>Title and paragraphs, in both languages; paragraphs are separated by line feeds.</summary>
public sealed record NoticeText(Words Title, Words Body)
{
    /// <summary>Where the rule that decided is published; null when people decided. An address of the deciding node.</summary>
    public string? RuleUrl { get; init; }
}

public sealed record NoticeBrief(string Id, NoticeKind Kind, string DocumentNumber, Words Title, long IssuedAt);

/// <summary>A statutory notice was issued. Sent to the node where the person filed, for their inbox.</summary>
/// <param name="Text">The whole text; personal data.</param>
public sealed record NoticeIssued(
    string NoticeId,
    NoticeKind Kind,
    string DocumentNumber,
    NoticeText Text,
    string CaseNumber,
    string FilingId,
    string HolderCitizenId,
    Words Department,
    long IssuedAt) : IPeerEvent
{
    public static string WireName => "notices.notice-issued.v1";
}
