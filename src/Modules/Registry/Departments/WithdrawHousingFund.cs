using Tongban.Kernel;

namespace Tongban.Registry.Departments;

/// <param name="BalanceFen">What is left.</param>
sealed record FundWithdrawn(string AccountNumber, long AmountFen, long BalanceFen);

/// <param name="Unit">Real-estate unit number of the home that was bought.</param>
sealed record Home(string Unit, long PriceFen);

/// <summary>Books a withdrawal for a home (住房公积金管理条例 article 24): never more than the balance or the price, once for a home.</summary>
static class WithdrawHousingFund
{
    public const string Effect = "housing-fund-withdrawal";

    /// <param name="accountNumber">Null: the person's account that is being paid into.</param>
    /// <param name="amountFen">Above zero.</param>
    public static Result<FundWithdrawn> Run(
        DepartmentSystem departments, string caseNumber, string citizenId, string? accountNumber, long amountFen, string reason, Home home, DateOnly on)
    {
        if (amountFen <= 0)
            return Error.Invalid("fund.amount", "提取金额应大于零", "The amount must be above zero", "amount", "请填写要提取的金额", "Enter the amount to withdraw");
        return departments.Once("fund.db", caseNumber, Effect, citizenId, on, write => Book(write, citizenId, accountNumber, amountFen, reason, home));
    }

    static Result<FundWithdrawn> Book(DepartmentWrite write, string citizenId, string? accountNumber, long amountFen, string reason, Home home)
    {
        var accounts = write.All(
            """
            SELECT zhanghao, yue_fen FROM gjj_zhanghu
            WHERE sfzh = @id AND (zhanghao = @account OR @account IS NULL AND zt = '正常') ORDER BY kaihu_rq DESC, zhanghao LIMIT 1
            """,
            r => (Number: r.GetString(0), BalanceFen: r.GetInt64(1)), ("id", citizenId), ("account", accountNumber));
        if (accounts is not [var account])
            return Error.NotFound("fund.no-account", "没有查到住房公积金账户", "No housing-fund account was found");
        if (amountFen > account.BalanceFen)
            return Error.Conflict("fund.balance", $"提取金额超过账户余额 {account.BalanceFen / 100m:N2} 元", $"The amount is above the balance of {account.BalanceFen / 100m:N2} yuan",
                "请减少提取金额", "Withdraw less");
        if (amountFen > home.PriceFen)
            return Error.Conflict("fund.price", "提取金额超过购房总价", "The amount is above the price of the home", "请减少提取金额", "Withdraw less");
        if (write.All("SELECT id FROM gjj_tiqu WHERE sfzh = @id AND bdcdyh = @unit", r => r.GetInt64(0), ("id", citizenId), ("unit", home.Unit)).Count > 0)
            return Error.Conflict("fund.home-used", "该套住房已办理过提取", "There was a withdrawal for this home before");

        write.Change(
            """
            INSERT INTO gjj_tiqu (zhanghao, sfzh, yuanyin, jine_fen, riqi, bdcdyh, banjian_bianhao)
            VALUES (@account, @id, @reason, @amount, @on, @unit, @case)
            """,
            ("account", account.Number), ("id", citizenId), ("reason", reason), ("amount", amountFen), ("unit", home.Unit));
        write.Change("UPDATE gjj_zhanghu SET yue_fen = yue_fen - @amount WHERE zhanghao = @account", ("account", account.Number), ("amount", amountFen));
        return new FundWithdrawn(account.Number, amountFen, account.BalanceFen - amountFen);
    }
}
