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
