namespace Tongban.Registry.Sample;

/// <summary>
/// Families: who lives, who is whose parent and spouse, where each household is registered and where its people live.
/// Proportions follow published ones (seventh census: registered and resident population of the four provinces,
/// people living away from their registration) coarsely; every other share is a sample value.
/// </summary>
sealed class Population(World world, Names names, Dice dice)
{
    /// <summary>Registered population, tens of millions: Shanghai, Jiangsu, Zhejiang, Anhui.</summary>
    static readonly double[] Registered = [1.5, 7.9, 5.1, 7.1];

    /// <summary>Share of families that live in another province of the region, by province of registration.</summary>
    static readonly double[] LeavesProvince = [0.03, 0.07, 0.05, 0.22];

    static readonly double[][] Destination =
    [
        [0, 0.5, 0.4, 0.1],
        [0.6, 0, 0.25, 0.15],
        [0.5, 0.4, 0, 0.1],
        [0.3, 0.35, 0.35, 0],
    ];

    DateOnly Today => world.AsOf;

    /// <summary>Adds whole families until there are at least so many people.</summary>
    public void GrowTo(int people)
    {
        while (world.People.Count < people)
        {
            switch (dice.Weighted([0.70, 0.16, 0.10, 0.04]))
            {
                case 0: AddFamily(); break;
                case 1: AddSingle(); break;
                case 2: AddOldCouple(); break;
                default: AddWidowed(); break;
            }
        }
    }

    County Origin() => world.Places.Any(dice, Places.Provinces[dice.Weighted(Registered)]);

    Person Born(County county, DateOnly birth, bool male, string? surname = null)
    {
        var person = new Person
        {
            Id = names.CitizenNumber(county, birth, male),
            Name = (surname ?? names.Surname()) + names.Given(male, birth),
            Male = male,
            Birth = birth,
            Phone = names.Phone(),
            Ethnicity = dice.Weighted([0.975, 0.01, 0.005, 0.01]) switch { 0 => "汉族", 1 => "回族", 2 => "畲族", _ => "其他" },
        };
        world.People.Add(person);
        return person;
    }

    DateOnly BirthAtAge(int age) => Today.AddYears(-age).AddDays(-dice.Below(365));

    static string SurnameOf(Person person) => person.Name[..1];

    Household NewHouseholdIn(County county, DateOnly since) => world.NewHousehold(county, names.Address(county), since);

    static DateOnly Later(DateOnly a, DateOnly b) => a > b ? a : b;

    /// <summary>Men may marry at 22, women at 20 (民法典 article 1047).</summary>
    static DateOnly Lawful(Person man, Person woman) => Later(man.Birth.AddYears(22), woman.Birth.AddYears(20));

    void AddFamily()
    {
        var county = Origin();
        var husbandAge = dice.Between(25, 56);
        var husband = Born(county, BirthAtAge(husbandAge), true);
        var wifeCounty = dice.Weighted([0.78, 0.12, 0.10]) switch
        {
            0 => world.Places.AnyNear(dice, county),
            1 => world.Places.Any(dice, county.Province),
            _ => Origin(),
        };
        var wifeBirth = husband.Birth.AddDays(dice.Between(-900, 1800));
        if (wifeBirth > Today.AddYears(-21))
            wifeBirth = Today.AddYears(-21);
        var wife = Born(wifeCounty, wifeBirth, false);

        var earliest = Lawful(husband, wife);
        var wish = Later(husband.Birth.AddYears(dice.Between(23, 32)), earliest);
        var married = dice.Date(earliest, wish > Today ? Today : wish);
        var divorced = dice.Chance(0.08) && married < Today.AddYears(-3) ? dice.Date(married.AddYears(2), Today) : (DateOnly?)null;
        world.Marry(husband, wife, dice.Chance(0.7) ? county : wifeCounty, married, divorced);

        var husbandFather = dice.Chance(0.3);
        var husbandMother = husbandFather ? dice.Chance(0.85) : dice.Chance(0.2);
        var household = FoundHousehold(husband, county, husbandFather, husbandMother, married);
        PlaceWife(wife, wifeCounty, household, county, married, divorced);
        AddChildren(husband, wife, household, married, divorced ?? Today);
        LiveSomewhere(household, husband, wife);
        foreach (var member in wife.Household.Members.Where(m => m.Lives is null))
            World.Settle(member, member.Household.County, member.Household.Address, null);
    }

    /// <summary>The husband's parents, where they are in the sample, head the household; otherwise he does.</summary>
    Household FoundHousehold(Person son, County county, bool withFather, bool withMother, DateOnly married)
    {
        var household = NewHouseholdIn(county, Later(married.AddYears(-dice.Between(0, 20)), new DateOnly(1985, 1, 1)));
        AddParents(son, county, household, withFather, withMother);
        household.Add(son);
        return household;
    }

    void AddParents(Person child, County county, Household household, bool withFather, bool withMother)
    {
        // The oldest parents are kept under ninety-five: a sample region is not a longevity study.
        var age = Math.Min(child.AgeAt(Today) + dice.Between(24, 34), 93);
        if (withFather)
        {
            child.Father = Born(county, BirthAtAge(age), true, SurnameOf(child));
            household.Add(child.Father);
        }
        if (withMother)
        {
            child.Mother = Born(county, BirthAtAge(Math.Max(age - dice.Between(-1, 4), child.AgeAt(Today) + 22)), false);
            household.Add(child.Mother);
        }
        if (child.Father is { } father && child.Mother is { } mother)
            world.Marry(father, mother, county, Later(Lawful(father, mother), child.Birth.AddDays(-dice.Between(300, 1200))));
        else if ((child.Father ?? child.Mother) is { } alone)
            alone.MaritalState = "丧偶";
    }

