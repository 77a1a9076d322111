using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Time;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

/// <summary>A conditional request is answered within 10 working days, and shared within 20 after it was agreed to, the consumer's own days left out.</summary>
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

    static long Days(int after) => Thursday + (after * 24L * 3600_000);

    static string? Due(NegotiationTimes times) => NegotiationClock.Due(times, Options, Calendar)?.Date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("Requested", "2026-10-22")]
    [InlineData("Accepted", "2026-11-05")]
    [InlineData("Verified", "2026-11-05")]
    // The consumer's turn, or nobody's.
    [InlineData("Offered", null)]
    [InlineData("Agreed", null)]
    [InlineData("Finalized", null)]
    [InlineData("Terminated", null)]
    public void The_clock_runs_while_the_provider_is_waited_for(string state, string? due) =>
        Assert.Equal(due, Due(new(Enum.Parse<NegotiationState>(state), Thursday, Thursday, Thursday)));

    [Fact]
    public void Sharing_runs_from_the_consent_whatever_was_reached_since()
    {
        // Accepted on Thursday the 8th; the provider signed eleven days later, the consumer verified at once.
        Assert.Equal("2026-11-05", Due(new(NegotiationState.Accepted, Thursday, Thursday)));
        Assert.Equal("2026-11-05", Due(new(NegotiationState.Verified, Days(11), Thursday, Days(11))));
    }

    [Fact]
    public void The_days_the_consumer_takes_to_verify_are_not_the_providers()
    {
        // Signed on Monday the 12th, verified on Monday the 19th: five working days.
        Assert.Equal("2026-11-12", Due(new(NegotiationState.Verified, Days(11), Thursday, Days(4))));
        // Signed on Saturday the 10th, a working day, and verified that Sunday: none.
        Assert.Equal("2026-11-05", Due(new(NegotiationState.Verified, Days(3), Thursday, Days(2))));
    }

    [Fact]
    public void A_row_notes_the_consent_once_and_each_signing()
    {
        var terms = new AgreementTerms("", "CN-YRD/340000", "CN-YRD/310000", "civil.marriage", 1, ["f"], ["*"], true, new AgreementBasis("legal", new Words("法", "law")), 0, 0, 1);
        NegotiationRow Reached(params NegotiationState[] states)
        {
            var row = NegotiationRow.New(DspSide.Provider, "340000", "", "CN-YRD/310000", "/dsp", terms, "o", 1);
            foreach (var (i, state) in states.Index())
                row.Become(state, "CN-YRD/340000", 10 * (i + 1));
            return row;
        }
        Assert.Equal(new NegotiationTimes(NegotiationState.Requested, 1), Reached().Times);
        Assert.Equal(new NegotiationTimes(NegotiationState.Offered, 10), Reached(NegotiationState.Offered).Times);
        Assert.Equal(new NegotiationTimes(NegotiationState.Verified, 40, 20, 30), Reached(NegotiationState.Offered, NegotiationState.Accepted, NegotiationState.Agreed, NegotiationState.Verified).Times);
        Assert.Equal(new NegotiationTimes(NegotiationState.Verified, 20, 10, 10), Reached(NegotiationState.Agreed, NegotiationState.Verified).Times);
    }

    [Fact]
    public void Days_left_are_working_days_and_overdue_is_negative()
    {
        var due = NegotiationClock.Due(new(NegotiationState.Requested, Thursday), Options, Calendar);
        Assert.Equal(10, NegotiationClock.DaysLeft(due, Calendar, new(2026, 10, 8)));
        Assert.Equal(0, NegotiationClock.DaysLeft(due, Calendar, new(2026, 10, 22)));
        Assert.Equal(-1, NegotiationClock.DaysLeft(due, Calendar, new(2026, 10, 23)));
        Assert.Null(NegotiationClock.DaysLeft(null, Calendar, new(2026, 10, 23)));
    }
}
