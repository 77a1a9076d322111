namespace Tongban.Registry.Sample;

/// <summary>The market regulator's register of enterprises and individual businesses.</summary>
static class MarketFile
{
    const string Tables = """
        CREATE TABLE zhuti (
          tyshxydm TEXT PRIMARY KEY, mingcheng TEXT NOT NULL, leixing TEXT NOT NULL, fr_sfzh TEXT NOT NULL, fr_xm TEXT NOT NULL,
          zhuce_ziben_fen INTEGER NOT NULL, chengli_rq TEXT NOT NULL, xzqh TEXT NOT NULL, zhusuo TEXT NOT NULL,
          jingying_fanwei TEXT NOT NULL, dengji_jiguan TEXT NOT NULL, zt TEXT NOT NULL);
        """;

    const string Indexes = "CREATE INDEX zhuti_fr ON zhuti (fr_sfzh);";

    public static long Write(World world, string province, string path)
    {
        using var file = new DepartmentFile(path, Tables);
        var rows = file.Into("zhuti", "tyshxydm", "mingcheng", "leixing", "fr_sfzh", "fr_xm", "zhuce_ziben_fen", "chengli_rq", "xzqh", "zhusuo", "jingying_fanwei", "dengji_jiguan", "zt");
        foreach (var firm in world.Firms.Where(f => f.County.Province == province))
            rows.Add(firm.Code, firm.Name, firm.Individual ? "个体工商户" : "有限责任公司", firm.Representative.Id, firm.Representative.Name,
                firm.CapitalFen, firm.Founded, firm.County.Code, firm.Address, "一般项目（样例）", firm.County.City + firm.County.Name + "市场监督管理局", "存续");
        file.Finish(Indexes);
        return file.Rows;
    }
}
