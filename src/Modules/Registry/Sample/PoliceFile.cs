using System.Globalization;

namespace Tongban.Registry.Sample;

/// <summary>The police department's population database: the households registered in the province, moves, residence permits.</summary>
static class PoliceFile
{
    // renkou.csrq is eight digits, as older population systems have it; the exchange's SELECT turns it into ISO text.
    const string Tables = """
        CREATE TABLE renkou (
          sfzh TEXT PRIMARY KEY, xm TEXT NOT NULL, xb TEXT NOT NULL, mz TEXT NOT NULL, csrq TEXT NOT NULL,
          huhao TEXT NOT NULL, yhzgx TEXT NOT NULL, hyzk TEXT NOT NULL, fq_sfzh TEXT, mq_sfzh TEXT,
          jhr1_sfzh TEXT, jhr2_sfzh TEXT, lxdh TEXT NOT NULL, zt TEXT NOT NULL, zt_rq TEXT);
        CREATE TABLE hu (
          huhao TEXT PRIMARY KEY, hzxm TEXT NOT NULL, hz_sfzh TEXT NOT NULL, hlx TEXT NOT NULL, xzqh TEXT NOT NULL,
          dizhi TEXT NOT NULL, pcs TEXT NOT NULL, jlrq TEXT NOT NULL, zt TEXT NOT NULL);
        CREATE TABLE qianyi (
          id INTEGER PRIMARY KEY, sfzh TEXT NOT NULL, fangxiang TEXT NOT NULL, yuan_xzqh TEXT NOT NULL, yuan_dizhi TEXT,
          xin_xzqh TEXT NOT NULL, xin_dizhi TEXT, riqi TEXT NOT NULL, yuanyin TEXT NOT NULL, banjian_bianhao TEXT);
        CREATE TABLE juzhuzheng (
          zhenghao TEXT PRIMARY KEY, sfzh TEXT NOT NULL, xm TEXT NOT NULL, xzqh TEXT NOT NULL, juzhu_dizhi TEXT NOT NULL,
          huji_xzqh TEXT NOT NULL, qianfa_rq TEXT NOT NULL, youxiao_zhi TEXT NOT NULL, zt TEXT NOT NULL);
        """;

    const string Indexes = """
        CREATE INDEX renkou_huhao ON renkou (huhao);
        CREATE INDEX renkou_jhr1 ON renkou (jhr1_sfzh);
        CREATE INDEX renkou_jhr2 ON renkou (jhr2_sfzh);
        CREATE INDEX qianyi_sfzh ON qianyi (sfzh);
        CREATE INDEX juzhuzheng_sfzh ON juzhuzheng (sfzh);
        """;

    public static long Write(World world, string province, string path)
    {
        using var file = new DepartmentFile(path, Tables);
        WriteHouseholds(world, province, file);
        WriteMoves(world, province, file);
        var permits = file.Into("juzhuzheng", "zhenghao", "sfzh", "xm", "xzqh", "juzhu_dizhi", "huji_xzqh", "qianfa_rq", "youxiao_zhi", "zt");
        foreach (var permit in world.Permits.Where(p => p.Person.Lives.Province == province))
        {
            var person = permit.Person;
            permits.Add(permit.Number, person.Id, person.Name, person.Lives.Code, person.LivesAt, person.Household.County.Code,
                permit.Issued, permit.ValidTo, permit.ValidTo >= world.AsOf ? "有效" : "过期");
        }
        file.Finish(Indexes);
        return file.Rows;
    }

    static void WriteHouseholds(World world, string province, DepartmentFile file)
    {
        var people = file.Into("renkou", "sfzh", "xm", "xb", "mz", "csrq", "huhao", "yhzgx", "hyzk", "fq_sfzh", "mq_sfzh", "jhr1_sfzh", "jhr2_sfzh", "lxdh", "zt", "zt_rq");
        var households = file.Into("hu", "huhao", "hzxm", "hz_sfzh", "hlx", "xzqh", "dizhi", "pcs", "jlrq", "zt");
        foreach (var household in world.Households.Where(h => h.County.Province == province))
        {
            var head = household.Head;
            households.Add(household.Number, head.Name, head.Id, "家庭户", household.County.Code, household.Address,
                household.County.City + "公安局" + household.County.Name + "分局", household.Since, "正常");
            foreach (var person in household.Members)
            {
                // Parents are a minor's guardians (民法典 article 27); grown people have none.
                var minor = person.AgeAt(world.AsOf) < 18;
                people.Add(person.Id, person.Name, person.Male ? "男" : "女", person.Ethnicity,
                    person.Birth.ToString("yyyyMMdd", CultureInfo.InvariantCulture), household.Number, Kinship.Of(person, head),
                    person.MaritalState, person.Father?.Id, person.Mother?.Id,
                    minor ? person.Father?.Id : null, minor ? person.Mother?.Id : null, person.Phone, "正常", null);
            }
        }
    }

    static void WriteMoves(World world, string province, DepartmentFile file)
    {
        var moves = file.Into("qianyi", "sfzh", "fangxiang", "yuan_xzqh", "yuan_dizhi", "xin_xzqh", "xin_dizhi", "riqi", "yuanyin");
        foreach (var move in world.Migrations)
        {
            if (move.From.Province == province)
                moves.Add(move.Person.Id, "迁出", move.From.Code, move.FromAddress, move.To.Code, null, move.On, move.Reason);
            if (move.To.Province == province)
                moves.Add(move.Person.Id, "迁入", move.From.Code, null, move.To.Code, move.Person.Household.Address, move.On, move.Reason);
        }
    }
}
