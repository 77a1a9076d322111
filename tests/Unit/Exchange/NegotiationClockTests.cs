using Tongban.Exchange;
using Tongban.Kernel.Time;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

/// <summary>A conditional request is answered within 10 working days, and shared within 20 after it was accepted.</summary>
public class NegotiationClockTests
{
    /// <summary>2026-10-10, a Saturday, is a working day; 2026-10-09, a Friday, is off.</summary>
    static readonly WorkingCalendar Calendar = new(new Dictionary<int, IReadOnlyDictionary<DateOnly, bool>>
    {
        [2026] = new Dictionary<DateOnly, bool> { [new(2026, 10, 9)] = true, [new(2026, 10, 10)] = false },
    });

    static readonly ExchangeOptions Options = new();

    /// <summary>Thursday 2026-10-08, 23:30 in Shanghai.</summary>
    static readonly long Thursday = new DateTimeOffset(2026, 10, 8, 23, 30, 0, TimeSpan.FromHours(8)).ToUnixTimeMilliseconds();

    [Theory]
    [InlineData("Requested", "2026-10-22")]
    [InlineData("Accepted", "2026-11-05")]
    [InlineData("Agreed", "2026-11-05")]
    [InlineData("Verified", "2026-11-05")]
    [InlineData("Offered", null)]
    [InlineData("Finalized", null)]
    [InlineData("Terminated", null)]
    public void The_clock_runs_while_the_provider_is_waited_for(string state, string? due) =>
        Assert.Equal(due, NegotiationClock.Due(Enum.Parse<NegotiationState>(state), Thursday, Options, Calendar)?.Date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void Days_left_are_working_days_and_overdue_is_negative()
    {
        var due = NegotiationClock.Due(NegotiationState.Requested, Thursday, Options, Calendar);
        Assert.Equal(10, NegotiationClock.DaysLeft(due, Calendar, new(2026, 10, 8)));
        Assert.Equal(0, NegotiationClock.DaysLeft(due, Calendar, new(2026, 10, 22)));
        Assert.Equal(-1, NegotiationClock.DaysLeft(due, Calendar, new(2026, 10, 23)));
        Assert.Null(NegotiationClock.DaysLeft(null, Calendar, new(2026, 10, 23)));
    }
}
