using Tongban.Kernel;

namespace Tongban.Registry.Departments;

/// <param name="Months">Months in all at the new place, after the transfer.</param>
/// <param name="BalanceFen">Personal account at the new place, after the transfer.</param>
sealed record PensionJoined(int TransferredYears, int TransferredMonths, int Months, long BalanceFen);

/// <summary>
/// Appends the ledger that came to the account at the new place, marked as transferred. Refused as a whole when a year
/// would hold more than twelve months: contributions paid twice are settled with the person first (人社厅发〔2019〕94号).
/// </summary>
static class TransferPensionIn
{
    public const string Effect = "pension-transfer-in";

    public static Result<PensionJoined> Run(DepartmentSystem departments, string caseNumber, PensionTransfer transfer, DateOnly on) =>
        departments.Once("hrss.db", caseNumber, Effect, transfer.CitizenId, on, write => Join(write, transfer));

    static Result<PensionJoined> Join(DepartmentWrite write, PensionTransfer transfer)
    {
        var states = write.All("SELECT zt FROM yanglao_zhanghu WHERE sfzh = @id", r => r.GetString(0), ("id", transfer.CitizenId));
        if (states is not [var state])
            return Error.NotFound("pension.no-new-account", "在新参保地没有查到养老保险关系", "No pension account was found at the new place");
        if (state != "正常缴费")
            return Error.Conflict("pension.not-paying", "新参保地的养老保险关系不在正常缴费状态", "The account at the new place is not active");

        foreach (var year in transfer.Years.GroupBy(y => y.Year))
        {
            var here = write.First(
                "SELECT COALESCE(sum(yueshu), 0) FROM yanglao_jiaofei WHERE sfzh = @id AND niandu = @year",
                r => r.GetInt32(0), ("id", transfer.CitizenId), ("year", year.Key)) ?? 0;
            if (here + year.Sum(y => y.Months) > 12)
                return Error.Conflict("pension.paid-twice", $"{year.Key} 年两地重复缴费，需先清理", $"In {year.Key} contributions were paid in both places",
                    "请先办理重复缴费清退", "Settle the double contributions first");
        }
        foreach (var year in transfer.Years)
        {
            write.Change(
                """
                INSERT INTO yanglao_jiaofei (sfzh, niandu, yueshu, jishu_fen, grzh_jizhang_fen, lixi_fen, danwei_dm, danwei_mc, zhuanru, laiyuan_xzqh, banjian_bianhao)
                VALUES (@id, @year, @months, @base, @credited, @interest, @employerCode, @employer, 1, @paidIn, @case)
                """,
                ("id", transfer.CitizenId), ("year", year.Year), ("months", year.Months), ("base", year.BaseFen), ("credited", year.CreditedFen),
                ("interest", year.InterestFen), ("employerCode", year.EmployerCode), ("employer", year.Employer), ("paidIn", year.PaidIn));
        }
        write.Change(
            "UPDATE yanglao_zhanghu SET leiji_yueshu = leiji_yueshu + @months, grzh_fen = grzh_fen + @personal, banjian_bianhao = @case WHERE sfzh = @id",
            ("id", transfer.CitizenId), ("months", transfer.Months), ("personal", transfer.PersonalFen));
        var (months, balance) = write.First(
            "SELECT leiji_yueshu, grzh_fen FROM yanglao_zhanghu WHERE sfzh = @id", r => (r.GetInt32(0), r.GetInt64(1)), ("id", transfer.CitizenId))!.Value;
        return new PensionJoined(transfer.Years.Count, transfer.Months, months, balance);
    }
}
