using Tongban.Exchange;
using Tongban.Kernel.Time;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

/// <summary>When a request goes to the alliance: past its day, once for each stage, until that is over.</summary>
public class EscalationRulesTests
{
    static readonly WorkingCalendar Calendar = new(new Dictionary<int, IReadOnlyDictionary<DateOnly, bool>> { [2026] = new Dictionary<DateOnly, bool> { [new(2026, 10, 1)] = true } });

    /// <summary>A Monday: the tenth working day after it is a Monday too.</summary>
    static readonly long Changed = new DateTimeOffset(2026, 8, 31, 9, 0, 0, TimeSpan.FromHours(8)).ToUnixTimeMilliseconds();

    static EscalationStep Step(NegotiationState state, string? escalated, DateOnly today) => EscalationRules.Decide(new(state, Changed, Changed, Changed), escalated, new ExchangeOptions(), Calendar, today);

    [Fact]
    public void It_is_raised_on_the_day_after_the_last_and_not_before()
    {
        var last = NegotiationClock.Due(new(NegotiationState.Requested, Changed), new ExchangeOptions(), Calendar)!.Value.Date;
        Assert.Equal(EscalationStep.None, Step(NegotiationState.Requested, null, last));
        Assert.Equal(EscalationStep.Raise, Step(NegotiationState.Requested, null, last.AddDays(1)));
        Assert.Equal(EscalationStep.None, Step(NegotiationState.Accepted, null, last.AddDays(1)));
        Assert.Equal(EscalationStep.Raise, Step(NegotiationState.Verified, null, last.AddDays(60)));
        // The consumer itself is waited for, or it is over.
        foreach (var state in new[] { NegotiationState.Offered, NegotiationState.Agreed, NegotiationState.Finalized, NegotiationState.Terminated })
            Assert.Equal(EscalationStep.None, Step(state, null, last.AddDays(60)));
    }

    [Fact]
    public void What_was_raised_stays_while_the_same_is_owed_and_closes_with_anything_else()
    {
        var late = new DateOnly(2027, 1, 4);
        Assert.Equal(EscalationStep.None, Step(NegotiationState.Requested, EscalationRules.Answer, late));
        foreach (var state in new[] { NegotiationState.Offered, NegotiationState.Accepted, NegotiationState.Finalized, NegotiationState.Terminated })
            Assert.Equal(EscalationStep.Close, Step(state, EscalationRules.Answer, late));
        Assert.Equal(EscalationStep.None, Step(NegotiationState.Verified, EscalationRules.Share, late));
        foreach (var state in new[] { NegotiationState.Agreed, NegotiationState.Finalized })
            Assert.Equal(EscalationStep.Close, Step(state, EscalationRules.Share, late));
    }
}
