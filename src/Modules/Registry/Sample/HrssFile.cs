namespace Tongban.Registry.Sample;

/// <summary>Human resources and social security: pension accounts with their ledger by year, and employment.</summary>
static class HrssFile
{
    const string Tables = """
        CREATE TABLE yanglao_zhanghu (
          sfzh TEXT PRIMARY KEY, xm TEXT NOT NULL, gr_bianhao TEXT NOT NULL, canbao_xzqh TEXT NOT NULL, jingban_jigou TEXT NOT NULL,
          shouci_rq TEXT NOT NULL, leiji_yueshu INTEGER NOT NULL, grzh_fen INTEGER NOT NULL, zt TEXT NOT NULL,
          tuixiu_rq TEXT, yue_yanglaojin_fen INTEGER, zhuanchu_rq TEXT, banjian_bianhao TEXT);
        CREATE TABLE yanglao_jiaofei (
          id INTEGER PRIMARY KEY, sfzh TEXT NOT NULL, niandu INTEGER NOT NULL, yueshu INTEGER NOT NULL, jishu_fen INTEGER NOT NULL,
          grzh_jizhang_fen INTEGER NOT NULL, lixi_fen INTEGER NOT NULL, danwei_dm TEXT NOT NULL, danwei_mc TEXT NOT NULL,
          zhuanru INTEGER NOT NULL DEFAULT 0, laiyuan_xzqh TEXT, banjian_bianhao TEXT);
        CREATE TABLE jiuye (
          id INTEGER PRIMARY KEY, sfzh TEXT NOT NULL, xm TEXT NOT NULL, danwei_dm TEXT NOT NULL, danwei_mc TEXT NOT NULL,
          xzqh TEXT NOT NULL, kaishi_rq TEXT NOT NULL, jieshu_rq TEXT);
        """;

    const string Indexes = """
        CREATE INDEX yanglao_jiaofei_sfzh ON yanglao_jiaofei (sfzh, niandu);
        CREATE INDEX jiuye_sfzh ON jiuye (sfzh);
        """;

    public static long Write(World world, string province, string path)
    {
        using var file = new DepartmentFile(path, Tables);
        var accounts = file.Into("yanglao_zhanghu", "sfzh", "xm", "gr_bianhao", "canbao_xzqh", "jingban_jigou", "shouci_rq", "leiji_yueshu", "grzh_fen", "zt", "tuixiu_rq", "yue_yanglaojin_fen", "zhuanchu_rq");
        var ledger = file.Into("yanglao_jiaofei", "sfzh", "niandu", "yueshu", "jishu_fen", "grzh_jizhang_fen", "lixi_fen", "danwei_dm", "danwei_mc", "zhuanru", "laiyuan_xzqh");
        var number = 0;
        foreach (var account in world.Pensions.Where(p => p.County.Province == province))
        {
            var (person, county) = (account.Person, account.County);
            // What was transferred out stands as history; months and money have gone with it.
            var gone = account.TransferredOn is not null;
            accounts.Add(person.Id, person.Name, $"{province}{++number:D10}", county.Code, county.City + "社会保险事业管理中心",
                account.Opened, gone ? 0 : account.Months, gone ? 0L : account.BalanceFen, account.State,
                account.RetiredOn, account.MonthlyPensionFen, account.TransferredOn);
            foreach (var year in account.Years)
                ledger.Add(person.Id, year.Year, year.Months, year.BaseFen, year.CreditedFen, year.InterestFen,
                    year.Firm.Code, year.Firm.Name, year.TransferredFrom is null ? 0 : 1, year.TransferredFrom);
        }
        var jobs = file.Into("jiuye", "sfzh", "xm", "danwei_dm", "danwei_mc", "xzqh", "kaishi_rq", "jieshu_rq");
        foreach (var job in world.Jobs.Where(j => j.Firm.County.Province == province))
            jobs.Add(job.Person.Id, job.Person.Name, job.Firm.Code, job.Firm.Name, job.Firm.County.Code, job.From, job.To);
        file.Finish(Indexes);
        return file.Rows;
    }
}
