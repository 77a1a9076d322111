using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>What the clocks of a negotiation run by.</summary>
/// <param name="ChangedAt">When the state was reached. Unix ms, as the others.</param>
/// <param name="ConsentedAt">When the terms were agreed to; null while they are not.</param>
/// <param name="AgreedAt">When the provider's signed agreement came to the consumer; null before.</param>
readonly record struct NegotiationTimes(NegotiationState State, long ChangedAt, long? ConsentedAt = null, long? AgreedAt = null);

/// <summary>
/// The clocks of a conditional request (regulations on government data sharing): a request is answered, agreed to or refused with a reason,
/// within so many working days; what was agreed to is shared within so many more. Day one is the working day after. A clock begins once: with
/// the request, which a consumer that asks for something else makes anew, and with the consent. It stands while the consumer is waited for.
/// </summary>
static class NegotiationClock
{
    /// <summary>When the provider is due; null when it is not the provider that is waited for.</summary>
    public static DueDate? Due(in NegotiationTimes times, ExchangeOptions options, WorkingCalendar calendar) => times.State switch
    {
        NegotiationState.Requested => calendar.Add(Day(times.ChangedAt), options.AnswerDays),
        NegotiationState.Accepted => calendar.Add(Day(times.ConsentedAt ?? times.ChangedAt), options.ShareDays),
        // What the consumer took to verify is not the provider's.
        NegotiationState.Verified => calendar.Add(Day(times.ConsentedAt ?? times.ChangedAt), options.ShareDays + calendar.Between(Day(times.AgreedAt ?? times.ChangedAt), Day(times.ChangedAt))),
        _ => null,
    };

    static DateOnly Day(long at) => LocalTime.DateOf(at);

    /// <summary>Working days left; negative when it is overdue.</summary>
    public static int? DaysLeft(DueDate? due, WorkingCalendar calendar, DateOnly today) => due is { } by ? calendar.Between(today, by.Date) : null;
}
