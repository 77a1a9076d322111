using Tongban.Kernel;

namespace Tongban.Registry.Sample;

/// <summary>
/// The fixed people of the demonstration walks. Made first and without chance, so that their ids, numbers and facts
/// hold for every seed and size. data/personas.json tells others about them; a test holds the two together.
/// </summary>
sealed class Personas(World world, Ledgers ledgers, Livelihood livelihood)
{
    int phone = 1;

    DateOnly Today => world.AsOf;

    public void Arrive()
    {
        var representative = LegalRepresentative();
        var shanghaiFirm = Firm("MA99TA01", "310104", "上海云帆智能装备（样例）有限公司", new(2012, 5, 18), representative, 5_000);
        var anhuiFirm = Firm("MA99TA02", "340104", "合肥启航电子（样例）有限公司", new(2006, 9, 1), representative, 2_000);
        var anqingMill = Firm("MA99TA03", "340803", "安庆远景纺织（样例）有限公司", new(1988, 4, 1), representative, 3_000);
        foreach (var firm in world.Firms)
            firm.Grade = "A";

        var work = new List<Job>();
        Worker(work, anhuiFirm, shanghaiFirm);
        Couple(work, anhuiFirm, shanghaiFirm);
        Retiree(work, anqingMill, shanghaiFirm);
        Buyer(work, shanghaiFirm);
        Guardian(work, shanghaiFirm);
        work.Add(new Job(representative, shanghaiFirm, new(2012, 6, 1), null, 2.4));
        Settle(work);
    }

    /// <summary>企业职工基本养老保险关系转移接续: nine years in Hefei, then Shanghai; the ledger still lies in Anhui.</summary>
    void Worker(List<Job> work, Firm before, Firm now)
    {
        var worker = Person("程远航", "340199", new(1985, 3, 12), 901);
        Live(worker, Household("340104", "安徽省合肥市蜀山区三里庵街道清荷路18号3幢602室", new(2004, 9, 1)), "310104", "上海市徐汇区漕河泾街道惠风路66号2幢1103室", new(2017, 1, 15));
        work.Add(new Job(worker, before, new(2008, 3, 1), new(2016, 12, 31), 1.1));
        work.Add(new Job(worker, now, new(2017, 2, 1), null, 1.35));
    }

    /// <summary>户口迁移·夫妻投靠: she is registered in Wuhu, he in Shanghai; they married in Wuhu twelve years ago.</summary>
    void Couple(List<Job> work, Firm hers, Firm his)
    {
        const string home = "上海市徐汇区田林街道同舟路120号5幢401室";
        var husband = Person("陆景行", "310199", new(1986, 8, 21), 903);
        var wife = Person("苏婉清", "340299", new(1987, 11, 5), 902);
        Live(husband, Household("310104", home, new(2013, 6, 10)));
        // Her father heads her household: a head cannot move out before another is named.
        var family = Household("340202", "安徽省芜湖市镜湖区汀棠街道映月路9号1幢302室", new(1991, 4, 6));
        var father = Person("苏国林", "340299", new(1959, 2, 17), 911);
        Live(father, family);
        father.MaritalState = "丧偶";
        wife.Father = father;
        Live(wife, family, "310104", home, new(2014, 7, 1));
        world.Marry(husband, wife, world.Places["340202"], new(2014, 5, 20));
        work.Add(new Job(wife, hers, new(2010, 7, 1), new(2014, 5, 31), 0.9));
        work.Add(new Job(wife, his, new(2014, 9, 1), null, 1.0));
        work.Add(new Job(husband, his, new(2012, 6, 1), null, 1.6));
        livelihood.Home([husband, wife], world.Places["310104"], home, 89.6m, new(2015, 3, 8));
    }

    /// <summary>异地就医备案: retired in Anqing, insured there, lives in Shanghai with his daughter; not yet filed.</summary>
    void Retiree(List<Job> work, Firm mill, Firm daughters)
    {
        const string home = "上海市青浦区夏阳街道望湖路35号7幢201室";
        var retiree = Person("方德厚", "340899", new(1957, 6, 18), 905);
        retiree.MaritalState = "丧偶";
        Live(retiree, Household("340803", "安徽省安庆市大观区德宽路街道石桥路41号2幢101室", new(1990, 1, 1)), "310118", home, new(2021, 3, 1));
        var daughter = Person("方晓雯", "340899", new(1984, 10, 2), 904);
        daughter.Father = retiree;
        Live(daughter, Household("310118", home, new(2016, 11, 20)));
        work.Add(new Job(retiree, mill, new(1993, 1, 1), new(2017, 5, 31), 0.95));
        work.Add(new Job(daughter, daughters, new(2012, 7, 1), null, 1.5));
        livelihood.Home([daughter], world.Places["310118"], home, 102.3m, new(2016, 5, 12));
    }

