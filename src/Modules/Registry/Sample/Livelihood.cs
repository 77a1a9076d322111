namespace Tongban.Registry.Sample;

/// <summary>What follows from where people live and work: homes, residence permits, medical insurance, credit records.</summary>
sealed class Livelihood(World world, Names names, Dice dice)
{
    /// <summary>Counties just outside Shanghai where people who work in the city buy.</summary>
    static readonly string[] NearShanghai = ["320583", "320585", "320509", "330421", "330482"];

    DateOnly Today => world.AsOf;

    public void Provide(int skipPeople, int skipFirms)
    {
        var pensions = world.Pensions.Where(p => p.State is "正常缴费" or "退休").GroupBy(p => p.Person).ToDictionary(g => g.Key, g => g.Last());
        foreach (var person in world.People.Skip(skipPeople))
        {
            BuyHome(person);
            Permit(person, 0.8);
            Insure(person, pensions.GetValueOrDefault(person), 0.45);
            if (person.AgeAt(Today) >= 22 && dice.Chance(0.006))
                world.Credit.Add(Entry("自然人", person.Id, person.Name, person.Household.County, ["法院", "交通运输", "税务"], ["失信被执行", "恶意逃缴车辆通行费", "欠缴税款"]));
        }
        foreach (var firm in world.Firms.Skip(skipFirms).Where(_ => dice.Chance(0.05)))
            world.Credit.Add(Entry("法人", firm.Code, firm.Name, firm.County, ["市场监管", "生态环境", "税务", "人力资源社会保障"], ["未按期公示年报", "超标排放", "欠缴税款", "拖欠工资"]));
    }

    void BuyHome(Person person)
    {
        // A couple buys once, together; the man's turn decides for both.
        var couple = person.Spouse is not null;
        var age = person.AgeAt(Today);
        if (age < 25 || couple && !person.Male || !dice.Chance(couple ? 0.72 : 0.35))
            return;
        var roll = dice.Unit();
        var county = person switch
        {
            { LivesInAnotherProvince: true, Lives.Province: "31" } when roll < 0.15 => world.Places[dice.Pick(NearShanghai)],
            { Lives.Province: "31" } when roll > 0.94 => world.Places[dice.Pick(NearShanghai)],
            { LivesAway: true } when roll < 0.55 => person.Household.County,
            _ => person.Lives,
        };
        var signed = dice.Date(new DateOnly(Math.Max(1999, person.Birth.Year + 24), 1, 1), Today.AddMonths(-2));
        Person[] owners = person.Spouse is { } spouse && dice.Chance(0.6) ? [person, spouse] : [person];
        Home(owners, county, county == person.Lives ? person.LivesAt : names.Address(county), dice.Between(450, 1600) / 10m, signed);
    }

    /// <summary>Unit numbers have 28 characters, the first six the county (自然资源部 不动产单元设定与代码编制规则).</summary>
    public void Home(Person[] owners, County county, string address, decimal area, DateOnly signed)
    {
        var registered = signed.AddDays(45) > Today ? Today : signed.AddDays(45);
        var number = world.Properties.Count + 1;
        var letter = county.Province switch { "31" => "沪", "32" => "苏", "33" => "浙", _ => "皖" };
        world.Properties.Add(new Property(
            $"{county.Code}001001GB{number:D5}F{number % 9999:D4}0001",
            $"{letter}({registered.Year}){county.City}不动产权第{number:D7}号",
            owners, county, address, area,
            (long)(area * Wages.HomePrice(county.Province, signed.Year) / 100) * 100,
            signed, registered));
    }

    public void Permit(Person person, double probability)
    {
        if (!person.LivesAway || person.AgeAt(Today) < 16 || !dice.Chance(probability))
            return;
        // A permit is endorsed every year (居住证暂行条例, article 10); half a year of living there comes first (article 2).
        var first = (person.LivesSince ?? Today.AddYears(-1)).AddMonths(6);
        if (first > Today)
            return;
        var endorsed = first.AddYears(WholeYears(first, Today));
        world.Permits.Add(new ResidencePermit($"{person.Lives.Code}{world.Permits.Count + 1:D9}", person, first, endorsed.AddYears(1)));
    }

    static int WholeYears(DateOnly from, DateOnly to)
    {
        var years = to.Year - from.Year;
        return from.AddYears(years) > to ? years - 1 : years;
    }

    /// <param name="filed">How likely somebody living in another province has filed for treatment there.</param>
    public void Insure(Person person, PensionAccount? pension, double filed)
    {
        if (pension is not null)
        {
            var worker = new MedicalCover(person, pension.County, "职工基本医疗保险", pension.State == "退休" ? "退休" : "在职", pension.Opened);
            world.Covers.Add(worker);
            TreatedElsewhere(worker, filed);
            return;
        }
        var county = person.AgeAt(Today) < 18 && dice.Chance(0.5) ? person.Lives : person.Household.County;
        var since = person.Birth.AddMonths(2) > new DateOnly(2016, 1, 1) ? person.Birth.AddMonths(2) : new DateOnly(2016, 1, 1);
        var resident = new MedicalCover(person, county, "城乡居民基本医疗保险", person.AgeAt(Today) < 18 ? "学生儿童" : "居民", since > Today ? Today : since);
        world.Covers.Add(resident);
        TreatedElsewhere(resident, filed / 2);
    }

    void TreatedElsewhere(MedicalCover cover, double probability)
    {
        var person = cover.Person;
        if (person.Lives.Province == cover.County.Province || !dice.Chance(probability))
            return;
        var kind = cover.Class == "退休" ? "异地安置退休人员" : cover.Class == "在职" ? "常驻异地工作人员" : "异地长期居住人员";
        world.Filings.Add(new OffsiteFiling(person, cover.County, person.Lives, kind, dice.Date(person.LivesSince ?? cover.Since, Today)));
    }

    CreditEntry Entry(string kind, string code, string name, County county, string[] sources, string[] matters)
    {
        var which = dice.Below(sources.Length);
        var on = dice.Date(Today.AddYears(-3), Today);
        var repair = dice.Weighted([0.5, 0.15, 0.35]) switch { 0 => "未修复", 1 => "修复中", _ => "已修复" };
        return new CreditEntry(kind, code, name, county, sources[which], matters[which], on, repair,
            repair == "已修复" ? dice.Date(on, Today) : null);
    }
}
