using System.Globalization;

namespace Tongban.Registry.Sample;

/// <summary>Pension accounts, one for each province a person worked in, and housing-fund accounts, from the jobs.</summary>
sealed class Ledgers(World world, Dice dice)
{
    DateOnly Today => world.AsOf;

    public void Keep(IReadOnlyList<Job> jobs)
    {
        foreach (var of in jobs.GroupBy(j => j.Person))
        {
            var opened = OpenPensions(of.Key, of);

            // A fifth of those with an idle account elsewhere have had it transferred already.
            if (opened is [{ State: "暂停缴费" } left, { State: "正常缴费" } current] && dice.Chance(0.2))
                Transfer(left, current);
            foreach (var job in of)
                OpenFund(job);
        }
    }

    public List<PensionAccount> OpenPensions(Person person, IEnumerable<Job> jobs)
    {
        var opened = jobs.GroupBy(j => j.Firm.County.Province).Select(g => Open(person, [.. g])).ToList();
        world.Pensions.AddRange(opened);
        return opened;
    }

    PensionAccount Open(Person person, IReadOnlyList<Job> jobs)
    {
        var retiredOn = person.Birth.AddYears(Careers.RetirementAge(person));
        var last = jobs[^1];
        var retired = retiredOn <= Today && last.To is { } to && to >= retiredOn.AddMonths(-6);
        var years = Years(jobs);
        return new PensionAccount
        {
            Person = person,
            County = last.Firm.County,
            Opened = jobs[0].From,
            Years = years,
            State = retired ? "退休" : last.To is null ? "正常缴费" : "暂停缴费",
            RetiredOn = retired ? retiredOn : null,
            MonthlyPensionFen = retired
                ? Wages.Average(last.Firm.County.Province, 2025) * Math.Clamp(years.Sum(y => y.Months), 180, 480) / 1200 / 100 * 100 + 800_00
                : null,
        };
    }

    /// <summary>One row for a calendar year, under the firm of its last month.</summary>
    List<LedgerYear> Years(IReadOnlyList<Job> jobs)
    {
        var byYear = new SortedDictionary<int, LedgerYear>();
        foreach (var job in jobs)
        {
            var to = job.To ?? Today;
            for (var year = job.From.Year; year <= to.Year; year++)
            {
                var months = (year == to.Year ? to.Month : 12) - (year == job.From.Year ? job.From.Month : 1) + 1;
                var already = byYear.GetValueOrDefault(year);
                months = Math.Min(months, 12 - (already?.Months ?? 0));
                if (months <= 0)
                    continue;
                var baseFen = Wages.Base(job.Firm.County.Province, year, job.Factor) * months;
                byYear[year] = new LedgerYear(
                    year,
                    months + (already?.Months ?? 0),
                    baseFen + (already?.BaseFen ?? 0),
                    decimal.ToInt64(decimal.Round(baseFen * Wages.PersonalRate)) + (already?.CreditedFen ?? 0),
                    0,
                    job.Firm);
            }
        }

        long carried = 0;
        var years = new List<LedgerYear>(byYear.Count);
        foreach (var year in byYear.Values)
        {
            // Interest is credited when the year is over, on what was carried into it.
            var interest = year.Year < Today.Year ? decimal.ToInt64(decimal.Round(carried * Wages.Interest(year.Year))) : 0;
            years.Add(year with { InterestFen = interest });
            carried += year.CreditedFen + interest;
        }
        return years;
    }

    void Transfer(PensionAccount from, PensionAccount to)
    {
        foreach (var year in from.Years)
        {
            if (to.Years.Where(y => y.Year == year.Year).Sum(y => y.Months) + year.Months > 12)
                return;
        }
        to.Years.InsertRange(0, from.Years.Select(y => y with { TransferredFrom = from.County.Code[..4] + "00" }));
        from.State = "已转出";
        from.TransferredOn = dice.Date(to.Opened.AddMonths(3), Today);
    }

    void OpenFund(Job job)
    {
        // Firms that pay the fund do so for all; whether one does follows from its code, so that colleagues agree.
        if (job.Firm.Code[^2] % 4 == 0 || job.To is { } ended && (ended < Today.AddYears(-8) || dice.Chance(0.5)))
            return;
        if (job.Person.AgeAt(Today) >= Careers.RetirementAge(job.Person))
            return;
        var until = job.To ?? Today;
        var province = job.Firm.County.Province;
        var monthly = Wages.Base(province, until.Year, job.Factor) * dice.Pick([14, 16, 20, 24]) / 100 / 100 * 100;
        OpenFund(job, monthly, dice.Unit() * 0.5 + 0.2);
    }

    /// <param name="kept">The share of what was paid before the last twelve months that is still there.</param>
    public void OpenFund(Job job, long monthlyFen, double kept)
    {
        var (person, firm, from, to, _) = job;
        var last = to ?? Today;
        var months = (last.Year - from.Year) * 12 + last.Month - from.Month + 1;
        var shown = Math.Min(months, 12);
        var deposits = new List<Deposit>(shown + 1);
        if (months > shown)
        {
            var before = last.AddMonths(-shown);
            deposits.Add(new Deposit(Month(before), "结转", (long)((months - shown) * monthlyFen * kept) / 100 * 100));
        }
        for (var i = shown - 1; i >= 0; i--)
            deposits.Add(new Deposit(Month(last.AddMonths(-i)), "汇缴", monthlyFen));
        world.Funds.Add(new FundAccount
        {
            Number = $"{firm.County.PrefectureCode}00{world.Funds.Count + 1:D9}",
            Person = person,
            Firm = firm,
            Opened = from,
            MonthlyFen = monthlyFen,
            State = to is null ? "正常" : "封存",
            Deposits = deposits,
        });
    }

    static string Month(DateOnly day) => day.ToString("yyyy-MM", CultureInfo.InvariantCulture);
}