    /// <summary>购房提取住房公积金: the fund is in Shanghai, the home, bought this spring, in Kunshan.</summary>
    void Buyer(List<Job> work, Firm firm)
    {
        var buyer = Person("顾思源", "310199", new(1990, 4, 27), 907);
        Live(buyer, Household("310114", "上海市嘉定区安亭镇沐阳路210号11幢502室", new(2012, 8, 8)));
        work.Add(new Job(buyer, firm, new(2014, 7, 1), null, 1.7));
        livelihood.Home([buyer], world.Places["320583"], "江苏省苏州市昆山市花桥镇知行路88号6幢1502室", 95.4m, new(2026, 4, 18));
    }

    /// <summary>A mother and her child of eight, who cannot act alone.</summary>
    void Guardian(List<Job> work, Firm firm)
    {
        var household = Household("310112", "上海市闵行区莘庄镇紫竹里52号9幢304室", new(2016, 2, 14));
        var father = Person("唐立诚", "310199", new(1985, 12, 9), 909);
        var mother = Person("何静怡", "310199", new(1988, 7, 30), 906);
        Live(father, household);
        Live(mother, household);
        world.Marry(father, mother, world.Places["310112"], new(2015, 10, 10));
        var child = Person("唐小满", "310199", new(2018, 5, 21), 908);
        (child.Father, child.Mother) = (father, mother);
        Live(child, household);
        work.Add(new Job(mother, firm, new(2013, 8, 1), null, 1.2));
    }

    Person LegalRepresentative()
    {
        var person = Person("钱一鸣", "310199", new(1979, 9, 3), 913);
        Live(person, Household("310104", "上海市徐汇区龙华街道云杉路7号12幢1801室", new(2005, 3, 3)));
        return person;
    }

    void Settle(List<Job> work)
    {
        world.Jobs.AddRange(work);
        foreach (var of in work.GroupBy(j => j.Person))
            ledgers.OpenPensions(of.Key, of);
        foreach (var job in work.Where(j => j.To is null))
            ledgers.OpenFund(job, Wages.Base("31", Today.Year, job.Factor) * 14 / 100 / 100 * 100, 0.5);
        var pensions = world.Pensions.Where(p => p.State is "正常缴费" or "退休").ToDictionary(p => p.Person);
        foreach (var person in world.People)
        {
            livelihood.Permit(person, 1);
            livelihood.Insure(person, pensions.GetValueOrDefault(person), filed: 0);
        }
        world.Credit.Add(new CreditEntry("法人", world.Firms[0].Code, world.Firms[0].Name, world.Firms[0].County, "市场监管", "未按期公示年报", new(2024, 7, 1), "已修复", new(2024, 8, 15)));
        world.Credit.Add(new CreditEntry("法人", world.Firms[0].Code, world.Firms[0].Name, world.Firms[0].County, "生态环境", "超标排放", new(2026, 3, 12), "未修复", null));
    }

    Person Person(string name, string division, DateOnly birth, int sequence)
    {
        var id = CitizenId.Make(division, birth, sequence);
        var person = new Person { Id = id.ToString(), Name = name, Male = id.IsMale, Birth = birth, Phone = $"120{phone++:D8}" };
        world.People.Add(person);
        return person;
    }

    Household Household(string county, string address, DateOnly since) => world.NewHousehold(world.Places[county], address, since);

    static void Live(Person person, Household household)
    {
        household.Add(person);
        World.Settle(person, household.County, household.Address, null);
    }

    void Live(Person person, Household household, string county, string address, DateOnly since)
    {
        household.Add(person);
        World.Settle(person, world.Places[county], address, since);
    }

    Firm Firm(string organisation, string county, string name, DateOnly founded, Person representative, long capitalInTenThousand)
    {
        var place = world.Places[county];
        var firm = new Firm
        {
            Code = CreditCode.Make("91" + place.SampleDivision + Names.WithOrganisationCheck(organisation)).ToString(),
            Name = name,
            County = place,
            Address = place.FullName + place.Towns[0] + "锦程路1号",
            Founded = founded,
            Representative = representative,
            CapitalFen = capitalInTenThousand * 10_000_00,
        };
        world.Firms.Add(firm);
        return firm;
    }
}
