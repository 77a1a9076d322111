namespace Tongban.Registry.Sample;

/// <summary>Firms, jobs, and what follows from a job: pension ledgers by year, housing-fund accounts, the wage's share of each.</summary>
sealed class Careers(World world, Names names, Dice dice)
{
    readonly Dictionary<string, List<Firm>> firmsOf = [];

    DateOnly Today => world.AsOf;

    public static int RetirementAge(Person person) => person.Male ? 60 : 50 + person.Birth.Day % 2 * 5;

    /// <summary>One enterprise for 25 people and one individual business for 11, each run by somebody who lives nearby.</summary>
    public void FoundFirms(int skip)
    {
        foreach (var person in world.People.Skip(skip).ToArray())
        {
            var city = person.Lives.PrefectureCode;
            var age = person.AgeAt(Today);
            if (age is < 26 or > 70)
                continue;
            var first = !firmsOf.ContainsKey(city);
            if (first || dice.Chance(0.063))
                Found(person, "91", first ? new DateOnly(1986, 3, 1) : dice.Date(new DateOnly(1993, 1, 1), Today.AddYears(-1)));
            else if (dice.Chance(0.14))
                Found(person, "92", dice.Date(person.Birth.AddYears(20), Today));
        }
    }

    void Found(Person person, string kind, DateOnly founded)
    {
        // A firm may be older than its present representative's working life; an individual business is its owner.
        var firm = new Firm
        {
            Code = names.CreditNumber(person.Lives, kind),
            Name = kind == "91" ? names.Firm(person.Lives) : names.Shop(person.Lives),
            County = person.Lives,
            Address = names.Address(person.Lives),
            Founded = founded,
            Representative = person,
            CapitalFen = (kind == "91" ? dice.Pick([50L, 100, 200, 500, 1000, 5000]) : dice.Between(1, 10)) * 10_000_00,
            Grade = "ABCD"[dice.Weighted([0.16, 0.62, 0.18, 0.04])].ToString(),
        };
        world.Firms.Add(firm);
        if (kind != "91")
            return;
        if (!firmsOf.TryGetValue(person.Lives.PrefectureCode, out var list))
            firmsOf[person.Lives.PrefectureCode] = list = [];
        list.Add(firm);
    }

    public void Employ(int skip)
    {
        foreach (var person in world.People.Skip(skip))
        {
            if (person.AgeAt(Today) < 19 || !dice.Chance(person.AgeAt(Today) < 62 ? 0.62 : 0.5))
                continue;
            var start = person.Birth.AddYears(dice.Between(18, 24));
            start = new DateOnly(Math.Max(start.Year, 1993), start.Month, 1);
            var retire = person.Birth.AddYears(RetirementAge(person));
            var end = retire < Today ? retire : Today;
            if (start >= end.AddMonths(-3))
                continue;
            var factor = Math.Exp((dice.Unit() + dice.Unit() + dice.Unit() - 1.5) * 0.9);
            Work(person, start, end, retire < Today, factor);
        }
    }

    void Work(Person person, DateOnly start, DateOnly end, bool retired, double factor)
    {
        var home = person.Household.County;
        var moved = person.LivesAway && !retired ? person.LivesSince : null;
        var at = start;
        if (moved is { } day && day > start.AddMonths(7))
        {
            // Half of those who moved had insured work before; the others came to it where they live now.
            if (dice.Chance(0.6))
                at = Jobs(person, home, start, MonthEnd(day.AddMonths(-2) < end ? day.AddMonths(-2) : end), false, factor);
            at = at < day ? new DateOnly(day.Year, day.Month, 1) : at;
        }
        if (at < end)
            Jobs(person, moved is null ? home : person.Lives, at, end, !retired, factor);
    }

    /// <summary>A run of jobs in one city; returns the first month after the last one.</summary>
    DateOnly Jobs(Person person, County county, DateOnly from, DateOnly to, bool current, double factor)
    {
        var at = from;
        while (at < to)
        {
            var until = MonthEnd(at.AddMonths(dice.Between(10, 150)));
            var last = until >= to.AddMonths(-2);
            var choices = firmsOf.TryGetValue(county.PrefectureCode, out var list) ? list : world.Firms.Where(f => !f.Individual).Take(1).ToList();
            var firm = dice.Pick(choices);
            if (firm.Founded > at)
                firm = choices[0];
            DateOnly? ends = last ? current && !dice.Chance(0.05) ? null : MonthEnd(to.AddMonths(-1)) : until;
            if (ends is null || ends > at)
                world.Jobs.Add(new Job(person, firm, at, ends, factor));
            if (last)
                return MonthEnd(to).AddDays(1);
            at = until.AddDays(1).AddMonths(dice.Below(3));
        }
        return at;
    }

    static DateOnly MonthEnd(DateOnly day) => new(day.Year, day.Month, DateTime.DaysInMonth(day.Year, day.Month));
}
