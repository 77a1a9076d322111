using Tongban.Kernel.Events;

namespace Tongban.Contracts.Identity;

/// <summary>A mandate was ended before its last day. Inside the node: whatever was consented to under it ends with it.</summary>
/// <param name="Reference"><see cref="ActingMandate.Reference"/>.</param>
public sealed record MandateEnded(string Reference, long At) : IEvent
{
    public static string WireName => "identity.mandate-ended.v1";
}
