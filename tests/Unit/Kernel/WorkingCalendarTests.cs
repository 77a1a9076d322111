using FsCheck;
using FsCheck.Fluent;
using Tongban.Kernel.Time;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Unit.Kernel;

public class WorkingCalendarTests
{
    static readonly WorkingCalendar Calendar = WorkingCalendar.Load(Path.Combine(ProjectRoot.Path, "data", "reference", "holidays"));

    [Theory]
    [InlineData("2026-01-04")]
    [InlineData("2026-02-14")]
    [InlineData("2026-02-28")]
    [InlineData("2026-05-09")]
    [InlineData("2026-09-20")]
    [InlineData("2026-10-10")]
    public void Make_up_days_of_2026_are_working_days(string date) => Assert.True(Calendar.IsWorkingDay(DateOnly.Parse(date, null)));

    [Fact]
    public void Day_one_is_the_next_working_day() =>
        // Friday 30 January: one day later is Monday.
        Assert.Equal(new DueDate(new DateOnly(2026, 2, 2), false), Calendar.Add(new DateOnly(2026, 1, 30), 1));

    [Fact]
    public void An_empty_year_is_not_published_and_makes_a_date_provisional()
    {
        Assert.False(Calendar.IsPublished(2027));
        var due = Calendar.Add(new DateOnly(2026, 12, 30), 3);
        Assert.True(due.Provisional);
        Assert.Equal(new DateOnly(2027, 1, 4), due.Date);
    }

    /// <summary>The paper of 2019 made Monday 31 December 2018 a holiday and the Saturday before it a working day.</summary>
    [Fact]
    public void The_last_days_of_a_year_wait_for_the_next_years_paper()
    {
        static WorkingCalendar With(params (int Year, (string Date, bool Off)[] Days)[] papers) => new(papers.ToDictionary(
            p => p.Year, p => (IReadOnlyDictionary<DateOnly, bool>)p.Days.ToDictionary(d => DateOnly.Parse(d.Date, null), d => d.Off)));
        var early = With((2018, [("2018-01-01", true), ("2018-12-31", false)]));
        var late = With((2019, [("2018-12-29", false), ("2018-12-31", true), ("2019-01-01", true)]), (2018, [("2018-01-01", true), ("2018-12-31", false)]));
        var start = new DateOnly(2018, 12, 26);
        Assert.Equal(new DueDate(new DateOnly(2018, 12, 27), false), early.Add(start, 1));
        Assert.Equal(new DueDate(new DateOnly(2018, 12, 31), true), early.Add(start, 3));
        Assert.Equal(new DueDate(new DateOnly(2018, 12, 29), false), late.Add(start, 3));
        Assert.False(late.IsWorkingDay(new DateOnly(2018, 12, 31)));
    }

    [Fact]
    public void Adding_agrees_with_counting_day_by_day()
    {
        Prop.ForAll(Gen.Choose(0, 1200).ToArbitrary(), Gen.Choose(0, 90).ToArbitrary(), (offset, days) =>
        {
            var start = new DateOnly(2024, 1, 1).AddDays(offset);
            var due = Calendar.Add(start, days).Date;
            return Calendar.Between(start, due) == days && (days == 0 || Calendar.IsWorkingDay(due));
        }).QuickCheckThrowOnFailure();
    }
}
