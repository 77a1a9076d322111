namespace Tongban.Registry.Sample;

sealed class Person
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required bool Male { get; init; }
    public required DateOnly Birth { get; init; }
    public required string Phone { get; init; }
    public string Ethnicity { get; init; } = "汉族";

    /// <summary>Where the household is registered.</summary>
    public Household Household { get; set; } = null!;

    /// <summary>Where the person lives.</summary>
    public County Lives { get; set; } = null!;
    public string LivesAt { get; set; } = "";

    /// <summary>When the person came to live there; null for those who live where they are registered.</summary>
    public DateOnly? LivesSince { get; set; }

    public Person? Father { get; set; }
    public Person? Mother { get; set; }
    public Person? Spouse { get; set; }
    public string MaritalState { get; set; } = "未婚";

    public int AgeAt(DateOnly date)
    {
        var age = date.Year - Birth.Year;
        return Birth.AddYears(age) > date ? age - 1 : age;
    }

    public bool LivesAway => Lives.PrefectureCode != Household.County.PrefectureCode;
    public bool LivesInAnotherProvince => Lives.Province != Household.County.Province;
}

sealed class Household
{
    public required string Number { get; init; }
    public required County County { get; init; }
    public required string Address { get; init; }
    public required DateOnly Since { get; init; }
    public List<Person> Members { get; } = [];

    public Person Head => Members[0];

    public void Add(Person person)
    {
        person.Household = this;
        Members.Add(person);
    }
}

/// <summary>Registered in one place only: the civil affairs office of <paramref name="County"/>.</summary>
sealed record Marriage(Person Man, Person Woman, County County, DateOnly On, DateOnly? Ended, string Number);

/// <summary>A household registration that moved between counties; both police departments hold it.</summary>
sealed record Migration(Person Person, County From, string FromAddress, County To, DateOnly On, string Reason);

sealed class Firm
{
    public required string Code { get; init; }
    public required string Name { get; init; }
    public required County County { get; init; }
    public required string Address { get; init; }
    public required DateOnly Founded { get; init; }
    public required Person Representative { get; init; }
    public required long CapitalFen { get; init; }
    public bool Individual => Code.StartsWith("92", StringComparison.Ordinal);
    public string Grade { get; set; } = "B";
}

/// <param name="From">First day of a month.</param>
/// <param name="To">Last day of a month; null while it lasts.</param>
/// <param name="Factor">The wage as a multiple of the local average.</param>
sealed record Job(Person Person, Firm Firm, DateOnly From, DateOnly? To, double Factor);

/// <param name="BaseFen">Sum of the monthly contribution bases of the year, in fen.</param>
/// <param name="CreditedFen">Paid into the personal account in the year, in fen.</param>
/// <param name="InterestFen">Interest credited at the end of the year, in fen.</param>
/// <param name="TransferredFrom">Division the row came from with a transfer, or null when paid here.</param>
sealed record LedgerYear(int Year, int Months, long BaseFen, long CreditedFen, long InterestFen, Firm Firm, string? TransferredFrom = null);

/// <summary>One person's basic pension insurance for employees in one province.</summary>
sealed class PensionAccount
{
    public required Person Person { get; init; }
    public required County County { get; init; }
    public required DateOnly Opened { get; init; }
    public required List<LedgerYear> Years { get; init; }
    public required string State { get; set; }
    public DateOnly? RetiredOn { get; init; }
    public long? MonthlyPensionFen { get; init; }
    public DateOnly? TransferredOn { get; set; }

    public int Months => Years.Sum(y => y.Months);
    public long BalanceFen => Years.Sum(y => y.CreditedFen + y.InterestFen);
}

sealed record Deposit(string Month, string Kind, long AmountFen);

sealed class FundAccount
{
    public required string Number { get; init; }
    public required Person Person { get; init; }
    public required Firm Firm { get; init; }
    public required DateOnly Opened { get; init; }
    public required long MonthlyFen { get; init; }
    public required string State { get; init; }
    public required List<Deposit> Deposits { get; init; }

    public long BalanceFen => Deposits.Sum(d => d.AmountFen);
}

sealed record Property(
    string Unit, string Certificate, Person[] Owners, County County, string Address,
    decimal AreaSquareMetres, long PriceFen, DateOnly Contract, DateOnly Registered);

/// <param name="Kind">职工基本医疗保险 or 城乡居民基本医疗保险.</param>
/// <param name="Class">在职, 退休, 居民, 学生儿童.</param>
sealed record MedicalCover(Person Person, County County, string Kind, string Class, DateOnly Since);

sealed record OffsiteFiling(Person Person, County InsuredAt, County TreatedAt, string Kind, DateOnly From);

sealed record ResidencePermit(string Number, Person Person, DateOnly Issued, DateOnly ValidTo);

sealed record CreditEntry(string SubjectKind, string Code, string Name, County County, string Source, string Matter, DateOnly On, string Repair, DateOnly? RepairedOn);

/// <summary>All facts of the sample region, before they are dealt out to the departments that hold them.</summary>
sealed class World(Places places, DateOnly asOf)
{
    int householdNumber;

    public Places Places { get; } = places;
    public DateOnly AsOf { get; } = asOf;

    public List<Person> People { get; } = [];
    public List<Household> Households { get; } = [];
    public List<Marriage> Marriages { get; } = [];
    public List<Migration> Migrations { get; } = [];
    public List<Firm> Firms { get; } = [];
    public List<Job> Jobs { get; } = [];
    public List<PensionAccount> Pensions { get; } = [];
    public List<FundAccount> Funds { get; } = [];
    public List<Property> Properties { get; } = [];
    public List<MedicalCover> Covers { get; } = [];
    public List<OffsiteFiling> Filings { get; } = [];
    public List<ResidencePermit> Permits { get; } = [];
    public List<CreditEntry> Credit { get; } = [];

    public Household NewHousehold(County county, string address, DateOnly since)
    {
        var household = new Household
        {
            Number = $"{county.Code}{++householdNumber:D8}",
            County = county,
            Address = address,
            Since = since,
        };
        Households.Add(household);
        return household;
    }

    public Marriage Marry(Person man, Person woman, County at, DateOnly on, DateOnly? ended = null)
    {
        var marriage = new Marriage(man, woman, at, on, ended, $"J{at.Code}-{on.Year}-{Marriages.Count + 1:D6}");
        Marriages.Add(marriage);
        if (ended is null)
            (man.Spouse, woman.Spouse) = (woman, man);
        man.MaritalState = woman.MaritalState = ended is null ? "已婚" : "离婚";
        return marriage;
    }

    public static void Settle(Person person, County county, string address, DateOnly? since)
    {
        person.Lives = county;
        person.LivesAt = address;
        person.LivesSince = since;
    }
}
