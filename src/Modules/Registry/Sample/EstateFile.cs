namespace Tongban.Registry.Sample;

/// <summary>The real-estate register: one row for a unit, one for each owner of it.</summary>
static class EstateFile
{
    const string Tables = """
        CREATE TABLE budongchan (
          bdcdyh TEXT PRIMARY KEY, zhenghao TEXT NOT NULL, zuoluo TEXT NOT NULL, xzqh TEXT NOT NULL, mianji REAL NOT NULL,
          yongtu TEXT NOT NULL, gongyou TEXT NOT NULL, jiaoyi_fen INTEGER NOT NULL, hetong_rq TEXT NOT NULL,
          dengji_rq TEXT NOT NULL, zt TEXT NOT NULL);
        CREATE TABLE quanliren (
          bdcdyh TEXT NOT NULL, sfzh TEXT NOT NULL, xm TEXT NOT NULL, shunxu INTEGER NOT NULL,
          PRIMARY KEY (bdcdyh, sfzh)) WITHOUT ROWID;
        """;

    const string Indexes = "CREATE INDEX quanliren_sfzh ON quanliren (sfzh);";

    public static long Write(World world, string province, string path)
    {
        using var file = new DepartmentFile(path, Tables);
        var units = file.Into("budongchan", "bdcdyh", "zhenghao", "zuoluo", "xzqh", "mianji", "yongtu", "gongyou", "jiaoyi_fen", "hetong_rq", "dengji_rq", "zt");
        var owners = file.Into("quanliren", "bdcdyh", "sfzh", "xm", "shunxu");
        foreach (var home in world.Properties.Where(p => p.County.Province == province))
        {
            units.Add(home.Unit, home.Certificate, home.Address, home.County.Code, (double)home.AreaSquareMetres,
                "住宅", home.Owners.Length > 1 ? "共同共有" : "单独所有", home.PriceFen, home.Contract, home.Registered, "现势");
            for (var i = 0; i < home.Owners.Length; i++)
                owners.Add(home.Unit, home.Owners[i].Id, home.Owners[i].Name, i + 1);
        }
        file.Finish(Indexes);
        return file.Rows;
    }
}
