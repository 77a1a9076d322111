using Tongban.Kernel;

namespace Tongban.Registry.Departments;

/// <param name="Year">Calendar year.</param>
/// <param name="BaseFen">Sum of the monthly bases of the year.</param>
/// <param name="PaidIn">Division where the months were paid.</param>
sealed record PensionYear(int Year, int Months, long BaseFen, long CreditedFen, long InterestFen, string EmployerCode, string Employer, string PaidIn);

/// <summary>What goes from one province's pension fund to another's: the ledger, and the money that goes with it.</summary>
/// <param name="PersonalFen">Balance of the personal account, in full.</param>
/// <param name="PooledFen">Part of the pooled fund that goes along.</param>
sealed record PensionTransfer(string CitizenId, string FromDivision, IReadOnlyList<PensionYear> Years, int Months, long PersonalFen, long PooledFen);

/// <summary>
/// Closes the account at the place that is left and hands over its ledger (国办发〔2009〕66号): the personal account goes
/// in full, and 12 % of the bases paid on from 1998 go with it from the pooled fund (article 4).
/// </summary>
static class TransferPensionOut
{
    public const string Effect = "pension-transfer-out";

    const decimal PooledShare = 0.12m;

    public static Result<PensionTransfer> Run(DepartmentSystem departments, string caseNumber, string citizenId, DateOnly on) =>
        departments.Once("hrss.db", caseNumber, Effect, citizenId, on, write => Close(write, citizenId));

    static Result<PensionTransfer> Close(DepartmentWrite write, string citizenId)
    {
        var account = write.First(
            "SELECT canbao_xzqh, zt, leiji_yueshu, grzh_fen FROM yanglao_zhanghu WHERE sfzh = @id",
            r => (Division: r.GetString(0), State: r.GetString(1), Months: r.GetInt32(2), BalanceFen: r.GetInt64(3)), ("id", citizenId));
        if (account is not { } open)
            return Error.NotFound("pension.no-account", "在原参保地没有查到养老保险关系", "No pension account was found at the former place");
        if (Refusal(open.State) is { } refusal)
            return refusal;

        var years = write.All(
            """
            SELECT niandu, yueshu, jishu_fen, grzh_jizhang_fen, lixi_fen, danwei_dm, danwei_mc, COALESCE(laiyuan_xzqh, @division)
            FROM yanglao_jiaofei WHERE sfzh = @id ORDER BY niandu, id
            """,
            r => new PensionYear(r.GetInt32(0), r.GetInt32(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.GetString(5), r.GetString(6), r.GetString(7)),
            ("id", citizenId), ("division", open.Division));
        write.Change(
            """
            UPDATE yanglao_zhanghu SET zt = '已转出', leiji_yueshu = 0, grzh_fen = 0, zhuanchu_rq = @on, banjian_bianhao = @case
            WHERE sfzh = @id
            """, ("id", citizenId));
        return new PensionTransfer(citizenId, open.Division, years, open.Months, open.BalanceFen, Pooled(years));
    }

    /// <summary>12 % of the bases of 1998 and later, rounded to the fen once.</summary>
    public static long Pooled(IEnumerable<PensionYear> years) =>
        decimal.ToInt64(decimal.Round(years.Where(y => y.Year >= 1998).Sum(y => (decimal)y.BaseFen) * PooledShare, MidpointRounding.AwayFromZero));

    static Error? Refusal(string state) => state switch
    {
        "暂停缴费" => null,
        "正常缴费" => Error.Conflict("pension.still-paying", "原参保地仍在正常缴费，尚不能转出", "Contributions are still being paid at the former place",
            "请先由原单位办理停保", "The former employer has to end the insurance first"),
        "退休" => Error.Conflict("pension.retired", "已领取基本养老金的人员不再转移养老保险关系", "Somebody who draws the pension cannot transfer it (国办发〔2009〕66号)"),
        _ => Error.Conflict("pension.already-gone", "该养老保险关系此前已经转出", "This account was transferred before"),
    };
}
