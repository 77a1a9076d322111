using Tongban.Kernel;
using Tongban.Kernel.Events;

namespace Tongban.Contracts.Notices;

/// <summary>Room Notices answers: which statutory notices a case has.</summary>
public interface INotices
{
    Task<IReadOnlyList<NoticeBrief>> OfCase(string caseNumber, CancellationToken ct);
}

/// <param name="Kind">accepted, supplement, not-accepted, decision, delivery (受理、补正、不予受理、决定、送达).</param>
public sealed record NoticeBrief(string Id, string Kind, string DocumentNumber, Words Title, long IssuedAt);

/// <summary>A statutory notice was issued. Sent to the node where the person filed, for their inbox.</summary>
/// <param name="BodyZh">The whole text; personal data.</param>
public sealed record NoticeIssued(
    string NoticeId,
    string Kind,
    string DocumentNumber,
    Words Title,
    string BodyZh,
    string BodyEn,
    string CaseNumber,
    string FilingId,
    string HolderCitizenId,
    Words Department,
    long IssuedAt) : IEvent
{
    public static string WireName => "notices.notice-issued.v1";
}
