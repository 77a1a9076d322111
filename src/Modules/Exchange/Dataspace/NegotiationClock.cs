using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>
/// The clocks of a conditional request (regulations on government data sharing): a request is answered, agreed to or refused with a reason,
/// within so many working days; what was accepted is shared within so many more. Day one is the working day after.
/// </summary>
static class NegotiationClock
{
    /// <summary>When the provider is due; null when it is not the provider that is waited for.</summary>
    public static DueDate? Due(NegotiationState state, long changedAt, ExchangeOptions options, WorkingCalendar calendar) => state switch
    {
        NegotiationState.Requested => calendar.Add(LocalTime.DateOf(changedAt), options.AnswerDays),
        NegotiationState.Accepted or NegotiationState.Agreed or NegotiationState.Verified => calendar.Add(LocalTime.DateOf(changedAt), options.ShareDays),
        _ => null,
    };

    /// <summary>Working days left; negative when it is overdue.</summary>
    public static int? DaysLeft(DueDate? due, WorkingCalendar calendar, DateOnly today) => due is { } by ? calendar.Between(today, by.Date) : null;
}
