namespace Tongban.Registry.Sample;

/// <summary>The civil affairs department's marriage register: a marriage is in the province where it was registered, and only there.</summary>
static class CivilFile
{
    const string Tables = """
        CREATE TABLE hunyin (
          djzh TEXT PRIMARY KEY, djrq TEXT NOT NULL, djjg TEXT NOT NULL, xzqh TEXT NOT NULL,
          nan_sfzh TEXT NOT NULL, nan_xm TEXT NOT NULL, nv_sfzh TEXT NOT NULL, nv_xm TEXT NOT NULL,
          zt TEXT NOT NULL, lihun_rq TEXT);
        """;

    const string Indexes = """
        CREATE INDEX hunyin_nan ON hunyin (nan_sfzh);
        CREATE INDEX hunyin_nv ON hunyin (nv_sfzh);
        """;

    public static long Write(World world, string province, string path)
    {
        using var file = new DepartmentFile(path, Tables);
        var marriages = file.Into("hunyin", "djzh", "djrq", "djjg", "xzqh", "nan_sfzh", "nan_xm", "nv_sfzh", "nv_xm", "zt", "lihun_rq");
        foreach (var m in world.Marriages.Where(m => m.County.Province == province))
            marriages.Add(m.Number, m.On, m.County.City + m.County.Name + "民政局婚姻登记处", m.County.Code,
                m.Man.Id, m.Man.Name, m.Woman.Id, m.Woman.Name, m.Ended is null ? "有效" : "离婚", m.Ended);
        file.Finish(Indexes);
        return file.Rows;
    }
}
