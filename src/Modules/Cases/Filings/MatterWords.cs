using Tongban.Cases.Deciding;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Cases.Filings;

/// <summary>Where a matter is, how long it will take and what the person must do, in sentences.</summary>
sealed class MatterWords(WorkingCalendar calendar)
{
    public static Tone Tone(string state) => state switch
    {
        CaseState.Delivered or CaseState.Approved => Web.Tone.Done,
        CaseState.Supplement => Web.Tone.Warn,
        CaseState.Refused or CaseState.NotAccepted => Web.Tone.Danger,
        CaseState.Withdrawn => Web.Tone.Neutral,
        _ => Web.Tone.Active,
    };

    public Words Now(Matter matter, DateOnly today)
    {
        var (filing, progress) = (matter.Filing, matter.Progress);
        var by = filing.DepartmentName;
        if (filing.WithdrawAskedAt is not null)
            return new("已请求撤回，等办理部门确认。", "You asked to withdraw it; waiting for the department to confirm.");
        return filing.State switch
        {
            CaseState.Submitted => new($"已收到您的申请，正在送达{by.Zh}。对方受理后开始计时。", $"Your application is here and is being delivered to {by.En}. The clock starts when they accept it."),
            CaseState.Received => new($"{by.Zh}已收到，5 个工作日内决定是否受理。", $"{by.En} has it and will say within 5 working days whether it is accepted."),
            CaseState.Supplement when filing.SupplementSentAt is not null => new("您已补正，等办理部门确认。", "You handed in what was missing; waiting for the department."),
            CaseState.Supplement when matter.Late(today) => new("补正期限已过，这件视为撤回。您可以重新申请。", "The time to bring what was missing is over; the application counts as withdrawn. You may apply again."),
            CaseState.Supplement => new("等您补正材料，期间不计入办理时限。", "Waiting for your documents; the clock stands still."),
            CaseState.Accepted => InProgress(by, progress, today),
            CaseState.Deciding => new($"{by.Zh}已作出准予的决定，正在登记。", $"{by.En} has approved it; it is being put into effect."),
            CaseState.Approved => new("已准予，电子证照正在制作。", "Approved; your certificate is being made."),
            CaseState.Delivered => new(filing.CertificateId is null ? "已办结。" : "已办结，电子证照在“我的证照”里。", filing.CertificateId is null ? "Completed." : "Completed; the certificate is under 'My certificates'."),
            CaseState.Refused => new($"{by.Zh}决定不予批准，理由见下方。", $"{by.En} refused it; the reasons are below."),
            CaseState.NotAccepted => new($"{by.Zh}不予受理，理由见下方。", $"{by.En} did not accept it; the reason is below."),
            CaseState.Withdrawn when progress?.Lapsed == true => new("逾期未补正，视为撤回申请。您可以重新申请。", "What was missing was not brought in time, so the application counts as withdrawn. You may apply again."),
            CaseState.Withdrawn => new("您已撤回这件申请。", "You withdrew this application."),
            _ => CaseState.Name(filing.State),
        };
    }

    Words InProgress(Words by, CaseProgressed? progress, DateOnly today)
    {
        if (progress?.PromisedDue is not { } iso)
            return new($"{by.Zh}正在办理。", $"{by.En} is working on it.");
        var due = DateOnly.ParseExact(iso, "yyyy-MM-dd");
        var left = calendar.Between(today, due);
        var maybe = PromisedProvisional(progress) ? new Words("（暂定：下一年的放假安排还没有公布）", " (provisional: next year's holidays are not yet published)") : new Words("", "");
        return new(
            $"{by.Zh}正在办理，承诺 {Formats.Date(due, false)} 前办结，{Formats.DaysLeft(left, false)}{maybe.Zh}。",
            $"{by.En} is working on it; promised by {Formats.Date(due, true)}, {Formats.DaysLeft(left, true)}{maybe.En}.");
    }

    public bool PromisedProvisional(CaseProgressed progress) =>
        progress.PromisedDue is { } due && CaseClock.Provisional(calendar, progress.DueProvisional, due);

    public static Words? Todo(Matter matter, DateOnly today)
    {
        if (matter.MaySupplement(today))
        {
            var wanted = matter.Progress!.Wanted;
            var names = wanted.Select(w => w.Name).ToList();
            var maybe = wanted[0].Provisional ? new Words("（暂定，只会延后）", " (provisional; it can only become later)") : new Words("", "");
            return new($"还差 {wanted.Count} 份材料：{string.Join("、", names.Select(n => n.Zh))}，请在 {Formats.Date(CaseClock.Day(wanted[0].Until), false)} 前补交{maybe.Zh}", $"Missing: {string.Join(", ", names.Select(n => n.En))}; bring it by {Formats.Date(CaseClock.Day(wanted[0].Until), true)}{maybe.En}");
        }
        return matter.Filing.MayRate && matter.Filing.State == CaseState.Delivered ? new("请评价这次办理", "Please rate it") : null;
    }
}
