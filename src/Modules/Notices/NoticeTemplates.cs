using System.Globalization;
using System.Text;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Notices;
using Tongban.Kernel;
using Tongban.Web;

namespace Tongban.Notices;

/// <summary>What each statutory notice says. Pure; the law's names for them, both languages, one paragraph a line.</summary>
static class NoticeTemplates
{
    public static Words Title(NoticeKind kind) => kind switch
    {
        NoticeKind.Accepted => new("受理通知书", "Notice of acceptance"),
        NoticeKind.Supplement => new("一次性补正告知书", "Notice of what is missing"),
        NoticeKind.NotAccepted => new("不予受理决定书", "Decision not to accept"),
        NoticeKind.Approved => new("准予决定书", "Decision of approval"),
        NoticeKind.Refused => new("不予批准决定书", "Decision of refusal"),
        NoticeKind.Delivery => new("送达回证", "Proof of delivery"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static NoticeText Compose(NoticeKind kind, CaseFacts facts, NoticeDetails details) =>
        new(Title(kind), new Words(Chinese(kind, facts, details), English(kind, facts, details)));

    static string Chinese(NoticeKind kind, CaseFacts c, NoticeDetails d)
    {
        var text = new StringBuilder();
        void Say(string paragraph) => text.Append(text.Length > 0 ? "\n" : "").Append(paragraph);
        Say($"{c.Applicant.Name}：");
        Say($"您申请的“{c.ItemName.Zh}”（办件编号 {c.Number}），");
        switch (kind)
        {
            case NoticeKind.Accepted:
                Say("经审查，申请事项属于本机关职权范围，申请材料齐全、符合法定形式，现予受理。");
                if (d.StatutoryDue is not null && d.PromisedDue is not null)
                    Say($"法定办结日期为 {Date(d.StatutoryDue)}，本机关承诺于 {Date(d.PromisedDue)} 前办结。需要补正材料或进行听证、检验、评审的，所需时间不计入期限。{Provisional(d).Zh}");
                break;
            case NoticeKind.Supplement:
                Say("经审查，还需要补正下列内容，现一次性告知：");
                foreach (var (wanted, i) in (d.Wanted ?? []).Select((w, i) => (w, i)))
                    Say($"{i + 1}. {wanted.Name.Zh}：{wanted.Reason.Zh}（请于 {Date(wanted.Until)} 前补正）");
                if (d.Wanted?.Any(w => w.Provisional) == true)
                    Say("补正期限涉及尚未公布节假日安排的年份，为暂定；公布后重新计算，只会延后，不会提前。");
                Say("补正期间办理期限中止计算；补正后继续计算。逾期未补正的，视为撤回申请，之后可以重新申请。");
                break;
            case NoticeKind.NotAccepted:
                Say($"经审查，决定不予受理。理由：{d.Reason?.Zh}");
                break;
            case NoticeKind.Approved:
                Say($"经审查，符合法定条件，决定准予。{Because(d.Reason?.Zh)}");
                if (d.Rule is not null)
                    Say($"本决定由已公布的规则“{d.Rule}”自动作出，规则向社会公开。您可以向{c.DepartmentName.Zh}提出异议，由工作人员重新审查，也可以拨打 12345。");
                break;
            case NoticeKind.Refused:
                Say($"经审查，决定不予批准。理由：{d.Reason?.Zh}");
                break;
            case NoticeKind.Delivery:
                Say(d.CertificateId is null ? "办理结果已送达。" : $"办理结果电子证照（标识 {d.CertificateId}）已送达您的证照库。");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }
        Say($"依据：{c.LegalBasis.Zh}");
        Say($"救济途径：{c.RemedyText.Zh}");
        return text.ToString();
    }

    static string English(NoticeKind kind, CaseFacts c, NoticeDetails d)
    {
        var text = new StringBuilder();
        void Say(string paragraph) => text.Append(text.Length > 0 ? "\n" : "").Append(paragraph);
        Say($"{c.Applicant.Name},");
        Say($"on your application “{c.ItemName.En}” (case {c.Number}):");
        switch (kind)
        {
            case NoticeKind.Accepted:
                Say("The matter is within our powers and the application is complete. It is accepted.");
                if (d.StatutoryDue is not null && d.PromisedDue is not null)
                    Say($"The law requires a decision by {Date(d.StatutoryDue, true)}; we promise one by {Date(d.PromisedDue, true)}. Time for supplements, hearings, inspections and reviews is not counted.{Provisional(d).En}");
                break;
            case NoticeKind.Supplement:
                Say("The following is still missing. This is all of it, said once:");
                foreach (var (wanted, i) in (d.Wanted ?? []).Select((w, i) => (w, i)))
                    Say($"{i + 1}. {wanted.Name.En}: {wanted.Reason.En} (by {Date(wanted.Until, true)})");
                if (d.Wanted?.Any(w => w.Provisional) == true)
                    Say("The date reaches into a year whose holidays are not published yet; it is provisional and will be computed anew: it can become later, never earlier.");
                Say("The clock stands still until you answer. Without an answer by then the application counts as withdrawn; you may apply again.");
                break;
            case NoticeKind.NotAccepted:
                Say($"The application is not accepted. Reason: {d.Reason?.En}");
                break;
            case NoticeKind.Approved:
                Say($"The legal conditions are met. The application is approved. {d.Reason?.En}".TrimEnd());
                if (d.Rule is not null)
                    Say($"This decision was made automatically by the rule “{d.Rule}”, which is published. You may object to {c.DepartmentName.En}, where a person will then review it, or call 12345.");
                break;
            case NoticeKind.Refused:
                Say($"The application is refused. Reason: {d.Reason?.En}");
                break;
            case NoticeKind.Delivery:
                Say(d.CertificateId is null ? "The result has been delivered." : $"The result, certificate {d.CertificateId}, is in your certificates.");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }
        Say($"Basis: {c.LegalBasis.En}");
        Say($"Remedies: {c.RemedyText.En}");
        return text.ToString();
    }

    static Words Provisional(NoticeDetails d) => (d.DueProvisional, d.PromisedProvisional) switch
    {
        (false, _) => new("", ""),
        (_, true) => new("期限涉及尚未公布节假日安排的年份，以上日期为暂定，公布后重新计算。", " The dates reach into a year whose holidays are not published yet; they are provisional and will be computed anew."),
        _ => new("法定办结日期涉及尚未公布节假日安排的年份，为暂定，公布后重新计算。", " The date by law reaches into a year whose holidays are not published yet; it is provisional and will be computed anew."),
    };

    static string Because(string? reason) => string.IsNullOrWhiteSpace(reason) ? "" : $"理由：{reason}";

    static string Date(string iso, bool english = false) =>
        DateOnly.TryParseExact(iso, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? Formats.Date(date, english) : iso;
}
