using Tongban.Kernel.Events;

namespace Tongban.Contracts.Exchange;

/// <summary>The person took a consent back. From the node that attested it straight to every provider it names.</summary>
public sealed record ConsentRevoked(string ConsentId, long At) : IPeerEvent
{
    public static string WireName => "exchange.consent-revoked.v1";
}

/// <summary>One side ended an agreement. To the other side; either may end it, and it ends at once on both.</summary>
/// <param name="By">Node whose steward ended it.</param>
public sealed record AgreementTerminated(string AgreementId, string By, string Reason, long At) : IPeerEvent
{
    public static string WireName => "exchange.agreement-terminated.v1";
}

/// <summary>Somebody says that a value which was obtained is wrong. From the node where it was raised, which stays responsible, to its provider.</summary>
/// <param name="Field">One of the fields that the exchange gave.</param>
/// <param name="Subject">Citizen id or credit code of whom it is about: only the provider's department can look it up.</param>
/// <param name="Claim">What is right, and how one knows.</param>
public sealed record DisputeRaised(string DisputeId, string ExchangeId, string Resource, string Field, string Subject, string Claim, string CaseReference, long At) : IPeerEvent
{
    public static string WireName => "exchange.dispute-raised.v1";
}

/// <summary>The provider corrected its source, or explains why it stands. To the node where it was raised.</summary>
public sealed record DisputeAnswered(string DisputeId, bool Corrected, string Words, long At) : IPeerEvent
{
    public static string WireName => "exchange.dispute-answered.v1";
}

/// <summary>A value that was given out was wrong and is corrected at its source. To every node that was given it.</summary>
/// <param name="ExchangeIds">Of the exchanges that gave it to this receiver.</param>
public sealed record ValueCorrected(string DisputeId, string Resource, string Field, IReadOnlyList<string> ExchangeIds, long At) : IPeerEvent
{
    public static string WireName => "exchange.value-corrected.v1";
}

/// <summary>A value that a filing rests on was corrected at its source. From the node that obtained it and handed the filing in to the node that decides it, which the provider does not know of.</summary>
/// <param name="ExchangeIds">Of the exchanges that gave it; at most 1,000.</param>
public sealed record CorrectionPassed(string FilingId, string DisputeId, string Provider, string Resource, string Field, IReadOnlyList<string> ExchangeIds, long At) : IPeerEvent
{
    public static string WireName => "exchange.correction-passed.v1";
}

/// <summary>An officer says that a value in the facts of a case is wrong. From the node that decides to the node that handed the filing in, which obtained the value: it raises the dispute.</summary>
/// <param name="Subjects">Whom the value may be about; at most <see cref="MostSubjects"/>.</param>
public sealed record DisputeAsked(string DisputeId, string FilingId, string ExchangeId, string Field, IReadOnlyList<string> Subjects, string Claim, long At) : IPeerEvent
{
    public const int MostSubjects = 8;

    public static string WireName => "exchange.dispute-asked.v1";
}

/// <summary>A dispute was not answered in time. From the first receiver to the provider and to the hub, which lists it; again when it is closed. About nobody: no person and no value.</summary>
/// <param name="DueOn">ISO date.</param>
/// <param name="ClosedAt">Unix ms; null while it is open.</param>
public sealed record DisputeOverdue(string DisputeId, string Provider, string Resource, string DueOn, long At, long? ClosedAt) : IPeerEvent
{
    public static string WireName => "exchange.dispute-overdue.v1";
}

/// <summary>A request for data was not answered, or what was accepted not shared, by its day. From the consumer's node to the hub, for the alliance.</summary>
/// <param name="Stage"><c>answer</c> or <c>share</c>.</param>
/// <param name="DueOn">ISO date; the last day in time.</param>
public sealed record RequestOverdue(string EscalationId, string Provider, string Resource, string Stage, string DueOn, long At) : IPeerEvent
{
    public static string WireName => "exchange.request-overdue.v1";
}

/// <summary>The request was answered after all, or ended. From the consumer's node to the hub.</summary>
/// <param name="Outcome">State of the negotiation, such as <c>FINALIZED</c>.</param>
public sealed record OverdueRequestAnswered(string EscalationId, string Outcome, long At) : IPeerEvent
{
    public static string WireName => "exchange.overdue-request-answered.v1";
}
