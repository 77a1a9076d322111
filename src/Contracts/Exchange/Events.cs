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
