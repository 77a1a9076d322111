namespace Tongban.Registry.Sample;

/// <summary>Housing funds of a province's centres. The balance is always what was paid in less what was withdrawn.</summary>
static class FundFile
{
    const string Tables = """
        CREATE TABLE gjj_zhanghu (
          zhanghao TEXT PRIMARY KEY, sfzh TEXT NOT NULL, xm TEXT NOT NULL, zhongxin TEXT NOT NULL, xzqh TEXT NOT NULL,
          danwei_dm TEXT NOT NULL, danwei_mc TEXT NOT NULL, kaihu_rq TEXT NOT NULL, yue_jiaocun_fen INTEGER NOT NULL,
          yue_fen INTEGER NOT NULL CHECK (yue_fen >= 0), zt TEXT NOT NULL);
        CREATE TABLE gjj_jiaocun (
          id INTEGER PRIMARY KEY, zhanghao TEXT NOT NULL, yuefen TEXT NOT NULL, leixing TEXT NOT NULL, jine_fen INTEGER NOT NULL,
          yue_fen INTEGER NOT NULL);
        CREATE TABLE gjj_tiqu (
          id INTEGER PRIMARY KEY, zhanghao TEXT NOT NULL, sfzh TEXT NOT NULL, yuanyin TEXT NOT NULL, jine_fen INTEGER NOT NULL,
          riqi TEXT NOT NULL, bdcdyh TEXT, banjian_bianhao TEXT NOT NULL UNIQUE);
        """;

    const string Indexes = """
        CREATE INDEX gjj_zhanghu_sfzh ON gjj_zhanghu (sfzh);
        CREATE INDEX gjj_jiaocun_zhanghao ON gjj_jiaocun (zhanghao);
        CREATE INDEX gjj_tiqu_sfzh ON gjj_tiqu (sfzh);
        """;

    public static long Write(World world, string province, string path)
    {
        using var file = new DepartmentFile(path, Tables);
        var accounts = file.Into("gjj_zhanghu", "zhanghao", "sfzh", "xm", "zhongxin", "xzqh", "danwei_dm", "danwei_mc", "kaihu_rq", "yue_jiaocun_fen", "yue_fen", "zt");
        var deposits = file.Into("gjj_jiaocun", "zhanghao", "yuefen", "leixing", "jine_fen", "yue_fen");
        foreach (var account in world.Funds.Where(f => f.Firm.County.Province == province))
        {
            var (person, firm) = (account.Person, account.Firm);
            accounts.Add(account.Number, person.Id, person.Name, firm.County.City + (province == "31" ? "公积金管理中心" : "住房公积金管理中心"), firm.County.Code,
                firm.Code, firm.Name, account.Opened, account.MonthlyFen, account.BalanceFen, account.State);
            long balance = 0;
            foreach (var deposit in account.Deposits)
                deposits.Add(account.Number, deposit.Month, deposit.Kind, deposit.AmountFen, balance += deposit.AmountFen);
        }
        file.Finish(Indexes);
        return file.Rows;
    }
}