    void PlaceWife(Person wife, County wifeCounty, Household household, County county, DateOnly married, DateOnly? divorced)
    {
        var apart = divorced is not null || dice.Chance(wifeCounty.Province == county.Province ? 0.08 : 0.55);
        if (!apart)
        {
            household.Add(wife);
            if (wifeCounty.Code != county.Code)
                world.Migrations.Add(new Migration(wife, wifeCounty, names.Address(wifeCounty), county, dice.Date(married, Today), "夫妻投靠"));
            return;
        }
        var own = NewHouseholdIn(wifeCounty, Later(married.AddYears(-dice.Between(0, 15)), new DateOnly(1985, 1, 1)));
        if (dice.Chance(0.4))
            AddParents(wife, wifeCounty, own, dice.Chance(0.7), true);
        own.Add(wife);
    }

    void AddChildren(Person husband, Person wife, Household household, DateOnly married, DateOnly until)
    {
        var wanted = dice.Weighted([0.08, 0.48, 0.36, 0.08]);
        var from = Later(married.AddDays(300), wife.Birth.AddYears(21));
        for (var i = 0; i < wanted; i++)
        {
            var latest = wife.Birth.AddYears(42) < until ? wife.Birth.AddYears(42) : until;
            var birth = dice.Date(from, from.AddDays(1400));
            if (birth > latest || birth > Today)
                return;
            var child = Born(household.County, birth, dice.Chance(0.52), SurnameOf(husband));
            (child.Father, child.Mother) = (husband, wife);
            if (husband.Household != wife.Household && dice.Chance(0.25))
                wife.Household.Add(child);
            else
                household.Add(child);
            from = birth.AddDays(500);
        }
    }

    /// <summary>Where the people of a household live: at home, elsewhere in the province, or in another province.</summary>
    void LiveSomewhere(Household household, Person husband, Person? wife)
    {
        foreach (var member in household.Members)
            World.Settle(member, household.County, household.Address, null);
        if (wife is not null)
            World.Settle(wife, household.County, household.Address, wife.Household == household ? null : wife.Birth.AddYears(27) < Today ? wife.Birth.AddYears(27) : Today);

        if (MovesTo(household.County) is not { } place)
        {
            // Divorced people do not share a home.
            if (wife is not null && wife.Spouse is null)
                World.Settle(wife, wife.Household.County, wife.Household.Address, null);
            return;
        }
        var address = names.Address(place);
        var since = dice.Date(husband.Birth.AddYears(20), Today.AddMonths(-3));
        World.Settle(husband, place, address, since);
        if (wife is null)
            return;
        if (wife.Spouse is null)
        {
            World.Settle(wife, wife.Household.County, wife.Household.Address, null);
            return;
        }
        var together = dice.Chance(0.8);
        if (together)
            World.Settle(wife, place, address, since);
        var childrenFollow = together && dice.Chance(0.6);
        foreach (var member in household.Members)
        {
            var child = member.Father == husband;
            var old = member == husband.Father || member == husband.Mother;
            if (child && childrenFollow && member.AgeAt(Today) < 24)
                World.Settle(member, place, address, Later(since, member.Birth));
            else if (old && dice.Chance(0.3) && member.AgeAt(Today) >= 58)
                World.Settle(member, place, address, Later(since, Today.AddYears(-dice.Between(1, 9))));
        }
    }

    County? MovesTo(County home)
    {
        var from = Array.IndexOf(Places.Provinces, home.Province);
        if (dice.Chance(LeavesProvince[from]))
            return world.Places.Any(dice, Places.Provinces[dice.Weighted(Destination[from])]);
        return dice.Chance(0.1) ? world.Places.Any(dice, home.Province) : null;
    }

    void AddSingle()
    {
        var county = Origin();
        var age = dice.Between(18, 36);
        var person = Born(county, BirthAtAge(age), dice.Chance(0.55));
        var household = NewHouseholdIn(county, Later(person.Birth, new DateOnly(1990, 1, 1)));
        AddParents(person, county, household, dice.Chance(0.5), dice.Chance(0.55));
        household.Add(person);
        foreach (var member in household.Members)
            World.Settle(member, county, household.Address, null);
        if (MovesTo(county) is { } place)
            World.Settle(person, place, names.Address(place), dice.Date(person.Birth.AddYears(18), Today));
    }

    void AddOldCouple()
    {
        var county = Origin();
        var husband = Born(county, BirthAtAge(dice.Between(60, 86)), true);
        var wife = Born(world.Places.AnyNear(dice, county), husband.Birth.AddDays(dice.Between(-700, 1600)), false);
        var household = NewHouseholdIn(county, new DateOnly(dice.Between(1985, 2015), dice.Between(1, 12), dice.Between(1, 28)));
        household.Add(husband);
        household.Add(wife);
        world.Marry(husband, wife, county, Later(Lawful(husband, wife), husband.Birth.AddYears(dice.Between(25, 30))));
        LiveSomewhere(household, husband, wife);
    }

    void AddWidowed()
    {
        var county = Origin();
        var person = Born(county, BirthAtAge(dice.Between(62, 90)), dice.Chance(0.3));
        person.MaritalState = "丧偶";
        NewHouseholdIn(county, new DateOnly(dice.Between(1985, 2015), dice.Between(1, 12), dice.Between(1, 28))).Add(person);
        World.Settle(person, county, person.Household.Address, null);
    }
}
