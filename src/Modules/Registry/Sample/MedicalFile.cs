namespace Tongban.Registry.Sample;

/// <summary>Medical insurance: who is insured in the province, and filings for treatment elsewhere (kept where the person is insured).</summary>
static class MedicalFile
{
    const string Tables = """
        CREATE TABLE yibao_canbao (
          sfzh TEXT PRIMARY KEY, xm TEXT NOT NULL, canbao_xzqh TEXT NOT NULL, jingban_jigou TEXT NOT NULL, xianzhong TEXT NOT NULL,
          renyuan_leibie TEXT NOT NULL, canbao_rq TEXT NOT NULL, zt TEXT NOT NULL);
        CREATE TABLE yidi_beian (
          id INTEGER PRIMARY KEY, beian_hao TEXT NOT NULL UNIQUE, sfzh TEXT NOT NULL, leixing TEXT NOT NULL, jiuyi_xzqh TEXT NOT NULL,
          kaishi_rq TEXT NOT NULL, jieshu_rq TEXT, zt TEXT NOT NULL, banjian_bianhao TEXT);
        """;

    const string Indexes = "CREATE INDEX yidi_beian_sfzh ON yidi_beian (sfzh);";

    /// <summary>Anhui's system is older than the region's standard: it writes the insurance's own codes and dates without hyphens (data/mappings).</summary>
    const string OwnCodes = "34";

    static readonly Dictionary<string, string> Kinds = new() { ["职工基本医疗保险"] = "310", ["城乡居民基本医疗保险"] = "390" };
    static readonly Dictionary<string, string> Classes = new() { ["在职"] = "11", ["退休"] = "21", ["居民"] = "14", ["学生儿童"] = "15" };

    public static long Write(World world, string province, string path)
    {
        using var file = new DepartmentFile(path, Tables);
        var covers = file.Into("yibao_canbao", "sfzh", "xm", "canbao_xzqh", "jingban_jigou", "xianzhong", "renyuan_leibie", "canbao_rq", "zt");
        foreach (var cover in world.Covers.Where(c => c.County.Province == province))
        {
            var (kind, ofClass, since) = province == OwnCodes ? (Kinds[cover.Kind], Classes[cover.Class], cover.Since.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture)) : (cover.Kind, cover.Class, (object)cover.Since);
            covers.Add(cover.Person.Id, cover.Person.Name, cover.County.Code, cover.County.City + "医疗保障服务中心", kind, ofClass, since, "正常参保");
        }

        var filings = file.Into("yidi_beian", "beian_hao", "sfzh", "leixing", "jiuyi_xzqh", "kaishi_rq", "zt");
        var number = 0;
        foreach (var filing in world.Filings.Where(f => f.InsuredAt.Province == province))
            filings.Add($"{filing.InsuredAt.PrefectureCode}00{++number:D8}", filing.Person.Id, filing.Kind, filing.TreatedAt.PrefectureCode + "00", filing.From, "有效");
        file.Finish(Indexes);
        return file.Rows;
    }
}
