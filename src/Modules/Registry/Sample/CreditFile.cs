namespace Tongban.Registry.Sample;

/// <summary>The public credit platform: a grade for every enterprise, records about enterprises and people with their repair.</summary>
static class CreditFile
{
    const string Tables = """
        CREATE TABLE pingjia (
          tyshxydm TEXT PRIMARY KEY, mingcheng TEXT NOT NULL, dengji TEXT NOT NULL, laiyuan TEXT NOT NULL, pingjia_rq TEXT NOT NULL);
        CREATE TABLE shixin (
          id INTEGER PRIMARY KEY, zhuti_leixing TEXT NOT NULL, zhuti_dm TEXT NOT NULL, mingcheng TEXT NOT NULL, laiyuan TEXT NOT NULL,
          shixiang TEXT NOT NULL, rending_rq TEXT NOT NULL, xiufu_zt TEXT NOT NULL, xiufu_rq TEXT, banjian_bianhao TEXT);
        """;

    const string Indexes = "CREATE INDEX shixin_dm ON shixin (zhuti_dm);";

    public static long Write(World world, string province, string path)
    {
        using var file = new DepartmentFile(path, Tables);
        var grades = file.Into("pingjia", "tyshxydm", "mingcheng", "dengji", "laiyuan", "pingjia_rq");
        var assessed = new DateOnly(world.AsOf.Year, 6, 30);
        foreach (var firm in world.Firms.Where(f => f.County.Province == province && f.Founded < assessed))
            grades.Add(firm.Code, firm.Name, firm.Grade, "公共信用综合评价", assessed);
        var records = file.Into("shixin", "zhuti_leixing", "zhuti_dm", "mingcheng", "laiyuan", "shixiang", "rending_rq", "xiufu_zt", "xiufu_rq");
        foreach (var entry in world.Credit.Where(c => c.County.Province == province))
            records.Add(entry.SubjectKind, entry.Code, entry.Name, entry.Source, entry.Matter, entry.On, entry.Repair, entry.RepairedOn);
        file.Finish(Indexes);
        return file.Rows;
    }
}
