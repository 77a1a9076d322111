using FsCheck;
using FsCheck.Fluent;
using Tongban.Cases.Deciding;
using Tongban.Kernel.Time;
using Xunit;

namespace Tongban.Tests.Unit.Cases;

/// <summary>The clock against an oracle that walks the calendar day by day.</summary>
public class CaseClockTests
{
    static readonly DateOnly Start = new(2026, 1, 1);

    /// <summary>A year of the real kind: weekends, some holidays, some make-up days; 2027 not published.</summary>
    static readonly WorkingCalendar Calendar = new(new Dictionary<int, IReadOnlyDictionary<DateOnly, bool>>
    {
        [2026] = Enumerable.Range(0, 365).Select(Start.AddDays).Where(d => d.DayNumber % 29 == 0 || d.DayNumber % 41 == 0).ToDictionary(d => d, d => d.DayNumber % 29 == 0),
    });

    static DateOnly Oracle(DateOnly accepted, int days, IReadOnlyList<(DateOnly From, DateOnly To)> suspended)
    {
        var still = new HashSet<DateOnly>();
        foreach (var (from, to) in suspended)
        {
            for (var d = from; d <= to; d = d.AddDays(1))
                still.Add(d);
        }
        var date = accepted;
        for (var counted = 0; counted < days;)
        {
            date = date.AddDays(1);
            if (Calendar.IsWorkingDay(date) && !still.Contains(date))
                counted++;
        }
        return date;
    }

    [Fact]
    public void Equals_a_walk_day_by_day()
    {
        var cases =
            from accepted in Gen.Choose(0, 330)
            from days in Gen.Choose(1, 60)
            from stops in Gen.Choose(0, 3)
            from gaps in Gen.ListOf(Gen.Choose(0, 25), stops * 2)
            select (accepted, days, gaps: gaps.ToList());
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var accepted = Start.AddDays(c.accepted);
            var suspended = new List<(DateOnly From, DateOnly To)>();
            var at = accepted;
            for (var i = 0; i + 1 < c.gaps.Count; i += 2)
            {
                var from = at.AddDays(c.gaps[i] + (i == 0 ? 0 : 1));
                at = from.AddDays(c.gaps[i + 1]);
                suspended.Add((from, at));
            }
            var due = CaseClock.Due(Calendar, accepted, c.days, [.. suspended.Select(s => new Suspension(CaseClock.Iso(s.From), CaseClock.Iso(s.To), ""))]);
            return due.Date == Oracle(accepted, c.days, suspended);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_promised_date_in_the_published_year_is_firm_though_the_legal_one_is_not()
    {
        Assert.True(CaseClock.Provisional(Calendar, any: true, "2027-01-12"));
        Assert.True(CaseClock.Provisional(Calendar, any: true, "2026-12-31"));
        Assert.False(CaseClock.Provisional(Calendar, any: true, "2026-12-24"));
        Assert.False(CaseClock.Provisional(Calendar, any: false, "2026-12-24"));
    }

    [Fact]
    public void A_date_in_a_year_not_yet_published_is_provisional()
    {
        Assert.False(CaseClock.Due(Calendar, new(2026, 6, 1), 10, []).Provisional);
        Assert.True(CaseClock.Due(Calendar, new(2026, 12, 28), 10, []).Provisional);
    }

    [Fact]
    public void A_matter_for_the_spot_is_due_the_same_day_and_after_a_supplement_the_day_after_the_answer()
    {
        var accepted = new DateOnly(2026, 6, 1);
        Assert.Equal(accepted, CaseClock.Due(Calendar, accepted, 0, []).Date);
        Assert.Equal(Calendar.Add(new(2026, 6, 3), 1), CaseClock.Due(Calendar, accepted, 0, [new Suspension("2026-06-01", "2026-06-03", "")]));
    }

    [Fact]
    public void A_suspension_after_the_limit_has_run_out_gives_nothing_back()
    {
        var due = CaseClock.Due(Calendar, new(2026, 6, 1), 5, []);
        Assert.Equal(due, CaseClock.Due(Calendar, new(2026, 6, 1), 5, [new Suspension(CaseClock.Iso(due.Date.AddDays(1)), CaseClock.Iso(due.Date.AddDays(9)), "")]));
    }
}
